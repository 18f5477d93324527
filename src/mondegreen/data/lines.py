"""The lines of a file by their place in it, read when they are asked for, whatever becomes of the
file meanwhile."""

from __future__ import annotations

import os
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import DataError

Rows = npt.NDArray[np.int64]
"""(N, 3): start byte, end byte and number of lines."""

_MARK = b"\xef\xbb\xbf"
"""What editors on Windows put before UTF-8; it belongs to no line."""
_AHEAD = 1 << 18
"""Bytes read at once where lines are asked for one after the other: a read for each of a million
lines would cost 2 s."""


class Lines:
    """A file that stays open although its name may go to another one, or bytes in memory."""

    def __init__(self, name: str, data: bytes = b"", handle: int | None = None) -> None:
        """Use `open` for files. `name` is for messages."""
        self._name = name
        self._handle = handle
        self._block = 0, data
        """What was read last: its place in the file, and the bytes."""
        self._last_end = 0
        """End of the line that was asked for last."""

    @classmethod
    def open(cls, path: Path) -> Lines:
        """The lines of a file. Raises OSError when it cannot be read."""
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        lines = cls(str(path), handle=handle)
        weakref.finalize(lines, os.close, handle)
        _read_at(handle, 1, 0)  # a folder can be opened
        return lines

    def read(self, start: int, end: int) -> bytes:
        """The bytes from `start` to `end`. Raises DataError when the file no longer has them."""
        first, block = self._block
        if self._handle is not None and not first <= start <= end <= first + len(block):
            ahead = _AHEAD if 0 <= start - self._last_end < _AHEAD else 0
            first, block = self._block = (
                start,
                _read_at(self._handle, max(end - start, ahead), start),
            )
            if len(block) < end - start:
                raise DataError(
                    f"{self._name}: the file was cut short while it was being read; begin again, "
                    "and write a new manifest beside an old one instead of into it"
                )
        self._last_end = end
        return block[start - first : end - first]

    def rows(self) -> Rows:
        """The place of every line that is not blank."""
        at, stops, last = 0, [], b"\n"
        for block in self._blocks():
            stops.append(at + np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")))
            at, last = at + len(block), block[-1:] or last
        if last != b"\n":
            stops.append(np.array([at]))
        stop = np.concatenate([np.zeros(0, np.int64), *stops])
        start = np.concatenate([np.zeros(1, np.int64), stop[:-1] + 1]) if len(stop) else stop
        if len(start) and stop[0] >= len(_MARK) and self.read(0, len(_MARK)) == _MARK:
            start[0] = len(_MARK)
        rows = np.stack([start, stop, np.arange(1, len(stop) + 1)], axis=1)
        # Only a short line can be blank; looking at each of a million would take a second.
        short = np.flatnonzero(stop - start < 8)
        blank = [i for i in short if not self.read(int(start[i]), int(stop[i])).strip()]
        return np.delete(rows, blank, axis=0)

    def _blocks(self) -> Iterator[bytes]:
        """Everything, in pieces of 4 MB."""
        if self._handle is None:
            yield self._block[1]
            return
        at = 0
        while block := _read_at(self._handle, 1 << 22, at):
            yield block
            at += len(block)


def _read_at(handle: int, count: int, at: int) -> bytes:
    if sys.platform != "win32":
        return os.pread(handle, count, at)
    os.lseek(handle, at, os.SEEK_SET)
    return os.read(handle, count)


__all__ = ["Lines", "Rows"]
