"""Moonshine tiny's decoder: words written down from the encoder's frames, greedily."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from ..audio.samples import Samples, levelled
from ..weights.onnx_session import Port, Session, open_session
from .encoder import Frames
from .forced import Forced
from .moonshine import DECODER, REINSTALL, MoonshineEncoder, published
from .word_pieces import END, START, likely_tokens, text_of, word_pieces

LAYERS, HEADS, HEAD_SIZE = 6, 8, 36
_MEMORIES = [
    f"{layer}.{side}.{what}" for layer in range(LAYERS) for side in ("decoder", "encoder")
    for what in ("key", "value")
]  # fmt: skip
"""What the decoder keeps of the tokens and frames before, by the end of its name in the graph."""
_PAST = [f"past_key_values.{memory}" for memory in _MEMORIES]
_MEMORY = (1, HEADS, "past", HEAD_SIZE)
_INPUTS = (
    Port("input_ids", (1, "tokens"), "int64"),
    Port("encoder_hidden_states", (1, "T", MoonshineEncoder.size)),
    Port("encoder_attention_mask", (1, 1), "int64"),
    Port("use_cache_branch", (1,), "bool"),
    *(Port(name, _MEMORY) for name in _PAST),
)
_OUTPUTS = (
    Port("logits", (1, "tokens", 32_768)),
    *(Port(f"present.{memory}", _MEMORY) for memory in _MEMORIES),
)
_TOKENS_PER_SECOND = 6.5
"""The fastest English speech stays below it; what is longer is a hallucination."""
_SPARE_TOKENS = 6
"""So that a word cut short at the end, and its full stop, still fit."""
_LONGEST_LOOP = 12


class Transcribes(Protocol):
    """Somebody who writes down what was said."""

    def attend(self, samples: Samples) -> Frames:
        """The frames `(T, 288)` of `samples (N,)` at 16 kHz, for the questions below."""
        ...

    def write_down(self, frames: Frames, expected: str = "") -> str:
        """The words said; faster where they begin as `expected` does."""
        ...

    def forced(self, frames: Frames) -> Forced:
        """Asks how likely texts would be written down."""
        ...


_JOINED = re.compile(r"\b(to)-(day|night|morrow)\b", re.IGNORECASE)


def _joined(text: str) -> str:
    """The text in today's spelling: old books, of which it read many, have "to-day"."""
    return _JOINED.sub(r"\1\2", text)


