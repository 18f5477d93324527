"""Settings from a recipe file (TOML) and from the command line, into a typed dataclass.

A recipe says only what differs from the defaults. Tables stand for dataclasses inside the
dataclass: `--set fit.steps=20` is `steps = 20` in the table `[fit]`.
"""

from __future__ import annotations

import json
import math
import operator
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from numbers import Real
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import msgspec

from .errors import SettingsError
from .jobs.files import read_bytes
from .registry import nearest

Settings = TypeVar("Settings")
"""A dataclass whose fields are numbers, texts, tuples of them, and such dataclasses."""

MOST_THREADS = 1024
"""Threads of one call; a machine has fewer cores, and a million of them never start."""
MOST_READINGS = 10_000
"""Readings that may be asked for; a lattice has fewer."""
_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false"}


def read_settings(
    usual: Settings, recipe: Path | None = None, changes: Iterable[str] = ()
) -> Settings:
    """The `usual` settings, changed by a recipe file and then by each `NAME=VALUE` in `changes`.

    Texts need no quotes in `changes`, lists may be `a,b`, and two numbers `LOW:HIGH`. Raises
    SettingsError for a file that is not TOML, an unknown name, saying which comes near, and a value
    of the wrong kind.
    """
    settings = usual
    if recipe is not None:
        settings = _changed(settings, _read_toml(recipe), str(recipe))
    for change in changes:
        name, equals, text = (part.strip() for part in change.partition("="))
        if not equals:
            raise SettingsError(f"--set {change}: expected NAME=VALUE; --set list shows them all")
        settings = with_value(settings, name, text, "--set")
    return settings


def with_value(settings: Settings, name: str, text: str, place: str) -> Settings:
    """The settings with the value that `text` means for `name`; `place` begins every message.

    Raises SettingsError as `read_settings` does.
    """
    return _changed(settings, _nested(settings, name, text), place)


def to_toml(settings: Any, table: str = "") -> str:
    """All settings as a recipe file that gives them."""
    values: list[str] = []
    tables: list[str] = []
    for field in fields(settings):
        value = getattr(settings, field.name)
        if is_dataclass(value):
            name = f"{table}.{field.name}".lstrip(".")
            tables.append(f"\n[{name}]\n{to_toml(value, name)}")
        else:
            values.append(f"{field.name} = {_toml_value(value)}\n")
    return "".join(values + tables)


def _toml_value(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml_value, value))}]"
    if isinstance(value, bool | str):
        return json.dumps(value, ensure_ascii=False)
    return repr(value)


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        values: dict[str, Any] = msgspec.toml.decode(read_bytes(path, SettingsError))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: not TOML: {error}") from error
    return values


def _changed(settings: Settings, values: Mapping[str, Any], place: str) -> Settings:
    """The settings with `values` (nested) in place of theirs; `place` begins every message."""
    _check_names(type(settings), values, place)
    merged = _merged(msgspec.to_builtins(settings), values)
    try:
        return msgspec.convert(merged, type(settings))
    except msgspec.ValidationError as error:
        reason = _explained(str(error), type(settings), merged)
        raise SettingsError(f"{place}: {reason}") from error


def _check_names(kind: Any, values: Mapping[str, Any], place: str, above: str = "") -> None:
    kinds = get_type_hints(kind)
    for name, value in values.items():
        whole = f"{above}{name}"
        if name not in kinds:
            hint = nearest(name, kinds)
            if above:  # the whole name is what can be given
                hint = nearest(whole, [f"{above}{one}" for one in kinds])
            raise SettingsError(f"{place}: there is no setting {whole!r}{hint}")
        if is_dataclass(kinds[name]):
            if not isinstance(value, Mapping):
                inside = ", ".join(f"{whole}.{field.name}" for field in fields(kinds[name]))
                raise SettingsError(f"{place}: {whole} is a table of settings: {inside}")
            _check_names(kinds[name], value, place, f"{whole}.")


def _merged(usual: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(usual)
    for name, value in values.items():
        inner = merged[name]
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        merged[name] = _merged(inner, value) if both else value
    return merged


def _explained(message: str, kind: Any, values: Any) -> str:
    """`fit.steps: found "many", expected a whole number`, for a message of msgspec."""
    match = re.fullmatch(
        r"Expected `[^`]*`(?P<bounds> [<>]=? [^ ,]+)?.* - at `\$\.(?P<place>.*)`", message
    )
    if match is None:
        return message
    name = match["place"].partition("[")[0]
    for part in name.split("."):
        kind, values = get_type_hints(kind)[part], values[part]
    shown = json.dumps(values, ensure_ascii=False, default=str)
    return f"{name}: found {shown}, expected {_described(kind)}{match['bounds'] or ''}"


def _described(kind: Any) -> str:
    kinds = get_args(kind)
    if get_origin(kind) is not tuple:
        return _KINDS.get(kind, str(kind))
    if kinds == (float, float):
        return "two numbers, LOW:HIGH"
    return (
        f"a list of {len(kinds)}" if Ellipsis not in kinds else f"a list, each {_KINDS[kinds[0]]}"
    )


def _nested(settings: Any, name: str, text: str) -> dict[str, Any]:
    """`a.b` and the text of its value as nested tables."""
    kind: Any = type(settings)
    parts = name.split(".")
    for part in parts:
        kind = get_type_hints(kind).get(part) if is_dataclass(kind) else None
    value: Any = _value(kind, text)
    for part in reversed(parts):
        value = {part: value}
    return dict(value)


def _value(kind: Any, text: str) -> Any:
    """What a text on the command line means for a setting of that kind."""
    if kind is str and not text.startswith(('"', "'")):
        return text
    if get_origin(kind) is tuple and not text.startswith("["):
        return _several(get_args(kind), text)
    return _literal(text)


def _several(kinds: Sequence[Any], text: str) -> list[Any]:
    if Ellipsis in kinds:
        return [_value(kinds[0], part.strip()) for part in text.split(",") if part.strip()]
    values = [_value(kinds[0], part.strip()) for part in text.split(":")]
    single = len(values) == 1 and not isinstance(values[0], str)
    return values * len(kinds) if single else values


def _literal(text: str) -> Any:
    """A TOML value; what is none stays the text, for the message that names it."""
    try:
        return msgspec.toml.decode(f"value = {text}")["value"]
    except msgspec.DecodeError:
        return text


def check_count(name: str, value: object, most: int, least: int = 1) -> None:
    """Raise SettingsError unless `value` is a whole number from `least` to `most`."""
    # numpy's whole numbers have __index__, and so has True, which is a slip.
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise SettingsError(
            f"{name} is {value!r}; expected a whole number from {least} to {most:,}"
        )
    if not least <= operator.index(value) <= most:
        raise SettingsError(f"{name} is {value!r}; expected {least} to {most:,}")


def check_number(name: str, value: object, above: float | None = None) -> None:
    """Raise SettingsError unless `value` is a finite number, larger than `above` where given."""
    number = value if isinstance(value, Real) and not isinstance(value, bool) else None
    if number is None or not math.isfinite(number) or (above is not None and number <= above):
        limit = "" if above is None else f" above {above:g}"
        raise SettingsError(f"{name} is {value!r}; expected a finite number{limit}")


def check_share(name: str, value: object) -> None:
    """Raise SettingsError unless `value` is a number from 0 to 1."""
    number = value if isinstance(value, Real) and not isinstance(value, bool) else None
    if number is None or not 0.0 <= float(number) <= 1.0:
        raise SettingsError(f"{name} is {value!r}; expected a number from 0 to 1")


__all__ = ["read_settings", "to_toml", "with_value"]
