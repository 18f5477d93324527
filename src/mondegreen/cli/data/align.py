"""`mondegreen data align`: when each word, phone and slot of a manifest is said."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import DataError, in_one_line
from ..shared.options import AsJson, ManifestFile, RayAddress, SkipBad, WorkersAnywhere
from ..shared.outcome import list_skipped
from ..shared.output import print_json


def align(
    manifest: ManifestFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the times (JSON Lines).")],
    textgrids: Annotated[
        Path | None, typer.Option(help="Folder for a Praat TextGrid of each utterance as well.")
    ] = None,
    workers: WorkersAnywhere = None,
    ray: RayAddress = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Find when each word, phone and slot of a manifest's utterances is said.

    A stopped run goes on when it is started again.
    """
    from ...data.make.align import align_manifest, read_alignments
    from ...data.make.textgrid import write_textgrids
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems
    from ...jobs.ray_pool import workers_on

    if out.is_dir():
        raise DataError(f"{out}: found a folder, expected the name of a .jsonl file")
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    with workers_on(ray, workers) as processes:
        count = align_manifest(source, out, workers=processes, problems=problems)
    if textgrids is not None:
        write_textgrids(textgrids, read_alignments(out))
    skipped = list_skipped(problems, out)
    if as_json:
        print_json(
            {
                "alignments": str(out), "utterances": count,
                "textgrids": str(textgrids) if textgrids else None,
                "skipped": str(skipped) if skipped else None,
            }
        )  # fmt: skip
    else:
        print(f"{in_one_line(out)}: {count} utterances")
