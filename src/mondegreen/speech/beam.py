"""Several ways to write down what was said, with how likely each is: a decoder and a beam search.

The decoder is one of a model folder's own, tuned on a task. A decoder of Moonshine's hears through
the published encoder, whose frames are shared; that of another transcriber has its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..audio.samples import Samples, levelled
from ..errors import ModelError
from ..weights.onnx_session import Port, Session, open_session
from .encoder import Frames, SpeechEncoder
from .moonshine import MoonshineEncoder
from .spelling import MoonshineSpelling, Spelling
from .transcriber import loop_start, most_tokens

MEMORY, STEP = "memory.onnx", "step.onnx"
"""Names of a decoder's files: what is kept of the frames, and one step of writing."""
FORMAT, KIND = 2, "general model"
"""Of the folder that they lie in: engines read all of it, `answers` the decoder alone."""
CONSIDERED = 8
"""Tokens that each row may go on with."""
_BEHIND = 8.0
"""Nats by which a row may trail the best finished one before it is given up."""


class Considered(NamedTuple):
    """What a token was chosen from: the likeliest ones at its place."""

    tokens: npt.NDArray[np.int64]
    """(CONSIDERED,)"""
    log_probabilities: npt.NDArray[np.float32]
    """(CONSIDERED,) natural."""
    state: npt.NDArray[np.float32] | None = None
    """(size,) the decoder's there, where its network gives it out."""


class Hypothesis(NamedTuple):
    """Words that may have been said."""

    text: str
    log_probability: float
    """Natural, of all its tokens and the end."""
    tokens: tuple[int, ...] = ()
    """Those of Moonshine that spell the text; none where another transcriber wrote it."""
    considered: tuple[Considered, ...] = ()
    """For each of the tokens."""


class _Row(NamedTuple):
    tokens: tuple[int, ...]
    log_probability: float
    considered: tuple[Considered, ...] = ()


