"""The words and marks of a passage as the network that read it sees them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..language.embedder import Vectors
from .kinds import NUMBER_WORDS, TIME
from .terms import term_of

Ints = npt.NDArray[np.int64]
LONGEST = 14
"""Words and marks of a short answer; of 612 right ones 7 are longer."""
_TOKEN = re.compile(r"\w+|[^\w\s]")
_COMMON_TEXT = """
    the a an of in on at to by for from with as and or but that which who is was were are be been
    has had have his her their its it he she they this these not than into over under between about
    after before during until since through also called named known such other more most only one
    percent
"""
_COMMON = {word: number for number, word in enumerate(_COMMON_TEXT.split())}
"""Words that are a kind of their own: they stand before answers, and in none or at their edges."""
_MARKS = {",": 0, ".": 1, "!": 1, "?": 1, '"': 2, "“": 2, "”": 2, "(": 3, ")": 3, "[": 3, "]": 3,
          "'": 4, "’": 4, "-": 5, "–": 5, "—": 5}  # fmt: skip
_OTHER_MARK = 6
_YEAR = re.compile(r"1\d{3}|20\d\d")
_SHAPES: tuple[Callable[[str], object], ...] = (
    _YEAR.fullmatch, lambda t: t[0].isdigit(), lambda t: t.lower() in NUMBER_WORDS, TIME.search,
    lambda t: not term_of(t), lambda t: t[0].isupper() and len(t) == 1, lambda t: t[0].isupper(),
    lambda t: t.endswith("ing"), lambda t: t.endswith("ed"), lambda t: t.endswith("ly"),
    lambda t: t.endswith("s"),
)  # fmt: skip
"""The first that holds is the kind of any other word."""
CLASSES = len(_COMMON) + _OTHER_MARK + 1 + len(_SHAPES) + 1
"""Kinds of words and marks."""
_QUOTES = frozenset("\"“”'’")


@dataclass(frozen=True)
class PassageWords:
    """The T words and marks of a passage."""

    words: tuple[str, ...]
    terms: tuple[str, ...]
    """Under what each is looked up; empty for stop words and marks."""
    sentence: Ints
    """(T,) number of the sentence of each."""
    start: Ints
    """(T,) its place in the sentence."""
    end: Ints
    """(T,) the place behind it."""
    classes: Ints
    """(T,) below CLASSES."""
    states: Vectors
    """(T, 384) of the network that read the passage, the mean of the pieces of each."""
    allowed: npt.NDArray[np.bool_]
    """(T, LONGEST) whether an answer may go from a word over so many more: all of one sentence, and
    words or quotation marks at both ends."""


def passage_words(
    sentences: Sequence[str], parts: Sequence[Vectors], pieces: Callable[[str], int]
) -> PassageWords:
    """The words of a passage whose sentences were read as `parts`, (pieces, 384) each.

    `pieces` says how many of them a word has.
    """
    cut = [(n, m) for n, text in enumerate(sentences) for m in _TOKEN.finditer(text)]
    words = tuple(match[0] for _, match in cut)
    sentence = np.array([number for number, _ in cut], np.int64)
    return PassageWords(
        words, tuple(term_of(word) if word[0].isalnum() else "" for word in words), sentence,
        np.array([m.start() for _, m in cut], np.int64),
        np.array([m.end() for _, m in cut], np.int64),
        np.array([_class_of(word) for word in words], np.int64),
        _states(words, sentence, parts, pieces), _allowed(words, sentence),
    )  # fmt: skip


def _states(
    words: Sequence[str],
    sentence: Ints,
    parts: Sequence[Vectors],
    pieces: Callable[[str], int],
) -> Vectors:
    """(T, 384); nothing for words that were cut off."""
    size = parts[0].shape[1] if parts else 0
    states = np.zeros((len(words), size), np.float32)
    place, last = 0, -1
    for row, (word, number) in enumerate(zip(words, sentence.tolist(), strict=True)):
        place = place if number == last else 0
        behind = place + pieces(word)
        some = parts[number][place:behind]
        if len(some):
            states[row] = some.mean(axis=0)
        place, last = behind, number
    return states


def _allowed(words: Sequence[str], sentence: Ints) -> npt.NDArray[np.bool_]:
    count = len(words)
    edge = np.array([word[0].isalnum() or word in _QUOTES for word in words], np.bool_)
    allowed = np.zeros((count, LONGEST), np.bool_)
    for more in range(min(LONGEST, count)):
        same = sentence[: count - more] == sentence[more:]
        allowed[: count - more, more] = same & edge[: count - more] & edge[more:]
    return allowed


def _class_of(word: str) -> int:
    common = _COMMON.get(word.lower())
    if common is not None:
        return common
    if not word[0].isalnum():
        return len(_COMMON) + _MARKS.get(word, _OTHER_MARK)
    shape = next((n for n, holds in enumerate(_SHAPES) if holds(word)), len(_SHAPES))
    return len(_COMMON) + _OTHER_MARK + 1 + shape


__all__ = ["CLASSES", "LONGEST", "Ints", "PassageWords", "passage_words"]
