"""The manifest: utterances as JSON Lines, read lazily, however many there are.

The file is mapped into memory and only the place of each line is kept (24 bytes a row), so a
million rows cost 24 MB and not a million objects; a row becomes an `Utterance` when it is looked
at. Arrow would do the same for 170 MB more to install, and nobody could read or mend it with an
editor.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, overload

import msgspec
import numpy as np
import numpy.typing as npt

from ..errors import DataError
from ..jobs.files import replacing
from ..jobs.problems import Problems
from .utterance import Utterance, to_row

Rows = npt.NDArray[np.int64]
FIELDS = ("intent", "split", "speaker", "lang", "noise")
"""Fields that `Manifest.column` reads and `Manifest.where` filters by."""

_SCAN = 1 << 26
"""Bytes searched for line ends at a time."""
_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Utterance)
_COLUMNS: dict[str, msgspec.json.Decoder[Any]] = {
    name: msgspec.json.Decoder(
        msgspec.defstruct("Row", [(name, str | None, "en" if name == "lang" else None)])
    )
    for name in FIELDS
}
"""Decoders that read one field of a line and pass over the rest."""


class Manifest(Sequence[Utterance]):
    """Utterances in order. Slices and filters are views: they share the file and copy nothing."""

    def __init__(
        self, data: bytes | mmap.mmap, rows: Rows, root: Path, name: str, problems: Problems
    ) -> None:
        """Use `open` or `of`. `rows (N, 3)`: start and end byte and line number of each row."""
        self._data = data
        self._rows = rows
        self.root = root
        """The folder that audio paths are relative to."""
        self.name = name
        """What messages call it."""
        self._problems = problems

    @classmethod
    def open(cls, path: str | os.PathLike[str], problems: Problems | None = None) -> Manifest:
        """The manifest in a JSON Lines file; blank lines are skipped.

        `problems` says what happens with bad rows while iterating (None: the first one raises).
        Raises DataError when the file is missing, empty or no text.
        """
        place = Path(path)
        try:
            with place.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                data: bytes | mmap.mmap = (
                    mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
                )
        except FileNotFoundError as error:
            raise DataError(f"{place}: no such manifest; 'mondegreen data import' makes one") from (
                error
            )
        except (OSError, ValueError) as error:
            reason = "a folder, expected a manifest file" if place.is_dir() else str(error)
            raise DataError(f"{place}: {reason}") from error
        rows = _lines(data)
        if not len(rows):
            raise DataError(f"{place}: found no utterance in this manifest")
        return cls(
            data,
            rows,
            place.resolve().parent,
            str(place),
            problems if problems is not None else Problems(),
        )

    @classmethod
    def of(
        cls, utterances: Iterable[Utterance], root: Path | None = None, name: str = "utterances"
    ) -> Manifest:
        """A manifest held in memory; `root` is the folder of its audio (None: the current one)."""
        data = b"".join(map(to_line, utterances))
        return cls(data, _lines(data), (root or Path()).resolve(), name, Problems())

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Utterance: ...
    @overload
    def __getitem__(self, index: slice) -> Manifest: ...
    def __getitem__(self, index: int | slice) -> Utterance | Manifest:
        if isinstance(index, slice):
            return self._view(self._rows[index])
        try:
            start, end, line = self._rows[index].tolist()
        except IndexError as error:
            raise IndexError(f"{self.name}: found {len(self)} rows, asked for {index}") from error
        utterance, reason = _decoded(self._data[start:end])
        if utterance is None:
            raise DataError(f"{self.name}:{line}: {reason}")
        return utterance

    def __iter__(self) -> Iterator[Utterance]:
        return (utterance for _, _, utterance in self._good())

    def places(self) -> Iterator[tuple[str, Utterance]]:
        """Every utterance with its place (`file:line`) for messages."""
        return ((f"{self.name}:{line}", utterance) for _, line, utterance in self._good())

    def _good(self) -> Iterator[tuple[int, int, Utterance]]:
        """Row, line number and utterance of every row that can be used; others are reported."""
        for row, (start, end, line) in enumerate(self._triples()):
            utterance, reason = _decoded(self._data[start:end])
            if utterance is None:
                self._problems.report(f"{self.name}:{line}", reason)
            else:
                yield row, line, utterance

    def _triples(self) -> Iterator[tuple[int, int, int]]:
        for at in range(0, len(self._rows), 65_536):  # a million Python lists would be 200 MB
            yield from self._rows[at : at + 65_536].tolist()

    def _view(self, rows: Rows) -> Manifest:
        return Manifest(self._data, rows, self.root, self.name, self._problems)

    def column(self, field: str) -> list[str | None]:
        """One of FIELDS of every row, without making utterances.

        Raises DataError for a row that cannot be read, ValueError for another field.
        """
        if field not in _COLUMNS:
            raise ValueError(f"no column {field!r}; expected one of {', '.join(FIELDS)}")
        decode = _COLUMNS[field].decode
        out = []
        for start, end, line in self._triples():
            try:
                out.append(getattr(decode(self._data[start:end]), field))
            except msgspec.MsgspecError as error:
                raise DataError(f"{self.name}:{line}: {_reason(error)}") from error
        return out

    def where(self, **fields: str | Iterable[str | None] | None) -> Manifest:
        """The utterances whose fields have a given value, or one of several.

        `where(split="train", intent=("PlayMusic", "Pause"))`. Raises as `column`.
        """
        kept = np.ones(len(self), bool)
        for field, wanted in fields.items():
            single = wanted is None or isinstance(wanted, str)
            allowed = {wanted} if single else set(wanted or ())
            kept &= np.fromiter((v in allowed for v in self.column(field)), bool, len(self))
        return self._view(self._rows[kept])

    def filter(self, keep: Callable[[Utterance], bool]) -> Manifest:
        """The utterances for which `keep` is true."""
        kept = [row for row, _, utterance in self._good() if keep(utterance)]
        return self._view(self._rows[np.asarray(kept, np.int64)])

    def shuffled(self, seed: int) -> Manifest:
        """The same utterances in an order that follows from `seed`."""
        return self._view(self._rows[np.random.default_rng(seed).permutation(len(self))])

    def audio_path(self, utterance: Utterance) -> Path:
        """Where the utterance's recording lies. Raises DataError when it names none, or one outside
        the manifest's folder."""
        if utterance.audio is None:
            raise DataError(
                f"{utterance.id} has no audio, only text; 'mondegreen data synthesize' speaks it"
            )
        reason = outside(utterance.audio)
        if reason:
            raise DataError(f"{utterance.id}: {reason}")
        return self.root / utterance.audio

    def digest(self) -> str:
        """A hash (BLAKE2b, 128 bits) of the rows in their order."""
        total = hashlib.blake2b(digest_size=16)
        for start, end, _ in self._triples():
            total.update(self._data[start:end] + b"\n")
        return total.hexdigest()

    def checked(self) -> Manifest:
        """The rows that can be used, each id once; all others are reported.

        Worth doing before long work: otherwise a bad row is only found when its turn comes.
        """
        seen: dict[str, int] = {}
        kept = []
        for row, line, utterance in self._good():
            first = seen.setdefault(utterance.id, line)
            if first == line:
                kept.append(row)
            else:
                reason = f"the id {utterance.id!r} is that of line {first}"
                self._problems.report(f"{self.name}:{line}", reason)
        return self._view(self._rows[np.asarray(kept, np.int64)])


