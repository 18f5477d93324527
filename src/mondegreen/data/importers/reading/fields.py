"""Fields of a row as other tools write them, in the few forms that are common."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ...utterance import SlotLabel
from .text_rows import find_span

_NAMES = ("name", "slot", "type", "entity", "label", "key")
_VALUES = ("value", "filler", "text", "words", "span")


def label(value: Any, what: str) -> str | None:
    """A name of something, which may be a number; None for none. Raises ValueError."""
    if value is None or value == "":
        return None
    if isinstance(value, str) or _whole(value):
        return str(value)
    raise ValueError(f"expected a word as {what!r}, found {str(value)[:60]!r}")


def words(value: Any, what: str) -> str:
    """A text; empty for none. Raises ValueError."""
    if value is None or isinstance(value, str):
        return value or ""
    raise ValueError(f"expected words as {what!r}, found {str(value)[:60]!r}")


def read_slots(content: Any, text: str) -> tuple[SlotLabel, ...]:
    """Slots from {"name": "value", …} or from a list of {"name": …, "value": …, "start"?, "end"?}.

    Other words for name and value are understood (slot, type, entity; filler, text). A slot without
    a place gets one where its words occur in `text`. Raises ValueError for anything else.
    """
    if content is None:
        return ()
    if isinstance(content, Mapping):
        pairs = [(str(name), value) for name, value in content.items() if value is not None]
        return tuple(_placed(name, value, text) for name, value in pairs)
    if not isinstance(content, list | tuple):
        raise ValueError(f"found {str(content)[:40]!r} as slots, expected an object or a list")
    return tuple(_slot(item, text) for item in content)


def _slot(item: Any, text: str) -> SlotLabel:
    name = _first(item, _NAMES) if isinstance(item, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f'found the slot {str(item)[:60]}, expected {{"name": …, "value": …}}')
    value, start, end = _first(item, _VALUES), item.get("start"), item.get("end")
    if start is None or end is None:
        if value is None:
            raise ValueError(f"slot {name!r} has neither a value nor a place")
        return _placed(name, value, text)
    if not _whole(start) or not _whole(end) or not 0 <= start < end <= len(text):
        raise ValueError(
            f"slot {name!r} lies at characters {start} to {end} of a text of {len(text)}"
        )
    return SlotLabel(name, text[start:end] if value is None else value, start, end)


def _whole(number: Any) -> bool:
    return isinstance(number, int) and not isinstance(number, bool)


def _first(item: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    return next((item[name] for name in names if item.get(name) is not None), None)


def _placed(name: str, value: Any, text: str) -> SlotLabel:
    span = find_span(text, value) if isinstance(value, str) else None
    return SlotLabel(name, value, *(span or (None, None)))


def inside(root: Path, recording: str) -> str | None:
    """The recording's path relative to `root`; None when it is not there.

    Tools write paths as seen from where they were run, or absolute, and folders are moved: leading
    folders are dropped until the rest is a file in `root`.
    """
    parts = PurePosixPath(recording.replace("\\", "/")).parts
    if not parts or ".." in parts:
        return None
    for first in range(len(parts)):
        path = PurePosixPath(*parts[first:])
        if not path.is_absolute() and (root / path).is_file():
            return str(path)
    return None


__all__ = ["inside", "label", "read_slots", "words"]
