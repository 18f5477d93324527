"""Slot types that every grammar may use without defining them: numbers, times, dates, colours, …

Each is an expression that produces the wordings and a function that inverts every one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from ...registry import closest
from ...text.numbers import parse_number, parse_ordinal
from ..expression import Expression, FreeWords, Near, Pattern, SlotType
from . import clock, colour, dates, duration, numeric, spelled
from .pieces import any_of, either, seq


@dataclass(frozen=True)
class Builtin:
    """One built-in slot type, as documentation and `builtin` see it."""

    name: str
    summary: str
    example: str
    value: Any
    """The JSON value of the example."""
    expression: Callable[[], Expression] | None = None
    interpret: Callable[[str], Any] | None = None
    near: Callable[[], Expression] | None = None
    """What is heard and refused; see Near."""
    kind: str = ""
    """What every value is; see Near."""


def _whole(text: str) -> int:
    return int(parse_number(text))


def _ordinal(text: str) -> int:
    return parse_ordinal(text.split())


_PARTS = {"half": 50, "a half": 50, "a quarter": 25, "three quarters": 75}


def _percent_words() -> Expression:
    return either(seq(numeric.count(0, 100), "percent"), any_of(_PARTS))


def _percent(text: str) -> int:
    return _PARTS[text] if text in _PARTS else _whole(text.removesuffix(" percent"))


def _percent_piece() -> Expression:
    return either(numeric.number_piece(), "percent", "degrees")


def _place() -> Expression:
    return either(numeric.ordinal_piece(), "last", "next", "other")


def _digit_ordinal() -> Expression:
    return numeric.ordinal(1, 9)


def _two_digit_ordinal() -> Expression:
    return numeric.ordinal(1, 99)


# The example of Date holds for a clock that says Thursday 16 July 2026.
EXAMPLE_TODAY = date(2026, 7, 16)
_number = numeric.number_piece
_ALL = (
    Builtin("Cardinal", "whole number 0–999,999", "two hundred and five", 205,
            numeric.count, _whole, _number, "a whole number from 0 to 999,999"),
    Builtin("Number", "number with sign and decimals", "minus two point five", -2.5,
            numeric.decimal, parse_number, _number, "a number within 999,999 of 0"),
    Builtin("SingleDigitInteger", "0–9", "seven", 7,
            lambda: numeric.count(0, 9), _whole, _number, "a whole number from 0 to 9"),
    Builtin("TwoDigitInteger", "0–99", "forty two", 42,
            lambda: numeric.count(0, 99), _whole, _number, "a whole number from 0 to 99"),
    Builtin("Ordinal", "first to nine hundred ninety ninth", "twenty first", 21,
            numeric.ordinal, _ordinal, _place, "a place from first to nine hundred ninety ninth"),
    Builtin("SingleDigitOrdinal", "first to ninth", "third", 3,
            _digit_ordinal, _ordinal, _place, "a place from first to ninth"),
    Builtin("TwoDigitOrdinal", "first to ninety ninth", "forty second", 42,
            _two_digit_ordinal, _ordinal, _place, "a place from first to ninety ninth"),
    Builtin("Percent", "0–100 percent, half, quarters", "fifty percent", 50,
            _percent_words, _percent, _percent_piece, "a whole percentage from 0 to 100"),
    Builtin("Time", "time of day, 24-hour", "quarter to nine p m", "20:45",
            clock.time_of_day, clock.read_time, clock.time_piece, "a time of day"),
    Builtin("Duration", "length of time in seconds", "an hour and a half", 5400,
            duration.duration, duration.read_duration, duration.duration_piece,
            "a length of time from one second to 999 weeks"),
    Builtin("Date", "day, counted from today", "the fourth of july", "2027-07-04",
            dates.calendar_date, near=dates.date_piece, kind="a day of the calendar"),
    Builtin("Colour", "35 colour names", "sky blue", "light blue"),
    Builtin("Digits", "1–16 digits one by one", "double oh seven", "007",
            spelled.digits, spelled.read_digits, spelled.sign_piece, "1 to 16 digits"),
    Builtin("PhoneNumber", "3–15 digits, plus allowed", "plus four four one two", "+4412",
            spelled.telephone, spelled.read_telephone, spelled.sign_piece, "3 to 15 digits"),
    Builtin("SingleLetter", "one letter", "x", "X",
            lambda: spelled.letters(1, 1), spelled.read_code, spelled.sign_piece,
            "one letter"),
    Builtin("Alphabetic", "1–12 letters", "u s b", "USB",
            spelled.letters, spelled.read_code, spelled.sign_piece, "1 to 12 letters"),
    Builtin("Alphanumeric", "1–12 letters and digits", "b five two", "B52",
            spelled.code, spelled.read_code, spelled.sign_piece, "1 to 12 letters and digits"),
    Builtin("Words", "any words at all", "where is the moon", "where is the moon"),
)  # fmt: skip
BUILTINS: dict[str, Builtin] = {b.name: b for b in _ALL}
BUILTIN = "builtin"
"""The kind of recipe that names one of these; see Pattern."""
_ALIASES = {"Integer": "Cardinal", "Decimal": "Number", "Color": "Colour", "Letter": "SingleLetter"}
_BY_LOWER = {name.lower(): name for name in BUILTINS} | {
    alias.lower(): name for alias, name in _ALIASES.items()
}


@lru_cache(maxsize=64)
def _expression(name: str) -> Expression:
    make = BUILTINS[name].expression
    assert make is not None
    return make()


@lru_cache(maxsize=64)
def _near(name: str) -> Near | None:
    entry = BUILTINS[name]
    return None if entry.near is None else Near(entry.near(), entry.kind)


def canonical_name(name: str) -> str | None:
    """The name of a built-in whatever its case or alias ("color" → "Colour"); None if unknown."""
    return _BY_LOWER.get(name.lower())


def suggestion(name: str) -> str:
    """What to say about an unknown built-in: the nearest one and the whole list."""
    near = closest(name.lower(), _BY_LOWER)
    hint = f"did you mean {_BY_LOWER[near]}? " if near else ""
    return f"{hint}The built-ins are: {', '.join(BUILTINS)}"


def builtin(name: str, *, clock: dates.Clock = date.today) -> SlotType:
    """The built-in slot type of that name (case and aliases do not matter).

    `clock` says what day today is, for Date. Raises KeyError with `suggestion` when unknown.
    """
    canonical = canonical_name(name)
    if canonical is None:
        raise KeyError(suggestion(name))
    if canonical == "Words":
        return FreeWords(canonical)
    if canonical == "Colour":
        return colour.colour(canonical)
    # Another clock is a function, and no data.
    recipe = (BUILTIN, canonical) if canonical != "Date" or clock == date.today else None
    interpret = interpreter(canonical, clock=clock)
    return Pattern(
        canonical, _expression(canonical), interpret, near=_near(canonical), recipe=recipe
    )


def interpreter(canonical: str, *, clock: dates.Clock = date.today) -> Callable[[str], Any]:
    """What makes values of the words of the built-in of that name. Raises KeyError for another."""
    if canonical == "Date":
        return dates.date_reader(clock)
    interpret = BUILTINS[canonical].interpret
    if interpret is None:
        raise KeyError(canonical)
    return interpret
