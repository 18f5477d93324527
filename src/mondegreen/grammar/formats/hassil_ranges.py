"""Number ranges of hassil lists as slot types: whole numbers, steps, decimals and multipliers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from ...text.numbers import parse_number, spoken_digits, spoken_number
from ..builtins import numeric
from ..builtins.pieces import maybe, seq
from ..expression import Expression, Near, Pattern, SlotType, Value, ValueList, one_of
from ..phrases import phrase

NUMBER = "number"
"""The kind of recipe of a range, with its factor; see Pattern."""
MAX_STEPS = 10_000
"""Values of a range with a step other than 1; ranges of whole numbers by 1 are never listed."""
MAX_PLACES = 4
"""Decimals of a number that people say."""


def range_type(key: str, data: Mapping[str, Any], line: int | None, source: str | None) -> SlotType:
    """The slot type of a `range:`. Raises ValueError with what is wrong with it."""
    low, high, step = _limits(data)
    factor = _factor(data.get("multiplier"), max(abs(low), abs(high)))
    fractions = data.get("fractions")
    if fractions not in (None, "halves", "tenths"):
        raise ValueError(f"fractions {fractions!r}; expected halves or tenths")

    near = Near(numeric.number_piece(), f"a number from {low} to {high}")
    if step != 1 or low % 1:
        count = int((high - low) / step) + 1
        if count > MAX_STEPS:
            raise ValueError(f"{count:,} values; at most {MAX_STEPS:,}, or whole numbers by 1")
        numbers = (low + step * i for i in range(count))
        values = tuple(Value(_scaled(float(n), factor), number_wordings(n)) for n in numbers)
        return ValueList(key, values, line, source, near)
    expression = numeric.signed_cardinal(math.ceil(low), math.floor(high))
    if fractions == "halves":
        expression = seq(expression, maybe("point five", "and a half"))
    elif fractions == "tenths":
        expression = seq(expression, maybe(seq("point", numeric.digit())))
    recipe = (NUMBER, factor)
    return Pattern(key, expression, number_reader(factor), line, source, near, recipe)


def number_reader(factor: float | None) -> Callable[[str], int | float]:
    """What makes the value of a range of the words of a number: its `factor` times as much."""
    return lambda text: _scaled(parse_number(text), factor)


def _scaled(number: float, factor: float | None) -> int | float:
    value = number if factor is None else number * factor
    return int(value) if float(value).is_integer() else value


def _limits(data: Mapping[str, Any]) -> tuple[Decimal, Decimal, Decimal]:
    """First and last number, and the step."""
    try:
        low, high, step = (
            _number(value) for value in (data["from"], data["to"], data.get("step", 1))
        )
    except (KeyError, TypeError, InvalidOperation) as error:
        raise ValueError(f"a range that needs numbers from and to: {dict(data)!r}") from error
    if low > high or step <= 0:
        raise ValueError(f"an empty range: from {low} to {high} by {step}")
    if max(abs(low), abs(high)) > numeric.MAX_CARDINAL:
        raise ValueError(f"a range that leaves ±{numeric.MAX_CARDINAL:,}: from {low} to {high}")
    for number in (low, step):
        if -int(number.normalize().as_tuple().exponent) > MAX_PLACES:
            raise ValueError(f"a range of {number}; at most {MAX_PLACES} decimals are said")
    return low, high, step


def _number(value: object) -> Decimal:
    """A number as written. Raises TypeError or InvalidOperation for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise TypeError(value)
    number = Decimal(str(value))
    if not number.is_finite():
        raise TypeError(value)
    return number


def _factor(multiplier: object, largest: Decimal) -> float | None:
    if multiplier is None:
        return None
    try:
        factor = float(_number(multiplier))
    except (TypeError, InvalidOperation) as error:
        raise ValueError(f"the multiplier {multiplier}; expected a number") from error
    if not math.isfinite(factor * float(largest)):
        raise ValueError(f"the multiplier {multiplier}, which makes {largest} too large a number")
    return factor


def number_wordings(number: Decimal) -> Expression:
    """The ways to say one number: "twenty seven hundred", "two point five", "two and a half"."""
    sign = "minus " if number < 0 else ""
    whole, part = divmod(abs(number), 1)
    words = spoken_number(int(whole))
    if part:
        digits = format(part.normalize(), "f").partition(".")[2]
        ways = [f"{words} point {spoken_digits(digits)}"]
        if not whole:
            ways.append(f"point {spoken_digits(digits)}")
        if part == Decimal("0.5"):
            ways += [f"{words} and a half"] if whole else ["a half", "half"]
    else:
        ways = [words]
        if 1100 <= whole < 10_000 and whole % 100 == 0 and whole % 1000:
            ways.append(f"{spoken_number(int(whole) // 100)} hundred")
    return one_of(phrase(sign + way) for way in ways)
