"""The server's log: lines on standard error, without what anybody said unless that is asked for.

Whoever reads the log may stop reading, and the pipe to it then fills: a thread writes, so that
nobody who is being served waits for it.
"""

from __future__ import annotations

import os
import queue
import threading
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path

from ..errors import in_one_line

_STANDARD_ERROR = 2
_MOST = 2_000
"""Lines that may wait to be written; what comes after them is counted and left out."""


class Log:
    """Lines that a thread writes to an open file, by its number."""

    def __init__(self, file: int = _STANDARD_ERROR) -> None:
        self._file = file
        self._lines: queue.Queue[str] = queue.Queue(_MOST)
        self._left_out = 0
        threading.Thread(target=self._write, daemon=True).start()

    def add(self, line: str) -> None:
        """One more line; never waits."""
        try:
            self._lines.put_nowait(line)
        except queue.Full:
            self._left_out += 1

    def written(self, seconds: float) -> bool:
        """Whether all lines are written, within so many seconds."""
        with self._lines.all_tasks_done:
            return self._lines.all_tasks_done.wait_for(
                lambda: not self._lines.unfinished_tasks, seconds
            )

    def _write(self) -> None:
        while True:
            line = self._lines.get()
            left_out, self._left_out = self._left_out, 0
            if left_out:
                line = f"{left_out} lines were left out: nobody reads the log\n{line}"
            data = f"mondegreen: {line}\n".encode(errors="backslashreplace")
            # Not through sys.stderr: its lock would be held for as long as the pipe is full.
            with suppress(OSError):
                while data:
                    data = data[os.write(self._file, data) :]
            self._lines.task_done()


@cache
def _log() -> Log:
    return Log()


def note(text: str) -> None:
    """A line of the log. Never waits."""
    _log().add(in_one_line(text))


def fault(error: BaseException) -> str:
    """A line on where a fault lies, without its message: that may quote what was said."""
    places = traceback.extract_tb(error.__traceback__)
    shown = " < ".join(f"{Path(p.filename).name}:{p.lineno}" for p in reversed(places[-6:]))
    return f"fault: {type(error).__name__} at {shown}"


def finish(seconds: float = 1.0) -> None:
    """Wait until the log is written, as far as anybody reads it."""
    _log().written(seconds)


__all__ = ["Log", "fault", "finish", "note"]
