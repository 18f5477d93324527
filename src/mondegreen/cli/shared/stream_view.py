"""What happens in a stream, on a terminal while somebody speaks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from rich.console import Console
from rich.live import Live
from rich.status import Status
from rich.table import Table

from ...types import (
    Decided,
    Event,
    Final,
    Meaning,
    Partial,
    PartValue,
    Revised,
    Slot,
    SpeechStarted,
)

_LISTENING = "listening; Ctrl-C ends"


class Follower(AbstractContextManager["Follower"]):
    """Shows events; its `screen`, if it has one, is there for as long as the context lasts."""

    def __init__(self, screen: Live | Status | None = None) -> None:
        self._screen = screen

    def __enter__(self) -> Follower:
        if self._screen is not None:
            self._screen.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._screen is not None:
            self._screen.stop()

    @abstractmethod
    def show(self, event: Event) -> None:
        """Something happened."""


class WordsView(Follower):
    """The words so far, on the last line."""

    def __init__(self, *, quiet: bool) -> None:
        console = Console(stderr=True, quiet=quiet, markup=False, highlight=False)
        self._status = console.status(_LISTENING)
        super().__init__(self._status)

    def show(self, event: Event) -> None:
        """See Follower."""
        if isinstance(event, Partial):
            self._status.update(f"{event.transcript} …")
        elif isinstance(event, Final):
            self._status.update(_LISTENING)


class JsonEvents(Follower):
    """Every event as a line of JSON; results are printed by whoever answers them."""

    def __init__(self, print_json: Callable[[Any], None]) -> None:
        super().__init__()
        self._print = print_json

    def show(self, event: Event) -> None:
        """See Follower."""
        if not isinstance(event, Final):
            self._print(event.to_json())


class StreamView(Follower):
    """A table that changes while somebody speaks: the words, each part, and what is decided."""

    def __init__(self, console: Console | None = None) -> None:
        self._live = Live(_LISTENING, console=console or Console(stderr=True), transient=True)
        super().__init__(self._live)
        self._partial: Partial | None = None
        self._decided: dict[str, str] = {}

    def show(self, event: Event) -> None:
        """See Follower."""
        if isinstance(event, SpeechStarted | Final):
            self._partial, self._decided = None, {}
        elif isinstance(event, Partial):
            self._partial = event
        elif isinstance(event, Decided):
            self._decided[event.part] = (
                f"{shown(event.value)} at {event.time:.2f} s, {sureness(event)}"
            )
        elif isinstance(event, Revised):
            self._decided[event.part] = f"revised: {shown(event.value)} at {event.time:.2f} s"
        self._live.update(_LISTENING if isinstance(event, Final) else self._table())

    def _table(self) -> Table:
        words = "" if self._partial is None else self._partial.transcript
        table = Table(title=f"{words} …", title_justify="left", title_style="bold", box=None)
        for heading in ("part", "possible", "decided"):
            table.add_column(heading)
        possible = {} if self._partial is None else self._partial.possible
        for part in dict.fromkeys([*possible, *self._decided]):
            likely = ", ".join(f"{v} {p:.0%}" for v, p in list(possible.get(part, {}).items())[:3])
            table.add_row(part, likely, self._decided.get(part, ""))
        return table


def sureness(decided: Decided) -> str:
    """The risk of a decision where one was stated, and how much doubt there was."""
    doubt = f"doubt {decided.doubt:.2%}"
    return doubt if decided.risk == decided.doubt else f"risk {decided.risk:.4g}, {doubt}"


def shown(value: PartValue | None) -> str:
    """A part's value in a line."""
    if value is None:
        return "open"
    if isinstance(value, Meaning):
        slots = ", ".join(f"{slot.name} {slot.value}" for slot in value.slots)
        return f"{value.intent}{': ' if slots else ''}{slots}"
    return str(value.value) if isinstance(value, Slot) else value
