"""The bytes of a recording, wherever they are, handed to libsndfile so that nothing can go wrong.

libsndfile asks for bytes by calling back into Python, where an exception would be printed and
forgotten: a Ctrl-C would end the file and not the program.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any, BinaryIO, cast

from ..errors import AudioError
from .containers import Claim, bytes_at, check_header
from .formats import begins_mp3
from .packets import check_mp3, check_ogg

MOST_PIPED = 512 << 20
"""Bytes that are taken from a pipe as one file: 4.6 hours of 16 kHz mono, 50 minutes of CD sound.
A file has to be there as a whole before it can be read, so an endless one must be refused."""
_FARTHEST = 1 << 62
"""The last place in a file that its positions, in 64 bits, can be reckoned from."""
_IN_MEMORY = 32 << 20
"""Bytes of a piped file kept in memory; what is longer goes to a temporary file."""


def check_claim(file: BinaryIO, size: int) -> Claim:
    """What `file`, which has `size` bytes, says of its length. Its position is moved."""
    head = bytes_at(file, 0, 64)
    if head.startswith(b"OggS"):
        return check_ogg(file, size)
    if head.startswith(b"ID3") or begins_mp3(head):
        return check_mp3(file, size)
    return check_header(file, size, head)


class Stored:
    """Bytes with a position, some of them corrected, for a reader that cannot handle exceptions."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        file.seek(0, os.SEEK_END)
        self.size = file.tell()
        self.claim: Claim = check_claim(file, self.size)
        self._at = 0
        self._failure: BaseException | None = None
        """What went wrong in a read or seek, to be raised once libsndfile has returned."""
        self.show(self.claim.begin, next(iter(self.claim.links), self.size), self.claim.front)

    def show(self, begin: int, end: int, front: bytes = b"") -> None:
        """Let the reader see `front` and then the file from `begin` to `end`."""
        self._begin, self._end, self._front = begin, end, front
        self._at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move; a place that no file has is refused by staying where it was."""
        length = len(self._front) + self._end - self._begin
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: length}[whence]
        if 0 <= base + offset <= _FARTHEST:
            self._at = base + offset
        return self._at

    def tell(self) -> int:
        """The position."""
        return self._at

    def read(self, count: int) -> bytes:
        """The next bytes, as corrected; none at the end or after a failure."""
        data = self._front[self._at : self._at + count]
        start = self._begin + self._at + len(data) - len(self._front)
        count = min(count - len(data), self._end - start)
        if count > 0 and self._failure is None:
            try:
                data += self._corrected(start, bytes_at(self._file, start, count))
            except BaseException as failure:  # kept, and raised by whoever called libsndfile
                self._failure = failure
        self._at += len(data)
        return data

    def _corrected(self, start: int, data: bytes) -> bytes:
        """The file's bytes from `start` with what mends them."""
        for place, patch in self.claim.patches:
            low, high = max(place, start), min(place + len(patch), start + len(data))
            if low < high:
                mended = patch[low - place : high - place]
                data = data[: low - start] + mended + data[high - start :]
        return data

    def raise_failure(self, name: str) -> None:
        """Raise what went wrong since libsndfile was called: AudioError when it was the reading."""
        failure, self._failure = self._failure, None
        if isinstance(failure, OSError):
            reason = failure.strerror or failure
            raise AudioError(f"{name}: could not be read ({reason})") from failure
        if failure is not None:
            raise failure

    def close(self) -> None:
        """Give the bytes back."""
        self._file.close()


def from_pipe(stream: BinaryIO, head: bytes, name: str) -> BinaryIO:
    """A whole file out of a pipe whose first bytes, `head`, have been read already.

    Raises AudioError when more than MOST_PIPED bytes come.
    """
    buffer: Any = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115  (its reader closes it)
    try:
        data, size = head, 0
        while data:
            size += len(data)
            if size > MOST_PIPED:
                raise AudioError(
                    f"{name}: found more than {MOST_PIPED >> 20} MB in a pipe, expected a "
                    "recording of some hours at most; save it and name the file, or pipe raw "
                    "16-bit sound, which is heard as it comes"
                )
            buffer.write(data)
            data = stream.read(1 << 20)
    except BaseException:
        buffer.close()
        raise
    return cast("BinaryIO", buffer)
