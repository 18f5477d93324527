"""The few words of a passage that answer: how likely each run of words is.

A small network over what is known of each word (see `span_evidence`) says how well an answer begins
there, ends there and goes on there; the likeliest run within one sentence is the short answer.
Several networks of one shape, which differ by their random beginning, are averaged. It ships as
`weights/spans`; see the model card there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from ..language.minilm import SIZE
from ..weights.arrays import Arrays
from ..weights.folder import Description, open_folder, shipped
from .passage_words import CLASSES, LONGEST, PassageWords
from .span_evidence import NUMBERS, Tokens

NETWORKS = "networks.npz"
_REBUILD = "reinstall mondegreen"
SCALE = 8.0
"""What states of length 1 are multiplied by, so that their numbers are about as large as others."""
EMBEDDED, PROJECTED, HIDDEN = 12, 32, 64
"""Numbers of a kind of word, of its state, and of a layer."""
WIDE, NARROW = 5, 3
"""Words that each of the two convolutions sees."""
_INPUTS = EMBEDDED + len(NUMBERS) + 3 * PROJECTED
SHAPES = {
    "center": (len(NUMBERS),), "spread": (len(NUMBERS),), "classes": (CLASSES, EMBEDDED),
    "state": (SIZE, PROJECTED), "state_bias": (PROJECTED,), "attention": (SIZE,),
    "asked": (SIZE, PROJECTED), "asked_bias": (PROJECTED,),
    "inner": (_INPUTS, HIDDEN), "inner_bias": (HIDDEN,),
    "wide": (WIDE, HIDDEN, HIDDEN), "wide_bias": (HIDDEN,),
    "narrow": (NARROW, HIDDEN, HIDDEN), "narrow_bias": (HIDDEN,),
    "out": (HIDDEN, 3), "out_bias": (3,), "lengths": (LONGEST,),
}  # fmt: skip
"""Arrays of one network."""
Network = dict[str, npt.NDArray[np.float32]]
Floats = npt.NDArray[np.float32]
_BEFORE, _AFTER = frozenset("$£€#"), frozenset("%°")
"""Marks that belong to the number behind or before them."""


class SpansDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of a span reader."""

    FORMAT: ClassVar[int] = 1
    KIND: ClassVar[str] = "span reader"
    NEEDED: ClassVar[tuple[str, ...]] = (NETWORKS,)

    networks: int
    """How many are averaged."""


@dataclass(frozen=True)
class Reading:
    """What the reader makes of a passage."""

    inside: npt.NDArray[np.float64]
    """(sentences,) how likely it is that each holds the answer; 1 in all."""
    best: npt.NDArray[np.float64]
    """(sentences,) how likely the likeliest run of words of each is."""
    texts: tuple[str, ...]
    """These runs; empty for a sentence without words."""

    def short(self, sentences: Sequence[int]) -> str:
        """The likeliest run of words within some sentences."""
        return self.texts[max(sentences, key=lambda number: self.best[number])]


class SpanReader:
    """Reads passages. Safe to share between threads."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = networks

    def read(self, tokens: Tokens, sentences: Sequence[str]) -> Reading:
        """What the networks make of the T words of a passage."""
        words = tokens.words
        if not words.allowed.any():
            nothing = np.zeros(len(sentences))
            return Reading(nothing, nothing, ("",) * len(sentences))
        scores = [
            np.where(words.allowed, run_scores(net, tokens), -np.inf) for net in self._networks
        ]
        shares = np.mean([_softmax(score) for score in scores], axis=0)
        count = len(sentences)
        inside = np.zeros(count)
        np.add.at(inside, words.sentence, shares.sum(axis=1))
        best, texts = np.zeros(count), [""] * count
        for number in np.unique(words.sentence).tolist():
            rows = np.flatnonzero(words.sentence == number)
            row, more = np.unravel_index(int(shares[rows].argmax()), (len(rows), LONGEST))
            first = int(rows[row])
            best[number] = shares[first, more]
            if best[number] > 0:
                texts[number] = _whole(words, sentences, first, first + int(more))
        return Reading(inside, best, tuple(texts))


def run_scores(net: Network, tokens: Tokens) -> Floats:
    """(T, LONGEST) the score of the run from each word over so many more."""
    states, asked = SCALE * tokens.words.states, SCALE * tokens.asked
    drawn = _softmax(asked @ net["attention"]) @ asked if len(asked) else np.zeros(SIZE)
    wanted = drawn @ net["asked"] + net["asked_bias"]
    own = states @ net["state"] + net["state_bias"]
    numbers = (tokens.numbers - net["center"]) / net["spread"]
    parts = [net["classes"][tokens.words.classes], numbers, own, own * wanted,
             np.broadcast_to(wanted, own.shape)]  # fmt: skip
    hidden = np.maximum(np.concatenate(parts, axis=1) @ net["inner"] + net["inner_bias"], 0)
    for name in ("wide", "narrow"):
        hidden = hidden + np.maximum(_convolved(hidden, net[name]) + net[f"{name}_bias"], 0)
    begin, end, within = (hidden @ net["out"] + net["out_bias"]).T
    count = len(begin)
    ends, summed = np.zeros((count, LONGEST)), np.zeros((count, LONGEST))
    padded = np.pad(end, (0, LONGEST)), np.pad(within, (0, LONGEST))
    for more in range(LONGEST):
        ends[:, more] = padded[0][more : more + count]
        summed[:, more] = padded[1][more : more + count]
    mean = summed.cumsum(axis=1) / np.arange(1, LONGEST + 1)
    return np.asarray(begin[:, None] + ends + mean + net["lengths"], np.float32)


def _convolved(rows: Floats, weights: Floats) -> Floats:
    """(T, HIDDEN) sums over neighbours, nothing beyond the ends."""
    reach = len(weights) // 2
    padded = np.pad(rows, ((reach, reach), (0, 0)))
    some = [padded[n : n + len(rows)] @ weights[n] for n in range(len(weights))]
    return np.asarray(np.sum(some, axis=0))


def _softmax(scores: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    shares = np.exp(np.asarray(scores, np.float64) - np.max(scores))
    return np.asarray(shares / shares.sum())


def _whole(words: PassageWords, sentences: Sequence[str], first: int, last: int) -> str:
    """The run with the marks that belong to its numbers."""
    text = sentences[int(words.sentence[first])]
    start, end = int(words.start[first]), int(words.end[last])
    start -= start > 0 and text[start - 1] in _BEFORE
    end += end < len(text) and text[end] in _AFTER
    return text[start:end]


@lru_cache(maxsize=1)
def shipped_spans() -> SpanReader:
    """The reader that ships. Raises ModelError when it is damaged."""
    return read_spans(shipped("spans"))


def read_spans(folder: Path) -> SpanReader:
    """The reader in a folder. Raises ModelError when it is damaged."""
    described = open_folder(folder, SpansDescription, _REBUILD)
    arrays = Arrays(described.file(NETWORKS), _REBUILD)
    count = described.about.networks
    stacked = {name: arrays.take(name, np.float32, (count, *s)) for name, s in SHAPES.items()}
    return SpanReader([{name: stacked[name][n] for name in SHAPES} for n in range(count)])


__all__ = [
    "NETWORKS", "SCALE", "SHAPES", "Network", "Reading", "SpanReader", "SpansDescription",
    "read_spans", "run_scores", "shipped_spans",
]  # fmt: skip
