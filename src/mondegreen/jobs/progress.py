"""Progress of long work: bars on standard error, where they cannot mix with results.

They are drawn on a terminal only, and go away with the work.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TimeRemainingColumn
from rich.progress import TextColumn as Words
from rich.text import Text

T = TypeVar("T")
Meter = Callable[[float, float], None]
"""Called with the seconds done and the seconds there are."""


@dataclass(frozen=True)
class Bar:
    """How far one kind of thing has got."""

    _progress: Progress
    _task: TaskID

    def advance(self, count: float = 1) -> None:
        """Count `count` more as done."""
        self._progress.advance(self._task, count)

    def reach(self, done: float, total: float, *, visible: bool = True) -> None:
        """Set the bar to `done` of `total`."""
        self._progress.update(self._task, completed=done, total=total, visible=visible)

    def track(self, items: Iterable[T], total: float | None) -> Iterator[T]:
        """`items`, counted as they pass; a million of them cost next to nothing."""
        yield from self._progress.track(items, total, task_id=self._task)

    def hide(self) -> None:
        """Take it from the screen; `reach` may bring it back."""
        self._progress.update(self._task, visible=False)


@dataclass(frozen=True)
class Bars:
    """Bars one below the other."""

    _progress: Progress

    def add(self, what: str, total: float | None, *, visible: bool = True) -> Bar:
        """Add a bar called `what`; a `total` of None is not known."""
        return Bar(self._progress, self._progress.add_task(what, total=total, visible=visible))


class _Count(ProgressColumn):
    """12/1,000, or 12 where it is not known how many there are."""

    def render(self, task: Task) -> Text:
        of = "" if task.total is None else f"/{task.total:,.0f}"
        return Text(f"{task.completed:,.0f}{of}")


@contextmanager
def bars() -> Iterator[Bars]:
    """Room for bars while the block runs."""
    console = Console(stderr=True)
    with Progress(
        Words("{task.description}"),
        BarColumn(),
        _Count(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # Only a terminal's lines may pass through the bars; a redirected stdout stays untouched.
        redirect_stdout=sys.stdout.isatty(),
        disable=not console.is_terminal,
    ) as progress:
        yield Bars(progress)


def track(items: Iterable[T], *, total: float | None, what: str) -> Iterator[T]:
    """`items`, with a bar that shows the time left."""
    with bars() as display:
        yield from display.add(what, total).track(items, total)


__all__ = ["Bar", "Bars", "Meter", "bars", "track"]
