"""Where sound comes from: files, folders of them, pipes and standard input, as 16 kHz blocks."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..errors import AudioError
from .formats import FOREIGN_SUFFIXES, SUFFIXES, begins_file
from .read import HEAD, Readable, open_audio, open_piped, read_pcm
from .samples import RATE, Samples

if TYPE_CHECKING:
    from ..jobs.progress import Meter

STANDARD_INPUT = Path("-")
"""The name under which standard input is asked for."""


class Sound(Protocol):
    """Sound that is read once, from its beginning to its end."""

    @property
    def expected_seconds(self) -> float:
        """How long it says it is; 0 when it does not say."""
        ...

    @property
    def truncated(self) -> bool:
        """Whether it broke off early; certain only once all blocks have been read."""
        ...

    def blocks(self) -> Iterator[Samples]:
        """Consecutive (N,) blocks of 16 kHz mono. Raises AudioError."""
        ...


@contextmanager
def sound(path: Path, pcm: tuple[int, int] = (RATE, 1)) -> Iterator[Sound]:
    """The sound of a file, or of standard input for `-`.

    `pcm` is the rate and the channels of raw sound on standard input. Raises AudioError.
    """
    if path != STANDARD_INPUT:
        with open_audio(path) as source:
            yield source
        return
    if sys.stdin is None:
        raise AudioError("-: standard input is closed; pipe sound in, or name a file")
    stdin = sys.stdin.buffer
    head = stdin.read(HEAD)
    if begins_file(head):
        with closing(open_piped(stdin, head, "-")) as piped:
            yield piped
    else:
        yield _RawSound(_Begun(head, stdin), *pcm)


class _Begun:
    """A stream of which the first bytes have been read already."""

    def __init__(self, head: bytes, stream: Readable) -> None:
        self._head = head
        self._stream = stream

    def read(self, size: int) -> bytes:
        """Up to `size` bytes more."""
        head, self._head = self._head[:size], self._head[size:]
        return head + self._stream.read(size - len(head)) if len(head) < size else head


class _RawSound:
    """Raw 16-bit samples as they arrive."""

    expected_seconds = 0.0
    truncated = False

    def __init__(self, stream: Readable, rate: int, channels: int) -> None:
        self._stream = stream
        self._rate = rate
        self._channels = channels

    def blocks(self) -> Iterator[Samples]:
        """See Sound."""
        return read_pcm(self._stream, rate=self._rate, channels=self._channels)


class Metered:
    """Passes blocks on and tells how far they have got."""

    def __init__(self, blocks: Iterable[Samples], total: float, progress: Meter | None) -> None:
        self._blocks = blocks
        self._total = total
        self._progress = progress
        self.seconds = 0.0

    def __iter__(self) -> Iterator[Samples]:
        # Ten seconds at a time: a block of a minute would make the bar jump.
        step = 10 * RATE
        for block in self._blocks:
            for start in range(0, len(block), step):
                part = block[start : start + step]
                yield part
                self.seconds = round(self.seconds + len(part) / RATE, 3)
                if self._progress is not None:
                    self._progress(self.seconds, max(self._total, self.seconds))


class Listing(NamedTuple):
    """Recordings, and what was passed over in their folders."""

    recordings: list[Path]
    left_out: list[Path]
    """What is named like a recording and is no file: a pipe would be waited for without end."""

    @property
    def notes(self) -> list[str]:
        """A line for each that was left out."""
        return [
            f"{path}: left out, since it is a pipe or a device; name it to hear it"
            for path in self.left_out
        ]


def find_audio(folder: Path) -> Listing:
    """All recordings below `folder`, sorted by path; hidden files and folders are left out.

    Formats that have to be converted first are included, so that they are reported rather than
    silently missing. Raises AudioError when there are none.
    """
    recordings: list[Path] = []
    left_out: list[Path] = []

    def unlistable(error: OSError) -> None:
        raise AudioError(f"{error.filename}: the folder could not be listed ({error.strerror})")

    for place, folders, names in os.walk(folder, onerror=unlistable):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            path = Path(place, name)
            if name.startswith(".") or path.suffix.lower() not in SUFFIXES | FOREIGN_SUFFIXES:
                continue
            # A link that leads nowhere is named as missing when it is opened.
            regular = path.is_file() or not path.exists()
            (recordings if regular else left_out).append(path)
    if not recordings:
        only = f" but {len(left_out)} pipes or devices" if left_out else ""
        raise AudioError(
            f"{folder}: found no audio in this folder{only}, expected files ending in "
            f"{', '.join(sorted(SUFFIXES))}"
        )
    return Listing(sorted(recordings), sorted(left_out))


def expand(names: Sequence[str]) -> Listing:
    """The recordings named, folders replaced by what is in them; `-` stays as it is.

    Raises AudioError for a folder without recordings.
    """
    listing = Listing([], [])
    for name in names:
        path = Path(name)
        if name != "-" and path == STANDARD_INPUT:  # ./- is a file
            path = path.absolute()
        if path != STANDARD_INPUT and path.is_dir():
            inside = find_audio(path)
            listing.recordings.extend(inside.recordings)
            listing.left_out.extend(inside.left_out)
        else:
            listing.recordings.append(path)
    return listing


def name_of(path: Path) -> str:
    """The path as JSON can carry it: bytes that are not UTF-8 become the replacement character."""
    return os.fsencode(path).decode("utf-8", "replace")
