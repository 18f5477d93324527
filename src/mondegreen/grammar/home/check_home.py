"""Names of a home that a listener would take for each other, or cannot read at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...phonetics.distance import PhoneDistance, articulatory_costs
from ...phonetics.inventory import Pronunciation
from ..analysis.automaton import phrases
from ..analysis.check import Finding, Pronounces, guess_finding
from ..expression import EMPTY
from ..phrases import silence
from .home import Device, Home, Named, wording

ALIKE = 1.3
"""Distance by phone up to which two names are alike, in phones that have nothing in common: "hall"
and "wall light" are 1.0 apart, "bedroom" and "bathroom" 1.3, "living" and "dining room" 2.2."""
MOST_OF_A_NAME = 0.35
"""The same as a share of the longer name: "den" and "bed" are alike, "TV" and "fan" are not."""
MOST_ALIKE = 200
"""Pairs that are listed."""


@dataclass(frozen=True)
class _NameSound:
    """One name of a thing, and how it sounds."""

    thing: Named
    name: str
    phones: Pronunciation


def check_home(home: Home, pronouncer: Pronounces) -> list[Finding]:
    """Everything to look at in a home, errors first: names that cannot be read, that two things
    share, that sound alike; pronunciations that are guessed; and what the reader left out.

    Areas are compared with areas, floors with floors and devices with devices.
    """
    findings = [
        Finding(
            "error",
            "unreadable",
            f"the name {name!r} cannot be read{silence(name)}; "
            "give it an alias, or write it as it is said",
            home.source,
            thing.line,
        )
        for thing, name in home.unreadable()
    ]
    silent: list[str] = []
    for things in (home.areas, home.floors, home.devices):
        names = list(_names(things, pronouncer, silent))
        findings += _shared(home, names)
        findings += _alike(home, names)
    findings += [
        Finding(
            "error", "no-pronunciation", f"no pronunciation for {word!r}; write it as it is said",
            home.source,
        )
        for word in dict.fromkeys(silent)
    ]  # fmt: skip
    guesses = [word for word in _words(home) if pronouncer.is_guess(word)]
    findings += [guess_finding(guesses, home.source)] if guesses else []
    findings += [
        Finding(notice.severity, "notice", notice.message, notice.source, notice.line)
        for notice in home.notices
        if "cannot be read" not in notice.message
    ]
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(findings, key=lambda f: (order[f.severity], f.line or 0))


def _names(
    things: Sequence[Named], pronouncer: Pronounces, silent: list[str]
) -> Iterator[_NameSound]:
    """Every name as its first wording sounds; words without a sound go to `silent`."""
    for thing in things:
        for name in thing.names:
            if wording(name) == EMPTY:
                continue
            words = phrases(wording(name))[0]
            ways = [pronouncer.word(word) for word in words]
            silent += [word for word, way in zip(words, ways, strict=True) if not way]
            if all(ways):
                yield _NameSound(thing, name, tuple(p for way in ways for p in way[0]))


def _shared(home: Home, names: Sequence[_NameSound]) -> Iterator[Finding]:
    """Names that two things have."""
    first: dict[str, _NameSound] = {}
    for one in names:
        other = first.setdefault(one.name.casefold(), one)
        if other.thing is one.thing:
            continue
        apart = _area(other.thing) != _area(one.thing)
        where = f" ({_area(other.thing)} and {_area(one.thing)})" if apart else ""
        remedy = "only the area tells them apart" if apart else "rename one"
        yield Finding(
            "note" if apart else "warning",
            "same-name",
            f"{one.name!r} is the name of two things{where}; {remedy}",
            home.source,
            one.thing.line,
        )


def _area(thing: Named) -> str | None:
    return thing.area if isinstance(thing, Device) else None


def _alike(home: Home, names: Sequence[_NameSound]) -> Iterator[Finding]:
    """Different names that sound alike, the most alike first."""
    distance = PhoneDistance(articulatory_costs())
    pairs: list[tuple[float, _NameSound, _NameSound]] = []
    for i, one in enumerate(names[:-1]):
        others = names[i + 1 :]
        costs = distance.to_many(one.phones, [other.phones for other in others])
        for other, cost in zip(others, costs, strict=True):
            longest = max(len(one.phones), len(other.phones))
            same_name = one.name.casefold() == other.name.casefold()
            if (
                cost <= min(ALIKE, MOST_OF_A_NAME * longest)
                and other.thing is not one.thing
                and not same_name
            ):
                pairs.append((float(cost), one, other))
    pairs.sort(key=lambda pair: pair[0])
    for cost, one, other in pairs[:MOST_ALIKE]:
        how = "sounds the same as" if cost == 0 else "sounds nearly like"
        yield Finding(
            "warning",
            "sounds-same" if cost == 0 else "alike",
            f"{other.name!r} {how} {one.name!r} ({cost:.1f} phones apart); rename one, or "
            "add a word to it",
            home.source,
            other.thing.line,
        )
    if len(pairs) > MOST_ALIKE:
        more = f"{len(pairs) - MOST_ALIKE} more pairs of names sound alike"
        yield Finding("note", "more", more, home.source)


def _words(home: Home) -> list[str]:
    words = {
        word: None
        for thing in (*home.areas, *home.floors, *home.devices)
        for name in thing.names
        if wording(name) != EMPTY
        for word in phrases(wording(name))[0]
    }
    return list(words)
