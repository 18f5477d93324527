"""The transcriber as the training of a general model takes it: frames in, words out.

Moonshine tiny is the usual one. Any speech encoder–decoder of transformers will do, from a package
or a folder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from torch import nn

from ..errors import ModelError
from ..registry import Registry
from ..speech.spelling import Spelling
from ..speech.word_pieces import END, START, likely_tokens
from .attention_decoder import AttentionDecoder
from .moonshine_decoder import pretrained_decoder
from .transformers_writer import (
    TransformersDecoder,
    encoder_of,
    loaded,
    pieces_of,
    prompt_of,
    speller_of,
    unwritten,
)

_SILENCE = 32_000
"""Samples that are put behind the sound for an encoder that learned from 30 seconds, filled with
silence. Of 80 sentences for choosing by voices that train, whisper-base writes 21.2 % of the words
wrong without, for it says them again, 18.2 % with half a second, 16.7 % with one, 11.6 % with two
and 12.2 % with three. A second takes 14 ms."""
_TRIED = "play the first song by queen, it isn't loud"


@dataclass(frozen=True)
class Pretrained:
    """A transcriber as it was published."""

    name: str
    decoder: AttentionDecoder
    tokens_of: Callable[[str], tuple[int, ...]]
    """How a text is to be written: as it stands, without a capital, without start and end."""
    start: tuple[int, ...]
    end: int
    encoder: nn.Module | None = None
    """From samples to frames; None: the published Moonshine's, which is no part of a model."""
    pieces: tuple[bytes, ...] = ()
    """What each token spells; none where Moonshine's do."""


def moonshine() -> Pretrained:
    """Moonshine tiny, 27 million weights, which ships."""
    return Pretrained("moonshine", pretrained_decoder(), _moonshine_tokens, (START,), END)


def _moonshine_tokens(text: str) -> tuple[int, ...]:
    return tuple(likely_tokens(text, capital=False))


def whisper_base() -> Pretrained:
    """Whisper base, 73 million weights, from two packages; see `whisper_base`."""
    from .whisper_base import load

    return _of(*load(), "whisper-base")


def _from_folder(folder: str | Path) -> Pretrained:
    return _of(*loaded(folder, "transformers"), f"transformers:{Path(folder).name}")


def _of(model: Any, extractor: Any, tokenizer: Any, name: str) -> Pretrained:
    """The transcriber that these parts make. Raises ModelError where they do not fit."""
    model.requires_grad_(True).eval()
    encoder = encoder_of(model, extractor, _SILENCE, name).requires_grad_(False)
    end = model.config.eos_token_id if tokenizer.eos_token_id is None else tokenizer.eos_token_id
    pieces = pieces_of(tokenizer, len(model.get_input_embeddings().weight))
    start = prompt_of(tokenizer, model.config)
    tokens_of = speller_of(tokenizer)
    back = Spelling(start, int(end), tuple(pieces)).text(tokens_of(_TRIED))
    if back != _TRIED:
        raise ModelError(f"{name}: its tokenizer makes {back!r} of {_TRIED!r}")
    if not all(hasattr(layer, "encoder_attn") for layer in model.get_decoder().layers):
        raise ModelError(f"{name}: the layers of its decoder have no `encoder_attn`")
    decoder = TransformersDecoder(model, unwritten(pieces, int(end)))
    return Pretrained(name, decoder, tokens_of, start, int(end), encoder, tuple(pieces))


TRANSCRIBERS: Registry[Callable[..., Pretrained]] = Registry(
    "mondegreen.transcribers",
    "transcriber",
    {
        "moonshine": "mondegreen.model.transcribers:moonshine",
        "whisper-base": "mondegreen.model.transcribers:whisper_base",
        "transformers": "mondegreen.model.transcribers:_from_folder",
    },
)
"""What makes each transcriber, by name; `transformers:FOLDER` takes one of the user's."""


def transcriber_of(name: str) -> Pretrained:
    """The transcriber of that name. Raises SettingsError, MissingExtra and ModelError."""
    return cast(Pretrained, TRANSCRIBERS.make(name))


__all__ = ["TRANSCRIBERS", "Pretrained", "moonshine", "transcriber_of"]
