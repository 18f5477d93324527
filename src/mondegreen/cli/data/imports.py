"""The verb that brings data in: one manifest from any known format."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ...errors import DataError, SettingsError, in_one_line
from ..shared.options import Json, SkipBad, list_skipped

if TYPE_CHECKING:
    from ...data.importers.reading.placing import Placing
    from ...data.utterance import Utterance
    from ...jobs.problems import Problems

MANIFEST = "manifest.jsonl"


@dataclass
class _Counts:
    """What went into a manifest."""

    splits: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, utterance: Utterance) -> None:
        self.splits[utterance.split or ""] += 1
        if utterance.intent is not None:
            self.intents[utterance.intent] += 1
        self.seconds += utterance.duration or 0.0


@dataclass(frozen=True)
class _Source:
    """What is read."""

    format: str
    folder: Path
    split_set: str
    splits: list[str]
    partial: bool


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
    skip_bad: SkipBad = False,
    formats: Annotated[bool, typer.Option("--formats", help="List the formats.")] = False,
    as_json: Json = False,
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
    counts = _import(_Source(name, folder, split_set, split or [], partial), target, problems)
    for note in problems.notes:
        print(f"note: {in_one_line(note)}", file=sys.stderr)
    _say(target, counts, list_skipped(problems, target), as_json)


def _import(source: _Source, out: Path, problems: Problems) -> _Counts:
    """Write the manifest; nothing is left of it, nor a link, when something is wrong."""
    from ...data.importers.importer import IMPORTERS
    from ...data.importers.reading.placing import Placing
    from ...data.manifest import write_manifest

    IMPORTERS.get(source.format)  # an unknown name is said before anything else
    if not source.folder.exists():
        raise DataError(f"{source.folder}: no such file or folder")
    _check_out(out)
    counts = _Counts()
    with _set_aside(out, source.folder), Placing(out, source.folder) as placing:
        write_manifest(out, _counted(_rows(source, problems), counts, placing))
    if placing.link:
        problems.note(f"the recordings are reached through the link {placing.link}; keep it there")
    return counts


def _check_out(out: Path) -> None:
    """Raise DataError where a manifest would replace something that is none."""
    from ...data.manifest import Manifest

    if out.is_dir():
        raise DataError(
            f"{out}: found a folder, expected the name of a manifest to write, such as "
            f"{out / MANIFEST}"
        )
    if not out.exists():
        return
    try:
        Manifest.open(out)[0]
    except DataError as error:
        raise DataError(f"{out} is there already and is no manifest; name another file") from error


@contextmanager
def _set_aside(out: Path, folder: Path) -> Iterator[None]:
    """Keep what an earlier import wrote from being read as data, where it lies among them.

    It comes back when the block ends with an error; otherwise there is something new.
    """
    written = (out, out.with_suffix(".skipped.jsonl"))
    inside = out.resolve().is_relative_to(folder.resolve())
    aside = {p: p.with_name(f".{p.name}.part") for p in written if inside and p.exists()}
    for path, other in aside.items():
        path.replace(other)
    try:
        yield
    except BaseException:
        for path, other in aside.items():
            other.replace(path)
        raise
    for other in aside.values():
        other.unlink()


def _rows(source: _Source, problems: Problems) -> Iterator[Utterance]:
    """The wanted utterances, each with its seconds."""
    from ...data.importers.importer import read
    from ...data.importers.reading.headers import with_duration
    from ...data.importers.reading.split_sets import by_split_set, only_splits
    from ...jobs.progress import track

    folder = source.folder
    rows: Iterable[Utterance] = read(source.format, folder, problems, partial=source.partial)
    rows = track(rows, total=None, what=source.format)
    rows = by_split_set(rows, source.split_set, folder)
    if source.splits:
        rows = only_splits(rows, source.splits, folder)
    root = folder if folder.is_dir() else folder.parent
    for utterance in rows:
        try:
            timed = with_duration(utterance, root)
        except ValueError as error:
            problems.report(problems.at or utterance.id, str(error))
        else:
            yield timed


def _counted(rows: Iterable[Utterance], counts: _Counts, placing: Placing) -> Iterator[Utterance]:
    """The same rows, counted, with their recordings as the manifest names them."""
    import msgspec

    for utterance in rows:
        counts.add(utterance)
        if utterance.audio is None:
            yield utterance
        else:
            yield msgspec.structs.replace(utterance, audio=placing.path(utterance.audio))


def _list_formats(as_json: bool) -> None:
    from ...data.importers.importer import IMPORTERS

    found = {name: format.about for name, format in IMPORTERS.each()}
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    width = max(map(len, found))
    for name, about in found.items():
        print(f"{name:{width}}  {about}")


def _say(out: Path, counts: _Counts, skipped: Path | None, as_json: bool) -> None:
    total = sum(counts.splits.values())
    if as_json:
        row = {
            "manifest": str(out), "utterances": total, "seconds": round(counts.seconds, 3),
            "splits": dict(sorted(counts.splits.items())),
            "intents": dict(sorted(counts.intents.items())),
            "skipped": str(skipped) if skipped else None,
        }  # fmt: skip
        print(json.dumps(row, ensure_ascii=False))
        return
    print(
        f"{in_one_line(out)}: {total:,} utterances, {counts.seconds / 3600:.2f} hours, "
        f"{len(counts.intents)} intent{'s' * (len(counts.intents) != 1)}"
    )
