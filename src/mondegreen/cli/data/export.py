"""`mondegreen data export`: a manifest as another tool reads it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import in_one_line
from ..shared.options import AsJson, SkipBad
from ..shared.outcome import list_skipped
from ..shared.output import counted, print_json


def export(
    name: Annotated[str, typer.Argument(metavar="FORMAT", help="lhotse, kaldi or huggingface.")],
    manifest: Annotated[Path, typer.Argument(help="Manifest (JSON Lines).")],
    out: Annotated[Path, typer.Option("--out", "-o", help="New folder.")],
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Write a manifest into a new folder, in the format of another tool."""
    from ...data.exporters.exporter import export as write
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    write(name, source, out)
    skipped = list_skipped(problems, out)
    if as_json:
        row = {"folder": str(out), "format": name, "utterances": len(source),
               "skipped": str(skipped) if skipped else None}  # fmt: skip
        print_json(row)
        return
    print(f"{in_one_line(out)}: {counted(len(source), 'utterance')} for {name}")
