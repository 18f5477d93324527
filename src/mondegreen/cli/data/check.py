"""`mondegreen data check`: what is wrong with a manifest."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from ...errors import in_one_line
from ..shared.console import SEVERITY_STYLES, PipedConsole
from ..shared.options import BAD_INPUT, CORES, AsJson, ManifestFile, Workers
from ..shared.output import counted, print_json

if TYPE_CHECKING:
    from ...data.check.findings import Finding
    from ...data.check.manifest_check import Report

_SHOWN = 3
"""Examples of each kind on the screen; --json gives a hundred."""
_WIDE = 160


def check(
    manifest: ManifestFile,
    audio: Annotated[bool, typer.Option(help="Listen to the recordings as well.")] = True,
    workers: Workers = CORES,
    as_json: AsJson = False,
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
        raise typer.Exit(BAD_INPUT)


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
    head = f"{in_one_line(report.manifest)}: {counted(report.utterances, 'utterance')}"
    if report.recordings:
        head += f", {counted(report.recordings, 'recording')}"
    if report.labels:
        head += f", {counted(report.labels.intents, 'intent')}"
    console.print(Text(head, style="bold"), soft_wrap=True)
    for finding in report.findings:
        _show_finding(console, finding)
    counts = [counted(report.count(name), name) for name in ("error", "warning", "note")]
    console.print(Text(", ".join(counts)), soft_wrap=True)


def _show_finding(console: PipedConsole, finding: Finding) -> None:
    line = Text.assemble(
        (f"{finding.severity:<8}", SEVERITY_STYLES[finding.severity]),
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
