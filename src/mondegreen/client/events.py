"""Results and events from the JSON in which they travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from ..types import (
    ALL,
    SLOT,
    Decided,
    Event,
    Final,
    Meaning,
    Partial,
    Revised,
    Seconds,
    Slot,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)

_KINDS: dict[str, type[Event]] = {
    kind.type: kind for kind in (SpeechStarted, Partial, Decided, Revised, SpeechEnded, Final)
}


def event_of(fields: Mapping[str, Any]) -> Event | None:
    """The event whose `to_json` gave these fields; None for a message of another kind.

    Raises ValueError for fields that are not an event's.
    """
    kind = _KINDS.get(fields.get("type", ""))
    if kind is None:
        return None
    rest = {name: value for name, value in fields.items() if name != "type"}
    part = str(rest.get("part", ""))
    shape = Meaning if part == ALL else Slot if part.startswith(SLOT) else str
    for name in ("value", "before"):
        if rest.get(name) is not None:
            rest[name] = msgspec.convert(rest[name], shape)
    if kind is Decided or kind is Revised:
        return kind(**rest)
    return msgspec.convert(rest, kind)


def understanding_of(data: bytes) -> Understanding:
    """The result in a JSON text. Raises ValueError for another."""
    return msgspec.json.decode(data, type=Understanding)


def shifted(event: Event, offset: Seconds) -> Event:
    """The same event with all its times counted from `offset` earlier."""
    moved = replace(event, time=round(event.time + offset, 3))
    if isinstance(moved, Partial | Decided | Revised):
        return moved.shifted(offset)
    if isinstance(moved, Final):
        return replace(moved, result=moved.result.shifted(offset))
    return moved
