"""How values are said in a reply: lengths of time, times of day, dates, percentages, lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_UNITS = (("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1))


def duration(seconds: float) -> str:
    """A length of time: 5400 is "1 hour 30 minutes". Whole seconds; less than none is none."""
    remaining = max(0, round(seconds))
    parts = []
    for unit, size in _UNITS:
        count, remaining = divmod(remaining, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts) or "0 seconds"


def as_adjective(seconds: float) -> str:
    """A length of time before what is so long: 600 is "10 minute", as in "the 10 minute timer"."""
    return re.sub(r"(?<=[a-z])s\b", "", duration(seconds))


def time_of_day(hour: int, minute: int) -> str:
    """A time on the 24-hour clock: (19, 30) is "7:30 PM", (12, 0) is "noon"."""
    if minute == 0 and hour in (0, 12):
        return "noon" if hour else "midnight"
    half = "AM" if hour < 12 else "PM"
    minutes = f":{minute:02d}" if minute else ""
    return f"{(hour - 1) % 12 + 1}{minutes} {half}"


def calendar_date(day: date) -> str:
    """A date with its weekday: "Tuesday, November 24"."""
    return f"{WEEKDAYS[day.weekday()]}, {_MONTHS[day.month - 1]} {day.day}"


def listing(items: Sequence[str]) -> str:
    """Items one after another: "milk", "milk and eggs", "milk, eggs and bread"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} and {items[-1]}"


def value(slot_value: Any, kind: str = "") -> str:
    """A slot's value as words. `kind` is the slot type's name, which tells seconds from degrees."""
    if isinstance(slot_value, list | tuple):
        return listing([value(item, kind) for item in slot_value])
    if isinstance(slot_value, bool):
        return "yes" if slot_value else "no"
    name = kind.rpartition(".")[2]
    if isinstance(slot_value, int | float):
        if name == "Duration":
            return duration(slot_value)
        return f"{slot_value:g} percent" if name == "Percent" else _number(slot_value)
    if name == "Time" and (clock := read_time(slot_value)):
        return time_of_day(*clock)
    day = read_date(slot_value) if name == "Date" else None
    return calendar_date(day) if day else str(slot_value)


def _number(number: float) -> str:
    return str(int(number)) if isinstance(number, float) and number.is_integer() else str(number)


def spaced(name: str) -> str:
    """A name that is written as one word, in several: "turnLightOn" is "turn Light On"."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|_+", " ", name).strip()


def read_time(slot_value: Any) -> tuple[int, int] | None:
    """Hour and minute of a value such as "07:30", or None when it is none."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", slot_value) if isinstance(slot_value, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return int(match[1]), int(match[2])


def read_date(slot_value: Any) -> date | None:
    """The day of a value such as "2026-07-16", or None when it is none."""
    try:
        return date.fromisoformat(slot_value) if isinstance(slot_value, str) else None
    except ValueError:
        return None
