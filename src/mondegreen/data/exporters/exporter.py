"""What every format that is written has in common: a new folder, whole or not there."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple, cast

import soundfile as sf

from ...errors import DataError, SettingsError
from ...jobs.progress import track
from ...jobs.strict_json import to_json
from ...registry import nearest
from ..manifest import Manifest
from ..utterance import SlotLabel, Utterance

Write = Callable[[Manifest, Path, Path], None]
"""Writes a manifest into the folder that is the second argument.

The third is the name which that folder will have: what a file says of its own place.
"""
FORMATS = {
    "lhotse": "recordings and supervisions of each split as gzipped JSON Lines",
    "kaldi": "a data directory for each split: wav.scp, segments, text, utt2spk, spk2utt",
    "huggingface": "an AudioFolder: recordings cut out and copied, metadata.jsonl for each split",
}
"""The formats by name, with what is written."""
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Sound(NamedTuple):
    """What a recording's header says."""

    frames: int
    rate: int
    """Samples a second."""
    channels: int
    kind: str
    """The container and coding as soundfile names them: "WAV PCM_16"."""


def export(name: str, manifest: Manifest, out: Path) -> None:
    """Write `manifest` as another tool reads it, into the new folder `out`.

    Nothing is left of it where anything is wrong. Raises SettingsError for an unknown format, and
    DataError for a folder that is there already and for rows that the format cannot hold.
    """
    if name not in FORMATS:
        raise SettingsError(f"no format {name!r} to export to{nearest(name, FORMATS)}")
    write = cast(Write, import_module(f"{__package__}.{name}").write)
    with _new_folder(out) as temporary:
        write(manifest, temporary, out.absolute())


@contextmanager
def _new_folder(out: Path) -> Iterator[Path]:
    """A temporary folder beside `out` that takes its name when the block ends without an error."""
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise DataError(f"{out} is there already; name a new folder, or remove it")
    if not out.absolute().parent.is_dir():
        raise DataError(f"{out}: the folder {out.parent} does not exist; create it first")
    try:
        temporary = Path(
            tempfile.mkdtemp(prefix=".mondegreen-", suffix=".part", dir=out.absolute().parent)
        )
    except OSError as error:
        raise DataError(f"{out}: cannot write there ({error.strerror}); name another") from error
    try:
        yield temporary
        temporary.chmod(0o755)  # mkdtemp makes private folders
        temporary.replace(out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def rows(manifest: Manifest, what: str) -> Iterator[Utterance]:
    """The utterances, with progress. Raises DataError for a row that cannot be used and a split
    that cannot be in a file's name."""
    for place, utterance in track(manifest.places(), total=len(manifest), what=what):
        if utterance.split is not None and not _PLAIN.fullmatch(utterance.split):
            raise DataError(
                f"{place}: the split {utterance.split!r} cannot be the name of a file; expected "
                "letters, digits and . _ -"
            )
        yield utterance


def spoken(manifest: Manifest, utterance: Utterance) -> Path:
    """Its recording, which is there. Raises DataError where it is not, or is only a text."""
    path = manifest.audio_path(utterance)
    if not path.is_file():
        raise DataError(f"{utterance.id}: the recording {utterance.audio} is missing")
    return path


@lru_cache(maxsize=64)  # the utterances of one long recording mostly follow each other
def sound(path: Path) -> Sound:
    """What the recording's header says. Raises DataError when it cannot be opened."""
    try:
        header = sf.info(path)
    except (sf.LibsndfileError, OSError) as error:
        raise DataError(f"{path}: cannot be opened ({error}); convert it to flac first") from error
    kind = f"{header.format} {header.subtype}"
    return Sound(header.frames, header.samplerate, header.channels, kind)


def seconds(utterance: Utterance, recording: Sound) -> float:
    """How long the utterance is, to its recording's end where it does not say.

    Raises DataError where it begins past that end, or its channel is none of the recording's.
    """
    whole = recording.frames / recording.rate
    duration = whole - utterance.start if utterance.duration is None else utterance.duration
    if duration <= 0 or utterance.start >= whole:
        raise DataError(
            f"{utterance.id}: begins at {utterance.start:g} s, past the end of {utterance.audio} "
            f"({whole:g} s)"
        )
    if utterance.channel is not None and not 0 <= utterance.channel < recording.channels:
        raise DataError(
            f"{utterance.id}: is channel {utterance.channel} of {utterance.audio}, which has "
            f"{recording.channels}, counted from 0"
        )
    return round(duration, 6)


def slot_row(slot: SlotLabel) -> dict[str, Any]:
    """The slot as JSON, its place left out where it has none."""
    place = {} if slot.start is None else {"start": slot.start, "end": slot.end}
    return {"name": slot.name, "value": slot.value, **place}


def further(utterance: Utterance, own_fields: Mapping[str, Any] | frozenset[str]) -> dict[str, Any]:
    """`meta` and `noise` as fields of their own; one whose name is `taken` gets `meta_` before it.

    Raises DataError where two then have one name.
    """
    fields = {**utterance.meta, **({"noise": utterance.noise} if utterance.noise else {})}
    renamed_fields = {
        f"meta_{key}" if key in own_fields else key: value for key, value in fields.items()
    }
    if len(renamed_fields) < len(fields):
        raise DataError(f"{utterance.id}: two fields of its meta would have one name; rename one")
    return renamed_fields


def json_line(row: Mapping[str, Any]) -> str:
    """The row as a line of JSON Lines, with its newline."""
    return to_json(row) + "\n"


__all__ = [
    "FORMATS", "Sound", "export", "further", "json_line", "rows", "seconds", "slot_row", "sound",
    "spoken",
]  # fmt: skip
