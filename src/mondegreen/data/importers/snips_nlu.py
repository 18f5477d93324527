"""The Snips NLU benchmark of June 2017: seven intents, text only, a JSON file per intent and split.

`train_INTENT_full.json` (about 2,000 sentences), `train_INTENT.json` (a few hundred of them) and
`validate_INTENT.json` (100), in one folder or in a folder per intent:
{"PlayMusic": [{"data": [{"text": "play "}, {"text": "Rhapsody in Blue", "entity": "track"}]}]}.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.files import MOST_JSON, read_bytes, regular_files
from ...jobs.problems import Problems
from ..utterance import SlotLabel, Utterance
from .importer import Importer, Published

INTENTS = (
    "AddToPlaylist", "BookRestaurant", "GetWeather", "PlayMusic", "RateBook", "SearchCreativeWork",
    "SearchScreeningEvent",
)  # fmt: skip
_FILE = re.compile(
    r"(?P<split>train|validate)_(?P<intent>[A-Za-z]+)(?:_(?P<size>full|2000))?\.json"
)
_SIZES = ("full", "2000", None)
"""Of several files for an intent and split the largest is read; the others are part of it. Earlier
copies call it 2000."""


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The sentences, training first; ids are split, intent and number.

    Blanks around a sentence and around a slot are dropped. A row is named by its number in the
    file, from 1: JSON has no lines. Raises DataError for a folder without such files.
    """
    files = _files(folder)
    if not files:
        raise DataError(
            f"{folder}: found no file such as train_PlayMusic_full.json or "
            "validate_PlayMusic.json, expected the folder of the Snips NLU benchmark"
        )
    for (split, intent), path in sorted(files.items()):
        name = path.relative_to(folder if folder.is_dir() else folder.parent).as_posix()
        for number, row in enumerate(_rows(path, intent), 1):
            try:
                text, slots = _sentence(row)
            except ValueError as error:
                problems.report(f"{name}:{number}", str(error))
                continue
            yield Utterance(
                f"{split}-{intent}-{number:04d}", text=text, intent=intent, slots=slots, split=split
            )


def _files(folder: Path) -> dict[tuple[str, str], Path]:
    """The file to read for each split and intent."""
    files: dict[tuple[str, str], Path] = {}
    ranks: dict[tuple[str, str], int] = {}
    for path in regular_files(folder, (".json",)) if folder.is_dir() else [folder]:
        match = _FILE.fullmatch(path.name)
        if not match:
            continue
        key, rank = (match["split"], match["intent"]), _SIZES.index(match["size"])
        if rank < ranks.get(key, len(_SIZES)):
            files[key], ranks[key] = path, rank
    return files


def _rows(path: Path, intent: str) -> list[Any]:
    try:
        content = json.loads(_decoded(read_bytes(path, DataError, most=MOST_JSON)))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path} is not JSON: {error}; download it again") from error
    if not isinstance(content, dict) or not isinstance(content.get(intent), list):
        keys = ", ".join(content) if isinstance(content, dict) else type(content).__name__
        raise DataError(f"{path}: found {keys or 'nothing'}, expected {intent!r} with a list")
    rows: list[Any] = content[intent]
    return rows


def _decoded(content: bytes) -> str:
    """The file's text; one of them has an emoji in a form that is not quite UTF-8.

    There each half of its UTF-16 pair was encoded by itself (CESU-8). Bytes that are nothing at all
    become the replacement character.
    """
    try:
        return content.decode()
    except UnicodeDecodeError:
        pass
    try:
        halves = content.decode("utf-8", "surrogatepass")
        return halves.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace")


def _sentence(row: Any) -> tuple[str, tuple[SlotLabel, ...]]:
    """Text and slots of a row. Raises ValueError for a row of another form."""
    parts = row.get("data") if isinstance(row, dict) else None
    if not isinstance(parts, list) or not parts:
        raise ValueError('expected {"data": [{"text": "…"}, {"text": "…", "entity": "…"}]}')
    words: list[str] = []
    spans: list[tuple[str, int, int]] = []
    length = 0
    for part in parts:
        piece = part.get("text") if isinstance(part, dict) else None
        name = part.get("entity", "") if isinstance(part, dict) else ""
        if not isinstance(piece, str) or not isinstance(name, str):
            raise ValueError(f"found the piece {str(part)[:60]}, expected a text, maybe an entity")
        if name:
            if not piece.strip():
                raise ValueError(f"the slot {name!r} has no words")
            start = length + len(piece) - len(piece.lstrip())
            spans.append((name, start, start + len(piece.strip())))
        words.append(piece)
        length += len(piece)
    whole = "".join(words)
    text, before = whole.strip(), len(whole) - len(whole.lstrip())
    if not text:
        raise ValueError("the sentence has no words")
    return text, tuple(
        SlotLabel(name, whole[start:end], start - before, end - before)
        for name, start, end in spans
    )


def published(folder: Path) -> Published | None:
    """The benchmark's counts, where the folder has any of its full training files."""
    full = any(path.name.endswith("_full.json") for path in _files(folder).values())
    if not full:
        return None  # its small training sets are drawn from these
    return Published(
        "sonos/nlu-benchmark, 2017-06-custom-intent-engines: about 2,000 and 100 an intent",
        utterances={"train": 13_784, "validate": 700},
    )


IMPORTER = Importer(
    "snips-nlu",
    "the Snips NLU benchmark of 2017: train_INTENT_full.json and validate_INTENT.json",
    read,
    published,
)
