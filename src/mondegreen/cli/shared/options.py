"""What the verbs of `data` share: options, and the list of what was skipped."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from ...errors import in_one_line
from ...jobs.problems import Problems

ManifestFile = Annotated[Path, typer.Argument(help="Manifest (JSON Lines).")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad rows out and list them, instead of stopping.")
]
Seed = Annotated[int, typer.Option(help="Everything random follows from it.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def list_skipped(problems: Problems, beside: Path) -> Path | None:
    """Write what was skipped to `beside` with `.skipped.jsonl` for its ending, and say so.

    Returns the file, or None when nothing was skipped; a list of an earlier run is removed then.
    """
    path = beside.with_suffix(".skipped.jsonl")
    if not problems.rows:
        path.unlink(missing_ok=True)
        return None
    problems.write(path)
    count = len(problems.rows)
    what = "row was" if count == 1 else "rows were"
    print(f"note: {count} {what} skipped; {in_one_line(path)} says why", file=sys.stderr)
    return path
