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
import numpy.typing as npt

from .chance import surprise
from .fitting import PhoneString, Readings, fitted, starts_of
from .lexical import Lexical
from .passage_index import PassageIndex
from .question import Question
from .terms import term_of

_FROM, _TO = 1.5, 4.0
"""Surprise at which a fit begins to count and counts in full."""
EAR = 0.5
"""What the phones of the ear count beside those of the transcript, for words that were not written
down: a word that both have is one word. Chosen on 40 questions by three voices; of 1,110 recordings
of 160 others the right passage comes first for 88.7 % with it and for 87.5 without. At 1.5 as many
are harmed as mended."""
MOST_WORDS = 10_000
"""Words of a collection up to which the phones of the ear choose passages of their own: 4,500 words
of 125 passages take 59 ms."""
_LIKELY = 50
"""Of those, the ones by the worth of all their fits whose best set of pieces is worked out."""
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
    as_written: bool
    """Whether it was heard as such."""


@dataclass(frozen=True)
class Explained:
    """What a passage makes of the question."""

    worth: float
    pieces: tuple[Piece, ...]
    """Of the transcript, at the sounds of its words."""
    by_ear: tuple[Piece, ...] = ()
    """Of the phones that the ear heard, where the question was spoken: words that were not written
    down."""


Fits = dict[int, tuple[int, int, float]]
"""By the number of a word in the index: start, end, and how much of its weight the fit is worth."""
Ints = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]


class Explainer:
    """Explains questions by passages of one index. Safe to share between threads."""

    def __init__(self, index: PassageIndex, lexical: Lexical) -> None:
        self._index, self._lexical = index, lexical
        self._postings = index.array("posting_starts"), index.array("posting_passages")

    def explain(self, question: Question, candidates: Sequence[int]) -> list[Explained]:
        """What each of the candidates makes of the question."""
        words = {passage: self._words(passage) for passage in candidates}
        distinct = np.unique(np.concatenate([*words.values(), np.zeros(0, np.int64)]))
        fits = self._fits(question.sound, _doubts(question, self._lexical), distinct)
        by_ear = {}
        if question.by_ear is not None:
            by_ear = self._fits(question.by_ear, np.ones(len(question.by_ear.phones)), distinct)
        explained = []
        for passage in candidates:
            silent, pieces = self._as_heard(question, passage)
            pieces += self._fitted(passage, words[passage], fits)
            best = _best_set(pieces)
            worth = silent + sum(piece.worth for piece in best)
            written = {term_of(piece.word) for piece in best if piece.as_written}
            lost = self._fitted(passage, words[passage], by_ear)
            ear = _best_set([piece for piece in lost if term_of(piece.word) not in written])
            worth += EAR * sum(piece.worth for piece in ear)
            explained.append(Explained(worth, tuple(best), tuple(ear)))
        return explained

    def by_ear(self, question: Question, most: int) -> list[int]:
        """The passages that explain best what the ear heard, whatever the transcript says.

        None where nothing was spoken, nor in a collection of more than MOST_WORDS words.
        """
        count = len(self._index.words)
        if question.by_ear is None or count > MOST_WORDS:
            return []
        sure = np.ones(len(question.by_ear.phones))
        fits = self._fits(question.by_ear, sure, np.arange(count))
        pieces = {p: self._fitted(p, self._words(p), fits) for p in self._likely(fits)}
        worths = {p: sum(piece.worth for piece in _best_set(some)) for p, some in pieces.items()}
        return sorted(worths, key=lambda p: -worths[p])[:most]

    def _likely(self, fits: Fits) -> list[int]:
        """The passages whose words fit best, were all the pieces apart."""
        starts, words = self._index.array("passage_word_starts"), self._index.array("passage_words")
        terms = self._index.array("word_terms")
        worth = np.zeros(len(self._index.words))
        for word, (_, _, share) in fits.items():
            worth[word] = share * self._lexical.idf(self._index.frequency(int(terms[word])))
        total = np.add.reduceat(np.append(worth[words], 0.0), starts[:-1])
        total[np.diff(starts) == 0] = 0.0
        best = np.argsort(-total, kind="stable")[:_LIKELY]
        return [int(p) for p in best if total[p] > 0]

    def _words(self, passage: int) -> Ints:
        starts = self._index.array("passage_word_starts")
        some = self._index.array("passage_words")[starts[passage] : starts[passage + 1]]
        return np.asarray(some, np.int64)

    def _fits(self, string: PhoneString, doubts: Numbers, words: Ints) -> Fits:
        """Where each of `words` fits, if it does so by more than accident."""
        index = self._index
        first, last = index.array("word_readings")[words], index.array("word_readings")[words + 1]
        rows = np.concatenate(
            [np.zeros(0, np.int64), *map(np.arange, first.tolist(), last.tolist())]
        )
        if not len(string.phones) or not len(rows):
            return {}
        of_word = np.repeat(words, last - first)
        starts, phones = index.array("reading_starts"), index.array("reading_phones")
        readings, order = Readings.of([phones[starts[r] : starts[r + 1]] for r in rows])
        costs, ends = fitted(readings, string)
        sure = surprise(index.array("chance"), costs, readings.lengths)
        chosen = np.flatnonzero(sure > _FROM)
        if not len(chosen):
            return {}
        begins = starts_of(readings.some(chosen), string, ends[chosen])
        fits: Fits = {}
        for row, start in zip(chosen.tolist(), begins.tolist(), strict=True):
            word, end = int(of_word[order[row]]), int(ends[row])
            sureness = min(1.0, (float(sure[row]) - _FROM) / (_TO - _FROM))
            share = sureness * float(doubts[start:end].mean())
            if share > fits.get(word, (0, 0, 0.0))[2]:
                fits[word] = start, end, share
        return fits

    def _as_heard(self, question: Question, passage: int) -> tuple[float, list[Piece]]:
        """The words that were heard as such; what those without phones are worth comes apart."""
        pieces, silent = [], 0.0
        for word in question.words:
            number = self._index.terms.find(word.term) if word.term else None
            worth = 0.0 if number is None else self._weight(number, passage)
            if worth and word.end > word.start:
                pieces.append(Piece(word.start, word.end, word.text, worth, 1.0, True))
            silent += worth * (word.end == word.start)
        return silent, pieces

    def _fitted(self, passage: int, words: Ints, fits: Fits) -> list[Piece]:
        """The words of the passage that fit."""
        terms, pieces = self._index.array("word_terms"), []
        for word in words.tolist():
            fit = fits.get(word)
            if fit is not None:
                start, end, share = fit
                worth = share * self._weight(int(terms[word]), passage)
                pieces.append(Piece(start, end, self._index.words[word], worth, share, False))
        return pieces

    def _weight(self, term: int, passage: int) -> float:
        starts, passages = self._postings
        rows = passages[starts[term] : starts[term + 1]]
        place = int(np.searchsorted(rows, passage))
        if place == len(rows) or rows[place] != passage:
            return 0.0
        count = int(self._index.array("posting_counts")[starts[term] + place])
        return self._lexical.weight(self._index.frequency(term), count, passage)


def _doubts(question: Question, lexical: Lexical) -> Numbers:
    """(J,) how doubtful the heard word of each phone is."""
    doubts = np.ones(len(question.sound.phones))
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
