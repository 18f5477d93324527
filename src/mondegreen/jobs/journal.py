"""A log of what is done, a line of JSON an entry, that survives being stopped at any point."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from ..errors import DataError
from .strict_json import to_json


class Journal:
    """Entries in a file that only grows; opening it again goes on behind the last whole one.

    Each line is there whole, or is cut at its end by a kill: such half a line is taken away on
    opening. A disk that is full takes nothing of a line. For one process at a time; see `lock`.
    """

    def __init__(self, path: Path, *, begins: bytes = b"{") -> None:
        """`begins` is how each of our files begins; one that begins otherwise is not touched.

        Raises DataError for such a file. The file is made with the first entry.
        """
        self.path = path
        self._handle: int | None = None
        if path.exists():
            _cut_half_line(path, begins)

    def __enter__(self) -> Journal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; another entry would open it again."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def entries(self) -> Iterator[Any]:
        """Everything written so far, in order. Raises DataError for a line that is not JSON."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    yield json.loads(line)
                except (ValueError, RecursionError) as error:  # not JSON, or not even UTF-8
                    raise DataError(
                        f"{self.path}:{number}: found a line that is not JSON ({error}), expected "
                        "what an earlier run wrote; name another place, or delete the file"
                    ) from error

    def append(self, entry: Any) -> None:
        """Write an entry (JSON) behind the others, at once. What cannot be written whole, as on a
        full disk, leaves nothing behind; the OSError goes on."""
        line = to_json(entry).encode() + b"\n"
        if self._handle is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            self._handle = os.open(self.path, flags | getattr(os, "O_BINARY", 0), 0o666)
        size = os.fstat(self._handle).st_size
        position = 0
        try:
            while position < len(line):
                position += os.write(self._handle, line[position:])
        except BaseException:
            os.ftruncate(self._handle, size)
            raise


def _cut_half_line(path: Path, begins: bytes) -> None:
    with path.open("rb") as file:
        head = file.read(len(begins))
        whole, size = _end_of_last_line(file)
    if not begins.startswith(head):
        raise DataError(
            f"{path}:1: found a line that no run of mondegreen wrote, expected one that begins "
            f"with {begins.decode()}; name another file"
        )
    if whole < size:
        os.truncate(path, whole)


def _end_of_last_line(file: BinaryIO) -> tuple[int, int]:
    """The place behind the last line end, 0 where there is none, and the size."""
    block = 1 << 16
    size = end = file.seek(0, os.SEEK_END)
    while end:
        start = max(0, end - block)
        file.seek(start)
        newline = file.read(end - start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1, size
        end = start
    return 0, size


__all__ = ["Journal"]
