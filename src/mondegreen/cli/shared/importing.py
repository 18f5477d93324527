"""Data of another format into a manifest: what `mondegreen data import` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import DataError

if TYPE_CHECKING:
    from ...data.importers.reading.placing import Placing
    from ...data.utterance import Utterance
    from ...jobs.problems import Problems

MANIFEST = "manifest.jsonl"


@dataclass
class Counts:
    """What went into a manifest."""

    splits: Counter[str] = field(default_factory=Counter)
    intents: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, utterance: Utterance) -> None:
        """Count one more utterance."""
        self.splits[utterance.split or ""] += 1
        if utterance.intent is not None:
            self.intents[utterance.intent] += 1
        self.seconds += utterance.duration or 0.0


@dataclass(frozen=True)
class Source:
    """What is read: a folder in some format, and which part of it."""

    format: str
    folder: Path
    split_set: str
    """One of the ways in which the data is divided; see `by_split_set`."""
    splits: list[str]
    """The only splits to take; none: all of them."""
    partial: bool
    """Whether less than the publisher states is accepted."""
    text_only: bool = False
    """Whether recordings are left out, and need not be there."""


def write_imported(source: Source, out: Path, problems: Problems) -> Counts:
    """Write the manifest `out`; nothing is left of it, nor a link, when something is wrong.

    Raises SettingsError for an unknown format and DataError as the importer does.
    """
    from ...data.importers.importer import IMPORTERS
    from ...data.importers.reading.placing import Placing
    from ...data.manifest import write_manifest

    IMPORTERS.get(source.format)  # an unknown name is said before anything else
    if not source.folder.exists():
        raise DataError(f"{source.folder}: no such file or folder")
    _check_out(out)
    counts = Counts()
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
    files = (out, out.with_suffix(".skipped.jsonl"))
    inside = out.resolve().is_relative_to(folder.resolve())
    aside = {p: p.with_name(f".{p.name}.part") for p in files if inside and p.exists()}
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


def _rows(source: Source, problems: Problems) -> Iterator[Utterance]:
    """The wanted utterances, each with its seconds."""
    from ...data.importers.importer import read
    from ...data.importers.reading.headers import with_duration
    from ...data.importers.reading.split_sets import by_split_set, only_splits
    from ...jobs.progress import track

    folder = source.folder
    rows: Iterable[Utterance] = read(
        source.format, folder, problems, partial=source.partial, text_only=source.text_only
    )
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


def _counted(rows: Iterable[Utterance], counts: Counts, placing: Placing) -> Iterator[Utterance]:
    """The same rows, counted, with their recordings as the manifest names them."""
    import msgspec

    for utterance in rows:
        counts.add(utterance)
        if utterance.audio is None:
            yield utterance
        else:
            yield msgspec.structs.replace(utterance, audio=placing.path(utterance.audio))
