"""What an importer is, and the registry that finds one by name.

Third parties add formats through the entry-point group `mondegreen.importers`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from ...errors import DataError
from ...jobs.problems import Problems
from ...registry import Registry
from ..manifest import wrong
from ..utterance import Utterance

Read = Callable[[Path, Problems], Iterator[Utterance]]
"""Yields the utterances in a folder (or file) in the format's own order.

`Utterance.audio` is relative to that folder. A row that cannot be used goes to
`problems.report("FILE:ROW", reason)`, FILE relative to the folder and ROW counted as an editor
counts lines; a folder that is not of the format raises DataError, with what was looked for.
"""


@dataclass(frozen=True)
class Published:
    """What a data set's publisher states of it; a download that differs is incomplete or damaged.

    `source` says where it is stated.
    """

    source: str
    utterances: Mapping[str, int] = field(default_factory=dict)
    """Utterances by split."""
    sha256: Mapping[str, str] = field(default_factory=dict)
    """SHA-256 by file, relative to the folder."""


@dataclass(frozen=True)
class Importer:
    """A format that can be read."""

    name: str
    about: str
    """One line: what it is and which files are expected."""
    read: Read
    published: Published | Callable[[Path], Published | None] | None = None
    """What the publisher states; a function of the folder where that depends on what is in it."""
    read_texts: Read | None = None
    """Reads what `read` does where no recordings are needed; None where `read` needs none to be
    there."""


_MODULES = (
    "fsc", "slurp", "snips_slu", "timers_and_such", "stop", "nlu_evaluation", "snips_nlu",
    "massive", "rhino", "hassil", "rasa", "lhotse", "huggingface",
)  # fmt: skip
"""Those of this folder with an `IMPORTER`, whose name is the module's with hyphens."""
IMPORTERS: Registry[Importer] = Registry(
    "mondegreen.importers",
    "format",
    {name.replace("_", "-"): f"{__package__}.{name}:IMPORTER" for name in _MODULES},
)


def read(
    name: str, folder: Path, problems: Problems, *, partial: bool = False, text_only: bool = False
) -> Iterator[Utterance]:
    """The utterances in `folder`, each id once and each recording there.

    With `text_only` the recordings are left out, and need not be there: a text for each of them.
    Unless `partial`, the data must be what its publisher states. Raises DataError for a folder that
    is missing or of another format, for bad rows (see Problems), and where counts or hashes differ.
    """
    format = IMPORTERS.get(name)
    if not folder.exists():
        raise DataError(f"{folder}: no such file or folder")
    published: Published | None = None
    if not partial:
        statement = format.published
        published = statement(folder) if callable(statement) else statement
    if published:
        _check_hashes(folder, published)
    counts: Counter[str] = Counter()
    problems_before = len(problems.rows)
    reading = (text_only and format.read_texts) or format.read
    rows = reading(folder, problems)
    if text_only:
        rows = filter(None, map(_text_of, rows))
        # What is stated of recordings that are not here says nothing of the texts.
        published = None if format.read_texts else published
    for utterance in _checked(rows, folder, problems):
        counts[utterance.split or ""] += 1
        yield utterance
    if not counts and len(problems.rows) == problems_before:
        raise DataError(f"{folder}: found no utterance; expected {format.about}")
    if published and len(problems.rows) == problems_before:
        _check_counts(counts, published, folder, problems)


def _text_of(utterance: Utterance) -> Utterance | None:
    """An utterance without its sound; None where it is nothing else."""
    if not utterance.text.strip():
        return None
    return msgspec.structs.replace(utterance, audio=None, start=0.0, duration=None, channel=None)


def _checked(
    utterances: Iterable[Utterance], folder: Path, problems: Problems
) -> Iterator[Utterance]:
    ids: set[str] = set()
    root = folder if folder.is_dir() else folder.parent
    for utterance in utterances:
        place = problems.at or utterance.id or folder.name
        reason = wrong(utterance)
        if reason:
            problems.report(place, reason)
        elif utterance.id in ids:
            problems.report(place, f"the id {utterance.id!r} occurs twice, here again")
        elif utterance.audio is not None and not _is_file(root / utterance.audio):
            problems.report(place, f"the recording {utterance.audio} is missing")
        else:
            ids.add(utterance.id)
            yield utterance


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name too long for the disk
        return False


def _check_hashes(folder: Path, published: Published) -> None:
    for file, expected in published.sha256.items():
        path = folder / file
        if not path.is_file():
            continue  # the importer says which files it needs
        actual = hashlib.sha256(path.read_bytes()).hexdigest()
        if actual != expected:
            raise DataError(
                f"{path}: its SHA-256 is {actual[:12]}…, {published.source} states "
                f"{expected[:12]}…; download it again, or use --partial for a copy changed on "
                "purpose"
            )


def _check_counts(
    counts: Mapping[str, int], published: Published, folder: Path, problems: Problems
) -> None:
    """Raise DataError where there is less than the publisher states; more is noted."""
    fewer: list[str] = []
    more: list[str] = []
    for split, expected in published.utterances.items():
        count = counts.get(split, 0)
        where = f"in {split}" if split else "utterances"
        if count != expected:
            difference = f"{count:,} {where} where it states {expected:,}"
            (fewer if count < expected else more).append(difference)
    if fewer:
        raise DataError(
            f"{folder}: found {'; '.join(fewer)} ({published.source}); complete the download, or "
            "use --partial for a part of it"
        )
    if more:
        problems.note(f"found {'; '.join(more)} ({published.source})")


__all__ = ["IMPORTERS", "Importer", "Published", "read"]