def outside(audio: str) -> str | None:
    """Why an audio path is not one inside the manifest's folder; None when it is."""
    path = PurePosixPath(audio.replace("\\", "/"))
    if not audio or "\0" in audio:
        return f"{audio!r} is not a possible file name"
    if path.is_absolute() or re.match(r"^[A-Za-z]:", audio) or ".." in path.parts:
        return (
            f"{audio!r} lies outside the manifest's folder; paths are relative to it, without '..'"
        )
    return None


def _lines(data: bytes | mmap.mmap) -> Rows:
    """(N, 3) start byte, end byte and line number of every line that is not blank."""
    view = np.frombuffer(data, np.uint8)
    ends = [
        at + np.flatnonzero(view[at : at + _SCAN] == ord("\n")) for at in range(0, len(view), _SCAN)
    ]
    if len(view) and view[-1] != ord("\n"):
        ends.append(np.array([len(view)]))
    stop = np.concatenate(ends).astype(np.int64) if ends else np.zeros(0, np.int64)
    start = np.concatenate([np.zeros(1, np.int64), stop[:-1] + 1]) if len(stop) else stop
    rows = np.stack([start, stop, np.arange(1, len(stop) + 1)], axis=1)
    # Only a short line can be blank; looking at each of a million would take a second.
    short = np.flatnonzero(stop - start < 8)
    blank = [i for i in short if not data[start[i] : stop[i]].strip()]
    return np.delete(rows, blank, axis=0)


def _reason(error: Exception) -> str:
    text = str(error)
    if text.startswith("JSON is malformed") or "truncated" in text or "UTF-8" in text:
        return f"this line is not JSON ({text}); a manifest has one JSON object a line"
    return f"not a manifest row: {text[:1].lower()}{text[1:]}"


def _decoded(line: bytes) -> tuple[Utterance | None, str]:
    """The utterance in a line, or None and why there is none."""
    try:
        utterance = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return None, _reason(error)
    reason = wrong(utterance)
    return (None, reason) if reason else (utterance, "")


def wrong(utterance: Utterance) -> str | None:
    """What is impossible about an utterance; None when nothing is."""
    if not utterance.id:
        return "the id is empty"
    if utterance.audio is not None and (reason := outside(utterance.audio)):
        return reason
    if not 0 <= utterance.start < float("inf"):
        return f"found start {utterance.start}, expected seconds from the recording's beginning"
    if utterance.duration is not None and not 0 < utterance.duration < float("inf"):
        return f"found duration {utterance.duration}, expected more than 0 seconds"
    for slot in utterance.slots:
        if slot.start is None and slot.end is None:
            continue
        if (
            slot.start is None
            or slot.end is None
            or not (0 <= slot.start < slot.end <= len(utterance.text))
        ):
            return (
                f"slot {slot.name!r} lies at characters {slot.start} to {slot.end} of a text of "
                f"{len(utterance.text)}"
            )
    return None


def to_line(utterance: Utterance) -> bytes:
    """The utterance as a line of a manifest, with its newline."""
    return _ENCODER.encode(to_row(utterance)) + b"\n"


def write_manifest(path: str | os.PathLike[str], utterances: Iterable[Utterance]) -> int:
    """Write a manifest; it appears under its name when it is whole. Returns the number of rows.

    Raises DataError for a row that could not be read back or an id that occurs twice.
    """
    ids: set[str] = set()
    with replacing(path) as temporary, temporary.open("wb") as file:
        for utterance in utterances:
            reason = wrong(utterance)
            if utterance.id in ids:
                reason = "an utterance before has the same id"
            if reason:
                raise DataError(f"{utterance.id}: {reason}")
            ids.add(utterance.id)
            file.write(to_line(utterance))
    return len(ids)


__all__ = ["FIELDS", "Manifest", "Utterance", "outside", "to_line", "write_manifest", "wrong"]
