"""The meanings of a grammar: how many there are, and which a sentence can have.

A meaning is an intent with slots and their values; two sentences that say the same in other words
have one. Meanings are counted without listing them: the ways in which sentences use slots are few,
and where slots of one name take values from several lists, the values are grouped by the lists they
are in.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from math import comb, prod
from typing import Any

from ..expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    SlotType,
    SlotUse,
    ValueList,
    Word,
)
from .ambiguity import WordMachine
from .automaton import phrases

MAX_WORDINGS = 50_000
"""Wordings of a slot whose values are worked out one by one, in half a second or so."""
MAX_USES = 20_000
"""Combinations of slots in the sentences of one intent; 100 are many."""

Mention = tuple[str, str]
"""A slot's name, and where its value comes from: a slot type, or `=` and the value itself."""
Meaning = tuple[str, tuple[tuple[str, str], ...]]
"""Intent, and slot names with values as JSON, in order of the names."""
_Place = tuple[int, int]
_Reading = tuple[int, tuple[tuple[str, str, int, int], ...]]
"""A sentence's index; of each slot its name, its type, and the words from and to."""


@dataclass(frozen=True)
class Meanings:
    """How many different meanings a grammar has."""

    count: int | None
    """None where sentences combine their slots in more than MAX_USES ways."""
    at_most: bool
    """Whether some values could not be worked out, and each wording was taken for another value."""
    notes: tuple[str, ...] = ()


def count_meanings(grammar: Grammar) -> Meanings:
    """The number of meanings of a grammar whose slots are all defined. Free words count as one."""
    total = 0
    lists = _Values(grammar.slot_types)
    for intent in grammar.intents:
        uses: set[tuple[Mention, ...]] = set()
        for sentence in grammar.sentences:
            if sentence.intent != intent:
                continue
            fixed = tuple((name, "=" + _json(value)) for name, value in sentence.fixed.items())
            try:
                combinations = _slot_combinations(sentence.expression)
            except OverflowError:
                return Meanings(
                    None, False, (f"intent {intent!r} combines its slots in too many ways",)
                )
            uses |= {tuple(sorted((*slots, *fixed))) for slots in combinations}
        total += _count(uses, lists)
    notes = tuple(
        f"slot ${name} has {lists.sizes[name]:,} wordings, each counted as a value of its own"
        for name in sorted(lists.uncounted)
    )
    return Meanings(total, bool(notes), notes)


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _slot_combinations(expression: Expression) -> set[tuple[Mention, ...]]:
    """Which slots the ways through an expression use. Raises OverflowError past MAX_USES."""
    if isinstance(expression, Word):
        return {()}
    if isinstance(expression, SlotUse):
        return {((expression.name, expression.type),)}
    if isinstance(expression, Choice):
        combinations = set().union(*map(_slot_combinations, expression.items))
    else:
        combinations = {()}
        for item in expression.items:
            combinations = {
                tuple(sorted((*a, *b))) for a, b in product(combinations, _slot_combinations(item))
            }
            if len(combinations) > MAX_USES:
                raise OverflowError
    if len(combinations) > MAX_USES:
        raise OverflowError
    return combinations


def _count(uses: Iterable[tuple[Mention, ...]], lists: _Values) -> int:
    """Meanings of one intent: the union, over uses, of every choice of values."""
    sources: dict[str, set[str]] = {}
    for use in uses:
        for name, source in use:
            sources.setdefault(name, set()).add(source)
    groups = {name: lists.groups(of_name) for name, of_name in sources.items()}
    # A choice of values is known by the group of each; equal choices come from several uses.
    patterns: set[tuple[tuple[str, frozenset[str]], ...]] = set()
    for use in uses:
        ways = [[(name, g) for g in groups[name] if source in g] for name, source in use]
        patterns |= {
            tuple(sorted(way, key=lambda place: (place[0], sorted(place[1]))))
            for way in product(*ways)
        }
    return sum(
        prod(
            comb(groups[name][group] + times - 1, times)
            for (name, group), times in Counter(pattern).items()
        )
        for pattern in patterns
    )


class _Values:
    """The values of slot types, as JSON."""

    def __init__(self, slot_types: Mapping[str, SlotType]) -> None:
        self._types = slot_types
        self._by_source: dict[str, frozenset[str]] = {}
        self.sizes: dict[str, int] = {}
        self.uncounted: set[str] = set()

    def groups(self, sources: Iterable[str]) -> dict[frozenset[str], int]:
        """How many values are in just these sources, for each set of sources that has any."""
        belongs: dict[str, set[str]] = {}
        counts: Counter[frozenset[str]] = Counter()
        for source in sources:
            values = self._values(source)
            if values is None:
                counts[frozenset([source])] = self.sizes[source]
                continue
            for value in values:
                belongs.setdefault(value, set()).add(source)
        counts.update(map(frozenset, belongs.values()))
        return dict(counts)

    def _values(self, source: str) -> frozenset[str] | None:
        """None where there are too many to work out; then `sizes` has their wordings."""
        if source in self.uncounted:
            return None
        if source not in self._by_source:
            if source.startswith("="):
                values = frozenset([source[1:]])
            else:
                kind = self._types[source]
                if isinstance(kind, Pattern):
                    self.sizes[source] = _count_wordings(kind.expression)
                    if self.sizes[source] > MAX_WORDINGS:
                        self.uncounted.add(source)
                        return None
                values = frozenset(_values_of(kind))
            self._by_source[source] = values
        return self._by_source[source]


