"""Lengths of time: "an hour and a half", "ninety seconds", "two hours ten" → seconds."""

from __future__ import annotations

from ...text.numbers import parse_cardinal
from ..expression import Expression
from .numeric import cardinal
from .pieces import either, maybe, seq

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_ARTICLES = {"second": "a", "minute": "a", "hour": "an", "day": "a", "week": "a"}
_PARTS = (("half", "a"), ("quarter", "of"), ("three", "quarters", "of"))


def _count(unit: str, most: int) -> Expression:
    """Some whole number of one unit."""
    return either(
        seq(_ARTICLES[unit], unit),
        seq("one", unit),
        seq(cardinal(2, most), unit + "s"),
    )


def _fractional(unit: str) -> Expression:
    """A length with a half or a quarter in it."""
    article = _ARTICLES[unit]
    return either(
        seq("half", article, unit),
        seq("a half", unit),
        seq(maybe("a"), "quarter of", article, unit),
        seq("three quarters of", article, unit),
        seq(either(article, "one"), unit, "and a", either("half", "quarter")),
        seq(cardinal(1, 99), "and a", either("half", "quarter"), unit + "s"),
        seq("a couple of", unit + "s"),
    )


def duration() -> Expression:
    """Every way to say a length of time from one second to 999 weeks that this type knows."""
    chain = ("week", "day", "hour", "minute", "second")
    # After a larger unit less than one of it: nobody says "one hour ninety minutes".
    tails = {
        "day": seq(maybe("and"), _count("day", 6)),
        "hour": seq(maybe("and"), _count("hour", 23)),
        "minute": seq(maybe("and"), _count("minute", 59)),
        "second": seq(maybe("and"), _count("second", 59)),
    }
    parts: list[Expression] = [_fractional(unit) for unit in chain if unit != "second"]
    for at, unit in enumerate(chain):
        rest = [maybe(tails[smaller]) for smaller in chain[at + 1 :]]
        parts.append(seq(_count(unit, 999), *rest))
    return either(*parts)


def read_duration(text: str) -> int:
    """Seconds said. Raises ValueError for words that are not a length of time."""
    total = 0.0
    quantity: list[str] = []
    scale = 0
    words = text.split()
    at = 0
    while at < len(words):
        unit = words[at].removesuffix("s")
        if unit in SECONDS:
            scale = SECONDS[unit]
            total += _quantity(quantity) * scale
            quantity = []
        else:
            quantity.append(words[at])
        at += 1
    if quantity:  # "an hour and a half": the fraction is of the last unit
        if not scale or quantity[:2] != ["and", "a"]:
            raise ValueError(f"{text!r} does not end in a unit of time")
        total += _fraction(quantity[2]) * scale
    return round(total)


def _fraction(word: str) -> float:
    return {"half": 0.5, "quarter": 0.25}[word]


def _quantity(words: list[str]) -> float:
    words = [w for w in words if w not in ("of", "an")] if words != ["an"] else ["one"]
    if words and words[0] == "and":
        words = words[1:]
    if words[-3:-1] == ["and", "a"] and words[-1] in ("half", "quarter"):
        return parse_cardinal(words[:-3]) + _fraction(words[-1])
    if words[:2] == ["three", "quarters"]:
        return 0.75
    if "couple" in words:
        return 2
    for part in ("half", "quarter"):
        if part in words:
            return _fraction(part)
    return parse_cardinal(words) if words else 1
