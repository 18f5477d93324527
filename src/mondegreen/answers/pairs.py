"""Which passage has which name, how often: on disk until the names are sorted."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_CHUNK = 5_000_000
"""Pairs that are sorted at once, 60 MB."""
_HELD = 300_000
"""Numbers, three to a pair, that are written at once."""
Ints = npt.NDArray[np.int64]


class Pairs:
    """Names that passages have. What is sorted is written to mapped files: a million passages have
    sixty million pairs."""

    def __init__(self, path: Path) -> None:
        """`path` is where the pairs lie meanwhile; it is deleted at the end."""
        self._path = path
        self._file: BinaryIO = path.open("wb")
        self._held = array("i")
        self._numbers: dict[str, int] = {}

    def add(self, passage: int, counts: Mapping[str, int]) -> None:
        """What one passage has; passages come in order."""
        numbers, held = self._numbers, self._held
        for name, count in counts.items():
            held.extend((numbers.setdefault(name, len(numbers)), passage, min(count, 255)))
        if len(held) > _HELD:
            self._write()

    def _write(self) -> None:
        self._held.tofile(self._file)
        del self._held[:]

    def close(self) -> None:
        """Nothing is added any more."""
        if not self._file.closed:
            self._write()
            self._file.close()

    def names(self) -> list[str]:
        """All of them, sorted by their bytes; nothing is added any more."""
        self.close()
        return sorted(self._numbers, key=lambda name: name.encode("utf-8", "replace"))

    def by_name(self, names: Sequence[str], passages: Path, counts: Path) -> Ints:
        """Where the passages of each name begin in the arrays that are written to two files: the
        passages (int32), and how often each has the name (uint8)."""
        where = self._sorted_numbers(names)
        starts = np.zeros(len(names) + 1, np.int64)
        for rows in self._chunks():
            starts[1:] += np.bincount(where[rows[:, 0]], minlength=len(names))
        np.cumsum(starts, out=starts)
        of_names = _mapped(passages, np.int32, int(starts[-1]))
        often = _mapped(counts, np.uint8, int(starts[-1]))
        free = starts[:-1].copy()
        for rows in self._chunks():
            numbers = where[rows[:, 0]]
            order = np.argsort(numbers, kind="stable")
            distinct, first, sizes = np.unique(
                numbers[order], return_index=True, return_counts=True
            )
            rank = np.arange(len(order)) - np.repeat(first, sizes)
            target = np.repeat(free[distinct], sizes) + rank
            of_names[target], often[target] = rows[order, 1], rows[order, 2]
            free[distinct] += sizes
        self._path.unlink()
        return starts

    def by_passage(self, names: Sequence[str], passages: int, numbers: Path) -> Ints:
        """Where the names of each passage begin in the array of their numbers (int32) that is
        written to a file."""
        where = self._sorted_numbers(names)
        starts = np.zeros(passages + 1, np.int64)
        of_passages = _mapped(numbers, np.int32, self._path.stat().st_size // 12)
        free = 0
        for rows in self._chunks():
            starts[1:] += np.bincount(rows[:, 1], minlength=passages)
            of_passages[free : free + len(rows)] = where[rows[:, 0]]
            free += len(rows)
        self._path.unlink()
        return np.cumsum(starts)

    def _sorted_numbers(self, names: Sequence[str]) -> Ints:
        where = np.empty(len(names), np.int64)
        for number, name in enumerate(names):
            where[self._numbers[name]] = number
        return where

    def _chunks(self) -> Iterator[npt.NDArray[np.int32]]:
        with self._path.open("rb") as file:
            while data := file.read(12 * _CHUNK):
                yield np.frombuffer(data, np.int32).reshape(-1, 3)


def _mapped(path: Path, kind: type[np.generic], size: int) -> npt.NDArray[Any]:
    """A new array on disk."""
    if not size:  # nothing cannot be mapped
        np.save(path, np.zeros(0, kind))
        return np.zeros(0, kind)
    array: npt.NDArray[Any] = np.lib.format.open_memmap(path, "w+", kind, (size,))
    return array


__all__ = ["Pairs"]
