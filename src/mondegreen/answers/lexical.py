"""BM25 over an index (Robertson and Zaragoza 2009): what each term says for each passage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .stored import StoredIndex

_K1, _B = 1.2, 0.75
"""How soon more of a term says no more, and how much long passages are drawn down. Other values
move what is found by half a point either way."""
Weights = npt.NDArray[np.float32]


class Lexical:
    """Weights of terms. Safe to share between threads."""

    def __init__(self, index: StoredIndex) -> None:
        self._index = index
        self._starts = index.array("posting_starts")
        self._passages = index.array("posting_passages")
        self._counts = index.array("posting_counts")
        self._lengths = index.array("passage_terms")
        self._mean = max(1.0, float(self._lengths.mean()))

    def idf(self, frequency: int) -> float:
        """How much a term says that so many passages have, in nats."""
        n = len(self._index)
        return float(np.log1p((n - frequency + 0.5) / (frequency + 0.5)))

    def frequency(self, term: str) -> int:
        """How many passages have the term."""
        number = self._index.terms.find(term)
        return 0 if number is None else int(self._starts[number + 1] - self._starts[number])

    def weight(self, frequency: int, count: int, passage: int) -> float:
        """What a term says for a passage that has it `count` times."""
        return self.idf(frequency) * float(self._saturated(count, self._lengths[passage]))

    def scores(self, terms: Mapping[str, float]) -> Weights:
        """(passages,) the sum over `terms` of their weight times the number given with each."""
        total = np.zeros(len(self._index), np.float32)
        for term, times in terms.items():
            number = self._index.terms.find(term)
            if number is None:
                continue
            rows = slice(int(self._starts[number]), int(self._starts[number + 1]))
            passages = self._passages[rows]
            worth = times * self.idf(len(passages))
            total[passages] += worth * self._saturated(self._counts[rows], self._lengths[passages])
        return total

    def _saturated(self, counts: npt.ArrayLike, lengths: npt.ArrayLike) -> Weights:
        tf = np.asarray(counts, np.float32)
        long = _K1 * (1 - _B + _B * np.asarray(lengths, np.float32) / self._mean)
        return np.asarray(tf * (_K1 + 1) / (tf + long), np.float32)


__all__ = ["Lexical"]
