"""Snips' spoken language understanding data sets (Saade et al. 2018): lights and a music speaker.

`smart-lights-en-close-field` and `-far-field` have `dataset.json` and `speech_corpus/` with
`metadata.json` and `audio/`; `smart-speaker-en-…` and `-fr-…` have `training_dataset.json`,
`test_dataset.json`, `metadata.json` and the audio that it names. Queries are
{"intents": {"SetLightColor": {"utterances": [{"data": [{"text": "make it "}, {"text": "red",
"entity": "color", "slot_name": "color"}]}]}}, "language": "en"}; recordings are tied to them by
their text alone.

Their quirks: texts have line ends and blanks that the recordings' do not have; a text may have more
recordings than queries, or none; the lights have no split, the speaker's test has all recordings of
sentences that are in both; the languages of a speaker set are told by its name where the file does
not.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ...errors import DataError
from ...jobs.files import read_json
from ...jobs.problems import Problems
from ..utterance import SlotLabel, Utterance
from .importer import Importer, Published

LIGHTS, TRAIN, TEST = "dataset.json", "training_dataset.json", "test_dataset.json"
SOURCE = "the README of sonos/spoken-language-understanding-research-datasets"
LIGHTS_QUERIES = 296 + 296 + 296 + 300 + 299 + 278
"""Of the six intents, which the README lists one by one."""
SPEAKER_TESTS = 1_500


@dataclass(frozen=True)
class _Query:
    """A labelled sentence."""

    id: str
    text: str
    intent: str
    slots: tuple[SlotLabel, ...]
    split: str | None
    entities: dict[str, str]
    lang: str


@dataclass(frozen=True)
class _Set:
    """A folder with one of the data sets."""

    name: str
    path: Path
    queries: tuple[tuple[str, str | None], ...]
    """Files of queries with their split; the test first, whose sentences were recorded."""
    metadata: str


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The recordings of each data set in the folder, then its queries that were not recorded.

    The lights have no split (they are for cross-validation), the speaker has train and test. Rows
    are named by file, intent and number from 1: JSON has no lines. Raises DataError for a folder
    without a data set, and for a file that is not what it should be.
    """
    sets = _sets(folder)
    if not sets:
        raise DataError(f"{folder}: found neither {LIGHTS} nor {TRAIN}, expected {IMPORTER.about}")
    for data in sets:
        queries: dict[str, list[_Query]] = defaultdict(list)
        for query in _queries(data, folder, problems):
            queries[_key(query.text)].append(query)
        recording_counts: Counter[str] = Counter()
        yield from _recorded(data, folder, queries, recording_counts, problems)
        unrecorded = [
            query for key, same in queries.items() for query in same[recording_counts[key] :]
        ]
        if unrecorded:
            problems.note(
                f"{data.name}: {len(unrecorded):,} queries have no recording, only their text"
            )
        for query in unrecorded:
            yield _utterance(query, data.name, {})


def _sets(folder: Path) -> list[_Set]:
    """The folder itself, or those in it, that have files of queries."""
    sets = []
    for path in [folder, *sorted(p for p in folder.rglob("*") if p.is_dir())]:
        name = path.resolve().name
        if (path / TRAIN).is_file():
            queries = ((TEST, "test"), (TRAIN, "train"))
            sets.append(_Set(name, path, queries, "metadata.json"))
        elif (path / LIGHTS).is_file() and (path / "speech_corpus").is_dir():
            sets.append(_Set(name, path, ((LIGHTS, None),), "speech_corpus/metadata.json"))
    return sets


def _key(text: str) -> str:
    """What ties a recording to its query: the text, where line ends and blanks do not count."""
    return " ".join(text.split())


def _queries(data: _Set, folder: Path, problems: Problems) -> Iterator[_Query]:
    for file, split in data.queries:
        path = data.path / file
        content = read_json(path)
        intents = content.get("intents") if isinstance(content, dict) else None
        if not isinstance(intents, dict):
            raise DataError(f'{path}: expected {{"intents": {{…}}}}')
        lang = content.get("language")
        lang = lang if isinstance(lang, str) and lang else "fr" if "-fr-" in data.name else "en"
        name = path.relative_to(folder).as_posix()
        for intent, block in intents.items():
            rows = block.get("utterances") if isinstance(block, dict) else None
            if not intent or not isinstance(rows, list):
                problems.report(f"{name}:{intent}", 'expected an intent with {"utterances": […]}')
                continue
            for number, row in enumerate(rows, 1):
                try:
                    text, slots, entities = _sentence(row)
                except ValueError as error:
                    problems.report(f"{name}:{intent}:{number}", str(error))
                    continue
                id = "-".join([data.name, *([split] if split else []), intent, f"{number:04d}"])
                yield _Query(id, text, intent, slots, split, entities, lang)


