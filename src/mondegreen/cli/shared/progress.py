"""Progress on standard error, where it cannot mix with results."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from ...jobs.progress import Meter


@contextmanager
def bars(files: int) -> Iterator[tuple[Meter, Callable[[], None]]]:
    """Two bars: files, and seconds of a file. Gives a meter of seconds, and what ends a file."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        # Only a terminal's lines may pass through the bar; a redirected stdout stays untouched.
        redirect_stdout=sys.stdout.isatty(),
        disable=not console.is_terminal,
    ) as shown:
        whole = shown.add_task("files", total=files, visible=files > 1)
        inside = shown.add_task("seconds", total=None, visible=False)

        def meter(done: float, total: float) -> None:
            # Shorter recordings are over before a bar could be read.
            shown.update(inside, completed=done, total=total, visible=total > 60)

        def advance() -> None:
            shown.update(inside, visible=False)
            shown.advance(whole)

        yield meter, advance