def _count_wordings(expression: Expression) -> int:
    if isinstance(expression, Word | SlotUse):
        return 1
    counts = map(_count_wordings, expression.items)
    return sum(counts) if isinstance(expression, Choice) else prod(counts)


def _values_of(kind: SlotType) -> Iterator[str]:
    if isinstance(kind, FreeWords):
        yield f"free words of {kind.name}"
    elif isinstance(kind, Pattern):
        for words in _wordings(kind.expression):
            yield _json(kind.interpret(" ".join(words)))
    else:
        for value in kind.values:
            yield _json(value.value)


def _wordings(expression: Expression) -> Iterator[tuple[str, ...]]:
    """Every way through an expression without slots."""
    if isinstance(expression, Word):
        yield (expression.text,)
    elif isinstance(expression, Choice):
        for item in expression.items:
            yield from _wordings(item)
    elif not isinstance(expression, SlotUse):
        for parts in product(*(list(_wordings(item)) for item in expression.items)):
            yield tuple(word for part in parts for word in part)


@dataclass
class Reader:
    """What sentences of a grammar can mean."""

    grammar: Grammar
    _machine: WordMachine = field(init=False)
    _by_list: dict[str, dict[tuple[str, ...], frozenset[str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._machine = WordMachine(self.grammar)

    def unambiguous(self) -> bool:
        """Whether it is certain that no sentence has two meanings.

        Where some can be read in two ways it is not, though those that are found mean one thing:
        others that take the same turns may mean two.
        """
        search = self._machine.ambiguities()
        used = {slot.type for arcs in self._machine.outer.arcs for slot in arcs
                if isinstance(slot, SlotUse)}  # fmt: skip
        lists = [name for name in used if isinstance(self.grammar.slot_types[name], ValueList)]
        single = all(len(v) == 1 for name in lists for v in self._values_by_wording(name).values())
        return search.complete and not search.examples and single

    def meanings(self, words: tuple[str, ...]) -> set[Meaning]:
        """All meanings of a sentence; free words in it are FREE."""
        meanings: set[Meaning] = set()
        for number, filled in self._readings(words, 0, 0, {}):
            sentence = self.grammar.sentences[number]
            fixed = [(name, _json(value)) for name, value in sentence.fixed.items()]
            ways = [[(name, value) for value in self._values(kind, words[a:b])]
                    for name, kind, a, b in filled]  # fmt: skip
            meanings |= {(sentence.intent, tuple(sorted((*way, *fixed)))) for way in product(*ways)}
        return meanings

    def _readings(
        self,
        words: tuple[str, ...],
        at: int,
        state: int,
        readings_from: dict[_Place, set[_Reading]],
    ) -> set[_Reading]:
        """All ways to read the words from a place on, in a state of the sentences' automaton.

        `WordMachine.readings` stops at eight, which one sentence written nine times fills.
        """
        if (at, state) in readings_from:
            return readings_from[at, state]
        readings: set[_Reading] = set()
        if at == len(words):
            readings = {(number, ()) for number in self._machine.outer.accepts[state]}  # type: ignore[misc]
        else:
            for symbol, target in self._machine.outer.arcs[state].items():
                if not isinstance(symbol, SlotUse):
                    if symbol == words[at]:
                        readings |= self._readings(words, at + 1, target, readings_from)
                    continue
                for end in self._ends(symbol.type, words, at):
                    slot = (symbol.name, symbol.type, at, end)
                    rest = self._readings(words, end, target, readings_from)
                    readings |= {(number, (slot, *filled)) for number, filled in rest}
        readings_from[at, state] = readings
        return readings

    def _ends(self, name: str, words: tuple[str, ...], at: int) -> Iterator[int]:
        """Where a value can end that begins at a word."""
        inner = self._machine.inner[name]
        state = 0
        for end, word in enumerate(words[at:], at + 1):
            if word not in inner.arcs[state]:
                return
            state = inner.arcs[state][word]
            if inner.accepts[state]:
                yield end

    def _values(self, name: str, words: tuple[str, ...]) -> Iterable[str]:
        kind = self.grammar.slot_types[name]
        if isinstance(kind, Pattern):
            return [_json(kind.interpret(" ".join(words)))]
        if isinstance(kind, FreeWords):
            return list(_values_of(kind))
        return self._values_by_wording(name)[words]

    def _values_by_wording(self, name: str) -> dict[tuple[str, ...], frozenset[str]]:
        """The values that each wording of a list stands for; mostly one."""
        if name not in self._by_list:
            values: dict[tuple[str, ...], frozenset[str]] = {}
            kind = self.grammar.slot_types[name]
            assert isinstance(kind, ValueList)
            for value in kind.values:
                for words in phrases(value.expression):
                    values[words] = values.get(words, frozenset()) | {_json(value.value)}
            self._by_list[name] = values
        return self._by_list[name]


__all__ = ["Meaning", "Meanings", "Reader", "count_meanings"]
