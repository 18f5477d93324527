"""hassil lists as slot types: values, number ranges and wildcards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import GrammarError
from ...text.numbers import parse_number, spoken_number
from ..builtins import numeric
from ..builtins.pieces import maybe, seq
from ..expression import EMPTY, Choice, Expression, FreeWords, Pattern, SlotType, Value, ValueList
from ..phrases import phrase

MAX_STEPS = 10_000
"""Values of a range with a step other than 1; ranges with step 1 are never listed."""


@dataclass(frozen=True)
class NamedList:
    """A list by name: its definition and where it stands."""

    name: str
    definition: Any
    source: str | None = None
    line: int | None = None

    def error(self, message: str) -> GrammarError:
        """A GrammarError about this list."""
        return GrammarError(f"list {{{self.name}}} {message}", source=self.source, line=self.line)


def slot_type(
    key: str,
    named_list: NamedList,
    template: Callable[[str], Expression | None],
    requires: Mapping[str, Any],
    excludes: Mapping[str, Any],
) -> SlotType:
    """The slot type of a list, as the type `key`.

    `template` reads the templates of its values. Values that carry a context are kept only where a
    sentence's context allows them. Raises GrammarError for definitions that make no sense.
    """
    data = named_list.definition
    if isinstance(data, list):
        data = {"values": data}
    if not isinstance(data, Mapping):
        raise named_list.error(
            f"is {repr(data)[:60]}; expected `values:`, `range:` or `wildcard: true`"
        )
    if "values" in data:
        if not isinstance(data["values"], list):
            raise named_list.error("has `values:` that are no list")
        items = _values_in_context(named_list, data["values"], requires, excludes)
        values = tuple(_value(named_list, item, template) for item in items)
        return ValueList(key, values, named_list.line, named_list.source)
    if "range" in data:
        if not isinstance(data["range"], Mapping):
            raise named_list.error("has a `range:` that is no mapping; expected from, to and step")
        return _range(key, named_list, data["range"])
    if data.get("wildcard"):
        return FreeWords(key, named_list.line, named_list.source)
    raise named_list.error("has none of `values:`, `range:` and `wildcard: true`")


def has_context(named_list: NamedList) -> bool:
    """Whether any value of a list says in which context it is allowed."""
    data = named_list.definition
    values = data.get("values") if isinstance(data, Mapping) else data
    listed = values if isinstance(values, list) else []
    return any(isinstance(v, Mapping) and v.get("context") for v in listed)


def _values_in_context(
    named_list: NamedList,
    values: list[Any],
    requires: Mapping[str, Any],
    excludes: Mapping[str, Any],
) -> Iterable[Any]:
    if not has_context(named_list):
        return values
    return [v for v in values if _allowed(v, requires, excludes)]


def _allowed(item: Any, requires: Mapping[str, Any], excludes: Mapping[str, Any]) -> bool:
    context = (item.get("context") or {}) if isinstance(item, Mapping) else {}
    for key, expected in requires.items():
        # `{slot: true}` is filled from the satellite's own context, never from the value.
        if not isinstance(expected, Mapping) and not _matches(context.get(key), expected):
            return False
    return not any(_matches(context.get(key), banned) for key, banned in excludes.items())


def _matches(actual: Any, expected: Any) -> bool:
    if isinstance(expected, list):
        return actual in expected
    return bool(actual == expected)


def _value(named_list: NamedList, item: Any, template: Callable[[str], Expression | None]) -> Value:
    wording, value = item, item
    if isinstance(item, Mapping):
        if "in" not in item:
            raise named_list.error(f"has a value without `in:`: {repr(dict(item))[:60]}")
        wording = item["in"]
        value = item.get("out", wording)
    if isinstance(wording, bool) or not isinstance(wording, str | int | float):
        raise named_list.error(
            f"has the value {repr(wording)[:60]} where a text is expected; put it in quotes"
        )
    expression = template(str(wording))
    if expression is None or expression == EMPTY:
        raise named_list.error(f"has the value {wording!r}, in which nothing can be said")
    return Value(value, expression)


def _range(key: str, named_list: NamedList, data: Mapping[str, Any]) -> SlotType:
    try:
        low, high, step = int(data["from"]), int(data["to"]), int(data.get("step", 1))
        multiplier = data.get("multiplier")
        factor = None if multiplier is None else float(multiplier)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise named_list.error(
            f"has a range that needs whole numbers from and to: {dict(data)!r}"
        ) from error
    if factor is not None and not math.isfinite(factor):
        raise named_list.error(f"has the multiplier {multiplier}; expected a number")
    if low > high or step < 1:
        raise named_list.error(f"has an empty range: from {low} to {high} by {step}")

    def scaled(number: float) -> int | float:
        value = number if factor is None else number * factor
        return int(value) if float(value).is_integer() else value

    if step != 1:
        numbers = range(low, high + 1, step)
        if len(numbers) > MAX_STEPS:
            raise named_list.error(f"has {len(numbers):,} values; at most {MAX_STEPS:,}, or step 1")
        values = tuple(Value(scaled(n), _number_wordings(n)) for n in numbers)
        return ValueList(key, values, named_list.line, named_list.source)
    if max(abs(low), abs(high)) > numeric.MAX_CARDINAL:
        raise named_list.error(f"leaves ±{numeric.MAX_CARDINAL:,}: from {low} to {high}")
    expression = numeric.signed_cardinal(low, high)
    fractions = data.get("fractions")
    if fractions == "halves":
        expression = seq(expression, maybe("point five", "and a half"))
    elif fractions == "tenths":
        expression = seq(expression, maybe(seq("point", numeric.digit())))
    elif fractions is not None:
        raise named_list.error(f"has fractions {fractions!r}; expected halves or tenths")

    def interpret(text: str) -> int | float:
        return scaled(parse_number(text))

    return Pattern(key, expression, interpret, named_list.line, named_list.source)


def _number_wordings(number: int) -> Expression:
    """One number of a stepped range: "two thousand seven hundred", "twenty seven hundred"."""
    expression = phrase(spoken_number(number))
    if 1100 <= number < 10_000 and number % 100 == 0 and number % 1000:
        return Choice((expression, phrase(f"{spoken_number(number // 100)} hundred")))
    return expression
