"""`mondegreen data import`: one manifest from any known format."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import SettingsError, in_one_line
from ..shared.importing import MANIFEST, Counts, Source, write_imported
from ..shared.options import AsJson, SkipBad
from ..shared.outcome import list_skipped
from ..shared.output import note, print_json


def import_(
    name: Annotated[
        str, typer.Argument(metavar="FORMAT", help="Name of the format; see --formats.")
    ] = "",
    folder: Annotated[
        Path | None, typer.Argument(metavar="FOLDER", help="Folder of the data, or one file of it.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help=f"The manifest; none: {MANIFEST} in FOLDER."),
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(help="Only this split; may be given again.")
    ] = None,
    split_set: Annotated[
        str, typer.Option(help="For data divided in several ways, such as unseen (fsc).")
    ] = "official",
    partial: Annotated[
        bool, typer.Option("--partial", help="Accept a part of what the publisher states.")
    ] = False,
    text_only: Annotated[
        bool, typer.Option("--text-only", help="Without the recordings, which need not be there.")
    ] = False,
    skip_bad: SkipBad = False,
    formats: Annotated[bool, typer.Option("--formats", help="List the formats.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write a manifest of data in another format; its recordings stay where they are.

    Paths are relative to the manifest. Where the recordings lie elsewhere, a symbolic link to their
    folder is made beside it.
    """
    if formats:
        _list_formats(as_json)
        return
    if not name or folder is None:
        raise SettingsError(
            "expected a format and a folder: mondegreen data import FORMAT FOLDER; --formats lists "
            "the formats"
        )
    from ...jobs.problems import Problems

    problems = Problems(skip=skip_bad)
    target = out or (folder if folder.is_dir() else folder.parent) / MANIFEST
    source = Source(name, folder, split_set, split or [], partial, text_only)
    counts = write_imported(source, target, problems)
    for text in problems.notes:
        note(text)
    _say(target, counts, list_skipped(problems, target), as_json)


def _list_formats(as_json: bool) -> None:
    from ...data.importers.importer import IMPORTERS

    abouts = {name: format.about for name, format in IMPORTERS.each()}
    if as_json:
        print_json(abouts)
        return
    width = max(map(len, abouts))
    for name, about in abouts.items():
        print(f"{name:{width}}  {about}")


def _say(out: Path, counts: Counts, skipped: Path | None, as_json: bool) -> None:
    total = sum(counts.splits.values())
    if as_json:
        row = {
            "manifest": str(out), "utterances": total, "seconds": round(counts.seconds, 3),
            "splits": dict(sorted(counts.splits.items())),
            "intents": dict(sorted(counts.intents.items())),
            "skipped": str(skipped) if skipped else None,
        }  # fmt: skip
        print_json(row)
        return
    print(
        f"{in_one_line(out)}: {total:,} utterances, {counts.seconds / 3600:.2f} hours, "
        f"{len(counts.intents)} intent{'s' * (len(counts.intents) != 1)}"
    )
