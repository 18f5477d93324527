"""The terminal: a console for pipes and people, and tables that compare."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

SEVERITY_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


class PipedConsole(Console):
    """A console that lets a closed pipe end the command as it ends any other.

    rich ends the process itself, with exit code 1, which here means "not understood".
    """

    def on_broken_pipe(self) -> None:
        """Called by rich while it handles the BrokenPipeError."""
        raise BrokenPipeError


def columns(heads: Iterable[str]) -> Table:
    """A table whose first column names its rows; the others have these heads and hold numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("", overflow="fold")
    for head in heads:
        table.add_column(Text(head), justify="right", overflow="fold")
    return table
