"""`mondegreen data stats`: what is in manifests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ...errors import in_one_line
from ..shared.console import PipedConsole, columns
from ..shared.options import AsJson
from ..shared.output import counted, note, print_json

if TYPE_CHECKING:
    from ...data.look.stats import Described, Stats

_SLOTS = 30
"""Slot types on the screen."""


def stats(
    manifests: Annotated[list[Path], typer.Argument(metavar="MANIFEST...", help="JSON Lines.")],
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures (PNG).")] = None,
    as_json: AsJson = False,
) -> None:
    """Count what is in manifests: utterances, hours, words, intents, slots, speakers, by split."""
    from ...data.look.stats import describe

    described = []
    for path in manifests:
        described.append(describe(path))
        if described[-1].skipped:
            rows = counted(described[-1].skipped, "row")
            note(f"{path}: {rows} left out; 'mondegreen data check' says why")
    pictures = []
    if plots is not None:
        from ...data.look.plots import plot

        pictures = plot(described, plots)
    if as_json:
        print_json(
            {"manifests": list(map(_as_json, described)), "plots": [str(p) for p in pictures]}
        )
        return
    _show(PipedConsole(highlight=False), described)
    if pictures:
        print(f"pictures: {', '.join(map(in_one_line, pictures))}")


def _as_json(described: Described) -> dict[str, Any]:
    return {
        "manifest": described.name,
        "skipped": described.skipped,
        **described.whole.to_json(),
        "splits": {name: part.to_json() for name, part in described.splits.items()},
    }


def _show(console: PipedConsole, described: Sequence[Described]) -> None:
    from ...data.look.stats import short_names

    parts: list[tuple[str, Stats]] = []
    for name, one in zip(short_names(described), described, strict=True):
        for number, (split, part) in enumerate(one.columns().items()):
            parts.append((f"{'' if number else name}\n{split}", part))
    table = columns(head for head, _ in parts)
    for measure, value in _MEASURES.items():
        cells = [value(part) for _, part in parts]
        if any(cell.strip("0.") for cell in cells):
            table.add_row(measure, *cells)
    console.print(table)
    _show_slots(console, described, parts)


def _show_slots(
    console: PipedConsole, described: Sequence[Described], parts: Sequence[tuple[str, Stats]]
) -> None:
    mentions = Counter[str]()
    for one in described:
        mentions.update({name: values.total() for name, values in one.whole.slots.items()})
    if not mentions:
        return
    table = columns(head for head, _ in parts)
    for slot, _ in mentions.most_common(_SLOTS):
        values = (part.slots.get(slot, Counter()) for _, part in parts)
        table.add_row(Text(slot), *(f"{len(v):,} in {v.total():,}" if v else "" for v in values))
    console.print(Text("\nslots: different values in mentions", style="bold"))
    console.print(table)
    if len(mentions) > _SLOTS:
        console.print(Text(f"and {len(mentions) - _SLOTS:,} more; --json lists all", style="dim"))


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


_MEASURES: dict[str, Callable[[Stats], str]] = {
    "utterances": lambda s: f"{s.utterances:,}",
    "hours": lambda s: f"{s.hours:.2f}" if s.durations else "",
    "seconds, mean": lambda s: _seconds(s.mean_seconds),
    "seconds, median": lambda s: _seconds(s.quantile(0.5)),
    "seconds, longest": lambda s: _seconds(s.quantile(1)),
    "length unknown": lambda s: f"{s.unknown_durations:,}" if s.unknown_durations else "",
    "words": lambda s: f"{s.words.total():,}",
    "vocabulary": lambda s: f"{len(s.words):,}",
    "different sentences": lambda s: f"{s.unique_sentences:,}",
    "speakers": lambda s: f"{len(s.speakers):,}",
    "intents": lambda s: f"{len(s.intents):,}",
    "  of equal size": lambda s: f"{s.effective_intents:.1f}",
    "slot types": lambda s: f"{len(s.slots):,}",
    "slots": lambda s: f"{sum(v.total() for v in s.slots.values()):,}",
    "slot values": lambda s: f"{sum(map(len, s.slots.values())):,}",
}
"""What is counted, in words, and the count as it is shown."""
