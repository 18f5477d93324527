"""The manifest: utterances as JSON Lines, read lazily, however many there are.

Only the place of each line is kept (24 bytes a row), so a million rows cost 24 MB and not a million
objects; a row is read from the file and becomes an `Utterance` when it is looked at. The file is
not mapped into memory: a mapped file that somebody cuts short kills whoever reads it. Arrow would
do the same for 170 MB more to install, and nobody could read or mend it with an editor.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, overload

import msgspec
import numpy as np

from ..errors import DataError
from ..jobs.files import MOST_JSON, read_bytes, replacing
from ..jobs.problems import Problems
from .lines import Lines, Rows
from .utterance import Utterance, to_row

FIELDS = ("intent", "split", "speaker", "lang", "noise")
"""Fields that `Manifest.column` reads and `Manifest.where` filters by."""

_LONGEST_NAME = 255
"""Characters of a file's name, on every disk that is in use."""
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
    """Utterances in order. Slices and filters are views: they share the file and copy nothing.

    A row that cannot be used raises DataError wherever it is met; `checked` leaves such rows out.
    """

    def __init__(self, lines: Lines, rows: Rows, root: Path, name: str) -> None:
        """Use `open` or `of`. `rows (N, 3)`: see Lines.rows."""
        self._lines = lines
        self._rows = rows
        self.root = root
        """The folder that audio paths are relative to."""
        self.name = name
        """What messages call it."""

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Manifest:
        """The manifest in a JSON Lines file; blank lines are skipped.

        Raises DataError when the file is missing, empty or no text.
        """
        place = Path(path)
        try:
            if stat.S_ISREG(place.stat().st_mode):
                lines = Lines.open(place)
            else:  # a pipe is read, within limits; a folder or a device is refused
                lines = Lines(str(place), read_bytes(place, DataError, most=MOST_JSON))
        except FileNotFoundError as error:
            raise DataError(f"{place}: no such manifest; 'mondegreen data import' makes one") from (
                error
            )
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise DataError(f"{place}: {error}") from error
        rows = lines.rows()
        if not len(rows):
            raise DataError(f"{place}: found no utterance in this manifest")
        return cls(lines, rows, place.resolve().parent, str(place))

    @classmethod
    def of(
        cls, utterances: Iterable[Utterance], root: Path | None = None, name: str = "utterances"
    ) -> Manifest:
        """A manifest held in memory; `root` is the folder of its audio (None: the current one)."""
        lines = Lines(name, b"".join(map(to_line, utterances)))
        return cls(lines, lines.rows(), (root or Path()).resolve(), name)

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
        return self._usable(line, self._lines.read(start, end))

    def __iter__(self) -> Iterator[Utterance]:
        return (self._usable(line, data) for line, data in self._read())

    def places(self) -> Iterator[tuple[str, Utterance]]:
        """Every utterance with its place (`file:line`) for messages."""
        return ((f"{self.name}:{line}", self._usable(line, data)) for line, data in self._read())

    def _usable(self, line: int, data: bytes) -> Utterance:
        utterance, reason = _decoded(data)
        if utterance is None:
            raise DataError(f"{self.name}:{line}: {reason}")
        return utterance

    def _read(self) -> Iterator[tuple[int, bytes]]:
        """Line number and bytes of every row."""
        for at in range(0, len(self._rows), 65_536):  # a million Python lists would be 200 MB
            for start, end, line in self._rows[at : at + 65_536].tolist():
                yield line, self._lines.read(start, end)

    def _view(self, rows: Rows) -> Manifest:
        return Manifest(self._lines, rows, self.root, self.name)

    def column(self, field: str) -> list[str | None]:
        """One of FIELDS of every row, without making utterances.

        Raises DataError for a row that cannot be read, ValueError for another field.
        """
        if field not in _COLUMNS:
            raise ValueError(f"no column {field!r}; expected one of {', '.join(FIELDS)}")
        decode = _COLUMNS[field].decode
        out = []
        for line, data in self._read():
            try:
                out.append(getattr(decode(data), field))
            except (msgspec.MsgspecError, RecursionError) as error:
                raise DataError(f"{self.name}:{line}: {_reason(error)}") from error
        return out

    def where(self, **fields: str | Iterable[str | None] | None) -> Manifest:
        """The utterances whose fields have a given value, or one of several.

        `where(split="train", intent=("PlayMusic", "Pause"))`. Raises as `column`.
        """
        mask = np.ones(len(self), bool)
        for field, values in fields.items():
            single = values is None or isinstance(values, str)
            allowed = {values} if single else set(values or ())
            mask &= np.fromiter((v in allowed for v in self.column(field)), bool, len(self))
        return self._view(self._rows[mask])

    def filter(self, keep: Callable[[Utterance], bool]) -> Manifest:
        """The utterances for which `keep` is true."""
        mask = np.fromiter((keep(utterance) for utterance in self), bool, len(self))
        return self._view(self._rows[mask])

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
        for _, data in self._read():
            total.update(data + b"\n")
        return total.hexdigest()

    def checked(self, problems: Problems | None = None) -> Manifest:
        """The rows that can be used, each id once; `problems` gets all others (None: the first one
        raises).

        Worth doing before long work: otherwise a bad row is only found when its turn comes.
        """
        problems = Problems() if problems is None else problems
        lines: dict[str, int] = {}
        usable = np.zeros(len(self), bool)
        for row, (line, data) in enumerate(self._read()):
            utterance, reason = _decoded(data)
            if utterance is not None:
                first = lines.setdefault(utterance.id, line)
                usable[row] = first == line
                reason = f"the id {utterance.id!r} is that of line {first}"
            if not usable[row]:
                problems.report(f"{self.name}:{line}", reason)
        return self._view(self._rows[usable])


def outside(audio: str) -> str | None:
    """Why an audio path is not one inside the manifest's folder; None when it is."""
    path = PurePosixPath(audio.replace("\\", "/"))
    if not audio or "\0" in audio or any(len(part) > _LONGEST_NAME for part in path.parts):
        return f"{audio[:300]!r} is not a possible file name"
    if path.is_absolute() or re.match(r"^[A-Za-z]:", audio) or ".." in path.parts:
        return (
            f"{audio!r} lies outside the manifest's folder; paths are relative to it, without '..'"
        )
    return None


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "this line is nested too deeply; a manifest has one flat JSON object a line"
    text = str(error)
    if text.startswith("JSON is malformed") or "truncated" in text or "UTF-8" in text:
        return f"this line is not JSON ({text}); a manifest has one JSON object a line"
    return f"not a manifest row: {text[:1].lower()}{text[1:]}"


def _decoded(line: bytes) -> tuple[Utterance | None, str]:
    """The utterance in a line, or None and why there is none."""
    try:
        utterance = _DECODER.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
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
