"""The words of a transcript as they are counted, in every measure and every model."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9']+")
_WORD_OF_ANY_SCRIPT = re.compile(r"[\w']+")


def words(text: str) -> list[str]:
    """Lower case, runs of letters, digits and apostrophes: [a-z0-9'] where a text is English.

    In a text with letters of other alphabets, those count too: "play Кино" is two words.
    """
    lowered = text.lower().replace("’", "'")
    return (_WORD if lowered.isascii() else _WORD_OF_ANY_SCRIPT).findall(lowered)


__all__ = ["words"]
