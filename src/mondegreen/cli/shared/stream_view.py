"""What happens in a stream, on a terminal while somebody speaks."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from rich.console import Console
from rich.live import Live
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


class Follower(Protocol):
    """Shows events; a context manager."""

    def __enter__(self) -> Follower: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event) -> None:
        """Something happened."""
        ...


class WordsView:
    """The words so far, on the last line."""

    def __init__(self, *, quiet: bool) -> None:
        console = Console(stderr=True, quiet=quiet, markup=False, highlight=False)
        self._status = console.status(_LISTENING)

    def __enter__(self) -> WordsView:
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._status.stop()

    def show(self, event: Event) -> None:
        """See Follower."""
        if isinstance(event, Partial):
            self._status.update(f"{event.transcript} …")
        elif isinstance(event, Final):
            self._status.update(_LISTENING)


class JsonEvents:
    """Every event as a line of JSON; results are printed by whoever answers them."""

    def __init__(self, print_json: Callable[[Any], None]) -> None:
        self._print = print_json

    def __enter__(self) -> JsonEvents:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, error, trace

    def show(self, event: Event) -> None:
        """See Follower."""
        if not isinstance(event, Final):
            self._print(event.to_json())


class StreamView:
    """A table that changes while somebody speaks: the words, each part, and what is decided."""

    def __init__(self, console: Console | None = None) -> None:
        self._live = Live(console=console or Console(stderr=True), transient=True)
        self._partial: Partial | None = None
        self._decided: dict[str, str] = {}

    def __enter__(self) -> StreamView:
        self._live.start()
        self._live.update(_LISTENING)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    def show(self, event: Event) -> None:
        """See Follower."""
        if isinstance(event, SpeechStarted | Final):
            self._partial, self._decided = None, {}
        elif isinstance(event, Partial):
            self._partial = event
        elif isinstance(event, Decided):
            self._decided[event.part] = (
                f"{shown(event.value)} at {event.time:.2f} s, risk {event.risk:.1%}"
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


def shown(value: PartValue | None) -> str:
    """A part's value in a line."""
    if value is None:
        return "open"
    if isinstance(value, Meaning):
        slots = ", ".join(f"{slot.name} {slot.value}" for slot in value.slots)
        return f"{value.intent}{': ' if slots else ''}{slots}"
    return str(value.value) if isinstance(value, Slot) else value
