"""BM25 over an index (Robertson and Zaragoza 2009): what each term says for each passage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from .passage_index import PassageIndex

K1, B = 1.2, 0.75
"""How soon more of a term says no more, and how much long passages are drawn down. Other values
move what is found by half a point either way."""
Weights = npt.NDArray[np.float32]


class Lexical:
    """Weights of terms. Safe to share between threads."""

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self._starts = index.array("posting_starts")
        self._passages = index.array("posting_passages")
        self._counts = index.array("posting_counts")
        self._lengths = index.array("passage_terms")

    def idf(self, frequency: int) -> float:
        """How much a term says that so many passages have, in nats."""
        n = self._index.passages_in_all
        return float(np.log1p((n - frequency + 0.5) / (frequency + 0.5)))

    def frequency(self, term: str) -> int:
        """How many passages have the term."""
        number = self._index.terms.find(term)
        return 0 if number is None else self._index.frequency(number)

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
            worth = times * self.idf(self._index.frequency(number))
            total[passages] += worth * self._saturated(self._counts[rows], self._lengths[passages])
        return total

    def _saturated(self, counts: npt.ArrayLike, lengths: npt.ArrayLike) -> Weights:
        tf = np.asarray(counts, np.float32)
        long = K1 * (1 - B + B * np.asarray(lengths, np.float32) / self._index.mean_terms)
        return np.asarray(tf * (K1 + 1) / (tf + long), np.float32)


__all__ = ["K1", "B", "Lexical"]
