"""The server's log: lines on standard error, without what anybody said unless that is asked for."""

from __future__ import annotations

import sys

from ..errors import in_one_line


def note(text: str) -> None:
    """A line of the log."""
    print(f"mondegreen: {in_one_line(text)}", file=sys.stderr, flush=True)
