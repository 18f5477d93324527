"""Progress through recordings: how many are heard, and how far into a long one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ...jobs import progress
from ...jobs.progress import Meter


@contextmanager
def bars(files: int) -> Iterator[tuple[Meter, Callable[[], None]]]:
    """Two bars: files, and seconds of a file. Gives a meter of seconds, and what ends a file."""
    with progress.bars() as shown:
        whole = shown.add("files", files, visible=files > 1)
        inside = shown.add("seconds", None, visible=False)

        def meter(done: float, total: float) -> None:
            # Shorter recordings are over before a bar could be read.
            inside.reach(done, total, visible=total > 60)

        def advance() -> None:
            inside.hide()
            whole.advance()

        yield meter, advance
