"""The few passages that a server chose, as an index in memory that knows of the whole collection.

What is common and what is rare, and how long passages are, is that of the collection; so every
score is what the folder would give.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
import numpy as np

from ...errors import ModelError
from ...language.minilm import SIZE
from ..chance import LONGEST, SHORTEST, SURPRISE
from ..passage_index import ARRAYS, PassageIndex, Place
from ..strings import strings_of
from ..terms import counted, term_of
from .passage_row import UPLOAD, PassageRow, check, unpack

FORMAT = 1
"""Of the rows and of what is known of the collection; an index of another is refused."""
_TABLE = (LONGEST - SHORTEST + 1, len(SURPRISE))


class About(msgspec.Struct, frozen=True, kw_only=True):
    """What the server keeps about the whole collection, beside the mapping of its fields."""

    format: int
    version: str
    """Of the index that was uploaded."""
    passages: Annotated[int, msgspec.Meta(ge=1)]
    embedder: str
    embedder_digest: str
    mean_terms: Annotated[float, msgspec.Meta(ge=1)]
    chance: bytes
    """The table of `chance`, float32."""

    def __post_init__(self) -> None:
        """Raise ValueError for a table of another size."""
        if len(self.chance) != 4 * _TABLE[0] * _TABLE[1]:
            raise ValueError(f"chance of {len(self.chance)} bytes")


class FewPassages(PassageIndex):
    """Some passages of a collection, in the order in which the folder has them."""

    def __init__(
        self, name: str, about: About, rows: Sequence[PassageRow], asked: Mapping[str, int]
    ) -> None:
        """`asked` says how many passages of the collection have each term of the question.

        Raises ModelError for a row that is damaged.
        """
        self.name = name
        self.embedder, self.embedder_digest = about.embedder, about.embedder_digest
        self.passages_in_all, self.mean_terms = about.passages, about.mean_terms
        self._rows = rows
        self.texts = [row.text for row in rows]
        counts, readings, frequencies = self._counted(about)
        frequencies |= {term: count for term, count in asked.items() if count}
        terms = sorted(frequencies, key=lambda term: term.encode("utf-8", "replace"))
        words = sorted(readings, key=lambda word: word.encode("utf-8", "replace"))
        self.terms, self.words = strings_of(terms), strings_of(words)
        self._frequencies = [frequencies[term] for term in terms]
        number_of = {term: number for number, term in enumerate(terms)}
        chance = np.frombuffer(about.chance, np.float32).reshape(_TABLE)
        arrays = {
            **self._vectors(about), **_postings([few for few, _ in counts], number_of),
            **_words([own for _, own in counts], words, number_of, readings), "chance": chance,
        }  # fmt: skip
        self._arrays = {n: np.asarray(arrays[n], kind) for n, (kind, _) in ARRAYS.items()}

    def frequency(self, term: int) -> int:
        """How many passages of the whole collection have the term of that number."""
        return self._frequencies[term]

    def place(self, passage: int) -> Place:
        """Where a passage stands."""
        row = self._rows[passage]
        return Place(row.title, row.section, row.path, row.link)

    def _counted(self, about: About) -> tuple[list[Any], dict[str, list[bytes]], dict[str, int]]:
        """Terms and words of each passage, how each word is said, and how frequent each term is."""
        counts: list[Any] = []
        readings: dict[str, list[bytes]] = {}
        frequencies: dict[str, int] = {}
        for row in self._rows:
            terms, words = counted(row.title, row.section, row.text)
            try:
                check(row, len(words), SIZE if about.embedder else 0, about.passages)
                unpack(row.readings, list(words), readings)
            except ValueError as error:
                raise ModelError(
                    f"{self.name}: a passage of {row.path} has {error}; {UPLOAD}"
                ) from error
            frequencies |= {term_of(w): n for w, n in zip(words, row.frequencies, strict=True)}
            counts.append((terms, list(words)))
        return counts, readings, frequencies

    def _vectors(self, about: About) -> dict[str, Any]:
        rows = self._rows
        size = SIZE if about.embedder else 0
        wholes = b"".join(row.vectors[:size] for row in rows)
        some = b"".join(row.vectors[size:] for row in rows)
        return {
            "passage_sentences": np.cumsum([0, *(len(row.ends) for row in rows)]),
            "sentence_ends": [end for row in rows for end in row.ends],
            "passage_vectors": np.frombuffer(wholes, np.int8).reshape(-1, SIZE),
            "sentence_vectors": np.frombuffer(some, np.int8).reshape(-1, SIZE),
            # Few enough to be compared in full.
            "directions": np.zeros((0, SIZE)), "short_vectors": np.zeros((0, SIZE)),
        }  # fmt: skip


def _postings(terms: Sequence[Mapping[str, int]], number_of: Mapping[str, int]) -> dict[str, Any]:
    """Which passage has which term, how often."""
    passages_of: list[list[tuple[int, int]]] = [[] for _ in number_of]
    for passage, counts in enumerate(terms):
        for term, count in counts.items():
            passages_of[number_of[term]].append((passage, min(count, 255)))
    pairs = [pair for some in passages_of for pair in some]
    return {
        "passage_terms": [sum(counts.values()) for counts in terms],
        "posting_starts": np.cumsum([0, *map(len, passages_of)]),
        "posting_passages": [passage for passage, _ in pairs],
        "posting_counts": [count for _, count in pairs],
    }


def _words(
    of_passages: Sequence[Sequence[str]],
    words: Sequence[str],
    number_of: Mapping[str, int],
    readings: Mapping[str, Sequence[bytes]],
) -> dict[str, Any]:
    """Which passage has which word, and how each is said."""
    number = {word: n for n, word in enumerate(words)}
    rows, starts, phones = array("q", [0]), array("q", [0]), bytearray()
    for word in words:
        for reading in readings[word]:
            phones += reading
            starts.append(len(phones))
        rows.append(len(starts) - 1)
    return {
        "passage_word_starts": np.cumsum([0, *map(len, of_passages)]),
        "passage_words": [number[word] for some in of_passages for word in some],
        "word_terms": [number_of[term_of(word)] for word in words],
        "word_readings": rows, "reading_starts": starts,
        "reading_phones": np.frombuffer(bytes(phones), np.uint8),
    }  # fmt: skip


__all__ = ["FORMAT", "About", "FewPassages"]
