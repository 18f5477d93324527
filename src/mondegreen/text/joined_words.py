"""Words as the interpreter of meaning reads them: as they are said, initials in one piece."""

from __future__ import annotations

from itertools import groupby

from .spoken_text import SpokenWord, spoken_text


def joined_words(text: str) -> tuple[SpokenWord, ...]:
    """What is said for a text, with letters that are spelled joined: "7 a.m." → seven, am.

    Transcribers write "a.m." and "USD", people who label texts "am" and "usd": of 9,933 labelled
    commands every date and currency was lost to that difference. An "a" or "i" by itself, or before
    one other letter that is not "m", stays a word.
    """
    out: list[SpokenWord] = []
    for spelled, run in groupby(spoken_text(text), lambda spoken: len(spoken.word) == 1):
        words = list(run)
        if spelled and len(words) > 1 and all(word.word.isalpha() for word in words):
            words = _joined(words)
        out += words
    return tuple(out)


def _joined(letters: list[SpokenWord]) -> list[SpokenWord]:
    """The letters as one word, or two where the first is written apart: "a b" stays "a b"."""
    first, second = letters[0], letters[1]
    if first.word in "ai" and first.at != second.at and second.word != "m":
        return [first, *(_joined(letters[1:]) if len(letters) > 2 else letters[1:])]
    places = [letter.at for letter in letters if letter.at is not None]
    at = (places[0][0], places[-1][1]) if places else None
    return [SpokenWord("".join(letter.word for letter in letters), at)]


__all__ = ["joined_words"]
