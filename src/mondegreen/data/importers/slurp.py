"""SLURP (Bastianelli et al. 2020): an assistant at home, every sentence recorded several times.

`dataset/slurp/{train,devel,test,train_synthetic}.jsonl`, a line per sentence, and recordings in
`audio/slurp_real` and `audio/slurp_synth`, downloaded apart from them. Speakers are named in
`dataset/slurp/metadata.json`. The field `intent` mixes two ways of writing ("factoid" beside
"qa_factoid"); scenario and action together are the label that everybody scores.

Its quirks: a reading is there twice, from the speaker's headset (`-headset`) and from afar, and
both are rows; some names have two hyphens ("audio--1504194195.flac"); spans of entities count
tokens, whose text is not always the sentence's; `usrid` begins with sex and whether English is the
mother tongue ("FO-488"), or is "UNK-…"; `wer` is a recogniser's, and readings with errors are part
of the published splits. The texts are CC BY 4.0, the recordings CC BY-NC 4.0.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...jobs.files import MOST_JSON, read_bytes
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import SlotLabel, Utterance
from .importer import Importer, Published
from .reading.fields import label
from .reading.home_labels import DIALOGUE_INTENTS, INTENTS, SLOTS
from .reading.text_rows import find_span, json_lines

RECORDINGS = {"train": 50_628, "devel": 8_690, "test": 13_078, "train_synthetic": 69_253}
"""Recordings that the file of each split lists."""
_AUDIO = {"train_synthetic": "slurp_synth"}
_REAL = "slurp_real"
_ALL_INTENTS = INTENTS | DIALOGUE_INTENTS | {"qa_query"}
"""The 69 of SLURP: reactions to an assistant were kept, and one label is found nowhere else."""
_KEPT = ("wer", "ent_wer", "status")
"""What is said of a recording: errors of a recogniser (words, slots), and a listener's verdict."""
_HEADSET = "-headset"


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """An utterance per recording; ids are file names.

    A recording that is listed with a second sentence gets that sentence's number after its name.
    Splits whose recordings are not here are left out, with a note. Raises DataError for a folder
    without annotations or without any recordings.
    """
    texts, splits = _splits(folder)
    if not texts:
        raise DataError(f"{folder}: found no dataset/slurp/train.jsonl, expected {IMPORTER.about}")
    if not splits:
        raise DataError(
            f"{folder}: found no recordings in audio/{_REAL}; download them with "
            "scripts/download_audio.sh and unpack them there"
        )
    for split, path in texts.items():
        if split not in splits:
            audio = _AUDIO.get(split, _REAL)
            problems.note(f"{path.name} was left out: there is no folder audio/{audio}")
    yield from _rows(folder, texts, splits, problems)


