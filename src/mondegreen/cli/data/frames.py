"""`mondegreen data frames`: what the speech encoder makes of a manifest's recordings, stored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import in_one_line
from ..shared.options import CORES, AsJson, ManifestFile, SkipBad, Workers
from ..shared.outcome import list_skipped
from ..shared.output import print_json


def frames(
    manifest: ManifestFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the cache; it may grow.")],
    encoder: Annotated[
        str, typer.Option(help="Speech encoder; 'ear' is the one of the shipped phone reader.")
    ] = "ear",
    workers: Workers = CORES,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Store the encoder's frames of a manifest's recordings, so that training need not encode.

    Only what the cache does not hold yet is encoded. A stopped run goes on when it is started
    again.
    """
    from ...data.make.frame_cache import build
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    count = build(source, out, name=encoder, workers=workers, problems=problems)
    skipped = list_skipped(problems, out / "frames")
    if as_json:
        skip_list = str(skipped) if skipped else None
        print_json({"cache": str(out), "encoded": count, "skipped": skip_list})
    else:
        rest = len(source) - count
        print(f"{in_one_line(out)}: {count} utterances encoded, {rest} were there or left out")
