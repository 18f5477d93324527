"""Roman numerals: how they are said behind a name, a king's and a chapter's."""

from __future__ import annotations

import re

from .numbers import spoken_number, spoken_ordinal

_ROMAN = re.compile(r"X{0,3}(?:IX|IV|V?I{0,3})$")
_LARGE = re.compile(r"M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3})$")
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}
_COUNTED = frozenset(
    {"chapter", "part", "act", "volume", "vol", "book", "bowl", "section", "episode", "phase",
     "title", "article", "war", "psalm", "scene", "level", "stage", "step", "class", "canto",
     "appendix", "olympiad", "wrestlemania"}
)  # fmt: skip
_MONARCHS = frozenset(
    {"henry", "louis", "elizabeth", "charles", "george", "james", "edward", "richard", "william",
     "pius", "benedict", "philip", "catherine", "nicholas", "alexander", "napoleon", "frederick",
     "francis", "leo", "clement", "gregory", "innocent", "ramesses", "ptolemy", "xerxes", "darius",
     "gustav", "ivan", "alfonso", "ferdinand", "wilhelm", "friedrich", "paul", "mary", "peter"}
)  # fmt: skip

Words = tuple[str, ...]


def _value(numeral: str) -> int:
    values = [_VALUES[c] for c in numeral]
    following = [*values[1:], 0]
    return sum(-v if v < n else v for v, n in zip(values, following, strict=True))


def roman(token: str) -> int:
    """Value of a Roman numeral of two letters or more up to 39, else 0; XX and XXX are names."""
    if len(token) < 2 or token in {"XX", "XXX"} or not _ROMAN.fullmatch(token):
        return 0
    return _value(token)


def numeral_readings(token: str, before: str, *, last: bool) -> tuple[Words, ...]:
    """Ways to say a Roman numeral behind the word `before`; empty where it is none.

    Behind a king's name it is an ordinal; behind "chapter" and the like it may be a single letter,
    and as large as one likes. `last` says whether nothing follows: "Charles I" is the first.
    """
    if not token or not _LARGE.fullmatch(token):
        return ()
    word = before.lower()
    number = tuple(spoken_number(_value(token)).split())
    if word in _COUNTED:
        if len(token) > 1:
            return (number,)
        return (number, (token.lower(),)) if token in "IVX" else ()
    if word in _MONARCHS and before[0].isupper() and (roman(token) or (last and token in "IVX")):
        return ("the", *spoken_ordinal(_value(token)).split()), number
    return ()


__all__ = ["numeral_readings", "roman"]
