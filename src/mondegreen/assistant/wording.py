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
    left = max(0, round(seconds))
    said = []
    for unit, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            said.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(said) or "0 seconds"


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


def value(found: Any, kind: str = "") -> str:
    """A slot's value as words. `kind` is the slot type's name, which tells seconds from degrees."""
    if isinstance(found, list | tuple):
        return listing([value(item, kind) for item in found])
    if isinstance(found, bool):
        return "yes" if found else "no"
    name = kind.rpartition(".")[2]
    if isinstance(found, int | float):
        if name == "Duration":
            return duration(found)
        return f"{found:g} percent" if name == "Percent" else _number(found)
    if name == "Time" and (clock := read_time(found)):
        return time_of_day(*clock)
    day = read_date(found) if name == "Date" else None
    return calendar_date(day) if day else str(found)


def _number(found: float) -> str:
    return str(int(found)) if isinstance(found, float) and found.is_integer() else str(found)


def read_time(found: Any) -> tuple[int, int] | None:
    """Hour and minute of a value such as "07:30", or None when it is none."""
    match = re.fullmatch(r"(\d{1,2}):(\d\d)", found) if isinstance(found, str) else None
    if match is None or int(match[1]) > 23 or int(match[2]) > 59:
        return None
    return int(match[1]), int(match[2])


def read_date(found: Any) -> date | None:
    """The day of a value such as "2026-07-16", or None when it is none."""
    try:
        return date.fromisoformat(found) if isinstance(found, str) else None
    except ValueError:
        return None
