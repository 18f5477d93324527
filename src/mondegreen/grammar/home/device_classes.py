"""Names of a home before classes of devices.

With a garage door "Garage Door", "open the garage door" would be that door and also every cover of
the class garage: two meanings of one sound. Here the class loses the words of the name, in the
intents that take the name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..analysis.automaton import phrases
from ..expression import (
    Choice,
    Expression,
    Grammar,
    Sentence,
    Sequence,
    SlotType,
    SlotUse,
    Value,
    ValueList,
    one_of,
    walk,
)
from .first import Words, expression_of
from .home import AREA, FLOOR, Home

_NAME, _CLASS, _DOMAIN = "name", "device_class", "domain"
"""Slots as Home Assistant calls them."""


def names_before_classes(grammar: Grammar, home: Home) -> Grammar:
    """The grammar in which no class of a domain's devices is said as one of them is named."""
    types = dict(grammar.slot_types)
    names_by_intent = _names_by_intent(grammar)
    sentences: list[Sentence] = []
    rewriters: dict[tuple[str, str], _Rewriter] = {}
    for sentence in grammar.sentences:
        domain = str(sentence.fixed.get(_DOMAIN, ""))
        key = sentence.intent, domain
        if key not in rewriters:
            named = home.device_wordings(domain) & names_by_intent.get(sentence.intent, set())
            rewriters[key] = _Rewriter(types, "/".join(key), named)
        expression: Expression | None = sentence.expression
        if not _is_behind_a_place(sentence.expression):
            expression = rewriters[key].rewritten(sentence.expression)
        if expression is not None:
            sentences.append(replace(sentence, expression=expression))
    return replace(grammar, sentences=tuple(sentences), slot_types=types)


def _names_by_intent(grammar: Grammar) -> dict[str, set[Words]]:
    """The names that each intent takes."""
    types_by_intent: dict[str, set[str]] = {}
    for sentence in grammar.sentences:
        uses = types_by_intent.setdefault(sentence.intent, set())
        uses.update(use.type for use in _uses(sentence.expression) if use.name == _NAME)
    return {
        intent: {words for use in uses for words in _wordings(grammar.slot_types[use])}
        for intent, uses in types_by_intent.items()
    }


def _is_behind_a_place(expression: Expression) -> bool:
    """Whether it is "the kitchen garage door": of a name nobody says the room like this."""
    names = [use.name for use in _uses(expression)]
    return _CLASS in names and not {AREA, FLOOR}.isdisjoint(names[: names.index(_CLASS)])


def _uses(expression: Expression) -> Iterator[SlotUse]:
    return (part for part in walk(expression) if isinstance(part, SlotUse))


def _wordings(kind: SlotType) -> Iterator[Words]:
    if isinstance(kind, ValueList):
        for value in kind.values:
            yield from phrases(value.expression)


@dataclass
class _Rewriter:
    """Rewrites expressions of one intent and domain; `types` gains the lists without the names."""

    types: dict[str, SlotType]
    key: str
    names: set[Words] | frozenset[Words]
    _parts: dict[str, str | None] = field(default_factory=dict)
    """The slot type in place of each; None where nothing is left of it."""

    def rewritten(self, expression: Expression) -> Expression | None:
        """The same without classes said like names; None when nothing is left."""
        if not self.names or not any(use.name == _CLASS for use in _uses(expression)):
            return expression
        if isinstance(expression, SlotUse):
            part = self._part(expression.type)
            return None if part is None else replace(expression, type=part)
        assert isinstance(expression, Sequence | Choice)
        items = tuple(map(self.rewritten, expression.items))
        left = tuple(item for item in items if item is not None)
        if isinstance(expression, Choice):
            return one_of(left) if left else None
        return Sequence(left) if len(left) == len(items) else None

    def _part(self, name: str) -> str | None:
        if name not in self._parts:
            kind = self.types[name]
            self._parts[name] = name
            if isinstance(kind, ValueList) and not self.names.isdisjoint(_wordings(kind)):
                self._parts[name] = self._without_names(kind)
        return self._parts[name]

    def _without_names(self, kind: ValueList) -> str | None:
        values = []
        for value in kind.values:
            ways = [words for words in phrases(value.expression) if words not in self.names]
            if ways:
                values.append(Value(value.value, one_of(map(expression_of, ways))))
        if not values:
            return None
        name = f"{kind.name}@{self.key}"
        self.types[name] = replace(kind, name=name, values=tuple(values))
        return name
