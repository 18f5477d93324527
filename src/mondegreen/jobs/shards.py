"""Rows with bytes beside them, made by a job and read where they lie.

A finished folder holds `index.jsonl`, a line a row, and the files `NNNNNN.bin` with the bytes of
the rows, one behind the other. The files are mapped into memory; nobody but a job writes there, and
a job only makes whole files.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .files import replacing
from .job import PARTS, Job, clear, finished, run
from .problems import Problems
from .strict_json import to_json

INDEX = "index.jsonl"


class Place(NamedTuple):
    """Where the bytes of a row lie."""

    path: Path
    first: int
    """Bytes before it in the file."""
    size: int


def make_shards(job: Job[Any], lock: Path, *, workers: int, problems: Problems) -> int:
    """Make the folder of a job that keeps data, unless it is whole already; the number of rows.

    Items that became no bytes get no row; a folder without any row is deleted. For `lock` and
    errors see `job.run`.
    """
    if finished(job.folder, job.recipe, INDEX):
        return sum(1 for _ in read_index(job.folder))
    rows = [row for row in run(job, lock, workers=workers, problems=problems) if "bytes" in row]
    if not rows:
        shutil.rmtree(job.folder)
        return 0
    for path in sorted((job.folder / PARTS).glob("*.bin")):
        path.replace(job.folder / path.name)
    index = job.folder / INDEX
    with replacing(index) as temporary, temporary.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(to_json(row) + "\n")
    clear(job.folder)
    return len(rows)


def read_index(folder: Path) -> Iterator[tuple[Mapping[str, Any], Place]]:
    """The rows of a finished folder, and where the bytes of each lie."""
    ends: dict[str, int] = {}
    with (folder / INDEX).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            first = ends.get(row["file"], 0)
            ends[row["file"]] = first + row["bytes"]
            yield row, Place(folder / row["file"], first, row["bytes"])


class Mapped:
    """Bytes of rows, each file opened when it is first asked for."""

    def __init__(self) -> None:
        self._files: dict[Path, npt.NDArray[np.uint8]] = {}

    def __getitem__(self, place: Place) -> npt.NDArray[np.uint8]:
        """The bytes that lie there, read only."""
        data = self._files.get(place.path)
        if data is None:
            data = self._files[place.path] = np.memmap(place.path, np.uint8, "r")
        return data[place.first : place.first + place.size]


__all__ = ["INDEX", "Mapped", "Place", "make_shards", "read_index"]
