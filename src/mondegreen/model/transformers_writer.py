"""Any speech encoder–decoder of transformers, as the transcriber of a general model.

The encoder becomes a network from samples to frames, with whatever stands before it; the decoder
one that keeps what it knows of the tokens so far in a single tensor, so that both can be exported.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import MissingExtra, ModelError
from .attention_decoder import AttentionDecoder
from .log_mel import LogMel

_PROMPT = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")
"""What Whisper is given first; one for English alone has only the first and the last."""
_NEVER = -1e9
"""Added to the score of marks that no text has."""


class TransformersDecoder(AttentionDecoder):
    """The decoder of a speech encoder–decoder."""

    learned = ("network.",)

    def __init__(self, model: Any, unwritten: Tensor) -> None:
        """`unwritten (vocabulary,)` is true for tokens that are never written."""
        super().__init__()
        self.network = model.get_decoder()
        table, last = model.get_input_embeddings(), model.get_output_embeddings()
        self.tied = last.weight is table.weight and last.bias is None
        self.last = None if self.tied else last
        self.size = int(getattr(model.config, "d_model", 0) or model.config.hidden_size)
        self.vocabulary = len(table.weight)
        barred = torch.zeros(self.vocabulary).masked_fill(unwritten, _NEVER)
        self.barred: Tensor
        self.register_buffer("barred", barred, persistent=False)
        self._places = "position_ids" in inspect.signature(self.network.forward).parameters
        for layer in self.network.layers:
            layer.encoder_attn.register_forward_pre_hook(self._hide, with_kwargs=True)
        self._mask: Tensor | None = None
        self._measure(model.config.model_type)
        self._freeze_tables()

    def _measure(self, kind: str) -> None:
        """How much it keeps, by letting it write a token. Raises ModelError."""
        frames = torch.randn(1, 4, self.size, generator=torch.Generator().manual_seed(1))
        cache = _empty_cache()
        with torch.no_grad():
            self.network(
                input_ids=torch.zeros(1, 1, dtype=torch.long), encoder_hidden_states=frames,
                past_key_values=cache, use_cache=True,
            )  # fmt: skip
            kept = _stacked(cache.cross_attention_cache)
            self.parts, self.heads, self.head = kept.shape[0], kept.shape[2], kept.shape[4]
            if not torch.allclose(self.memory(frames), kept, atol=1e-4):
                raise ModelError(f"the decoder of a {kind} model keeps more than keys and values")

    def _freeze_tables(self) -> None:
        """Vectors of tokens and places stay."""
        for part in self.network.modules():
            if isinstance(part, nn.Embedding):
                part.requires_grad_(False)

    def _hide(self, _: nn.Module, given: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """Padding of the frames is not looked at; Whisper's decoder has no argument for that."""
        return given, {**named, "attention_mask": self._mask}

    def table(self) -> nn.Embedding:
        """See AttentionDecoder."""
        return cast(nn.Embedding, self.network.get_input_embeddings())

    def memory(self, frames: Tensor) -> Tensor:
        """See AttentionDecoder."""
        rows, times, _ = frames.shape
        parts = [
            project(frames).view(rows, times, self.heads, self.head).transpose(1, 2)
            for layer in self.network.layers
            for project in (layer.encoder_attn.k_proj, layer.encoder_attn.v_proj)
        ]
        return torch.stack(parts)

    def step(
        self, ids: Tensor, past: Tensor, memory: Tensor, real: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """See AttentionDecoder."""
        rows, cache = ids.shape[0], _empty_cache()
        for i in range(self.parts // 2):
            pair = (part.expand(rows, -1, -1, -1) for part in (memory[2 * i], memory[2 * i + 1]))
            cache.self_attention_cache.update(past[2 * i], past[2 * i + 1], i)
            cache.cross_attention_cache.update(*pair, i)
            cache.is_updated[i] = True
        self._mask = None
        if real is not None:
            self._mask = torch.zeros(real.shape).masked_fill(~real, _NEVER)[:, None, None, :]
        places = {}
        if self._places:
            places["position_ids"] = (past.shape[3] + torch.arange(ids.shape[1]))[None]
        out = self.network(
            input_ids=ids, encoder_hidden_states=memory.new_zeros(rows, 1, self.size),
            past_key_values=cache, use_cache=True, **places,
        )  # fmt: skip
        return out.last_hidden_state, _stacked(cache.self_attention_cache)

    def scores(self, states: Tensor) -> Tensor:
        """See AttentionDecoder. What is never written has none."""
        plain = states @ self.table().weight.T if self.last is None else self.last(states)
        return cast(Tensor, plain + self.barred)


def _empty_cache() -> Any:
    from transformers.cache_utils import Cache, DynamicLayer, EncoderDecoderCache

    base: Any = DynamicLayer

    class Layer(base):  # type: ignore[misc]
        """Grows from nothing; transformers' own begins with a tensor of another rank, which cannot
        be exported."""

        keys: Tensor
        values: Tensor
        is_initialized: bool

        def update(self, keys: Tensor, values: Tensor, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
            if self.is_initialized:
                keys = torch.cat([self.keys, keys], dim=-2)
                values = torch.cat([self.values, values], dim=-2)
            self.dtype, self.device, self.is_initialized = keys.dtype, keys.device, True
            self.keys, self.values = keys, values
            return keys, values

    return EncoderDecoderCache(*(Cache(layer_class_to_replicate=Layer) for _ in range(2)))


def _stacked(cache: Any) -> Tensor:
    return torch.stack([part for layer in cache.layers for part in (layer.keys, layer.values)])


class SpectrumEncoder(nn.Module):
    """Whisper's encoder over as much sound as there is, and not over 30 seconds."""

    def __init__(self, encoder: Any, extractor: Any, silence: int) -> None:
        """`silence` samples are put behind the sound."""
        super().__init__()
        self.spectrum = LogMel(extractor.mel_filters, extractor.n_fft, extractor.hop_length)
        self.encoder, self._silence = encoder, silence

    def forward(self, samples: Tensor) -> Tensor:
        """Frames `(1, T, size)` of `samples (1, N)`."""
        encoder = self.encoder
        x = self.spectrum(nn.functional.pad(samples, (0, self._silence)))
        x = nn.functional.gelu(encoder.conv1(x))
        x = nn.functional.gelu(encoder.conv2(x)).permute(0, 2, 1)
        x = x + encoder.embed_positions.weight[: x.shape[1]]
        for layer in encoder.layers:
            x = layer(x, None)
            x = x[0] if isinstance(x, tuple) else x
        return cast(Tensor, encoder.layer_norm(x))


class SampleEncoder(nn.Module):
    """An encoder that takes samples (Moonshine)."""

    def __init__(self, encoder: Any, level: bool) -> None:
        """`level`: samples are brought to mean 0 and deviation 1."""
        super().__init__()
        self.encoder, self._level = encoder, level

    def forward(self, samples: Tensor) -> Tensor:
        """Frames `(1, T, size)` of `samples (1, N)`."""
        if self._level:
            spread = samples.var(dim=1, keepdim=True, unbiased=False)
            samples = (samples - samples.mean(dim=1, keepdim=True)) / (spread + 1e-7).sqrt()
        return cast(Tensor, self.encoder(samples).last_hidden_state)


def encoder_of(model: Any, extractor: Any, silence: int, name: str) -> nn.Module:
    """The encoder of `model` as a network from samples to frames.

    Raises ModelError for one whose input is neither samples nor Whisper's spectrum.
    """
    encoder = model.get_encoder()
    whisper = ("conv1", "conv2", "embed_positions", "layers", "layer_norm")
    if hasattr(extractor, "mel_filters") and all(hasattr(encoder, part) for part in whisper):
        return SpectrumEncoder(encoder, extractor, silence)
    if model.main_input_name == "input_values":
        return SampleEncoder(encoder, bool(getattr(extractor, "do_normalize", False)))
    raise ModelError(
        f"{name}: a {model.config.model_type} model hears {model.main_input_name}; mondegreen can "
        "make Whisper's spectrum, or give samples"
    )


def loaded(folder: str | Path, name: str) -> tuple[Any, Any, Any]:
    """Model, feature extractor and tokenizer in a folder of transformers'.

    Raises MissingExtra and ModelError.
    """
    try:
        import transformers
    except ImportError as error:
        raise MissingExtra(f"the transcriber {name!r}", "train") from error
    place = Path(folder).expanduser()
    if not place.is_dir():
        raise ModelError(
            f"{place} is not a folder; give that of a speech encoder–decoder of transformers"
        )
    transformers.utils.logging.disable_progress_bar()
    try:
        extractor = transformers.AutoFeatureExtractor.from_pretrained(place, local_files_only=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(place, local_files_only=True)
        model = transformers.AutoModelForSpeechSeq2Seq.from_pretrained(
            place, local_files_only=True, use_safetensors=True, attn_implementation="eager",
            dtype=torch.float32,
        )  # fmt: skip
    except Exception as error:  # transformers and safetensors raise a dozen kinds
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise ModelError(
            f"transformers cannot load {place} ({reason}); give the folder of a speech "
            "encoder–decoder with its processor"
        ) from error
    return model, extractor, tokenizer


def prompt_of(tokenizer: Any, config: Any) -> tuple[int, ...]:
    """What is given to the decoder before the first token of a text."""
    marks = tokenizer.get_added_vocab()
    prompt = tuple(marks[mark] for mark in _PROMPT if mark in marks)
    return prompt or (int(config.decoder_start_token_id),)


def pieces_of(tokenizer: Any, vocabulary: int) -> list[bytes]:
    """What each token spells, as UTF-8 bytes; nothing for marks."""
    bytewise = _bytewise(tokenizer)
    characters = _bytes_of_characters() if bytewise else {}
    marks = {int(number) for number in tokenizer.get_added_vocab().values()}
    marks |= {int(number) for number in tokenizer.all_special_ids}
    pieces = [b""] * vocabulary
    for piece, number in tokenizer.get_vocab().items():
        if number in marks or number >= vocabulary:
            continue
        if bytewise:
            pieces[number] = bytes(characters[character] for character in piece)
        elif piece.startswith("<0x") and piece.endswith(">"):
            pieces[number] = bytes([int(piece[3:-1], 16)])
        else:
            pieces[number] = piece.replace("▁", " ").encode()
    return pieces


def _bytes_of_characters() -> dict[str, int]:
    """The byte that each printable character of a byte-level vocabulary stands for."""
    from ..language.subwords import byte_characters

    return {character: byte for byte, character in byte_characters().items()}


def speller_of(tokenizer: Any) -> Callable[[str], tuple[int, ...]]:
    """How a text is written: its first word too as behind a space."""
    space = " " if _bytewise(tokenizer) else ""

    def tokens_of(text: str) -> tuple[int, ...]:
        return tuple(tokenizer.encode(f"{space}{text}", add_special_tokens=False))

    return tokens_of


def _bytewise(tokenizer: Any) -> bool:
    """Whether pieces are spelled in characters that stand for bytes."""
    return '"ByteLevel"' in tokenizer.backend_tokenizer.to_str()


def unwritten(pieces: list[bytes], end: int) -> Tensor:
    """`(vocabulary,)` true for marks other than the end."""
    barred = np.array([not piece for piece in pieces])
    barred[end] = False
    return torch.from_numpy(barred)


__all__ = [
    "SampleEncoder", "SpectrumEncoder", "TransformersDecoder", "encoder_of", "loaded", "pieces_of",
    "prompt_of", "speller_of", "unwritten",
]  # fmt: skip
