"""One speaker's recordings by session: from a folder of folders, or from a manifest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..audio.read import read_audio
from ..audio.samples import Samples
from ..audio.sources import find_audio
from ..data.manifest import Manifest
from ..data.recording import utterance_samples
from ..errors import DataError
from ..jobs.files import read_text

MANIFEST = "manifest.jsonl"
"""Of a folder that `record` wrote."""
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


@dataclass(frozen=True)
class Spoken:
    """One recording of a session, not yet read."""

    name: str
    text: str | None
    root: Path
    audio: Path
    manifest: Manifest | None = None
    row: int = 0

    def samples(self) -> Samples:
        """(N,) at 16 kHz. Raises AudioError or DataError."""
        if self.manifest is None:
            return read_audio(self.audio, pipes=False).samples
        return utterance_samples(self.root, self.manifest[self.row])


@dataclass(frozen=True)
class Session:
    """What was recorded at one time."""

    name: str
    day: date | None
    """From its name, where one stands in it."""
    recordings: tuple[Spoken, ...]


def read_sessions(place: Path, text: str | None = None) -> list[Session]:
    """The sessions of a manifest, of a folder with one, or of a folder of folders, in order.

    A manifest's rows name their session in `meta.session`. In folders, what a recording says is in
    the file of its name that ends in .txt; `text` is what all others say. Raises DataError for
    fewer than two sessions, for two speakers and for a place that holds none.
    """
    if place.is_dir() and (place / MANIFEST).is_file():
        place = place / MANIFEST
    if place.is_dir():
        sessions = list(_of_folders(place, text))
    elif place.exists():
        sessions = list(_of_manifest(place, text))
    else:
        raise DataError(
            f"{place}: no such folder or manifest; 'mondegreen nasality record' makes one"
        )
    if len(sessions) < 2:
        raise DataError(
            f"{place}: found {len(sessions)} session, expected two or more to compare; "
            "'mondegreen nasality score' judges one"
        )
    return sessions


def day_of(name: str) -> date | None:
    """The date in a session's name (2026-11-27); None where there is none."""
    match = _DATE.search(name)
    if match is None:
        return None
    try:
        return date(*map(int, match.groups()))
    except ValueError:
        return None


def _of_folders(folder: Path, text: str | None) -> Iterator[Session]:
    inside = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    if not inside:
        raise DataError(
            f"{folder}: found no folders in it, expected one for each session (such as 2026-11-27)"
        )
    for place in inside:
        paths = find_audio(place).recordings
        spoken = tuple(Spoken(path.name, _text_of(path, text), place, path) for path in paths)
        yield Session(place.name, day_of(place.name), spoken)


def _text_of(path: Path, text: str | None) -> str | None:
    beside = path.with_suffix(".txt")
    if not beside.is_file():
        return text
    return read_text(beside, DataError).strip() or text


def _of_manifest(path: Path, text: str | None) -> Iterator[Session]:
    manifest = Manifest.open(path)
    sessions: dict[str, list[Spoken]] = {}
    speakers: set[str] = set()
    for row, (place, utterance) in enumerate(manifest.places()):
        name = utterance.meta.get("session")
        if name is None:
            raise DataError(f"{place}: expected meta.session, the name of a session")
        speakers.add(utterance.speaker or "")
        sessions.setdefault(str(name), []).append(
            Spoken(
                utterance.id,
                utterance.text or text,
                manifest.root,
                manifest.audio_path(utterance),
                manifest,
                row,
            )
        )
    if len(speakers) > 1:
        raise DataError(
            f"{path}: found {len(speakers)} speakers ({', '.join(sorted(speakers)[:5])}), expected "
            "one; give each a manifest of their own"
        )
    for name in sorted(sessions):
        yield Session(name, day_of(name), tuple(sessions[name]))
