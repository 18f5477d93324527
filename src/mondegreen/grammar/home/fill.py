"""The names of a home in the slots of a grammar that says which slots take them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ...errors import GrammarError
from ..analysis.automaton import phrases
from ..expression import (
    EMPTY,
    Grammar,
    SlotType,
    Value,
    ValueList,
    one_of,
)
from ..unused import unused_home
from .first import Words, expression_of, names_first
from .home import AREA, FLOOR, Home, Named, wording

_LIGHTS = {"light": "lamp", "lights": "lamps", "lamp": "light", "lamps": "lights"}
"""What a lamp may be called instead: a standing lamp is a standing light to many."""


_ALONE = (("cover", "valve"), ("lock",), ("vacuum", "lawn_mower"))
"""Domains with verbs of their own: a lock and a door that opens may both be "front door"; all
other devices are switched on, and there a name is one thing."""


@dataclass(frozen=True)
class _Name:
    """One thing of the home, and the wordings that stand for it."""

    value: str
    wordings: tuple[Words, ...]


def fill(grammar: Grammar, takes: Mapping[str, tuple[str, ...]], home: Home) -> Grammar:
    """The grammar with the home's names in its slots.

    `takes` says for each slot type what it takes: "area", "floor", or domains. Areas and floors
    replace the grammar's own, but other ways to say one of them are kept; devices come before the
    grammar's own, which lose the wordings that are names of the home. A name of the home goes
    before a room and a word: with a device "kitchen light", that is what "kitchen light" means.
    """
    if not takes:
        unused = unused_home("the grammar has no `home:` that says which slots take its names")
        return replace(grammar, notices=(*grammar.notices, *home.notices, unused))
    names = {slot: _names(kinds, home) for slot, kinds in takes.items()}
    places = {slot for slot, kinds in takes.items() if set(kinds) <= {AREA, FLOOR}}
    wordings_by_verb: dict[tuple[str, ...], set[Words]] = {}
    for slot in takes.keys() - places:
        for verb in _verbs(takes[slot]):
            wordings_by_verb.setdefault(verb, set()).update(
                w for n in names[slot] for w in n.wordings
            )
    types: dict[str, SlotType] = dict(grammar.slot_types)
    for slot in takes:
        own = types[slot]
        if not isinstance(own, ValueList):
            raise GrammarError(f"`home:` fills slot ${slot}, which is no list of values")
        if slot not in places:
            shadowed = {w for verb in _verbs(takes[slot]) for w in wordings_by_verb[verb]}
            values = (
                *(_value(n.value, n.wordings) for n in names[slot]),
                *_without(own.values, shadowed),
            )
        elif names[slot]:
            values = tuple(
                _value(n.value, n.wordings) for n in _with_own_ways(names[slot], own.values)
            )
        else:
            continue
        types[slot] = replace(own, values=values)
    filled = replace(grammar, slot_types=types, notices=(*grammar.notices, *home.notices))
    return names_first(filled, frozenset(places), frozenset().union(*wordings_by_verb.values()))


def _verbs(kinds: Iterable[str]) -> set[tuple[str, ...]]:
    """What the devices of some domains share with those of others: what is done with them."""
    return {next((alone for alone in _ALONE if kind in alone), ()) for kind in kinds}


def _names(kinds: Iterable[str], home: Home) -> list[_Name]:
    """What a slot takes from the home: each wording once, for the first that has it."""
    others_wordings: set[Words] = set()
    names: list[_Name] = []
    for kind in kinds:
        for thing in home.of_kind((kind,)):
            ways = [w for w in _wordings(thing, kind) if w not in others_wordings]
            others_wordings |= set(ways)
            if ways:
                names.append(_Name(thing.name, tuple(ways)))
    return names


def _wordings(thing: Named, kind: str) -> Iterator[Words]:
    """The ways to say a thing, each once; a lamp may be called a light, and a light a lamp."""
    ways = [w for name in thing.names if wording(name) != EMPTY for w in phrases(wording(name))]
    if kind == "light":
        ways = [w for w in ways if w != () and not (len(w) == 1 and w[0] in _LIGHTS)]
        ways += [
            (*w[:-1], _LIGHTS[w[-1]]) if w[-1] in _LIGHTS else (*w, "light") for w in list(ways)
        ]
    yield from dict.fromkeys(ways)


def _with_own_ways(names: list[_Name], own: tuple[Value, ...]) -> Iterator[_Name]:
    """Areas of the home, with the ways that the grammar has for those it knows."""
    all_wordings = {words for name in names for words in name.wordings}
    for name in names:
        more = [
            words
            for value in own
            for words in phrases(value.expression)
            if set(phrases(value.expression)) & set(name.wordings) and words not in all_wordings
        ]
        all_wordings |= set(more)
        yield replace(name, wordings=(*name.wordings, *more))


def _without(values: Iterable[Value], wordings: set[Words]) -> Iterator[Value]:
    """Values without the wordings that are taken; those that keep none are gone."""
    for value in values:
        ways = [words for words in phrases(value.expression) if words not in wordings]
        if ways:
            yield _value(value.value, ways)


def _value(value: Any, wordings: Iterable[Words]) -> Value:
    return Value(value, one_of(map(expression_of, wordings)))
