"""Data sets of Hugging Face as they lie in a local folder; the `datasets` package is not needed.

Read, in this order: what `save_to_disk` wrote; an AudioFolder (recordings with metadata.csv,
metadata.jsonl or metadata.parquet, or in folders named by their class); Parquet, JSON, JSON Lines
and CSV files. Parquet and Arrow need the extra `parquet`. Columns are known by their usual names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ...audio.formats import SUFFIXES
from ...errors import DataError
from ...jobs.files import MOST_JSON, read_bytes, read_json, regular_files
from ...jobs.problems import Problems
from ..utterance import Utterance
from .importer import Importer
from .reading.embedded_audio import store
from .reading.fields import inside, label, read_slots, words
from .reading.tables import table_rows
from .reading.text_rows import csv_rows, json_lines

COLUMNS: dict[str, tuple[str, ...]] = {
    "id": ("id", "utterance_id", "utt_id", "uttid", "uid"),
    "audio": ("audio", "file_name", "audio_file_name", "audio_file", "file", "path", "filename"),
    "text": (
        "text", "transcription", "transcript", "sentence", "utt", "utterance", "normalized_text",
        "english_transcription",
    ),
    "intent": ("intent", "intent_str", "intent_class", "label", "labels", "command"),
    "slots": ("slots", "entities"),
    "speaker": ("speaker", "speaker_id", "client_id", "speakerId"),
    "split": ("split", "partition"),
    "lang": ("lang", "language", "locale", "lang_id"),
    "duration": ("duration",),
    "channel": ("channel", "channel_id"),
}  # fmt: skip
"""The columns that are understood, the first that is there counts; all others go into `meta`."""
_SPLITS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation",
    "dev": "validation", "val": "validation", "test": "test", "testing": "test", "eval": "test",
    "evaluation": "test",
}  # fmt: skip
"""Words in file and folder names that `datasets` takes for a split."""
_SHARD = re.compile(r"(?P<split>.+?)-\d{5}-of-\d{5}(?:-\w+)?")
_DATA = (".parquet", ".jsonl", ".json", ".csv", ".tsv")

Row = tuple[str, dict[str, Any], Path]
"""Where a row stands, its columns, and the folder that its recording is relative to."""


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The rows of every split; ids are the split and the row's own id, or its number.

    Recordings inside Parquet and Arrow files are written to `recordings/` in the folder. Raises
    DataError for a folder of none of the layouts, MissingExtra where pyarrow is needed.
    """
    root = folder if folder.is_dir() else folder.parent
    numbers: dict[str | None, int] = {}
    for split, place, row, beside in _rows(folder, root, problems):
        try:
            split_name = label(_column(row, "split"), "split") or split
            numbers[split_name] = number = numbers.get(split_name, 0) + 1
            yield _utterance(root, beside, row, split_name, number)
        except ValueError as error:
            problems.report(place, str(error))


def _rows(
    folder: Path, root: Path, problems: Problems
) -> Iterator[tuple[str | None, str, dict[str, Any], Path]]:
    """Split, place, columns, and the folder of its recording, for each row of the layout found."""
    paths = regular_files(folder) if folder.is_dir() else [folder]
    saved = [p.parent for p in paths if p.name == "state.json"]
    described = [p for p in paths if p.stem == "metadata" and p.suffix in _DATA]
    data = [p for p in paths if p.suffix in _DATA and not _is_info(p)]
    sounds = [p for p in paths if p.suffix.lower() in SUFFIXES]
    if saved:
        for place in saved:
            split = None if place == root else place.name
            for path in _shards(place):
                yield from ((split, *row) for row in _file_rows(path, root, problems))
    elif described or data:
        for path in described or data:
            split = _split_of(path.relative_to(root))
            yield from ((split, *row) for row in _file_rows(path, root, problems))
    elif sounds:
        for path in sounds:
            name = path.relative_to(root)
            # train/greet/1.wav, greet/1.wav; a recording by itself has no class.
            label = {"intent": name.parent.name} if _class_folder(name) else {}
            row = {"file_name": path.name, **label}
            yield _split_of(name), name.as_posix(), row, path.parent
    else:
        raise DataError(f"{folder}: found no data files, expected {IMPORTER.about}")


def _is_info(path: Path) -> bool:
    """Files about the data: dataset_info.json, dataset_dict.json, dataset_infos.json."""
    return path.name.startswith("dataset_") and path.suffix == ".json"


def _class_folder(name: Path) -> bool:
    return name.parent.name != "" and name.parent.name.lower() not in (*_SPLITS, "data", "audio")


def _shards(place: Path) -> list[Path]:
    """The Arrow files of a saved split, in order. Raises DataError for another state.json."""
    path = place / "state.json"
    try:
        state = read_json(path)
        return [place / file["filename"] for file in state["_data_files"]]
    except (KeyError, TypeError) as error:
        raise DataError(f"{path} is not the state of a saved data set: {error!r}") from error


