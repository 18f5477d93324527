"""Results and events from the JSON in which they travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec

from ..types import (
    Decided,
    Event,
    Final,
    Partial,
    Seconds,
    SpeechEnded,
    SpeechStarted,
    Understanding,
)

_KINDS: dict[str, type[Event]] = {
    kind.type: kind for kind in (SpeechStarted, Partial, Decided, SpeechEnded, Final)
}


def event_of(fields: Mapping[str, Any]) -> Event | None:
    """The event whose `to_json` gave these fields; None for a message of another kind.

    Raises ValueError for fields that are not an event's.
    """
    kind = _KINDS.get(fields.get("type", ""))
    if kind is None:
        return None
    rest = {name: value for name, value in fields.items() if name != "type"}
    return msgspec.convert(rest, kind)


def understanding_of(data: bytes) -> Understanding:
    """The result in a JSON text. Raises ValueError for another."""
    return msgspec.json.decode(data, type=Understanding)


def shifted(event: Event, offset: Seconds) -> Event:
    """The same event with all its times counted from `offset` earlier."""
    moved = replace(event, time=round(event.time + offset, 3))
    if isinstance(moved, Partial):
        return moved.shifted(offset)
    if isinstance(moved, Decided):
        return replace(moved, meaning=moved.meaning.shifted(offset))
    if isinstance(moved, Final):
        return replace(moved, result=moved.result.shifted(offset))
    return moved