def loop_start(tokens: Sequence[int]) -> int | None:
    """Where a decoder began to repeat itself: the index after the first round of a loop, or None.

    A loop is a run of the same 1 to 12 tokens at the end: four rounds of one or two tokens, three
    of more. People do say a word three times ("no no no"), never whole phrases.
    """
    for size in range(1, min(_LONGEST_LOOP, len(tokens) // 3) + 1):
        rounds = 4 if size <= 2 else 3
        tail = list(tokens[-size * rounds :])
        if len(tail) == size * rounds and tail == tail[:size] * rounds:
            return len(tokens) - size * (rounds - 1)
    return None


def most_tokens(frames: Frames, frame_seconds: float = MoonshineEncoder.frame_seconds) -> int:
    """As many tokens as `frames (T, size)` may hold: 6.5 a second of audio, and 6 more."""
    seconds = len(frames) * frame_seconds
    return int(seconds * _TOKENS_PER_SECOND) + _SPARE_TOKENS


class Transcriber:
    """Writes down what was said. Build one with `load`; safe to share between threads."""

    def __init__(self, session: Session, encoder: MoonshineEncoder) -> None:
        self._session, self._encoder = session, encoder

    @classmethod
    def load(cls, *, threads: int = 1) -> Transcriber:
        """The decoder that ships (30 MB) and the encoder it was trained with.

        Raises ModelError when they are missing, damaged or from another release.
        """
        path = published().file(DECODER)
        word_pieces()
        session = open_session(path, REINSTALL, inputs=_INPUTS, outputs=_OUTPUTS, threads=threads)
        return cls(session, MoonshineEncoder(threads=threads))

    def tokens(
        self, frames: Frames, max_tokens: int | None = None, expected: Sequence[int] = ()
    ) -> list[int]:
        """Token numbers for the encoder's `frames (T, 288)`, without start and end marks.

        At most `max_tokens`, by default `most_tokens`. Stops at the end mark or
        when it begins to repeat itself. As long as it writes what is `expected` it writes it all at
        once, three times as fast (speculative decoding: Leviathan et al. 2023, arXiv:2211.17192).
        Its 8-bit sums are then rounded together and a near tie may fall the other way: 83 of 400
        transcripts of a voice it hears badly differ, with 41.6 and 41.5 % of the words wrong.
        Raises ValueError for frames of another shape.
        """
        if frames.ndim != 2 or frames.shape[1] != MoonshineEncoder.size:
            raise ValueError(f"frames have shape {frames.shape}; expected (T, 288)")
        if max_tokens is None:
            max_tokens = most_tokens(frames)
        state = self._first_state(frames)
        tokens: list[int] = []
        fresh = self._first_tokens(state, expected[:max_tokens])
        while True:
            for token in fresh:
                if token == END or len(tokens) >= max_tokens:
                    return tokens
                tokens.append(token)
                loop = loop_start(tokens)
                if loop is not None:
                    return tokens[:loop]
            fresh = self._following(state, tokens[-1:])

    def attend(self, samples: Samples) -> Frames:
        """The frames `(T, 288)` of `samples (N,)` at 16 kHz, for the questions below."""
        return self._encoder.encode(levelled(samples))

    def write_down(self, frames: Frames, expected: str = "") -> str:
        """The text said in `frames (T, 288)`; faster where it begins as `expected` does.

        It writes a word or two for silence and noise as well: ask only about speech.
        """
        return _joined(text_of(self.tokens(frames, expected=likely_tokens(expected))))

    def forced(self, frames: Frames) -> Forced:
        """Asks how likely texts would be written down for `frames (T, 288)`.

        What the first one makes of the frames serves the others too, to the bit.
        """
        state = self._first_state(frames)
        return Forced(
            lambda tokens: np.asarray(self._run(state, [START, *tokens], goes_on=False), np.float32)
        )

    def _first_state(self, frames: Frames) -> dict[str, Any]:
        nothing = np.zeros((1, HEADS, 0, HEAD_SIZE), np.float32)
        state: dict[str, Any] = dict.fromkeys(_PAST, nothing)
        state["encoder_hidden_states"] = np.asarray(frames, np.float32)[None]
        # The graph takes every 384th entry of the mask (it was exported for a mask over samples)
        # and broadcasts a single one; one as long as the frames fails from 385 frames, 9 s, on.
        state["encoder_attention_mask"] = np.ones((1, 1), np.int64)
        state["use_cache_branch"] = np.zeros(1, np.bool_)
        return state

    def _first_tokens(self, state: dict[str, Any], expected: Sequence[int]) -> list[int]:
        """The first tokens: those `expected` that it would write, and the one that it writes next.

        Advances `state` to just before that last one.
        """
        likeliest = self._following(state, [START, *expected])
        agreed = 0
        while agreed < len(expected) and likeliest[agreed] == expected[agreed]:
            agreed += 1
        for name in _PAST:
            if ".decoder." in name:
                state[name] = np.ascontiguousarray(state[name][:, :, : agreed + 1])
        return likeliest[: agreed + 1]

    def _following(self, state: dict[str, Any], tokens: Sequence[int]) -> list[int]:
        """The likeliest token after each of `tokens`; advances `state`.

        Several at once only at the beginning: later the graph takes one at a time.
        """
        logits = self._run(state, tokens, goes_on=True)
        return [int(token) for token in np.argmax(logits, axis=-1)]

    def _run(self, state: dict[str, Any], tokens: Sequence[int], *, goes_on: bool) -> Any:
        """The logits `(n, 32,768)` after each of `tokens (n,)`.

        `state` keeps what is worked out of the frames alone, for which 3 s of sound take 2 of 8 ms,
        and where it `goes_on` what is of the tokens.
        """
        first = not state["use_cache_branch"][0]
        state["input_ids"] = np.array([tokens], np.int64)
        logits, *present = self._session.run(state)
        for name, value in zip(_PAST, present, strict=True):
            # Later steps return the keys and values of the encoder's frames empty.
            if goes_on if ".decoder." in name else first:
                state[name] = value
        state["use_cache_branch"] = np.ones(1, np.bool_)
        return logits[0]
