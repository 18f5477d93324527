"""What goes to standard output for programs, and to standard error for people."""

from __future__ import annotations

import sys
from typing import Any

from ...errors import in_one_line
from ...jobs.strict_json import to_json


def print_json(value: Any) -> None:
    """One JSON value on one line of standard output, visible at once."""
    print(to_json(value), flush=True)


def note(text: str) -> None:
    """One line on standard error about something that is no mistake."""
    print(f"note: {in_one_line(text)}", file=sys.stderr)


def counted(count: int, what: str) -> str:
    """ "1 row", "1,000 rows"."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
