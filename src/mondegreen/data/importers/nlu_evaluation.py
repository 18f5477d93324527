"""NLU-Evaluation-Data (Liu et al. 2019): what people would say to an assistant at home, text only.

Two layouts. The publisher's is `AnnotatedData/NLU-Data-Home-Domain-Annotated-All.csv`, separated by
semicolons, with the sentence in `answer_annotation` ("wake me at [time : five am]"). The plain one
is JSON Lines: {"text": …, "intent": …, "slots": [{"name": …, "value": …, "start": …, "end": …}]}.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.files import regular_files
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import Utterance
from .importer import Importer, Published
from .reading.annotated import parse_marked
from .reading.fields import read_slots, words
from .reading.home_labels import DIALOGUE_INTENTS, INTENTS
from .reading.text_rows import csv_rows, json_lines

TABLE = "NLU-Data-Home-Domain-Annotated-All.csv"
ROWS = 25_716
"""Rows of the table, as its publisher states."""
COLUMNS = ("userid", "answerid", "scenario", "intent", "status", "answer_annotation")
"""Those that are needed; of the others, `meta` keeps what was said and asked."""
_KEPT = ("userid", "scenario", "status", "notes", "answer", "question")
_ALL_INTENTS = INTENTS | DIALOGUE_INTENTS


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The sentences, ids as the publisher's `answerid`, or file name and line in the plain layout.

    Rows whose status begins with IRR_ are left out, as the publisher's own scripts do, and so are
    those without words; a note says how many. Raises DataError for a folder of another format.
    """
    tables, lists = _files(folder)
    root = folder if folder.is_dir() else folder.parent
    for path in tables:
        yield from _table(root, path.relative_to(root).as_posix(), problems)
    if not tables:
        for path in lists:
            yield from _plain(root, path.relative_to(root).as_posix(), problems)
    if not tables and not lists:
        raise DataError(f"{folder}: found neither {TABLE} nor a .jsonl file")


def _files(folder: Path) -> tuple[list[Path], list[Path]]:
    """Tables of the publisher's layout, and files of the plain one."""
    paths = regular_files(folder) if folder.is_dir() else [folder]
    tables = [p for p in paths if (p.name == TABLE if folder.is_dir() else p.suffix == ".csv")]
    return tables, [p for p in paths if p.suffix == ".jsonl"]


def _why_left_out(row: dict[str, str]) -> str | None:
    """Why a row is none of the data; None when it is."""
    if row["status"].startswith("IRR_"):
        return "marked as irrelevant (IRR_)"
    return None if row["answer_annotation"].strip() else "without words"


def _table(root: Path, name: str, problems: Problems) -> Iterator[Utterance]:
    counts_by_reason: dict[str, int] = {}
    for place, row in csv_rows(root, name, COLUMNS, problems, delimiter=";"):
        reason = _why_left_out(row)
        if reason:
            counts_by_reason[reason] = counts_by_reason.get(reason, 0) + 1
            continue
        intent = f"{row['scenario']}_{row['intent']}"
        try:
            if intent not in _ALL_INTENTS:
                raise ValueError(
                    f"unknown intent {intent!r}{nearest(intent, sorted(_ALL_INTENTS))}"
                )
            if not row["answerid"]:
                raise ValueError("the answerid is empty")
            text, slots = parse_marked(row["answer_annotation"])
        except ValueError as error:
            problems.report(place, str(error))
            continue
        meta = {key: row[key] for key in _KEPT if row.get(key)}
        yield Utterance(row["answerid"], text=text, intent=intent, slots=slots, meta=meta)
    for reason, count in sorted(counts_by_reason.items()):
        problems.note(f"{name}: left out {count:,} rows {reason}")


def _plain(root: Path, name: str, problems: Problems) -> Iterator[Utterance]:
    split = Path(name).stem
    for number, (place, row) in enumerate(json_lines(root, name, problems), 1):
        try:
            text, intent = words(row.get("text"), "text"), words(row.get("intent"), "intent")
            for what, value in (("text", text), ("intent", intent)):
                if not value.strip():
                    raise ValueError(f"expected words as {what!r}, found {value!r}")
            slots = read_slots(row.get("slots"), text)
            for slot in slots:
                if slot.start is not None and slot.words(text) != slot.value:
                    raise ValueError(
                        f"slot {slot.name!r} is {slot.value!r}, but characters {slot.start} to "
                        f"{slot.end} say {slot.words(text)!r}"
                    )
        except ValueError as error:
            problems.report(place, str(error))
            continue
        yield Utterance(
            f"{split}-{number:05d}",
            text=text,
            intent=intent,
            slots=slots,
            split=split,
            meta=_rest(row),
        )


def _rest(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("text", "intent", "slots")}


def published(folder: Path) -> Published | None:
    """How many of the table's stated rows are data; nothing is stated of the plain layout."""
    tables, _ = _files(folder)
    if not tables:
        return None
    root = folder if folder.is_dir() else folder.parent
    name = tables[0].relative_to(root).as_posix()
    rows = csv_rows(root, name, COLUMNS, Problems(skip=True), delimiter=";")
    dropped = sum(_why_left_out(row) is not None for _, row in rows)
    return Published(
        f"the README of NLU-Evaluation-Data: {ROWS:,} rows, of which {dropped:,} are left out",
        utterances={"": ROWS - dropped},
    )


IMPORTER = Importer(
    "nlu-evaluation",
    f"NLU-Evaluation-Data: {TABLE}, or JSON Lines with text, intent and slots",
    read,
    published,
)
