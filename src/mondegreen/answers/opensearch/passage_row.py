"""A passage as a server keeps it: all that is needed to search, explain and read it again here.

Its words and terms are not in it: they follow from title, section and text. How each word is said
is, for to work that out again would take longer than the whole question.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import msgspec
import numpy as np

from ...errors import ModelError
from ...phonetics.distance import articulatory_costs
from ..passage_index import PassageIndex
from ..terms import counted

_PHONES = len(articulatory_costs())
UPLOAD = "upload it again: mondegreen answers upload INDEX --to ADDRESS"


class PassageRow(msgspec.Struct, frozen=True, kw_only=True):
    """What comes back. Bytes are base64 in JSON."""

    text: str
    ends: list[int]
    """Places in the text behind each sentence."""
    title: str
    section: str
    path: str
    link: str
    """With the section's anchor."""
    frequencies: list[int]
    """Of each of its words, in the order of `terms.counted`: passages of the collection that have
    its term."""
    readings: bytes
    """How many each of its words has, how long each of these is, and the phones of all."""
    vectors: bytes
    """(1 + sentences, E) numbers of 8 bits: of the passage, then of its sentences. Empty in an
    index without vectors."""


class SentRow(PassageRow, frozen=True, kw_only=True, omit_defaults=True):
    """What is sent: also what the server searches by."""

    terms: str
    """Each as often as the passage has it, apart by spaces."""
    vector: list[int] = []
    """The passage's, in 8 bits."""


def as_words(terms: Sequence[str]) -> str:
    """Terms as text that is cut at spaces. A rare sign may stand for some; they go."""
    return " ".join("".join(term.split()) for term in terms)


def passage_row(index: PassageIndex, passage: int) -> SentRow:
    """The row of a passage. Raises ModelError where its text does not have the words that the
    index counted."""
    text, place = index.texts[passage], index.place(passage)
    terms, words = counted(place.title, place.section, text)
    starts = index.array("passage_word_starts")
    numbers = index.array("passage_words")[starts[passage] : starts[passage + 1]].tolist()
    if [index.words[number] for number in numbers] != list(words):
        raise ModelError(
            f"{index.name}: passage {passage} was cut into other words; make the index again with "
            "this version of mondegreen"
        )
    vectors = b""
    whole: list[int] = []
    if index.embedder:
        some = index.sentence_range(passage)
        own = index.array("passage_vectors")[passage]
        vectors = own.tobytes() + index.array("sentence_vectors")[some.start : some.stop].tobytes()
        whole = own.tolist()
    term_numbers = index.array("word_terms")
    return SentRow(
        text=text, ends=index.ends(passage), title=place.title, section=place.section,
        path=place.path, link=place.link,
        frequencies=[index.frequency(int(term_numbers[number])) for number in numbers],
        readings=_packed([_readings(index, number) for number in numbers]),
        vectors=vectors, terms=as_words(list(terms.elements())),
        vector=whole if any(whole) else [],  # the server takes no vector of nothing
    )  # fmt: skip


def _readings(index: PassageIndex, word: int) -> list[bytes]:
    first, last = (int(n) for n in index.array("word_readings")[word : word + 2])
    starts, phones = index.array("reading_starts"), index.array("reading_phones")
    return [phones[starts[row] : starts[row + 1]].tobytes() for row in range(first, last)]


def _packed(words: Sequence[Sequence[bytes]]) -> bytes:
    readings = [reading for word in words for reading in word]
    return bytes([*map(len, words), *map(len, readings)]) + b"".join(readings)


def unpack(data: bytes, words: Sequence[str], into: dict[str, list[bytes]]) -> None:
    """Add the readings of those of `words` that have none yet. Raises ValueError where the bytes
    are of others."""
    firsts = [0, *accumulate(data[: len(words)])]
    lengths = data[len(words) : len(words) + firsts[-1]]
    starts = [0, *accumulate(lengths)]
    phones = data[len(words) + firsts[-1] :]
    whole = len(firsts) == len(words) + 1 and len(lengths) == firsts[-1] and all(lengths)
    if not whole or starts[-1] != len(phones) or max(phones, default=0) >= _PHONES:
        raise ValueError("readings of other words")
    for number, word in enumerate(words):
        if word not in into:
            rows = range(firsts[number], firsts[number + 1])
            into[word] = [phones[starts[row] : starts[row + 1]] for row in rows]


def check(row: PassageRow, words: int, size: int, collection: int) -> None:
    """Raise ValueError for a row whose parts do not fit. `size` is that of a vector, 0 without."""
    ends = np.array([0, *row.ends])
    if (np.diff(ends) < 0).any() or ends[-1] > len(row.text):
        raise ValueError("sentences beyond the text")
    if len(row.frequencies) != words or not all(0 < n <= collection for n in row.frequencies):
        raise ValueError("frequencies of other words")
    if len(row.vectors) != size * (1 + len(row.ends)):
        raise ValueError("vectors of other sentences")


__all__ = ["UPLOAD", "PassageRow", "SentRow", "as_words", "check", "passage_row", "unpack"]
