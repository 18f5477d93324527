"""Lengths of time: "an hour and a half", "ninety seconds", "two hours ten" → seconds."""

from __future__ import annotations

from ...text.numbers import FRACTIONS, UNITS, parse_cardinal, parse_number
from ..expression import Expression
from .numeric import cardinal, count, number_piece, places
from .pieces import any_of, either, maybe, seq

SECONDS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_ARTICLES = {"second": "a", "minute": "a", "hour": "an", "day": "a", "week": "a"}
_SMALLER = {"hour": "minute", "minute": "second"}
_PLACES = {"minute": 1, "hour": 2, "day": 2, "week": 2}
"""Decimals of each unit that make whole seconds, or nearly."""
_STRANGE_UNITS = ("month", "year", "decade", "century", "millisecond")
_NO_TIME = ("miles", "meters", "kilometers", "degrees", "percent", "times")
_STRANGE = ("a while", "a bit", "a moment", "forever", "a fortnight", "centuries")
_AND_A_PART = seq("and", either("a half", "a quarter", "three quarters"))


def _count(unit: str, most: int) -> Expression:
    """Some whole number of one unit."""
    return either(
        seq(_ARTICLES[unit], unit),
        seq("one", unit),
        seq(count(2, most), unit + "s"),
    )


def _fractional(unit: str) -> Expression:
    """A length with a half or a quarter in it."""
    article, units = _ARTICLES[unit], unit + "s"
    some = seq("and", either("a half", "a quarter", "three quarters", "three quarter"))
    return either(
        seq("half", article, unit),
        seq("a half", unit),
        seq(maybe("a"), "quarter of", article, unit),
        seq("three quarters of", article, unit),
        seq(either(article, "one"), unit, _AND_A_PART),
        seq(cardinal(2, 99), units, _AND_A_PART),
        seq(cardinal(1, 99), some, units),
        seq(cardinal(1, 99), places(_PLACES[unit]), units),
        seq(maybe("zero"), "point", either(*UNITS[1:10]), units),
        seq("a couple of", units),
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
    parts += [seq(_count(unit, 999), maybe("and"), cardinal(1, 59)) for unit in _SMALLER]
    for at, unit in enumerate(chain):
        rest = [maybe(tails[smaller]) for smaller in chain[at + 1 :]]
        parts.append(seq(_count(unit, 999), *rest))
    return either(*parts)


def duration_piece() -> Expression:
    """A piece of a length that is no whole number of seconds, or of any amount; see Near."""
    units = (*SECONDS, *_STRANGE_UNITS)
    one = seq(either("a", "an", "one", "half a", "half an"), any_of(units))
    many = seq(maybe("a few", "several", "a couple of"), any_of(unit + "s" for unit in units))
    return either(number_piece(), one, many, *_STRANGE, *_NO_TIME)


def read_duration(text: str) -> int:
    """Seconds said. Raises ValueError for words that are not a length of time."""
    total = 0.0
    quantity: list[str] = []
    unit = ""
    for word in text.split():
        if word.removesuffix("s") in SECONDS:
            unit = word.removesuffix("s")
            total += _quantity(quantity) * SECONDS[unit]
            quantity = []
        else:
            quantity.append(word)
    if not unit:
        raise ValueError(f"{text!r} does not end in a unit of time")
    return round(total + _rest(quantity, unit))


def _rest(words: list[str], unit: str) -> float:
    """Seconds after the last unit: a part of it, or a number of the next smaller one."""
    words = words[1:] if words[:1] == ["and"] else words
    if not words:
        return 0
    part = FRACTIONS.get(" ".join(words))
    if part is not None:
        return part * SECONDS[unit]
    if unit not in _SMALLER:
        raise ValueError(f"no unit of time after {unit!r} for {' '.join(words)!r}")
    return parse_cardinal(words) * SECONDS[_SMALLER[unit]]


def _quantity(words: list[str]) -> float:
    words = words[1:] if words[:1] == ["and"] else words
    if words in ([], ["a"], ["an"]):
        return 1
    if words == ["a", "couple", "of"]:
        return 2
    if words[-2:] in (["of", "a"], ["of", "an"]):
        words = words[:-2]
    elif words in (["half", "a"], ["half", "an"]):
        words = ["half"]
    if words == ["quarter"]:
        return 0.25
    if words[-2:] == ["three", "quarter"]:
        words = [*words[:-1], "quarters"]
    return parse_number(" ".join(words))
