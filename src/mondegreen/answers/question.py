"""A question as it was heard: its words, and the one string of phones that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..phonetics.pronouncer import Pronouncer, usual_pronouncer
from ..text.written_forms import in_figures
from .fitting import PhoneString
from .terms import term_of, words_of

MOST_WORDS = 60
"""Words of a question that are read; nobody asks in more."""


@dataclass(frozen=True)
class HeardWord:
    """One word of a question."""

    text: str
    term: str
    """Under what it is looked up; empty for a stop word."""
    start: int
    end: int
    """Its phones in the string of the question; none for what cannot be said."""


@dataclass(frozen=True)
class Question:
    """Words and sounds of a question. Made by `read_question`."""

    text: str
    written: str
    """The same with its years in figures, as pages have them: what is looked up."""
    words: tuple[HeardWord, ...]
    sound: PhoneString
    """As the words are said."""
    by_ear: PhoneString | None = None
    """As the phone reader heard it, where it was spoken."""

    @property
    def terms(self) -> list[str]:
        """What it is looked up by."""
        return [word.term for word in self.words if word.term]

    def between(self, start: int, end: int) -> str:
        """The words that have phones between two places of the string."""
        return " ".join(w.text for w in self.words if w.start < end and w.end > start)


def read_question(text: str, pronouncer: Pronouncer | None = None) -> Question:
    """A question from its text, said as the pronouncer says each word by itself."""
    pronouncer = pronouncer or usual_pronouncer()
    phones: list[int] = []
    words: list[HeardWord] = []
    written = in_figures(text)
    for word in words_of(written)[:MOST_WORDS]:
        start = len(phones)
        phones += next(iter(pronouncer.phrase(word)), ())
        words.append(HeardWord(word, term_of(word), start, len(phones)))
    return Question(text, written, tuple(words), heard_string(phones, words))


def heard_string(phones: Sequence[int], words: Sequence[HeardWord]) -> PhoneString:
    """The string of a question with the edges of its words."""
    inside = np.ones(len(phones) + 1, np.bool_)
    for word in words:
        inside[[word.start, word.end]] = False
    inside[[0, -1]] = False
    return PhoneString(np.array(phones, np.int64), inside)


__all__ = ["HeardWord", "Question", "heard_string", "read_question"]
