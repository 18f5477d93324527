"""Many texts in one file that is mapped and not read, and where each of them begins."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

_REMEMBERED = 4_096
"""Texts whose places are kept: a question looks up each of its words for every candidate."""


class Strings(Sequence[str]):
    """Texts by number. Made by `StringsWriter`; a text costs one read."""

    def __init__(self, bytes_: npt.NDArray[np.uint8], starts: npt.NDArray[np.int64]) -> None:
        """`starts (N + 1,)` are places in `bytes_`."""
        self._bytes, self._starts = np.asarray(bytes_), np.asarray(starts)
        self._find = lru_cache(maxsize=_REMEMBERED)(self._place_of)

    def __len__(self) -> int:
        return len(self._starts) - 1

    def raw(self, number: int) -> bytes:
        """The UTF-8 of a text."""
        return self._bytes[self._starts[number] : self._starts[number + 1]].tobytes()

    def __getitem__(self, number: int) -> str:  # type: ignore[override]  # no slices are needed
        if not 0 <= number < len(self):
            raise IndexError(number)
        return self.raw(number).decode("utf-8", "replace")

    def find(self, text: str) -> int | None:
        """The number of `text` among texts that are sorted by their bytes; None where it is not."""
        return self._find(text)

    def _place_of(self, text: str) -> int | None:
        wanted = text.encode("utf-8", "replace")
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self.raw(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self.raw(low) == wanted else None


def strings_of(texts: Iterable[str]) -> Strings:
    """Texts that lie in memory."""
    parts = [text.encode("utf-8", "replace") for text in texts]
    starts = np.cumsum([0, *map(len, parts)])
    return Strings(np.frombuffer(b"".join(parts), np.uint8), starts)


class StringsWriter:
    """Writes texts one after the other to `NAME.bin`, and then `NAME_starts.npy`, in a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self._place = folder / f"{name}_starts.npy"
        self._file = (folder / f"{name}.bin").open("wb")
        self._starts = array("q", [0])

    def add(self, text: str) -> int:
        """Write one more; its number."""
        self._starts.append(self._starts[-1] + self._file.write(text.encode("utf-8", "replace")))
        return len(self._starts) - 2

    def add_all(self, texts: Iterable[str]) -> None:
        """Write several more."""
        for text in texts:
            self.add(text)

    def close(self) -> None:
        """Close the file, as it is."""
        self._file.close()

    def finish(self) -> None:
        """Finish both files."""
        self.close()
        np.save(self._place, np.array(self._starts, np.int64))


__all__ = ["Strings", "StringsWriter", "strings_of"]
