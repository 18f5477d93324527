"""Progress of long work, on standard error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track as rich_track

T = TypeVar("T")
Meter = Callable[[float, float], None]
"""Called with the seconds done and the seconds there are."""


def track(items: Iterable[T], *, total: int, what: str) -> Iterator[T]:
    """`items`, with a progress bar that shows the time left."""
    yield from rich_track(items, description=what, total=total, console=Console(stderr=True))
