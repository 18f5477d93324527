"""Values of a slot that sound alike: the same phones, or one phone apart when they are short."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ...errors import GrammarError
from ..expression import ValueList
from .automaton import phrases

Phones = tuple[int, ...]

SHORT = 5
"""Phones: up to here one wrong phone is a fifth of the word, and noise does that."""
ANYWHERE = -1
MOST_FORMS = 8
"""Wordings of one value that are compared."""


@dataclass(frozen=True)
class Alike:
    """Two values of a slot that a listener can take for each other."""

    first: str
    second: str
    same: bool
    """Whether they sound the same, rather than one phone apart."""


def alike_values(kind: ValueList, sounds: Mapping[str, Phones]) -> Iterator[Alike]:
    """Pairs of values that sound alike, each value paired with the first one it resembles."""
    by_phones: dict[Phones, tuple[str, str]] = {}
    near: dict[tuple[Phones, int], tuple[str, str]] = {}
    reported: set[frozenset[str]] = set()
    for value in kind.values:
        try:
            forms = phrases(value.expression)[:MOST_FORMS]
        except GrammarError:
            continue  # more wordings than anybody compares by ear
        for words in forms:
            if not all(w in sounds for w in words):
                continue
            phones = tuple(p for w in words for p in sounds[w])
            me = (repr(value.value), " ".join(words))
            for other, same in _resembling(phones, by_phones, near):
                pair = frozenset([other[0], me[0]])
                # One wording for two values is a mistake of spelling, reported without any ear.
                if len(pair) > 1 and other[1] != me[1] and pair not in reported:
                    reported.add(pair)
                    yield Alike(other[1], me[1], same)
            by_phones.setdefault(phones, me)
            if len(phones) <= SHORT:
                for key in _one_away(phones):
                    near.setdefault(key, me)


def _resembling(
    phones: Phones,
    by_phones: Mapping[Phones, tuple[str, str]],
    near: Mapping[tuple[Phones, int], tuple[str, str]],
) -> Iterator[tuple[tuple[str, str], bool]]:
    if phones in by_phones:
        yield by_phones[phones], True
    if len(phones) > SHORT:
        return
    for rest, place in _one_away(phones):
        if place != ANYWHERE and (rest, place) in near:
            yield near[rest, place], False
        if place == ANYWHERE and rest in by_phones:
            yield by_phones[rest], False  # the other is one phone shorter
    if (phones, ANYWHERE) in near:
        yield near[phones, ANYWHERE], False  # the other is one phone longer


def _one_away(phones: Phones) -> Iterator[tuple[Phones, int]]:
    """The phones without one of them, with its place: equal for two that differ only there."""
    for i in range(len(phones)):
        rest = phones[:i] + phones[i + 1 :]
        yield rest, i
        yield rest, ANYWHERE
