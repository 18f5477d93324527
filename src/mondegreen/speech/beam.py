"""Several ways to write down what was said, with how likely each is: a decoder and a beam search.

The decoder is one of a model folder's own, tuned on a task; the encoder is the published one, whose
frames every transcriber here shares.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..errors import ModelError
from ..weights.onnx_session import Port, Session, open_session
from .encoder import Frames
from .moonshine import MoonshineEncoder
from .transcriber import HEAD_SIZE, HEADS, LAYERS, loop_start, most_tokens
from .word_pieces import END, START, text_of

MEMORY, STEP = "memory.onnx", "step.onnx"
"""Names of a decoder's files: what is kept of the frames, and one step of writing."""
_PARTS = 2 * LAYERS
"""Keys and values of each layer."""
CONSIDERED = 8
"""Tokens that each row may go on with."""
_BEHIND = 8.0
"""Nats by which a row may trail the best finished one before it is given up."""


class Hypothesis(NamedTuple):
    """Words that may have been said."""

    text: str
    log_probability: float
    """Natural, of all its tokens and the end."""


class _Row(NamedTuple):
    tokens: tuple[int, ...]
    log_probability: float


class BeamTranscriber:
    """Writes down several hypotheses. Safe to share between threads."""

    def __init__(self, memory: Session, step: Session) -> None:
        self._memory, self._step = memory, step

    @classmethod
    def load(cls, memory: Path, step: Path, remedy: str, *, threads: int = 1) -> BeamTranscriber:
        """Open the two networks of a tuned decoder. Raises ModelError."""
        past = (_PARTS, "B", HEADS, "P", HEAD_SIZE)
        kept = (_PARTS, 1, HEADS, "T", HEAD_SIZE)
        loaded = cls(
            open_session(
                memory, remedy, threads=threads,
                inputs=(Port("frames", (1, "T", MoonshineEncoder.size)),),
                outputs=(Port("memory", (_PARTS, None, HEADS, None, HEAD_SIZE)),),
            ),
            open_session(
                step, remedy, threads=threads,
                inputs=(Port("ids", ("B", "n"), "int64"), Port("past", past), Port("memory", kept)),
                outputs=(
                    Port("tokens", (None, CONSIDERED), "int64"),
                    Port("log_probabilities", (None, CONSIDERED)),
                    Port("present", (_PARTS, None, HEADS, None, HEAD_SIZE)),
                ),
            ),
        )  # fmt: skip
        silence = np.zeros((40, MoonshineEncoder.size), np.float32)
        if not all(np.isfinite(h.log_probability) for h in loaded.hypotheses(silence, 2)):
            raise ModelError(f"{step} gives scores that are no numbers; {remedy}")
        return loaded

    def hypotheses(
        self, frames: Frames, count: int, longest: int | None = None
    ) -> list[Hypothesis]:
        """The `count` likeliest texts for the encoder's `frames (T, 288)`, the likeliest first.

        Fewer where some spell the same text; none where no text ends within `longest` tokens, by
        default `most_tokens`.
        """
        (memory,) = self._memory.run({"frames": np.asarray(frames, np.float32)[None]})
        rows = [_Row((), 0.0)]
        past = np.zeros((_PARTS, 1, HEADS, 0, HEAD_SIZE), np.float32)
        finished: list[_Row] = []
        for _ in range(most_tokens(frames) if longest is None else longest):
            ids = np.array([[row.tokens[-1] if row.tokens else START] for row in rows], np.int64)
            tokens, shares, past = self._step.run({"ids": ids, "past": past, "memory": memory})
            rows, parents = self._onward(rows, tokens, shares, count, finished)
            bar = sorted((row.log_probability for row in finished), reverse=True)[:count]
            if not rows or (len(bar) == count and rows[0].log_probability < bar[-1]):
                break
            past = np.ascontiguousarray(past[:, parents])
        return _distinct(finished, count)

    @staticmethod
    def _onward(
        rows: list[_Row],
        tokens: np.ndarray,
        shares: np.ndarray,
        count: int,
        finished: list[_Row],
    ) -> tuple[list[_Row], list[int]]:
        """The best `count` rows one token further and where each came from; ended ones are put
        with the finished."""
        longer = sorted(
            (
                (row.log_probability + float(shares[i, k]), i, int(tokens[i, k]))
                for i, row in enumerate(rows)
                for k in range(CONSIDERED)
            ),
            reverse=True,
        )
        best = max((row.log_probability for row in finished), default=-np.inf)
        onward: list[_Row] = []
        parents: list[int] = []
        for score, parent, token in longer[: 2 * count]:
            if score < best - _BEHIND:
                break
            if token == END:
                finished.append(_Row(rows[parent].tokens, score))
                best = max(best, score)
                continue
            row = _Row((*rows[parent].tokens, token), score)
            if len(onward) < count and loop_start(row.tokens) is None:
                onward.append(row)
                parents.append(parent)
        return onward, parents


def _distinct(finished: list[_Row], count: int) -> list[Hypothesis]:
    likeliest: dict[str, float] = {}
    for row in sorted(finished, key=lambda row: -row.log_probability):
        likeliest.setdefault(text_of(row.tokens), row.log_probability)
    return [Hypothesis(*pair) for pair in list(likeliest.items())[:count]]


__all__ = ["CONSIDERED", "BeamTranscriber", "Hypothesis"]
