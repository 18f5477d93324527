"""MASSIVE 1.0 and 1.1 (FitzGerald et al. 2022): SLURP's sentences in 51 and 52 locales, text only.

`data/LOCALE.jsonl`, a line per sentence with `id`, `locale`, `partition`, `scenario`, `intent`,
`utt`, `annot_utt` ("wake me at [time : five am]") and `worker_id`; translations have `slot_method`
and `judgments` too. The held-out set of MMNLU-22 has sentences without labels. Which locales are
read is chosen by the files in the folder, or by naming one file.

Its quirks: `partition` says dev where SLURP says devel; the locale is written en-US, not en_US; a
slot's words are marked in the sentence and nowhere else, so blanks within marks are not the text's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.files import regular_files
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import Utterance
from .importer import Importer, Published
from .reading.annotated import parse_marked, place_slots
from .reading.home_labels import INTENTS, SLOTS
from .reading.text_rows import json_lines

PARTITIONS = ("train", "dev", "test")
HELD_OUT = "MMNLU-22"
"""The partition of the unlabelled sentences."""
_LOCALE = re.compile(r"[a-z]{2,3}-[A-Z]{2}\.jsonl")
_USED = ("id", "partition", "intent", "utt", "annot_utt")


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The sentences of every locale, in alphabetical order of the locales.

    `lang` is the language, the locale and everything else lie in `meta`; the worker wrote the
    sentence and spoke nothing, so there is no speaker. Raises DataError where no locale is found.
    """
    files = _files(folder)
    if not files:
        raise DataError(f"{folder}: found no file such as en-US.jsonl, expected {IMPORTER.about}")
    root = folder if folder.is_dir() else folder.parent
    for path in files:
        for place, row in json_lines(root, path.relative_to(root).as_posix(), problems):
            try:
                utterance = _utterance(row, path.stem)
            except ValueError as error:
                problems.report(place, str(error))
            else:
                yield utterance


def _files(folder: Path) -> list[Path]:
    paths = regular_files(folder, (".jsonl",)) if folder.is_dir() else [folder]
    return [path for path in paths if _LOCALE.fullmatch(path.name)]


def _utterance(row: dict[str, Any], locale: str) -> Utterance:
    """A row as an utterance. Raises ValueError with what is wrong with it."""
    for key in ("id", "locale", "partition", "utt"):
        if not isinstance(row.get(key), str) or not row[key].strip():
            raise ValueError(f"expected a text as {key!r}, found {row.get(key)!r}")
    if row["locale"] != locale:
        raise ValueError(f"found the locale {row['locale']} in the file of {locale}")
    if row["partition"] not in (*PARTITIONS, HELD_OUT):
        raise ValueError(
            f"found the partition {row['partition']!r}, expected {', '.join(PARTITIONS)}"
        )
    text, intent = row["utt"].strip(), row.get("intent")
    labelled = row["partition"] != HELD_OUT or intent is not None
    if labelled and (not isinstance(intent, str) or intent not in INTENTS):
        raise ValueError(f"unknown intent {intent!r}{nearest(str(intent), sorted(INTENTS))}")
    if labelled and not isinstance(row.get("annot_utt"), str):
        raise ValueError(f"expected a text as 'annot_utt', found {row.get('annot_utt')!r}")
    plain, slots = parse_marked(row["annot_utt"]) if labelled else (text, ())
    for slot in slots:
        if slot.name not in SLOTS:
            raise ValueError(f"unknown slot {slot.name!r}{nearest(slot.name, sorted(SLOTS))}")
    return Utterance(
        f"{locale}-{row['id']}",
        text=text,
        intent=intent,
        slots=place_slots(slots, plain, text),
        split=row["partition"],
        lang=locale.partition("-")[0],
        meta={key: value for key, value in row.items() if key not in _USED},
    )


def published(folder: Path) -> Published | None:
    """Sentences by partition, the same in every locale; nothing is stated of the held-out set."""
    labelled = 0
    for path in _files(folder):
        with path.open("rb") as file:
            labelled += f'"{HELD_OUT}"'.encode() not in file.readline()
    if not labelled:
        return None
    per_locale = zip(PARTITIONS, (11_514, 2_033, 2_974), strict=True)
    return Published(
        "the data set card of AmazonScience/massive",
        utterances={name: count * labelled for name, count in per_locale},
    )


IMPORTER = Importer(
    "massive", "MASSIVE: data/LOCALE.jsonl for one or more locales", read, published
)
