"""The words of a transcript as they are counted, in every measure and every model."""

from __future__ import annotations

import re

_WORD = re.compile(r"[a-z0-9']+")
_WORD_OF_ANY_SCRIPT = re.compile(r"[\w']+")


def words(text: str) -> list[str]:
    """Lower case, runs of letters, digits and apostrophes: [a-z0-9'].

    A text without a Latin letter or digit is split where its own script has no letters, so that
    other languages can be counted too.
    """
    lowered = text.lower().replace("’", "'")
    found = _WORD.findall(lowered)
    return found if found or lowered.isascii() else _WORD_OF_ANY_SCRIPT.findall(lowered)


__all__ = ["words"]
