"""How well a passage explains the sounds of a question.

Nothing is corrected: each passage may explain the question's string of phones with its own words.
Words that were heard as such count in full; others by how surprising it is that they fit, and less
where what was heard there is in no doubt. The best set of pieces that do not overlap is what the
passage is worth, so that a passage in which several words half fit beats one in which one does.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .chance import surprise
from .fitting import Readings, fitted, starts_of
from .lexical import Lexical
from .question import Question
from .stored import StoredIndex

_FROM, _TO = 1.5, 4.0
"""Surprise at which a fit begins to count and counts in full."""
_LISTED, _STOP = 0.5, 0.3
"""How doubtful a heard word is that the collection has, and one that says nothing; one that it
lacks is 1. With these 6 instead of 17 of 612 questions are harmed, and 26 instead of 29 mended."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the question, explained by a word of the passage."""

    start: int
    end: int
    """Places in the string of phones."""
    word: str
    worth: float
    share: float
    """Of the word's own weight: 1 where it was heard as such."""
    heard: bool
    """Whether it was heard as such."""


@dataclass(frozen=True)
class Explained:
    """What a passage makes of the question."""

    worth: float
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class _Fits:
    """The words of the candidates that fit somewhere: by their number in the index."""

    pieces: dict[int, tuple[int, int, float]]
    """Start, end and how much of a word's weight the fit is worth."""


class Explainer:
    """Explains questions by passages of one index. Safe to share between threads."""

    def __init__(self, index: StoredIndex, lexical: Lexical) -> None:
        self._index, self._lexical = index, lexical
        self._postings = index.array("posting_starts"), index.array("posting_passages")

    def explain(self, question: Question, candidates: Sequence[int]) -> list[Explained]:
        """What each of the candidates makes of the question."""
        words = {passage: self._words(passage) for passage in candidates}
        fits = self._fits(question, np.unique(np.concatenate([*words.values(), [0]])))
        return [self._explained(question, passage, words[passage], fits) for passage in candidates]

    def _words(self, passage: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        starts = self._index.array("passage_word_starts")
        some = self._index.array("passage_words")[starts[passage] : starts[passage + 1]]
        return np.asarray(some, np.int64)

    def _fits(self, question: Question, words: np.ndarray[tuple[int], np.dtype[np.int64]]) -> _Fits:
        """Where each of `words` fits, if it does so by more than accident."""
        index = self._index
        first, last = index.array("word_readings")[words], index.array("word_readings")[words + 1]
        rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
        if not len(question.heard.phones) or not len(rows):
            return _Fits({})
        of_word = np.repeat(words, last - first)
        starts, phones = index.array("reading_starts"), index.array("reading_phones")
        readings, order = Readings.of([phones[starts[r] : starts[r + 1]] for r in rows])
        costs, ends = fitted(readings, question.heard)
        sure = surprise(index.array("chance"), costs, readings.lengths)
        chosen = np.flatnonzero(sure > _FROM)
        if not len(chosen):
            return _Fits({})
        begins = starts_of(readings.some(chosen), question.heard, ends[chosen])
        doubts = _doubts(question, self._lexical)
        pieces: dict[int, tuple[int, int, float]] = {}
        for row, start in zip(chosen.tolist(), begins.tolist(), strict=True):
            word, end = int(of_word[order[row]]), int(ends[row])
            sureness = min(1.0, (float(sure[row]) - _FROM) / (_TO - _FROM))
            worth = sureness * float(doubts[start:end].mean())
            if worth > pieces.get(word, (0, 0, 0.0))[2]:
                pieces[word] = start, end, worth
        return _Fits(pieces)

    def _explained(
        self,
        question: Question,
        passage: int,
        words: np.ndarray[tuple[int], np.dtype[np.int64]],
        fits: _Fits,
    ) -> Explained:
        index = self._index
        pieces, silent = [], 0.0
        for heard in question.words:
            number = index.terms.find(heard.term) if heard.term else None
            worth = 0.0 if number is None else self._weight(number, passage)
            if worth and heard.end > heard.start:
                pieces.append(Piece(heard.start, heard.end, heard.text, worth, 1.0, True))
            silent += worth * (heard.end == heard.start)
        terms = index.array("word_terms")
        for word in words.tolist():
            fit = fits.pieces.get(word)
            if fit is not None:
                start, end, share = fit
                worth = share * self._weight(int(terms[word]), passage)
                pieces.append(Piece(start, end, index.words[word], worth, share, False))
        best = _best_set(pieces)
        return Explained(silent + sum(piece.worth for piece in best), tuple(best))

    def _weight(self, term: int, passage: int) -> float:
        starts, passages = self._postings
        rows = passages[starts[term] : starts[term + 1]]
        place = int(np.searchsorted(rows, passage))
        if place == len(rows) or rows[place] != passage:
            return 0.0
        count = int(self._index.array("posting_counts")[starts[term] + place])
        return self._lexical.weight(len(rows), count, passage)


def _doubts(question: Question, lexical: Lexical) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """(J,) how doubtful the heard word of each phone is."""
    doubts = np.ones(len(question.heard.phones))
    for word in question.words:
        listed = bool(word.term) and lexical.frequency(word.term) > 0
        doubts[word.start : word.end] = _LISTED if listed else 1.0 if word.term else _STOP
    return doubts


def _best_set(pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces of the greatest worth that do not overlap (weighted interval scheduling)."""
    ordered = sorted(pieces, key=lambda piece: (piece.end, -piece.worth))
    ends = [piece.end for piece in ordered]
    best = [0.0]
    before = []
    for number, piece in enumerate(ordered):
        before.append(bisect_right(ends, piece.start, hi=number))
        best.append(max(best[-1], best[before[-1]] + piece.worth))
    chosen = []
    number = len(ordered)
    while number:
        if best[number] > best[number - 1]:
            chosen.append(ordered[number - 1])
            number = before[number - 1]
        else:
            number -= 1
    return chosen[::-1]


__all__ = ["Explained", "Explainer", "Piece"]
