"""Verbs that look at data: what is wrong with a manifest, and what is in it."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from ...errors import in_one_line
from ..shared.options import Json, ManifestFile
from ..shared.render import PipedConsole, print_json

if TYPE_CHECKING:
    from ...data.check.findings import Finding
    from ...data.check.manifest_check import Report
    from ...data.look.stats import Described, Stats

Workers = Annotated[int, typer.Option(min=1, help="Processes that read recordings.")]
CORES = os.cpu_count() or 1
BAD_DATA = 2
"""Exit code when a check finds errors."""

_SHOWN = 3
"""Examples of each kind on the screen; --json gives a hundred."""
_SLOTS = 30
"""Slot types on the screen."""
_WIDE = 160
_STYLES = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}


def check(
    manifest: ManifestFile,
    audio: Annotated[bool, typer.Option(help="Listen to the recordings as well.")] = True,
    workers: Workers = CORES,
    as_json: Json = False,
) -> None:
    """List what is wrong with a manifest, its labels, splits and recordings.

    Exit code 2: there are errors, at which other verbs would stop.
    """
    from ...data.check.manifest_check import check as look

    report = look(manifest, audio=audio, workers=workers)
    if as_json:
        print_json(_check_json(report))
    else:
        _show_report(PipedConsole(highlight=False), report)
    if report.count("error"):
        raise typer.Exit(BAD_DATA)


def _check_json(report: Report) -> dict[str, Any]:
    return {
        "manifest": report.manifest,
        "utterances": report.utterances,
        "recordings": report.recordings,
        "errors": report.count("error"),
        "warnings": report.count("warning"),
        "notes": report.count("note"),
        "labels": asdict(report.labels) if report.labels else None,
        "findings": [
            {
                "severity": finding.severity,
                "kind": finding.kind,
                "what": finding.what,
                "count": finding.count,
                "examples": [example._asdict() for example in finding.examples],
            }
            for finding in report.findings
        ],
    }


def _show_report(console: PipedConsole, report: Report) -> None:
    head = f"{in_one_line(report.manifest)}: {_counted(report.utterances, 'utterance')}"
    if report.recordings:
        head += f", {_counted(report.recordings, 'recording')}"
    if report.labels:
        head += f", {_counted(report.labels.intents, 'intent')}"
    console.print(Text(head, style="bold"), soft_wrap=True)
    for finding in report.findings:
        _show_finding(console, finding)
    counts = [_counted(report.count(name), name) for name in ("error", "warning", "note")]
    console.print(Text(", ".join(counts)), soft_wrap=True)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _show_finding(console: PipedConsole, finding: Finding) -> None:
    line = Text.assemble(
        (f"{finding.severity:<8}", _STYLES[finding.severity]),
        (f"{finding.count:>9,}", "bold"),
        f"  {finding.what}",
    )
    console.print(line, soft_wrap=True)
    for example in finding.examples[:_SHOWN]:
        place = "" if example.line is None else f"line {example.line}: "
        detail = in_one_line(example.detail)
        detail = detail if len(detail) <= _WIDE else f"{detail[: _WIDE - 1]}…"
        console.print(Text(f"{'':19}{place}{detail}", style="dim"), soft_wrap=True)
    if finding.count > _SHOWN:
        console.print(Text(f"{'':19}and {finding.count - _SHOWN:,} more", style="dim"))


def stats(
    manifests: Annotated[list[Path], typer.Argument(metavar="MANIFEST...", help="JSON Lines.")],
    plots: Annotated[Path | None, typer.Option(help="Folder for pictures (PNG).")] = None,
    as_json: Json = False,
) -> None:
    """Count what is in manifests: utterances, hours, words, intents, slots, speakers, by split."""
    from ...data.look.stats import describe

    described = []
    for path in manifests:
        found = describe(path)
        described.append(found)
        if found.skipped:
            what = _counted(found.skipped, "row")
            print(
                f"note: {in_one_line(path)}: {what} left out; 'mondegreen data check' says why",
                file=sys.stderr,
            )
    pictures = []
    if plots is not None:
        from ...data.look.plots import plot

        pictures = plot(described, plots)
    if as_json:
        print_json(
            {
                "manifests": [
                    {
                        "manifest": found.name,
                        "skipped": found.skipped,
                        **found.whole.to_json(),
                        "splits": {name: part.to_json() for name, part in found.splits.items()},
                    }
                    for found in described
                ],
                "plots": [str(path) for path in pictures],
            }
        )
        return
    console = PipedConsole(highlight=False)
    _show_stats(console, described)
    if pictures:
        print(f"pictures: {', '.join(map(in_one_line, pictures))}")


def _show_stats(console: PipedConsole, described: Sequence[Described]) -> None:
    from ...data.look.stats import short_names

    columns: list[tuple[str, Stats]] = []
    for name, found in zip(short_names(described), described, strict=True):
        for number, (split, part) in enumerate(found.columns().items()):
            columns.append((f"{'' if number else name}\n{split}", part))
    table = _table([head for head, _ in columns])
    for what, value in _MEASURES.items():
        cells = [value(part) for _, part in columns]
        if any(cell.strip("0.") for cell in cells):
            table.add_row(what, *cells)
    console.print(table)
    slots = Counter[str]()
    for found in described:
        slots.update({name: values.total() for name, values in found.whole.slots.items()})
    if not slots:
        return
    table = _table([head for head, _ in columns])
    for slot, _ in slots.most_common(_SLOTS):
        of = (part.slots.get(slot, Counter()) for _, part in columns)
        table.add_row(Text(slot), *(f"{len(v):,} in {v.total():,}" if v else "" for v in of))
    console.print(Text("\nslots: different values in mentions", style="bold"))
    console.print(table)
    if len(slots) > _SLOTS:
        console.print(Text(f"and {len(slots) - _SLOTS:,} more; --json lists all", style="dim"))


def _table(columns: Iterable[str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False)
    table.add_column("", overflow="fold")
    for head in columns:
        table.add_column(Text(head), justify="right", overflow="fold")
    return table


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
