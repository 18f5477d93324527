"""Bars for recordings."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ...jobs.progress import Meter


@contextmanager
def recording_bars(files: int) -> Iterator[tuple[Meter, Callable[[], None]]]:
    """Two bars: files, and seconds of a file. Gives a meter of seconds, and what ends a file."""
    if not sys.stderr.isatty():  # nothing would be drawn, and what draws costs 20 ms
        yield lambda *_: None, lambda: None
        return
    from ...jobs import progress

    with progress.bars() as display:
        whole = display.add("files", files, visible=files > 1)
        inside = display.add("seconds", None, visible=False)

        def meter(done: float, total: float) -> None:
            # Shorter recordings are over before a bar could be read.
            inside.reach(done, total, visible=total > 60)

        def advance() -> None:
            inside.hide()
            whole.advance()

        yield meter, advance
