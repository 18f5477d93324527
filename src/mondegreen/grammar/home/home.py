"""What a home is: areas, floors and devices with the names that people call them by."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ..analysis.automaton import phrases
from ..expression import EMPTY, Expression, Notice
from ..phrases import phrase

AREA, FLOOR = "area", "floor"
"""What the lists of areas and floors are called; those of devices by their domain."""
_MARKUP = re.compile(r"[\[\](){}<>|;:\\]")


@dataclass(frozen=True)
class Named:
    """Something that people call by its name, or by another."""

    name: str
    aliases: tuple[str, ...] = ()
    line: int | None = None
    """Where it is written, in a file of our own."""

    @property
    def names(self) -> tuple[str, ...]:
        """All of its names, the first one first, each once."""
        return tuple(dict.fromkeys((self.name, *self.aliases)))


@dataclass(frozen=True)
class Floor(Named):
    """A floor of the home."""


@dataclass(frozen=True)
class Area(Named):
    """A room, or another part of the home."""

    floor: str | None = None


@dataclass(frozen=True)
class Device(Named):
    """A lamp, a lock, a scene: whatever has a name and a domain, as Home Assistant sorts them."""

    domain: str = ""
    area: str | None = None
    device_class: str | None = None
    id: str | None = None
    """What programs call it: "light.desk"."""


@dataclass(frozen=True)
class Home:
    """The names of one home; `read_home` makes one of a file."""

    areas: tuple[Area, ...] = ()
    floors: tuple[Floor, ...] = ()
    devices: tuple[Device, ...] = ()
    source: str | None = None
    notices: tuple[Notice, ...] = ()
    """What was left out, and why."""

    def of_kind(self, kinds: Iterable[str]) -> Iterator[Named]:
        """What there is of some kinds: "area", "floor", or domains."""
        for kind in kinds:
            if kind == AREA:
                yield from self.areas
            elif kind == FLOOR:
                yield from self.floors
            else:
                yield from (device for device in self.devices if device.domain == kind)

    def lists(self) -> dict[str, Any]:
        """The lists `area`, `floor` and `name`, as hassil templates name them.

        Every name and alias stands for the name. Those of devices carry their domain, by which
        Home Assistant's sentences choose. Names that cannot be read are not in them, nor is a list
        that would be empty.
        """
        lists: dict[str, list[dict[str, Any]]] = {
            AREA: [value for area in self.areas for value in _values(area)],
            FLOOR: [value for floor in self.floors for value in _values(floor)],
            "name": [
                {**value, "context": _context(device)}
                for device in self.devices
                for value in _values(device)
            ],
        }
        return {name: {"values": values} for name, values in lists.items() if values}

    def device_wordings(self, domain: str | None = None) -> frozenset[tuple[str, ...]]:
        """Every way to say a device, in words; with `domain` one of its devices."""
        return frozenset(
            words
            for device in self.devices
            if domain in (None, device.domain)
            for name in device.names
            for words in filter(None, phrases(wording(name)))
        )

    def unreadable(self) -> Iterator[tuple[Named, str]]:
        """Names in which nothing can be said, and whose they are."""
        for thing in (*self.areas, *self.floors, *self.devices):
            for name in thing.names:
                if wording(name) == EMPTY:
                    yield thing, name


def wording(name: str) -> Expression:
    """How a name is said; EMPTY when nothing in it can be. Brackets are left out."""
    return phrase(_plain(name))


def _plain(name: str) -> str:
    """A name without what templates give a meaning: "Lamp (old)" is said "lamp old"."""
    return " ".join(_MARKUP.sub(" ", name).split())


def _values(thing: Named) -> Iterator[dict[str, Any]]:
    for name in thing.names:
        if wording(name) != EMPTY:
            yield {"in": _plain(name), "out": thing.name}


def _context(device: Device) -> dict[str, str]:
    context = {"domain": device.domain}
    if device.area is not None:
        context["area"] = device.area
    if device.device_class is not None:
        context["device_class"] = device.device_class
    return context
