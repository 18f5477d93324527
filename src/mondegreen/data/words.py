"""The words of a transcript as they are counted, in every measure and every model."""

from __future__ import annotations

import re

from .spoken_text import foreign_script

_WORD = re.compile(r"[a-z0-9']+")
_WORD_OF_ANY_SCRIPT = re.compile(r"[\w']+")


def words(text: str) -> list[str]:
    """Lower case, runs of [a-z0-9'] and nothing else: published figures are counted so.

    In a text with letters of another alphabet, those count as well: "play Кино" is two words.
    """
    lowered = text.lower()
    plain = lowered.isascii() or foreign_script(lowered) is None
    return (_WORD if plain else _WORD_OF_ANY_SCRIPT).findall(lowered)


__all__ = ["words"]
