"""A written text as it is said, word by word, each with its place in the text."""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import NamedTuple

from .read_aloud import spoken_words


class SpokenWord(NamedTuple):
    """A word that is said, lower case."""

    word: str
    at: tuple[int, int] | None
    """Characters of the text that it says; None for a word that is not in the text ("um")."""


def spoken_text(text: str) -> tuple[SpokenWord, ...]:
    """What is said for a text: "at 5:30" -> at, five, thirty, the last two for characters 3 to 7.

    Empty when nothing in it can be said.
    """
    words = list(spoken_words(text))
    pieces: list[SpokenWord] = []
    # "$ 4" is one thing in two pieces.
    for match in re.finditer(r"[$£€]\s\d\S*|\S+", text):
        pieces += [SpokenWord(word, match.span()) for word in spoken_words(match[0])]
    # A number or a sign may read differently beside others ("5:30 pm", "$5 million").
    alone = [piece.word for piece in pieces]
    out: list[SpokenWord] = []
    matcher = difflib.SequenceMatcher(None, alone, words, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            out += pieces[a:b]
            continue
        near = pieces[a:b] or pieces[max(0, a - 1) : a + 1]
        starts = [p.at[0] for p in near if p.at]
        ends = [p.at[1] for p in near if p.at]
        at = (min(starts), max(ends)) if starts else None
        out += [SpokenWord(word, at) for word in words[c:d]]
    return tuple(out)


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


__all__ = ["SpokenWord", "foreign_script", "spoken_text"]
