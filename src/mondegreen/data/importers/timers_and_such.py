"""Timers and Such 1.0 (Lugosch et al. 2021, Zenodo 4623772): spoken commands with numbers in them.

A table per split, `train-real.csv` to `test-synth.csv`, with `path`, `semantics`, `speakerId` and
`transcription`, and more that ends up in `meta`. The meaning is written as Python writes it,
"{'intent': 'SetTimer', 'slots': {'hours': 0, 'minutes': 5, 'seconds': 0}}"; tables prepared for
training elsewhere have pipes in place of its commas.

Its quirks: a few numbers end in .3333333333333333 where .33 was said; slots that were not said are
there as 0; `all-real.csv`, which some scripts write, repeats the real splits.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import DataError
from ...jobs.problems import Problems
from ..utterance import SlotLabel, Utterance
from .importer import Importer
from .reading.text_rows import csv_rows

SPLITS = ("train-real", "dev-real", "test-real", "train-synth", "dev-synth", "test-synth")
"""`all-real`, which some scripts write beside them, is the first three once more."""
COLUMNS = ("path", "semantics", "speakerId", "transcription")
_THIRD = ".3333333333333333"
"""How a few labels end where two decimals were said: SpeechBrain's recipe mends these too."""
_LONGEST = 2_000
"""Characters of a meaning; they have about a hundred, and a parser must not be overrun."""


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The recordings of every split that has a table; ids are paths without their ending.

    Slots of zero are labels too (`hours` of "five minutes"). A slot has a place where its value
    stands in the transcription just as often as it is a slot's value. Raises DataError for a folder
    without such a table.
    """
    names = [f"{split}.csv" for split in SPLITS if (folder / f"{split}.csv").is_file()]
    if not names:
        raise DataError(
            f"{folder}: found no file such as train-real.csv, expected {IMPORTER.about}"
        )
    for name in names:
        for place, row in csv_rows(folder, name, COLUMNS, problems):
            try:
                utterance = _utterance(row, name.removesuffix(".csv"))
            except ValueError as error:
                problems.report(place, str(error))
            else:
                yield utterance


def _utterance(row: Mapping[str, str], split: str) -> Utterance:
    """A row as an utterance. Raises ValueError with what is wrong with it."""
    path, text = row["path"].strip(), row["transcription"].strip()
    if not path or not text:
        raise ValueError(f"the cell of {'transcription' if path else 'path'} is empty")
    intent, slots = parse_semantics(row["semantics"])
    return Utterance(
        path.removesuffix(PurePosixPath(path).suffix),
        audio=path,
        text=text,
        intent=intent,
        slots=_placed(slots, text),
        speaker=row["speakerId"].strip() or None,
        split=split,
        meta={key: cell for key, cell in row.items() if key and cell and key not in COLUMNS},
    )


def parse_semantics(semantics: str) -> tuple[str, dict[str, int | float | str]]:
    """Intent and slots of a meaning; blanks around words are dropped.

    Raises ValueError for anything but {'intent': …, 'slots': {name: number or words}}.
    """
    meaning = _literal(semantics.replace("|", ",").strip()) if len(semantics) <= _LONGEST else None
    intent, slots = (
        (meaning.get("intent"), meaning.get("slots")) if isinstance(meaning, dict) else (None, None)
    )
    if not isinstance(intent, str) or not intent or not isinstance(slots, dict):
        raise ValueError(
            f"found the meaning {semantics[:60]!r}, expected {{'intent': …, 'slots': {{…}}}}"
        )
    return intent, {_name(name): _value(name, value) for name, value in slots.items()}


def _literal(written: str) -> Any:
    """What a Python literal says; None where it is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python has opinions on how a broken one is spelt
        try:
            return ast.literal_eval(written)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None


def _name(name: Any) -> str:
    if not isinstance(name, str) or not name:
        raise ValueError(f"found the slot {name!r}, expected its name in quotes")
    return name


def _value(name: Any, value: Any) -> int | float | str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError(
            f"found {str(value)[:40]} in the slot {name!r}, expected a number or words"
        )
    return round(value, 2) if str(value).endswith(_THIRD) else value


def _placed(slots: Mapping[str, int | float | str], text: str) -> tuple[SlotLabel, ...]:
    """Slots in their order; equal values take the places of their words from left to right."""
    times = Counter(str(value) for value in slots.values())
    places = {words: _places(words, text) for words in times}
    spans = {words: iter(s if len(s) == times[words] else []) for words, s in places.items()}
    return tuple(
        SlotLabel(name, value, *next(spans[str(value)], (None, None)))
        for name, value in slots.items()
    )


def _places(words: str, text: str) -> list[tuple[int, int]]:
    """Where a value stands: no number inside a longer one, no word inside a longer word.

    "5:30PM" is three values, so a number may touch letters.
    """
    if not words:
        return []
    before, after = r"(?<![\d.])", r"(?!\.?\d)"
    if not words[-1].isdigit():
        before, after = r"(?<![^\W\d_])", r"(?![^\W\d_])"
    pattern = re.compile(before + re.escape(words) + after, re.IGNORECASE)
    return [match.span() for match in pattern.finditer(text)]


IMPORTER = Importer(
    "timers-and-such",
    "Timers and Such 1.0: train-real.csv and its like beside the folders of audio",
    read,
)
"""The importer of Timers and Such."""
