"""Picovoice Rhino: recordings with labels, or the sentences of a context file.

Three layouts. Picovoice's speech-to-intent benchmark has `data/label/label.json` (recording name to
intent and slots) and the recordings in `data/speech/clean`, and in `data/speech/NOISE_SNRdb` once
its mixer ran. A folder of one's own has `labels.jsonl`, a line per recording with `audio`, `intent`
and `slots`. A context is a YAML file with `context:`. Where a context lies beside the labels, they
are checked against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...grammar.expression import Grammar, SlotUse, ValueList, walk
from ...grammar.formats.format import Options
from ...grammar.formats.limits import check_limits
from ...grammar.formats.rhino import Rhino
from ...jobs.files import MOST_JSON, read_bytes
from ...jobs.problems import Problems
from ...registry import nearest
from ..utterance import SlotLabel, Utterance
from .importer import Importer, Published
from .reading.fields import label, read_slots, words
from .reading.grammar_sentences import TODAY, grammar_documents, utterances_of
from .reading.text_rows import json_lines

LABELS = "labels.jsonl"
BENCHMARK_LABELS = "data/label/label.json"
BENCHMARK_CONTEXTS = "data/rhino"
BENCHMARK_RECORDINGS = "data/speech"
_NOISY = re.compile(r"(?P<noise>.+)_(?P<snr>-?\d+)db")


def read(folder: Path, problems: Problems) -> Iterator[Utterance]:
    """The labelled recordings in a folder, else the sentences of its context (see the module).

    The recordings' words are not written down anywhere, so their text is empty. Raises DataError
    for another format, GrammarError for a mistake in a context.
    """
    if folder.name == LABELS:
        folder = folder.parent
    if (folder / LABELS).is_file():
        yield from _labelled_rows(folder, _Ontology.of(_contexts(*folder.glob("*.y*ml"))), problems)
        return
    if (folder / BENCHMARK_LABELS).is_file():
        contexts = _contexts(*(folder / BENCHMARK_CONTEXTS).glob("*.y*ml"))
        yield from _benchmark(folder, _Ontology.of(contexts), problems)
        return
    contexts = _contexts(folder)
    if not contexts:
        raise DataError(f"{folder}: found no labels and no context, expected {IMPORTER.about}")
    for grammar in contexts:
        for notice in grammar.notices:
            problems.note(str(notice))
        yield from utterances_of(grammar)


def _contexts(*places: Path) -> list[Grammar]:
    """The contexts among YAML files, or in the folders that hold them."""
    rhino = Rhino()
    return [
        check_limits(rhino.read([document], Options(path.stem, path.parent, clock=lambda: TODAY)))
        for place in sorted(places)
        if place.is_file() or place.is_dir()
        for path, document in grammar_documents(place)
        if rhino.recognises(document)
    ]


@dataclass(frozen=True)
class _Ontology:
    """What a context allows: by intent and slot the values, None where they are not a list."""

    intents: dict[str, dict[str, set[Any] | None]]

    @classmethod
    def of(cls, contexts: list[Grammar]) -> _Ontology | None:
        """What the only context allows; None where there is not exactly one."""
        if len(contexts) != 1:
            return None  # which of several the labels follow cannot be known
        (grammar,) = contexts
        intents: dict[str, dict[str, set[Any] | None]] = {}
        for sentence in grammar.sentences:
            slots = intents.setdefault(sentence.intent, {})
            for use in walk(sentence.expression):
                if not isinstance(use, SlotUse):
                    continue
                kind = grammar.slot_types[use.type]
                values = {v.value for v in kind.values} if isinstance(kind, ValueList) else None
                allowed = slots.get(use.name, set())
                slots[use.name] = None if values is None or allowed is None else allowed | values
        return cls(intents)

    def wrong(self, intent: str, slots: tuple[SlotLabel, ...]) -> str | None:
        """Which label the context does not have; None when it has them all."""
        if intent not in self.intents:
            return f"the intent {intent!r} is not in the context{nearest(intent, self.intents)}"
        for slot in slots:
            if slot.name not in self.intents[intent]:
                suggestion = nearest(slot.name, self.intents[intent])
                return f"the slot {slot.name!r} is not one of {intent!r} in the context{suggestion}"
            values = self.intents[intent][slot.name]
            plain = not isinstance(slot.value, list | dict)
            if values is not None and not (plain and slot.value in values):
                suggestion = nearest(str(slot.value), map(str, sorted(values, key=str)))
                return f"{slot.value!r} is no value of {slot.name!r} in the context{suggestion}"
        return None


def _labels(row: Any, text: str, ontology: _Ontology | None) -> tuple[str, tuple[SlotLabel, ...]]:
    """Intent and slots of a row. Raises ValueError for what they cannot be."""
    if not isinstance(row, dict) or not isinstance(row.get("intent"), str):
        raise ValueError('expected {"intent": "…", "slots": {…}}')
    # Values of the benchmark keep the space before them: " milk".
    slots = tuple(
        SlotLabel(s.name, s.value.strip() if isinstance(s.value, str) else s.value, s.start, s.end)
        for s in read_slots(row.get("slots"), text)
    )
    reason = ontology.wrong(row["intent"], slots) if ontology else None
    if reason:
        raise ValueError(reason)
    return row["intent"], slots


def _labelled_rows(
    folder: Path, ontology: _Ontology | None, problems: Problems
) -> Iterator[Utterance]:
    columns = ("id", "audio", "text", "intent", "slots", "speaker", "split")
    for place, row in json_lines(folder, LABELS, problems):
        try:
            audio, text = words(row.get("audio"), "audio"), words(row.get("text"), "text")
            intent, slots = _labels(row, text, ontology)
            yield Utterance(
                label(row.get("id"), "id") or Path(audio).stem,
                audio=audio,
                text=text,
                intent=intent,
                slots=slots,
                speaker=label(row.get("speaker"), "speaker"),
                split=label(row.get("split"), "split"),
                meta={key: value for key, value in row.items() if key not in columns},
            )
        except ValueError as error:
            problems.report(place, str(error))


def _benchmark(folder: Path, ontology: _Ontology | None, problems: Problems) -> Iterator[Utterance]:
    text = read_bytes(folder / BENCHMARK_LABELS, DataError, most=MOST_JSON)
    try:
        labels = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{folder / BENCHMARK_LABELS} is not JSON: {error}") from error
    if not isinstance(labels, dict):
        raise DataError(f"{folder / BENCHMARK_LABELS}: expected recording names with their labels")
    for condition in _conditions(folder):
        noisy = _NOISY.fullmatch(condition.name)
        recordings = sorted(condition.glob("*.wav"))
        for recording in recordings:
            audio = recording.relative_to(folder).as_posix()
            if recording.name not in labels:
                problems.report(audio, f"this recording has no label in {BENCHMARK_LABELS}")
                continue
            try:
                intent, slots = _labels(labels[recording.name], "", ontology)
            except ValueError as error:
                line = text.count(b"\n", 0, text.find(f'"{recording.name}"'.encode())) + 1
                problems.report(f"{BENCHMARK_LABELS}:{line}", str(error))
                continue
            yield Utterance(
                f"{condition.name}-{recording.stem}" if noisy else recording.stem,
                audio=audio,
                intent=intent,
                slots=slots,
                noise=noisy["noise"] if noisy else None,
                meta={"snr_db": int(noisy["snr"])} if noisy else {},
            )
        missing = len(set(labels) - {recording.name for recording in recordings})
        if missing:
            problems.note(f"{missing} labels of {BENCHMARK_LABELS} have no recording here")


def _conditions(folder: Path) -> list[Path]:
    """The folders with recordings: `clean`, and one for every noise and signal-to-noise ratio."""
    places = sorted(p for p in (folder / BENCHMARK_RECORDINGS).glob("*") if p.is_dir())
    return [p for p in places if p.name == "clean" or _NOISY.fullmatch(p.name)]


def published(folder: Path) -> Published | None:
    """What Picovoice states of its benchmark: 619 recordings, here once in every condition."""
    if (folder / LABELS).is_file() or not (folder / BENCHMARK_LABELS).is_file():
        return None
    return Published(
        "picovoice.ai, How to benchmark a Rhino context",
        utterances={"": 619 * max(1, len(_conditions(folder)))},
    )


IMPORTER = Importer(
    "rhino",
    "a Rhino context (YAML), a folder with labels.jsonl and recordings, or a copy of Picovoice's "
    "speech-to-intent-benchmark",
    read,
    published,
)