def read_texts(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The same rows of all splits, whether their recordings are here or not."""
    texts, _ = _splits(folder)
    if not texts:
        raise DataError(f"{folder}: found no dataset/slurp/train.jsonl, expected {IMPORTER.about}")
    yield from _rows(folder, texts, {split: _AUDIO.get(split, _REAL) for split in texts}, problems)


def _rows(
    folder: Path, texts: Mapping[str, Path], splits: Mapping[str, str], problems: Problems
) -> Iterator[Utterance]:
    speakers = _speakers(next(iter(texts.values())).with_name("metadata.json"))
    ids: set[str] = set()
    for split, audio in splits.items():
        name = texts[split].relative_to(folder).as_posix()
        for place, row in json_lines(folder, name, problems):
            try:
                yield from _utterances(row, split, audio, speakers, ids)
            except ValueError as error:
                problems.report(place, str(error))


def _splits(folder: Path) -> tuple[dict[str, Path], dict[str, str]]:
    """The annotations by split, and the folder of recordings (relative) for those that have one."""
    texts: dict[str, Path] = {}
    audio: dict[str, str] = {}
    for split in RECORDINGS:
        for path in (folder / "dataset/slurp" / f"{split}.jsonl", folder / f"{split}.jsonl"):
            if path.is_file():
                texts.setdefault(split, path)
        kind = _AUDIO.get(split, _REAL)
        for place in (f"audio/{kind}", kind):
            if split in texts and (folder / place).is_dir():
                audio.setdefault(split, place)
    return texts, audio


def _speakers(path: Path) -> dict[str, str]:
    """The speaker of each recording, as far as the metadata names one; empty without metadata."""
    if not path.is_file():
        return {}
    try:
        entries = json.loads(read_bytes(path, DataError, most=MOST_JSON))
        return {
            file: speaker
            for entry in entries.values()
            for file, recording in entry["recordings"].items()
            if (speaker := label(recording.get("usrid"), "usrid"))
        }
    except (ValueError, RecursionError, AttributeError, KeyError, TypeError) as error:
        raise DataError(
            f"{path}: found no metadata of SLURP in it ({error!r}); download it again, or remove "
            "it to do without speakers"
        ) from error


def _utterances(
    row: dict[str, Any], split: str, audio: str, speakers: dict[str, str], ids: set[str]
) -> list[Utterance]:
    """A sentence as an utterance per recording. Raises ValueError with what is wrong with it."""
    sentence, number = row.get("sentence"), row.get("slurp_id")
    if not isinstance(sentence, str) or not sentence.strip():
        raise ValueError(f"expected a text as 'sentence', found {sentence!r}")
    text = sentence.strip()
    intent = f"{row.get('scenario')}_{row.get('action')}"
    if intent not in _ALL_INTENTS:
        raise ValueError(f"unknown intent {intent!r}{nearest(intent, sorted(_ALL_INTENTS))}")
    slots = _slots(row, text)
    about = {"slurp_id": number}
    if row.get("intent") not in (intent, None):
        about["intent"] = row["intent"]
    utterances = []
    for recording in _objects(row, "recordings"):
        file = recording.get("file")
        if not isinstance(file, str) or not file:
            raise ValueError(f"a recording has no 'file': {str(recording)[:60]}")
        identity = Path(file).stem
        if identity in ids:
            identity = f"{identity}-{number}"
        ids.add(identity)
        headset = {"headset": True} if Path(file).stem.endswith(_HEADSET) else {}
        details = {key: recording[key] for key in _KEPT if recording.get(key) is not None}
        utterances.append(
            Utterance(
                identity,
                audio=f"{audio}/{file}",
                text=text,
                intent=intent,
                slots=slots,
                speaker=label(recording.get("usrid"), "usrid") or speakers.get(file),
                split=split,
                meta={**about, **details, **headset},
            )
        )
    return utterances


def _objects(row: dict[str, Any], key: str) -> list[dict[str, Any]]:
    items = row.get(key)
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"expected a list of objects as {key!r}, found {str(items)[:60]}")
    return items


def _slots(row: dict[str, Any], text: str) -> tuple[SlotLabel, ...]:
    """The entities, whose spans are numbers of tokens. Raises ValueError."""
    tokens = [token.get("surface") for token in _objects(row, "tokens")]
    if not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"expected a 'surface' in every token, found {str(tokens)[:60]}")
    surfaces = [str(token) for token in tokens]
    places = _places(surfaces, text)
    slots = []
    for entity in _objects(row, "entities"):
        name, span = entity.get("type"), entity.get("span")
        if not isinstance(name, str) or name not in SLOTS:
            raise ValueError(f"unknown slot {name!r}{nearest(str(name), sorted(SLOTS))}")
        inside = isinstance(span, list) and all(
            type(index) is int and 0 <= index < len(surfaces) for index in span
        )
        if not span or not inside:
            raise ValueError(f"slot {name!r} has the tokens {span}, the sentence {len(surfaces)}")
        first, last = min(span), max(span)
        words = " ".join(surfaces[index] for index in span)
        if last < len(places):
            place: tuple[int, int] | None = (places[first][0], places[last][1])
        else:
            place = find_span(text, words)
        if place:
            slots.append(SlotLabel(name, text[slice(*place)], *place))
        else:
            slots.append(SlotLabel(name, words))
    return tuple(slots)


def _places(tokens: list[str], text: str) -> list[tuple[int, int]]:
    """Where the tokens stand ("what's" is two), up to the first that the text writes otherwise."""
    places = []
    at = 0
    for token in tokens:
        at += len(text[at:]) - len(text[at:].lstrip())
        if not token or not text.startswith(token, at):
            break
        places.append((at, at + len(token)))
        at += len(token)
    return places


def published(folder: Path) -> Published | None:
    """Recordings of those splits whose recordings are here."""
    _, splits = _splits(folder)
    return Published(
        "the recordings that the annotations of SLURP list, Bastianelli et al. 2020",
        utterances={split: RECORDINGS[split] for split in splits},
    )


IMPORTER = Importer(
    "slurp",
    "SLURP: dataset/slurp/train.jsonl, devel and test, and recordings in audio/slurp_real; "
    "train_synthetic with audio/slurp_synth",
    read,
    published,
    read_texts,
)
