"""Names of a home before a room and a word.

With a device "kitchen light", the words "kitchen light" would be the device and also the light of
the room kitchen: two meanings of one sound. Here the second way to say it is taken out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..analysis.automaton import phrases
from ..expression import (
    Choice,
    Expression,
    Grammar,
    Sequence,
    SlotType,
    SlotUse,
    Value,
    ValueList,
    Word,
    one_of,
    rewritten,
)

Words = tuple[str, ...]


def names_first(grammar: Grammar, places: frozenset[str], names: frozenset[Words]) -> Grammar:
    """The grammar in which no place (a slot type of `places`) and the words after it are a name."""
    splitter = _Splitter(dict(grammar.slot_types), places, names)
    return replace(rewritten(grammar, splitter.split), slot_types=splitter.types)


@dataclass
class _Splitter:
    """Rewrites expressions; each that it has rewritten is kept, since sentences share macros."""

    types: dict[str, SlotType]
    places: frozenset[str]
    names: frozenset[Words]
    _rewritten: dict[int, tuple[Expression, Expression | None]] = field(default_factory=dict)
    _parts: dict[tuple[str, tuple[str, ...]], str] = field(default_factory=dict)

    def split(self, expression: Expression) -> Expression | None:
        """The same without what a name stands for; None when nothing is left."""
        if not isinstance(expression, Sequence | Choice):
            return expression
        if id(expression) not in self._rewritten:
            is_choice = isinstance(expression, Choice)
            result = self._choice(expression) if is_choice else self._sequence(expression)
            # The expression is kept as well, so that no other gets its number.
            self._rewritten[id(expression)] = expression, result
        return self._rewritten[id(expression)][1]

    def _choice(self, choice: Sequence | Choice) -> Expression | None:
        items = [self.split(item) for item in choice.items]
        if all(new is old for new, old in zip(items, choice.items, strict=True)):
            return choice
        left = tuple(item for item in items if item is not None)
        return one_of(left) if left else None

    def _sequence(self, sequence: Sequence | Choice) -> Expression | None:
        items: list[Expression] = []
        at, parts = 0, sequence.items
        while at < len(parts):
            pair = self._pair(parts[at], parts[at + 1]) if at + 1 < len(parts) else parts[at]
            whole = self.split(parts[at]) if pair is parts[at] else pair
            if whole is None:
                return None
            items.append(whole)
            at += 1 if pair is parts[at] else 2
        if len(items) == len(parts) and all(a is b for a, b in zip(items, parts, strict=True)):
            return sequence
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def _pair(self, place: Expression, after: Expression) -> Expression | None:
        """A place and what follows it, without the names; the place itself where there is none."""
        if isinstance(place, Choice):
            return self._choice_pair(place, after)
        if not isinstance(place, SlotUse) or place.type not in self.places:
            return place
        kind = self.types[place.type]
        assert isinstance(kind, ValueList)
        follows = after.items if isinstance(after, Choice) else (after,)
        groups: dict[tuple[frozenset[Words], ...], list[Value]] = {}
        for value in kind.values:
            for words in phrases(value.expression):
                names_made = tuple(
                    frozenset(w for w in self._words(part) if (*words, *w) in self.names)
                    for part in follows
                )
                groups.setdefault(names_made, []).append(Value(value.value, expression_of(words)))
        if not any(map(any, groups)):
            return place
        ways = [
            Sequence((self._use(place, values), rest))
            for names_made, values in groups.items()
            for rest in [self._rest(follows, names_made)]
            if rest is not None
        ]
        return one_of(ways) if ways else None

    def _choice_pair(self, choice: Choice, after: Expression) -> Expression | None:
        """The same for a choice with a place in it, as one that may be left out."""
        pairs = [self._pair(item, after) for item in choice.items]
        if all(pair is item for pair, item in zip(pairs, choice.items, strict=True)):
            return choice
        ways: list[Expression] = []
        for pair, item in zip(pairs, choice.items, strict=True):
            whole = Sequence((item, after)) if pair is item else pair
            ways += [] if whole is None else [whole]
        return one_of(ways) if ways else None

    def _words(self, part: Expression) -> Iterator[Words]:
        """What can be said for a part that is words, or a list of them; silence is nothing."""
        if isinstance(part, SlotUse):
            kind = self.types[part.type]
            if isinstance(kind, ValueList):
                for value in kind.values:
                    yield from phrases(value.expression)
        elif _is_words(part):
            yield from filter(None, phrases(part))

    def _rest(
        self, follows: tuple[Expression, ...], names_made: tuple[frozenset[Words], ...]
    ) -> Expression | None:
        parts: list[Expression] = []
        for part, gone in zip(follows, names_made, strict=True):
            if not gone:
                parts.append(part)
            elif isinstance(part, SlotUse):
                kind = self.types[part.type]
                assert isinstance(kind, ValueList)
                values = [
                    Value(value.value, expression_of(words))
                    for value in kind.values
                    for words in phrases(value.expression)
                    if words not in gone
                ]
                parts += [self._use(part, values)] if values else []
            else:
                parts += [expression_of(words) for words in phrases(part) if words not in gone]
        return one_of(parts) if parts else None

    def _use(self, use: SlotUse, values: list[Value]) -> SlotUse:
        """The same slot, from a part of its values, which is a slot type of its own."""
        kind = self.types[use.type]
        assert isinstance(kind, ValueList)
        key = use.type, tuple(repr(value) for value in values)
        if key not in self._parts:
            number = 1 + sum(name == use.type for name, _ in self._parts)
            self._parts[key] = f"{use.type}@{number}"
            self.types[self._parts[key]] = replace(
                kind, name=self._parts[key], values=tuple(values)
            )
        return replace(use, type=self._parts[key])


def _is_words(part: Expression) -> bool:
    if isinstance(part, Sequence | Choice):
        return all(map(_is_words, part.items))
    return isinstance(part, Word)


def expression_of(words: Words) -> Expression:
    """Words as they follow each other."""
    return Word(words[0]) if len(words) == 1 else Sequence(tuple(map(Word, words)))