class BeamTranscriber:
    """Writes down several hypotheses. Safe to share between threads."""

    def __init__(
        self,
        memory: Session,
        step: Session,
        spelling: Spelling | MoonshineSpelling,
        encoder: SpeechEncoder | None,
        kept: tuple[int, int, int],
    ) -> None:
        """Use `load`. `kept` are how many keys and values there are of each token, their heads and
        the numbers of a head."""
        self._memory, self._step, self._spelling = memory, step, spelling
        self._parts, self._heads, self._head = kept
        self.encoder = encoder
        """Whose frames it writes down; None: those of the published Moonshine."""
        self._frame_seconds = encoder.frame_seconds if encoder else MoonshineEncoder.frame_seconds

    @classmethod
    def load(
        cls,
        memory: Path,
        step: Path,
        remedy: str,
        *,
        spelling: Spelling | None = None,
        encoder: SpeechEncoder | None = None,
        threads: int = 1,
    ) -> BeamTranscriber:
        """Open the two networks of a decoder. Raises ModelError.

        `spelling` and `encoder` are those of a transcriber that is not Moonshine.
        """
        size = encoder.size if encoder else MoonshineEncoder.size
        opened = open_session(
            step, remedy, threads=threads,
            inputs=(
                Port("ids", ("B", "n"), "int64"), Port("past", (None, "B", None, "P", None)),
                Port("memory", (None, 1, None, "T", None)),
            ),
            outputs=(
                Port("tokens", (None, CONSIDERED), "int64"),
                Port("log_probabilities", (None, CONSIDERED)),
                Port("present", (None, None, None, None, None)),
            ),
            optional=(Port("states", (None, size)),),
        )  # fmt: skip
        parts, heads, head = _kept(opened, step, remedy)
        loaded = cls(
            open_session(
                memory, remedy, threads=threads, inputs=(Port("frames", (1, "T", size)),),
                outputs=(Port("memory", (parts, None, heads, None, head)),),
            ),
            opened, spelling or MoonshineSpelling(), encoder, (parts, heads, head),
        )  # fmt: skip
        silence = np.zeros((40, size), np.float32)
        if not all(np.isfinite(h.log_probability) for h in loaded.hypotheses(silence, 2)):
            raise ModelError(f"{step} gives scores that are no numbers; {remedy}")
        return loaded

    def attend(self, samples: Samples) -> Frames:
        """The frames `(T, size)` of `samples (N,)` by its own encoder.

        Raises ValueError where it has none.
        """
        if self.encoder is None:
            raise ValueError("this transcriber hears through the published encoder")
        return self.encoder.encode(levelled(samples))

    def hypotheses(
        self, frames: Frames, count: int, longest: int | None = None
    ) -> list[Hypothesis]:
        """The `count` likeliest texts for the encoder's `frames (T, 288)`, the likeliest first.

        Fewer where some spell the same text; none where no text ends within `longest` tokens, by
        default `most_tokens`.
        """
        (memory,) = self._memory.run({"frames": np.asarray(frames, np.float32)[None]})
        rows = [_Row((), 0.0)]
        past = np.zeros((self._parts, 1, self._heads, 0, self._head), np.float32)
        finished: list[_Row] = []
        ids = np.array([self._spelling.start], np.int64)
        most = most_tokens(frames, self._frame_seconds) if longest is None else longest
        for _ in range(most):
            tokens, shares, past, *states = self._step.run(
                {"ids": ids, "past": past, "memory": memory}
            )
            places = list(map(Considered, tokens, shares, *states))
            rows, parents = self._onward(rows, places, count, finished)
            bar = sorted((row.log_probability for row in finished), reverse=True)[:count]
            if not rows or (len(bar) == count and rows[0].log_probability < bar[-1]):
                break
            past = np.ascontiguousarray(past[:, parents])
            ids = np.array([row.tokens[-1:] for row in rows], np.int64)
        return self._distinct(finished, count)

    def _onward(
        self,
        rows: list[_Row],
        places: list[Considered],
        count: int,
        finished: list[_Row],
    ) -> tuple[list[_Row], list[int]]:
        """The best `count` rows one token further and where each came from; ended ones are put
        with the finished."""
        longer = sorted(
            (
                (row.log_probability + float(share), i, int(token))
                for i, (row, place) in enumerate(zip(rows, places, strict=True))
                for token, share in zip(place.tokens, place.log_probabilities, strict=True)
            ),
            reverse=True,
        )
        best = max((row.log_probability for row in finished), default=-np.inf)
        onward: list[_Row] = []
        parents: list[int] = []
        for score, parent, token in longer[: 2 * count]:
            if score < best - _BEHIND:
                break
            before = rows[parent]
            if token == self._spelling.end:
                finished.append(before._replace(log_probability=score))
                best = max(best, score)
                continue
            row = _Row((*before.tokens, token), score, (*before.considered, places[parent]))
            if len(onward) < count and loop_start(row.tokens) is None:
                onward.append(row)
                parents.append(parent)
        return onward, parents

    def _distinct(self, finished: list[_Row], count: int) -> list[Hypothesis]:
        likeliest: dict[str, _Row] = {}
        for row in sorted(finished, key=lambda row: -row.log_probability):
            likeliest.setdefault(self._spelling.text(row.tokens), row)
        best = list(likeliest.items())[:count]
        if not isinstance(self._spelling, MoonshineSpelling):
            return [Hypothesis(text, row.log_probability) for text, row in best]
        return [
            Hypothesis(text, row.log_probability, row.tokens, row.considered) for text, row in best
        ]


def _kept(step: Session, path: Path, remedy: str) -> tuple[int, int, int]:
    """Keys and values of all layers, heads, and numbers of a head, as the step network has them."""
    past = next(port for port in step.inputs if port.name == "past").shape
    memory = next(port for port in step.inputs if port.name == "memory").shape
    sizes = [size for size in (past[0], past[2], past[4]) if isinstance(size, int)]
    if len(sizes) != 3 or sizes != [memory[0], memory[2], memory[4]]:
        raise ModelError(f"{path} keeps {past} of its tokens and {memory} of the frames; {remedy}")
    return sizes[0], sizes[1], sizes[2]


__all__ = [
    "CONSIDERED", "FORMAT", "KIND", "MEMORY", "STEP", "BeamTranscriber", "Considered", "Hypothesis",
]  # fmt: skip
