"""What files have passed, so that no start checks them again: which file, and which check.

A file is known by its path, size, number and time of change. One that was changed behind all four
is taken for the old one, until `mondegreen doctor`, which forgets everything, looks at it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from ..jobs.cache import CHECKED, Cache
from ..jobs.files import digest

_SETTLED = 2.0
"""Seconds since the last change after which a file counts as known: clocks of file systems tick
every few milliseconds, and what is written twice within a tick looks as it did."""


class _Record(msgspec.Struct, array_like=True):
    """What one file has passed in the state that it had then."""

    path: str
    state: tuple[int, int, int]
    passed: list[str]


def once(path: Path, check: str, run: Callable[[], None]) -> None:
    """Check the file at `path` by `run`, which raises, unless it has passed this check before.

    `check` names it, and everything that the outcome depends on beside the file.
    """
    if not has_passed(path, check):
        before = _state(path)
        run()
        if before is not None and time.time() - before[1] / 1e9 > _SETTLED:
            remember(path, check, before)


def has_passed(path: Path, check: str) -> bool:
    """Whether the file, as it is now, is known to have passed."""
    record = _record(path)
    return record is not None and check in record.passed


def remember(path: Path, check: str, state: tuple[int, int, int] | None = None) -> None:
    """Note that the file in that `state` (now, unless told) has passed."""
    state = state or _state(path)
    if state is None:
        return
    record = _record(path)
    passed = record.passed if record is not None and record.state == state else []
    new = _Record(str(path.absolute()), state, [*passed, check])
    Cache(CHECKED).write(_name(path), msgspec.json.encode(new))


def _record(path: Path) -> _Record | None:
    """What is known of the file as it is now."""
    data = Cache(CHECKED).read(_name(path))
    if data is None:
        return None
    try:
        record = msgspec.json.decode(data, type=_Record)
    except msgspec.MsgspecError:
        return None
    return record if (record.path, record.state) == (str(path.absolute()), _state(path)) else None


def _state(path: Path) -> tuple[int, int, int] | None:
    """Size, time of change and number of a file."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _name(path: Path) -> str:
    return digest(str(path.absolute()).encode("utf-8", "surrogateescape"))
