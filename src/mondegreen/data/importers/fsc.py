"""Fluent Speech Commands (Lugosch et al. 2019): 248 sentences to a home, by 97 speakers.

`data/train_data.csv`, `valid_data.csv` and `test_data.csv` with `path`, `speakerId`,
`transcription`, `action`, `object` and `location`; recordings in `wavs/speakers/SPEAKER/ID.wav`.
In the official splits test sentences occur in training. Where the divisions of MASE lie in the
folder (Arora et al. 2021), each utterance's splits in them are in `meta["splits"]`:
{"unseen": "utterance_test", "challenge": "train"}.

Its quirks: the first column has no name; the split for development is called valid; one label,
washroom, is said "bathroom" and "washroom"; languages are an object of "change language".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from ...errors import DataError
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import SlotLabel, Utterance
from .importer import Importer, Published
from .reading.split_tables import split_sets
from .reading.text_rows import csv_rows, find_span

SPLITS = ("train", "valid", "test")
COLUMNS = ("path", "speakerId", "transcription", "action", "object", "location")
NONE = "none"
"""What stands for an object or a location that a command has not."""
ONTOLOGY: Mapping[str, tuple[str, ...]] = {
    "action": ("activate", "bring", "change language", "deactivate", "decrease", "increase"),
    "object": (
        NONE, "Chinese", "English", "German", "Korean", "heat", "juice", "lamp", "lights", "music",
        "newspaper", "shoes", "socks", "volume",
    ),
    "location": (NONE, "bedroom", "kitchen", "washroom"),
}  # fmt: skip
"""The labels of the data set's readme; 31 triples of them occur."""
_SPEAKERS = "speaker_demographics.csv"


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The recordings of all three splits; ids are speaker and file name.

    `intent` is the action; object and location are slots where they are not "none", with a place
    where their very word is said ("bathroom" is labelled washroom). What is known of the speaker is
    in `meta["speaker"]`. Raises DataError where none of the tables is there.
    """
    tables = {split: _table(folder, split) for split in SPLITS}
    names = {split: name for split, name in tables.items() if name}
    if not names:
        raise DataError(f"{folder}: found no data/train_data.csv, expected {IMPORTER.about}")
    recordings = {
        _path(row)
        for name in names.values()
        for _, row in csv_rows(folder, name, ("path",), Problems(skip=True))
    }
    sets = split_sets(folder, recordings, problems)
    speakers = _speakers(folder, next(iter(names.values())), problems)
    for split, name in names.items():
        for place, row in csv_rows(folder, name, COLUMNS, problems):
            try:
                utterance = _utterance(row, split, sets, speakers)
            except ValueError as error:
                problems.report(place, str(error))
            else:
                yield utterance


def _table(folder: Path, split: str) -> str | None:
    """The table of a split, as seen from the folder; None where there is none."""
    names = (f"data/{split}_data.csv", f"{split}_data.csv")
    return next((name for name in names if (folder / name).is_file()), None)


def _path(row: Mapping[str, str]) -> str:
    return str(PurePosixPath(row["path"].strip()))


def _speakers(folder: Path, table: str, problems: Problems) -> dict[str, dict[str, str]]:
    """What the data set says of each speaker; empty without that table, beside `table`."""
    name = str(PurePosixPath(table).parent / _SPEAKERS)
    if not (folder / name).is_file():
        return {}
    rows = csv_rows(folder, name, ("speakerId",), problems)
    return {
        row["speakerId"]: {
            key: value for key, value in row.items() if key not in ("", "speakerId") and value
        }
        for _, row in rows
    }


def _utterance(
    row: Mapping[str, str],
    split: str,
    sets: Mapping[str, dict[str, str]],
    speakers: Mapping[str, dict[str, str]],
) -> Utterance:
    """A row as an utterance. Raises ValueError with what is wrong with it."""
    for column in ("path", "transcription"):
        if not row[column].strip():
            raise ValueError(f"the cell {column!r} is empty")
    for column, labels in ONTOLOGY.items():
        if row[column] not in labels:
            raise ValueError(f"unknown {column} {row[column]!r}{nearest(row[column], labels)}")
    audio, text = _path(row), row["transcription"].strip()
    speaker = row["speakerId"].strip() or None
    meta: dict[str, object] = {}
    if audio in sets:
        meta["splits"] = sets[audio]
    if speaker is not None and speaker in speakers:
        meta["speaker"] = speakers[speaker]
    return Utterance(
        f"{speaker}-{PurePosixPath(audio).stem}" if speaker else PurePosixPath(audio).stem,
        audio=audio,
        text=text,
        intent=row["action"],
        slots=tuple(
            SlotLabel(name, row[name], *(find_span(text, row[name]) or (None, None)))
            for name in ("object", "location")
            if row[name] != NONE
        ),
        speaker=speaker,
        split=split,
        meta=meta,
    )


IMPORTER = Importer(
    "fsc",
    "Fluent Speech Commands: data/{train,valid,test}_data.csv and wavs/, maybe with MASE's splits",
    read,
    Published(
        "Lugosch et al. 2019, table 1: 30,043 utterances",
        utterances={"train": 23_132, "valid": 3_118, "test": 3_793},
    ),
)