def _sentence(row: Any) -> tuple[str, tuple[SlotLabel, ...], dict[str, str]]:
    """Text, slots and the entity of each slot. Raises ValueError for a row of another form."""
    parts = row.get("data") if isinstance(row, dict) else None
    if not isinstance(parts, list) or not parts:
        raise ValueError('expected {"data": [{"text": "…"}, {"text": "…", "slot_name": "…"}]}')
    whole = ""
    spans: list[tuple[str, int, int]] = []
    entities: dict[str, str] = {}
    for part in parts:
        piece, name, entity = (
            (part.get("text"), part.get("slot_name", ""), part.get("entity", ""))
            if isinstance(part, dict)
            else (None, None, None)
        )
        if not isinstance(piece, str) or not isinstance(name, str) or not isinstance(entity, str):
            raise ValueError(f"found the piece {str(part)[:60]}, expected a text, maybe a slot")
        if entity and not name:
            raise ValueError(f"the entity {entity!r} of {piece!r} has no slot_name")
        if name:
            if not piece.strip():
                raise ValueError(f"the slot {name!r} has no words")
            start = len(whole) + len(piece) - len(piece.lstrip())
            spans.append((name, start, start + len(piece.strip())))
            if entity:
                entities[name] = entity
        whole += piece
    whole = re.sub(r"\s", " ", whole)  # a few end with a line break, or have one inside
    text, before = whole.strip(), len(whole) - len(whole.lstrip())
    if not text:
        raise ValueError("the sentence has no words")
    slots = [SlotLabel(name, whole[s:e], s - before, e - before) for name, s, e in spans]
    return text, tuple(slots), entities


def _recorded(
    data: _Set,
    folder: Path,
    queries: Mapping[str, Sequence[_Query]],
    recording_counts: Counter[str],
    problems: Problems,
) -> Iterator[Utterance]:
    """Each recording with the next query of its text; `recording_counts` counts by text.

    Where a text has more recordings than queries, the last query labels the rest of them.
    """
    path = data.path / data.metadata
    name = path.relative_to(folder).as_posix()
    for place, entry in _entries(path, name):
        text, audio = _text_and_audio(entry)
        if text is None or audio is None:
            problems.report(place, f"found {str(entry)[:60]}, expected a text and a file name")
            continue
        key = _key(text)
        same = queries.get(key)
        if not same:
            problems.report(place, f"found no query with the text {text[:60]!r}")
            continue
        recording_counts[key] += 1
        query = same[min(recording_counts[key], len(same)) - 1]
        if recording_counts[key] > len(same):
            query = replace(query, id=f"{query.id}-{recording_counts[key]}")
        yield _utterance(query, data.name, entry, data.path.relative_to(folder) / audio)


def _entries(path: Path, name: str) -> Iterable[tuple[str, Any]]:
    """Place and content of each recording: values of the lights' object, or the speaker's list."""
    content = read_json(path)
    if isinstance(content, dict):
        return [(f"{name}:{key}", entry) for key, entry in content.items()]
    if isinstance(content, list):
        return [(f"{name}:{number}", entry) for number, entry in enumerate(content, 1)]
    raise DataError(f"{path}: expected an object or a list of recordings")


def _text_and_audio(entry: Any) -> tuple[str | None, PurePosixPath | None]:
    """Text of a recording and its path relative to the data set; None for what is not there."""
    if not isinstance(entry, dict):
        return None, None
    text, file, path = entry.get("text"), entry.get("filename"), entry.get("path_file")
    if isinstance(path, str) and path:
        audio = PurePosixPath(path)
    elif isinstance(file, str) and file:
        audio = PurePosixPath("speech_corpus/audio", file)
    else:
        return None, None
    return (text if isinstance(text, str) and text.strip() else None), audio


def _utterance(
    query: _Query, name: str, entry: dict[str, Any], audio: PurePosixPath | Path | None = None
) -> Utterance:
    worker = entry.get("worker")
    worker = dict(worker) if isinstance(worker, dict) else {}
    speaker = worker.pop("id", None)
    meta: dict[str, Any] = {"set": name}
    if query.entities:
        meta["entities"] = query.entities
    if worker:
        meta["worker"] = worker
    return Utterance(
        query.id,
        audio=None if audio is None else audio.as_posix(),
        text=query.text,
        intent=query.intent,
        slots=query.slots,
        speaker=str(speaker) if isinstance(speaker, str | int) and speaker != "" else None,
        split=query.split,
        lang=query.lang,
        meta=meta,
    )


def published(folder: Path) -> Published | None:
    """The queries that the publisher counts, for the data sets that bear their original names."""
    names = [data.name for data in _sets(folder)]
    lights = sum(name.startswith("smart-lights-en-") for name in names)
    speakers = sum(name.startswith("smart-speaker-") for name in names)
    counts = {"": lights * LIGHTS_QUERIES, "test": speakers * SPEAKER_TESTS}
    utterances = {split: count for split, count in counts.items() if count}
    return Published(SOURCE, utterances=utterances) if utterances else None


IMPORTER = Importer(
    "snips-slu",
    "Snips' spoken data: smart-lights-en-close-field and its like, with dataset.json or "
    "training_dataset.json, metadata.json and audio",
    read,
    published,
)
"""The importer of Snips' spoken language understanding data sets."""
