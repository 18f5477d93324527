"""Homes from Home Assistant's registries: the JSON files `core.*_registry` in its `.storage`.

Entities are what has a name and a domain. What Home Assistant would not let a voice reach is left
out: entities that are disabled, hidden, of its own administration, or not exposed to Assist.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import GrammarError
from ...jobs.files import read_text
from ..expression import Notice
from .home import Area, Device, Floor, Home

_KINDS = {"entity": "entities", "area": "areas", "device": "devices", "floor": "floors"}
"""The registries, and what the list in each is called."""
_SPOKEN = frozenset({
    "alarm_control_panel", "button", "climate", "cover", "fan", "humidifier", "input_boolean",
    "input_button", "lawn_mower", "light", "lock", "media_player", "person", "scene", "script",
    "siren", "switch", "todo", "vacuum", "valve", "water_heater", "weather",
})  # fmt: skip
"""Domains of things that people speak of, where nothing says whether they are exposed."""
_SPOKEN_CLASSES = {
    "binary_sensor": frozenset(
        {"door", "garage_door", "lock", "motion", "opening", "presence", "window"}
    ),
    "sensor": frozenset(
        {"aqi", "carbon_dioxide", "carbon_monoxide", "humidity", "pm10", "pm25", "temperature",
         "volatile_organic_compounds"}
    ),
}  # fmt: skip
"""Of sensors only these, as Home Assistant exposes them by itself."""


def holds(path: Path) -> bool:
    """Whether a path is one of the registries, or a folder, which can only hold them."""
    try:
        return path.is_dir() or _name_of(path) is not None
    except OSError:  # a name that is too long, as reading it says
        return False


def _name_of(path: Path) -> str | None:
    """ "entity" for `core.entity_registry`, with or without `.json`."""
    stem = path.name.removesuffix(".json")
    return next((kind for kind in _KINDS if stem == f"core.{kind}_registry"), None)


def read(path: Path) -> Home:
    """The home in the registries of a folder, or of the folder of the one that is named.

    Only the entity registry is needed; without the others areas and floors have no names. Raises
    GrammarError for what is not as Home Assistant writes it.
    """
    folder = path if path.is_dir() else path.parent
    paths = {kind: place for kind in _KINDS for place in _places(folder, kind)}
    if "entity" not in paths:
        raise GrammarError(
            f"no core.entity_registry in the folder {folder}; expected the registries of Home "
            "Assistant, from the folder .storage of its configuration"
        )
    rows = {kind: _rows(place, kind) for kind, place in paths.items()}
    floors = {
        _id(row, "floor_id", paths["floor"]): Floor(*_names(row, paths["floor"]))
        for row in rows.get("floor", ())
    }
    areas = {
        _id(row, "id", paths["area"]): Area(
            *_names(row, paths["area"]),
            floor=floors[row["floor_id"]].name if row.get("floor_id") in floors else None,
        )
        for row in rows.get("area", ())
    }
    devices = {row.get("id"): row for row in rows.get("device", ())}
    left_out: Counter[str] = Counter()
    entities = list(_entities(rows["entity"], devices, areas, paths["entity"], left_out))
    notices = tuple(
        Notice(
            f"1 entity is left out, since it is {why}"
            if count == 1
            else f"{count} entities are left out, since they are {why}",
            str(paths["entity"]),
        )
        for why, count in sorted(left_out.items())
    )
    return Home(
        tuple(areas.values()), tuple(floors.values()), tuple(entities), str(folder), notices
    )


def _places(folder: Path, kind: str) -> Iterator[Path]:
    """Where a registry lies: in the folder, or in `.storage` below it."""
    for place in (folder, folder / ".storage"):
        for ending in ("", ".json"):
            path = place / f"core.{kind}_registry{ending}"
            if path.is_file():
                yield path
                return


def _rows(path: Path, kind: str) -> list[Mapping[str, Any]]:
    """The rows of a registry."""
    try:
        document = json.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise GrammarError(f"not JSON: {error}; copy the file again", source=str(path)) from error
    data = document.get("data") if isinstance(document, Mapping) else None
    rows = data.get(_KINDS[kind]) if isinstance(data, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise GrammarError(
            f"no registry of Home Assistant's: expected a list under `data` and `{_KINDS[kind]}`",
            source=str(path),
        )
    return rows


def _id(row: Mapping[str, Any], key: str, path: Path) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise GrammarError(f"a row without `{key}`: {_excerpt(row)}", source=str(path))
    return value


def _excerpt(row: Mapping[str, Any]) -> str:
    return repr(dict(row))[:80]


def _names(row: Mapping[str, Any], path: Path) -> tuple[str, tuple[str, ...]]:
    name = row.get("name")
    if not isinstance(name, str) or not name.strip():
        raise GrammarError(f"a row without `name`: {_excerpt(row)}", source=str(path))
    return name.strip(), _aliases(row)


def _aliases(row: Mapping[str, Any]) -> tuple[str, ...]:
    """The aliases in their order; `null` among them stands for the name itself."""
    aliases = row.get("aliases")
    texts = aliases if isinstance(aliases, list) else []
    return tuple(text.strip() for text in texts if isinstance(text, str) and text.strip())


def _entities(
    rows: list[Mapping[str, Any]],
    devices: Mapping[Any, Mapping[str, Any]],
    areas: Mapping[str, Area],
    path: Path,
    left_out: Counter[str],
) -> Iterator[Device]:
    for row in rows:
        domain, _, name = _id(row, "entity_id", path).partition(".")
        device = devices.get(row.get("device_id"), {})
        why = _not_spoken(row, device, domain)
        if why:
            left_out[why] += 1
            continue
        area = areas.get(row.get("area_id") or device.get("area_id") or "")
        yield Device(
            _full_name(row, device) or name.replace("_", " "),
            _aliases(row),
            None,
            domain,
            None if area is None else area.name,
            _device_class(row),
            row["entity_id"],
        )


def _device_class(row: Mapping[str, Any]) -> str | None:
    value = row.get("device_class") or row.get("original_device_class")
    return value if isinstance(value, str) else None


def _not_spoken(row: Mapping[str, Any], device: Mapping[str, Any], domain: str) -> str:
    """Why a voice does not reach an entity; empty when it does."""
    if row.get("disabled_by") or device.get("disabled_by"):
        return "disabled"
    if row.get("hidden_by"):
        return "hidden"
    if row.get("entity_category"):
        return "for settings or diagnostics"
    options = row.get("options")
    assist = options.get("conversation") if isinstance(options, Mapping) else None
    exposed = assist.get("should_expose") if isinstance(assist, Mapping) else None
    if exposed is None:
        exposed = domain in _SPOKEN or _device_class(row) in _SPOKEN_CLASSES.get(domain, ())
    return "" if exposed else "not exposed to Assist"


def _full_name(row: Mapping[str, Any], device: Mapping[str, Any]) -> str:
    """What Home Assistant calls an entity: by the user's name for it, else by its own.

    An entity of today (`has_entity_name`) is named within its device, whose name goes before; one
    without a name of its own is the device.
    """
    own = row.get("name")
    if isinstance(own, str) and own.strip():
        return own.strip()
    entity = _stripped(row.get("original_name"))
    around = _stripped(device.get("name_by_user")) or _stripped(device.get("name"))
    if not row.get("has_entity_name") or entity.casefold().startswith(around.casefold()):
        return entity or around
    return f"{around} {entity}".strip()


def _stripped(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
