"""What checks found, a line each, and their verdict."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...errors import in_one_line
from .output import counted

if TYPE_CHECKING:
    from ...grammar.analysis.check import Finding


def show_findings(findings: Sequence[Finding], place: str) -> None:
    """A line for each finding; `place` is where those are that name no file."""
    from rich.text import Text

    from .console import SEVERITY_STYLES, PipedConsole

    console = PipedConsole(soft_wrap=True, highlight=False, markup=False)
    for finding in findings:
        line = "" if finding.line is None else f":{finding.line}"
        console.print(
            Text.assemble(
                f"{in_one_line(finding.source or place)}{line}: ",
                (finding.severity, SEVERITY_STYLES[finding.severity]),
                f" {in_one_line(finding.message)} ",
                (f"({finding.code})", "dim"),
            )
        )


def verdict(findings: Sequence[Finding]) -> str:
    """ "1 error, 2 warnings", or that nothing is wrong; notes do not count."""
    errors, warnings = (
        sum(finding.severity == severity for finding in findings)
        for severity in ("error", "warning")
    )
    if not errors and not warnings:
        return "nothing wrong"
    return f"{counted(errors, 'error')}, {counted(warnings, 'warning')}"
