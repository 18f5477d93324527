"""Further divisions of a data set, as tables beside it: which recording belongs to which split.

MASE (Arora et al. 2021) divided Fluent Speech Commands and Snips SmartLights anew, so that the test
sentences or the test speakers are unseen in training: a folder `NAME_splits` with `train_data.csv`,
`valid_data.csv`, `utterance_test_data.csv`, `speaker_test_data.csv` (or one `test_data.csv`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from ....jobs.problems import Problems
from .text_rows import csv_rows

_FOLDER = re.compile(r"(?P<name>\w+)_splits")
_FILE = re.compile(r"(?P<split>\w+)_data\.csv")
_OFFICIAL = "original"
"""Theirs of the division that the importer reads anyway."""
_DEPTHS = ("*_splits", "*/*_splits", "*/*/*_splits")
"""They lie beside the tables, in `data/`, or in `slu_splits/DATA_SET/`; never below recordings."""


def split_tables(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Name of the division, split and file of every table in `root`, in alphabetical order.

    Where a division lies in several places, the first is read.
    """
    folders: dict[str, Path] = {}
    for folder in (path for depth in _DEPTHS for path in sorted(root.glob(depth))):
        match = _FOLDER.fullmatch(folder.name)
        if match and match["name"] != _OFFICIAL and folder.is_dir():
            folders.setdefault(match["name"], folder)
    for name, folder in sorted(folders.items()):
        for path in sorted(folder.glob("*.csv")):
            match = _FILE.fullmatch(path.name)
            if match:
                yield name, match["split"], path


def split_sets(
    root: Path, recordings: Iterable[str] | None, problems: Problems
) -> Mapping[str, dict[str, str]]:
    """For each recording (its path as in the tables, without "../") its split in each division.

    A row of a recording that is not in `recordings` (None: all are) and one that gives a recording
    a second split are reported.
    """
    tabled = None if recordings is None else set(recordings)
    sets: dict[str, dict[str, str]] = {}
    for name, split, path in split_tables(root):
        for place, row in csv_rows(root, path.relative_to(root).as_posix(), ("path",), problems):
            recording = str(PurePosixPath(row["path"].strip()))
            while recording.startswith("../"):
                recording = recording[3:]
            if tabled is not None and recording not in tabled:
                problems.report(place, f"its recording {recording} is in none of the main tables")
                continue
            before = sets.setdefault(recording, {}).setdefault(name, split)
            if before != split:
                problems.report(place, f"{recording} is in the split {before} of {name!r} already")
    return sets


__all__ = ["split_sets", "split_tables"]
