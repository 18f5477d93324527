"""Written text of a grammar as expressions over the words people say."""

from __future__ import annotations

import re
from functools import lru_cache

from ..text.read_aloud import is_latin, spoken_readings, spoken_words
from ..text.symbols import unread
from .expression import EMPTY, Choice, Expression, Sequence, Word

MOST_READINGS = 4
"""Ways to read one text: "182" has three, and only numbers have more than one."""
LONGEST = 40
"""Written words that are read together; no name is longer."""
_PLAIN = re.compile(r"[a-z]+(?:'[a-z]+)*(?: [a-z]+(?:'[a-z]+)*)*")
# Said in full even without a full stop ("Mr Brown"), so not plain.
_SHORTENED = re.compile(r"\b(?:mr|mrs|dr|jr|sr|vs|sgt|feat|ok|[ivx]+)\b")
_CAPITALS = re.compile("[A-Z]{2}")
_SYMBOL_ALONE = {
    "+": "plus", "-": "minus", "−": "minus", "*": "times", "×": "times", "÷": "divided by",
    "/": "divided by",
}  # fmt: skip
"""Symbols that are a word where they stand alone; between words a dash is punctuation."""


def words_of(text: str) -> list[str]:
    """Canonical words of written text: "Turn-on 8 Lights!" → ["turn", "on", "eight", "lights"].

    Empty when nothing in it can be said.
    """
    return list(spoken_words(text))


@lru_cache(maxsize=1 << 17)
def _word(text: str) -> Word:
    return Word(text)


def _from_words(words: list[str] | tuple[str, ...]) -> Expression:
    if len(words) == 1:
        return _word(words[0])
    return Sequence(tuple(map(_word, words)))


def phrase(text: str) -> Expression:
    """How written text is said; a number may be read in several ways ("1984", "182").

    A symbol alone is its word: "+" is "plus". EMPTY when nothing in it can be said, when one of its
    characters has no reading, or for a script that is not Latin; `silence` says which.
    """
    # Plain names need none of the rules for numbers, symbols and capitals; this keeps a catalogue
    # of 100,000 under a second.
    text = text.strip()
    if not text:
        return EMPTY
    if text in _SYMBOL_ALONE:
        return phrase(_SYMBOL_ALONE[text])
    if _PLAIN.fullmatch(text):
        return _from_words(text.split(" "))
    tokens = text.split()
    if len(tokens) > LONGEST:
        # Reading numbers in several ways takes quadratic time; a line of a megabyte must not hang.
        pieces = (" ".join(tokens[i : i + LONGEST]) for i in range(0, len(tokens), LONGEST))
        return Sequence(tuple(p for p in map(phrase, pieces) if p != EMPTY))
    lower = text.lower()
    if _PLAIN.fullmatch(lower) and not _SHORTENED.search(lower) and not _CAPITALS.search(text):
        return _from_words(lower.split(" "))
    return _read_aloud(text)


def silence(text: str) -> str:
    """Why `phrase` finds nothing to say in a text, as the end of a message."""
    character = unread(text.strip())
    return f": {character}" if character else ""


def _read_aloud(text: str) -> Expression:
    """Text with numbers, symbols or capitals, in each of the ways it may be read."""
    if unread(text):
        return EMPTY
    readings = spoken_readings(text, MOST_READINGS)
    if not readings or not all(map(is_latin, readings[0])):
        return EMPTY
    if len(readings) == 1:
        return _from_words(readings[0])
    return Choice(tuple(map(_from_words, readings)))
