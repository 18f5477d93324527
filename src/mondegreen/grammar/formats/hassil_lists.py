"""hassil lists as slot types: values, number ranges and wildcards."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ...errors import GrammarError
from ..expression import EMPTY, Expression, FreeWords, SlotType, Value, ValueList
from ..phrases import silence
from .hassil_ranges import range_type
from .hassil_words import TemplateError


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
        try:
            return range_type(key, data["range"], named_list.line, named_list.source)
        except ValueError as problem:
            raise named_list.error(f"has {problem}") from problem
    wildcard = data.get("wildcard", False)
    if not isinstance(wildcard, bool):
        raise named_list.error(f"has `wildcard: {wildcard}`; expected true or false")
    if wildcard:
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
    if isinstance(value, float) and not math.isfinite(value):
        raise named_list.error(f"has the value {value}, which is no finite number")
    if isinstance(wording, bool) or not isinstance(wording, str | int | float):
        raise named_list.error(
            f"has the value {repr(wording)[:60]} where a text is expected; put it in quotes"
        )
    try:
        expression = template(str(wording))
    except (GrammarError, TemplateError) as problem:
        raise named_list.error(f"has the value {wording!r}: {problem}") from problem
    if expression is None or expression == EMPTY:
        raise named_list.error(
            f"has the value {wording!r}, in which nothing can be said{silence(str(wording))}"
        )
    return Value(value, expression)