def _split_of(name: Path) -> str | None:
    """The split that a file's name says, else its folders': train-00000-of-00001.parquet."""
    shard = _SHARD.fullmatch(name.stem)
    if shard:
        return _SPLITS.get(shard["split"].lower(), shard["split"])
    for part in (name.stem, *reversed(name.parent.parts)):
        for word in re.split(r"[^A-Za-z]+", part.lower()):
            if word in _SPLITS:
                return _SPLITS[word]
    return None


def _file_rows(path: Path, root: Path, problems: Problems) -> Iterator[Row]:
    name = path.relative_to(root).as_posix()
    if path.suffix in (".parquet", ".arrow"):
        for number, row in enumerate(table_rows(path), 1):
            yield f"{name}:{number}", row, path.parent
    elif path.suffix in (".csv", ".tsv"):
        delimiter = "\t" if path.suffix == ".tsv" else ","
        for place, cells in csv_rows(root, name, (), problems, delimiter=delimiter):
            yield place, dict(cells), path.parent
    elif path.suffix == ".json" and (rows := _whole(path)) is not None:
        for number, row in enumerate(rows, 1):
            yield f"{name}:{number}", row, path.parent
    else:
        for place, row in json_lines(root, name, problems):
            yield place, row, path.parent


def _whole(path: Path) -> list[dict[str, Any]] | None:
    """The rows of a JSON file that is one list, or has one under `data`; None for JSON Lines."""
    if path.stat().st_size > MOST_JSON:
        return None
    try:
        content = json.loads(read_bytes(path, DataError, most=MOST_JSON))
    except (ValueError, RecursionError):
        return None
    rows = content.get("data") if isinstance(content, dict) else content
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    return None


def _column(row: Mapping[str, Any], field: str) -> Any:
    name = _name(row, field)
    return None if name is None else row[name]


def _name(row: Mapping[str, Any], field: str) -> str | None:
    return next((n for n in COLUMNS[field] if row.get(n) is not None and row[n] != ""), None)


def _utterance(
    root: Path, beside: Path, row: dict[str, Any], split: str | None, number: int
) -> Utterance:
    """A row as an utterance. Raises ValueError with what is wrong with it."""
    row_id = label(_column(row, "id"), "id")
    identity = "-".join(str(p) for p in (split, f"{number:06d}" if row_id is None else row_id) if p)
    text = words(_column(row, "text"), "text")
    slots = _column(row, "slots")
    intent, speaker, lang = (
        label(_column(row, name), name) for name in ("intent", "speaker", "lang")
    )
    audio = _audio(root, beside, _column(row, "audio"), split, identity)
    if audio is None and not text:
        expected = ", ".join((*COLUMNS["audio"][:2], *COLUMNS["text"][:4]))
        raise ValueError(f"found the columns {', '.join(row)}, expected one of {expected}")
    used = {_name(row, name) for name in COLUMNS}
    # An empty cell of a column that is understood says nothing, and is not kept as something else.
    used |= {name for names in COLUMNS.values() for name in names if row.get(name) == ""}
    return Utterance(
        identity,
        audio=audio,
        duration=_duration(_column(row, "duration")),
        channel=_channel(_column(row, "channel")),
        text=text,
        intent=intent,
        slots=read_slots(_unpacked(slots), text),
        speaker=speaker,
        split=split,
        lang=lang or "en",
        meta={key: value for key, value in row.items() if key not in used and value is not None},
    )


def _unpacked(slots: Any) -> Any:
    """Slots, which a CSV file can only have as JSON text. Raises ValueError."""
    if not isinstance(slots, str):
        return slots
    try:
        return json.loads(slots)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"the slots {slots[:60]!r} are not JSON: {error}") from error


def _duration(value: Any) -> float | None:
    try:
        return None if value is None else float(value)
    except (TypeError, ValueError):
        raise ValueError(f"expected seconds as duration, found {value!r}") from None


def _channel(value: Any) -> int | None:
    """A channel from 0; a table may have it as text. Raises ValueError."""
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if number is not None and (type(number) is not int or number < 0):
        raise ValueError(f"expected the number of a channel, from 0, found {value!r}")
    return number


def _audio(root: Path, beside: Path, value: Any, split: str | None, identity: str) -> str | None:
    """The recording's path relative to `root`. Raises ValueError for one that is not there."""
    if value is None:
        return None
    if isinstance(value, Mapping):
        name, content = value.get("path"), value.get("bytes")
        if isinstance(content, bytes):
            return store(root, content, name, split, identity)
    else:
        name = value
    if not isinstance(name, str) or not name:
        raise ValueError(f"expected the path of a recording, found {str(value)[:60]!r}")
    near = inside(beside, name)
    if near is not None:
        return PurePosixPath(beside.relative_to(root).as_posix(), near).as_posix()
    path = inside(root, name)
    if path is None:
        raise ValueError(f"its recording {name} is missing")
    return path


IMPORTER = Importer(
    "huggingface",
    "a local data set of Hugging Face: save_to_disk, AudioFolder, Parquet, JSON or CSV",
    read,
)
