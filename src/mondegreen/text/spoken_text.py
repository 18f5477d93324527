"""A written text as it is said, word by word, each with its place in the text."""

from __future__ import annotations

import re
import unicodedata
from itertools import groupby
from typing import NamedTuple

from .read_aloud import tokens
from .symbols import unread


class SpokenWord(NamedTuple):
    """A word that is said, lower case."""

    word: str
    at: tuple[int, int] | None
    """Characters of the text that it says; None for a word that is not in the text ("um")."""


def spoken_text(text: str) -> tuple[SpokenWord, ...]:
    """What is said for a text: "at 5:30" -> at, five, thirty, the last two for characters 3 to 7.

    A word stands for all that is written together around it. Empty when nothing can be said.
    """
    pieces = [match.span() for match in re.finditer(r"\S+", text)]
    out: list[SpokenWord] = []
    first = 0
    for token in tokens(text):
        start, end = token.at
        while pieces[first][1] <= start:
            first += 1
        last = first
        while pieces[last][1] < end and pieces[last + 1][0] < end:
            last += 1
        # What a rule takes out may begin or end with a space, which is in no piece.
        at = (min(pieces[first][0], max(start, pieces[first][0])), pieces[last][1])
        out += [SpokenWord(word, at) for word in token.readings[0]]
    return tuple(out)


def for_voices(text: str) -> str:
    """A text as a voice is given it: with punctuation, and every word as it is said.

    "Dr. No, 5 mg" → "doctor no, five milligrams"; letters that are spelled are capitals.
    """
    out: list[str] = []
    end = 0
    for at, run in groupby(spoken_text(text), lambda word: word.at):
        assert at is not None
        written = text[slice(*at)]
        gap = text[end : at[0]]
        spoken = _spelled([word.word for word in run])
        closing = re.search(r"[,.;:!?…]*$", written)
        bare = re.sub(r"^\W+|\W+$", "", written)
        if bare.lower() == spoken.lower() and not (len(bare) > 1 and bare.isupper()):
            spoken = written
        elif closing and not (closing[0] == "." and text[at[1] :].strip()):
            spoken += closing[0]
        out += [gap if gap.strip() or not out else " ", spoken]
        end = at[1]
    return "".join(out).strip()


def _spelled(words: list[str]) -> str:
    """The words in a row; letters beside letters are capitals, so that nobody reads an article."""
    out: list[str] = []
    for i, word in enumerate(words):
        beside = (*words[:i][-1:], *words[i + 1 : i + 2])
        letter = len(word) == 1 and (word not in "ai" or any(len(w) == 1 for w in beside))
        out.append(word.upper() if letter else word)
    return " ".join(out)


def unspeakable(text: str) -> str | None:
    """Why a text cannot be spoken as it stands; None when all of it can be.

    It holds a character without a reading, letters of another script, or no word.
    """
    character = unread(text)
    if character:
        return f"in its text, {character}"
    words = spoken_text(text)
    scripts = filter(None, (foreign_script(piece.word) for piece in words))
    script = next(scripts, None)
    if script:
        return f"the text is in {script} script; only Latin letters can be pronounced"
    return None if words else f"there is no word in its text {text[:40]!r}"


def foreign_script(text: str) -> str | None:
    """The script of the first letter that is not Latin ("Cyrillic"), or None."""
    if text.isascii():
        return None
    for character in unicodedata.normalize("NFKC", text):
        if character.isalpha() and not character.isascii():
            script = unicodedata.name(character, "unknown").split()[0]
            if script not in ("LATIN", "FEMININE", "MASCULINE", "MODIFIER"):
                return script.capitalize()
    return None


__all__ = ["SpokenWord", "for_voices", "foreign_script", "spoken_text", "unspeakable"]
