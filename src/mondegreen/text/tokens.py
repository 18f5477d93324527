"""The words of a transcript as they are counted, in every measure and every model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .spoken_text import foreign_script

Ids = npt.NDArray[np.int64]

_WORD = re.compile(r"[a-z0-9']+")
_WORD_OF_ANY_SCRIPT = re.compile(r"[\w']+")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u2018\u02bc\uff07", "'"))
"""Those of typesetters and telephones; three of the 248 sentences of Fluent Speech Commands have
one."""


def words(text: str) -> list[str]:
    """Lower case, runs of [a-z0-9'] and nothing else: published figures are counted so.

    An apostrophe is one however it is set: "it’s" is the word "it's", not "it" and "s".
    In a text with letters of another alphabet, those count as well: "play Кино" is two words.
    """
    lowered = straight(text.lower())
    plain = lowered.isascii() or foreign_script(lowered) is None
    return (_WORD if plain else _WORD_OF_ANY_SCRIPT).findall(lowered)


def straight(text: str) -> str:
    """The text with every apostrophe a straight one."""
    return text.translate(_APOSTROPHES)


__all__ = ["straight", "words"]


@dataclass(frozen=True)
class Tokens:
    """Every word of a corpus as a number, utterance after utterance."""

    ids: Ids
    """(N,) word numbers in order of first appearance."""
    starts: Ids
    """(D + 1,) where each utterance begins; the last is N."""
    vocabulary: Sequence[str]
    transcripts: Ids
    """(D,) number of each utterance's transcript: equal words, equal number."""

    @property
    def lengths(self) -> Ids:
        """(D,) words of each utterance."""
        return np.diff(self.starts)


def tokenize(texts: Iterable[str]) -> Tokens:
    """The words of each text as numbers."""
    vocabulary: dict[str, int] = {}
    transcript_numbers: dict[str, int] = {}
    ids: list[int] = []
    starts, transcripts = [0], []
    for text in texts:
        text_words = words(text)
        for word in text_words:
            ids.append(vocabulary.setdefault(word, len(vocabulary)))
        starts.append(len(ids))
        transcripts.append(
            transcript_numbers.setdefault(" ".join(text_words), len(transcript_numbers))
        )
    return Tokens(
        np.array(ids, np.int64), np.array(starts), list(vocabulary), np.array(transcripts)
    )
