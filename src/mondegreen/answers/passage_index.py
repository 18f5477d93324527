"""Passages as they are searched: their texts, words, sounds and vectors, wherever they lie.

`stored` has a whole collection in files; `opensearch.few_passages` the few of one that a server
found. Both are searched, explained and read by the same code.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .sentences import cut
from .strings import Strings

ARRAYS: dict[str, tuple[type[np.generic], int]] = {
    "passage_sentences": (np.int64, 1),
    "sentence_ends": (np.int32, 1),
    "passage_terms": (np.int32, 1),
    "posting_starts": (np.int64, 1),
    "posting_passages": (np.int32, 1),
    "posting_counts": (np.uint8, 1),
    "passage_word_starts": (np.int64, 1),
    "passage_words": (np.int32, 1),
    "word_terms": (np.int32, 1),
    "word_readings": (np.int64, 1),
    "reading_starts": (np.int64, 1),
    "reading_phones": (np.uint8, 1),
    "chance": (np.float32, 2),
    "passage_vectors": (np.int8, 2),
    "sentence_vectors": (np.int8, 2),
    "directions": (np.float32, 2),
    "short_vectors": (np.int8, 2),
}
"""Arrays by which passages are searched: their type and how many dimensions they have."""
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Place:
    """Where a passage stands."""

    title: str
    section: str
    path: str
    """Of the file, as it was named when the index was made."""
    link: str
    """What the page says that its address is, or its path, with the section's anchor."""


class PassageIndex(ABC):
    """Passages and their sentences, numbered from 0. Whoever fills one sets what is named here."""

    name: str
    """For messages."""
    embedder: str
    """Name of what made the vectors; empty where there are none."""
    embedder_digest: str
    passages_in_all: int
    """Passages of the whole collection."""
    mean_terms: float
    """Terms of one of them, 1 at least."""
    texts: Sequence[str]
    terms: Strings
    words: Strings
    _arrays: Arrays

    def array(self, name: str) -> npt.NDArray[Any]:
        """One of ARRAYS."""
        return self._arrays[name]

    @abstractmethod
    def frequency(self, term: int) -> int:
        """How many passages of the whole collection have the term of that number."""

    @abstractmethod
    def place(self, passage: int) -> Place:
        """Where a passage stands."""

    def __len__(self) -> int:
        """How many passages are at hand."""
        return len(self.array("passage_terms"))

    def sentence_range(self, passage: int) -> range:
        """The numbers of a passage's sentences."""
        starts = self.array("passage_sentences")
        return range(int(starts[passage]), int(starts[passage + 1]))

    def ends(self, passage: int) -> list[int]:
        """Places in a passage's text behind each of its sentences."""
        numbers = self.sentence_range(passage)
        ends: list[int] = self.array("sentence_ends")[numbers.start : numbers.stop].tolist()
        return ends

    def sentences(self, passage: int) -> list[str]:
        """The sentences of a passage."""
        return cut(self.texts[passage], self.ends(passage))


__all__ = ["ARRAYS", "Arrays", "PassageIndex", "Place"]
