"""Homes from files: a small YAML of our own, or the registries of Home Assistant."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import GrammarError
from ...jobs.files import read_text
from ...registry import nearest
from ..expression import Notice
from ..formats.marked_yaml import Items, Keys, Node, Scalar, from_python, parse_yaml
from ..phrases import silence
from . import registries
from .domains import unknown_domains
from .home import Area, Device, Floor, Home, Named

_TOP = ("areas", "floors", "devices")
_NEEDS = "a home needs `areas:`, `floors:` or `devices:`"
_DOMAIN = re.compile(r"[a-z][a-z0-9_]*")


def read_home(source: str | Path | Mapping[str, Any] | Home) -> Home:
    """The home in a file, in a folder with Home Assistant's registries, or in a mapping.

    A YAML file has `areas:`, `floors:` and `devices:`. Registries are the files
    `core.entity_registry`, `core.area_registry`, `core.device_registry` and `core.floor_registry`
    of Home Assistant's `.storage`; name their folder, or one of them. Raises GrammarError.
    """
    if isinstance(source, Home):
        return source
    if isinstance(source, Mapping):
        return _written(from_python(source))
    if not isinstance(source, str | Path):
        raise GrammarError(
            f"a home is {type(source).__name__}; expected the name of a file, or a mapping"
        )
    path = Path(source)
    if registries.holds(path):
        return _with_notices(registries.read(path))
    return _written(parse_yaml(read_text(path), str(path), _NEEDS))


def _written(document: Node) -> Home:
    """A home that somebody wrote, who may misspell a domain; those of registries are right."""
    home = _with_notices(_own(document))
    return replace(home, notices=(*home.notices, *unknown_domains(home)))


def _with_notices(home: Home) -> Home:
    """The home with a notice for each name that nobody could say."""
    notices = [
        Notice(
            f"the name {name!r} cannot be read{silence(name)}, so it is never heard; "
            "give it an alias",
            home.source, thing.line, "warning",
        )
        for thing, name in home.unreadable()
    ]  # fmt: skip
    return replace(home, notices=(*home.notices, *notices))


def _own(document: Node) -> Home:
    if not isinstance(document, Keys):
        raise document.error(f"a home is a mapping, not {document.kind}; expected `areas:`")
    for key, _ in document.entries:
        if key.text not in _TOP:
            raise key.error(
                f"unknown key {key.text!r} in a home{nearest(key.text, _TOP)}; expected "
                "`areas:`, `floors:` and `devices:`, or a folder with Home Assistant's registries"
            )
    floors = [Floor(*_names(node)) for node in _things(document, "floors", ("name", "aliases"))]
    areas = [
        Area(*_names(node), floor=_reference(node, "floor", floors))
        for node in _things(document, "areas", ("name", "aliases", "floor"))
    ]
    keys = ("name", "aliases", "domain", "area", "device_class", "id")
    devices = [_device(node, areas) for node in _things(document, "devices", keys)]
    if not (floors or areas or devices):
        raise document.error("the home is empty; expected `areas:`, `floors:` or `devices:`")
    return Home(tuple(areas), tuple(floors), tuple(devices), document.source)


def _things(document: Keys, what: str, keys: tuple[str, ...]) -> Iterator[Node]:
    node = document.get(what)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return
    if not isinstance(node, Items):
        raise node.error(f"`{what}:` is {node.kind}; expected a list")
    for item in node.items:
        if isinstance(item, Keys):
            for key, _ in item.entries:
                if key.text not in keys:
                    raise key.error(
                        f"unknown key {key.text!r} in `{what}:`{nearest(key.text, keys)}"
                    )
        elif not isinstance(item, Scalar) or item.value is None:
            raise item.error(f"`{what}:` holds {item.kind}; expected a name, or {{name: …}}")
        yield item


def _names(node: Node) -> tuple[str, tuple[str, ...], int | None]:
    """Name, aliases and line of a thing."""
    if isinstance(node, Scalar):
        return _text(node, "a name"), (), node.line
    assert isinstance(node, Keys)
    name = node.get("name")
    if name is None:
        raise node.error("found a thing without `name:`; expected {name: …}")
    aliases = node.get("aliases")
    if aliases is None:
        return _text(name, "`name:`"), (), node.line
    items = aliases.items if isinstance(aliases, Items) else (aliases,)
    return _text(name, "`name:`"), tuple(_text(item, "an alias") for item in items), node.line


def _text(node: Node, what: str) -> str:
    if not isinstance(node, Scalar) or node.value is None or not node.text.strip():
        raise node.error(f"{what} is {node.kind}; expected a text")
    return node.text.strip()


def _reference(node: Node, key: str, things: list[Any]) -> str | None:
    """The area or floor that a thing is in, by the name that it has itself."""
    place = node.get(key) if isinstance(node, Keys) else None
    if place is None:
        return None
    text = _text(place, f"`{key}:`")
    for thing in things:
        if isinstance(thing, Named) and text.casefold() in map(str.casefold, thing.names):
            return thing.name
    names = [thing.name for thing in things]
    raise place.error(f"{key} {text!r} is not among the {key}s of this home{nearest(text, names)}")


def _device(node: Node, areas: list[Area]) -> Device:
    name, aliases, line = _names(node)
    fields = {
        key: None if value is None else _text(value, f"`{key}:`")
        for key in ("domain", "device_class", "id")
        for value in [node.get(key) if isinstance(node, Keys) else None]
    }
    domain = fields["domain"] or (fields["id"] or "").partition(".")[0]
    if not _DOMAIN.fullmatch(domain):
        problem = f"the domain {domain!r}" if domain else "no `domain:`"
        raise node.error(
            f"device {name!r} has {problem}; expected one of Home Assistant's, such as light, "
            "switch, fan, cover, lock, climate, media_player, scene"
        )
    area = _reference(node, "area", areas)
    return Device(name, aliases, line, domain, area, fields["device_class"], fields["id"])
