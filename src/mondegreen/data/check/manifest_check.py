"""What is wrong with a manifest: its rows, labels, splits and recordings, all of it listed."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

import numpy as np

from ...errors import DataError
from ...jobs.problems import Problems
from ...jobs.processes import in_order
from ...jobs.progress import bars, track
from ...text.spoken_text import foreign_script
from ...text.symbols import unread
from ...text.tokens import words
from ...voices.voice import people
from ..look.stats import effective
from ..manifest import Manifest
from ..utterance import Utterance, trains
from .findings import Finding, Findings
from .leakage import Column, Columns, across, by_channel, overlapping, two_texts
from .recording_faults import RowPart, UsedRecording, listen_to_all
from .unseen_proof import UNSEEN, check_unseen

_BATCH = 16
"""Recordings handed to a process at a time."""
_UNBALANCED = 10
"""Times that the largest intent may be as large as the smallest before it is noted."""

T = TypeVar("T")
Slots = dict[str, tuple[int, set[str | None]]]
"""Of each slot name, the line that has it first and the splits that have it."""


@dataclass(frozen=True)
class IntentSizes:
    """How the intents of a manifest are distributed."""

    intents: int
    largest: int
    smallest: int
    effective: float
    """exp(entropy): this many intents of equal size would be as diverse (Hill 1973)."""


@dataclass(frozen=True)
class Report:
    """Everything that a check found."""

    manifest: str
    utterances: int
    recordings: int
    """Files that were listened to."""
    labels: IntentSizes | None
    """None where no row has an intent."""
    findings: list[Finding]
    """The worst first."""

    def count(self, severity: str) -> int:
        """How many errors, warnings or notes there are."""
        return sum(f.count for f in self.findings if f.severity == severity)


def check(path: str | os.PathLike[str], *, audio: bool = True, workers: int = 1) -> Report:
    """Check a manifest and, with `audio`, every recording it names, in `workers` processes.

    Raises DataError when the file is no manifest at all; whatever else is wrong is listed.
    """
    problems = Problems(skip=True)
    good = Manifest.open(path).checked(problems)
    findings = Findings()
    for problem in problems.rows:
        findings.add("row", _line(problem.place), problem.reason)
    problems.rows.clear()
    columns = Columns()
    slots: Slots = {}
    for place, utterance in track(good.places(), total=len(good), what="rows"):
        line = _line(place)
        findings.extend((kind, line, detail) for kind, detail in _row(utterance))
        _note(columns, slots, line, utterance)
    sounds, files = np.array(columns.audio), 0
    if audio:
        files = _listen(good, columns, findings, sounds, workers)
    _leaks(good, columns, sounds, findings)
    labels = _labels(good, columns, slots, findings)
    _unseen(good, columns, findings)
    return Report(str(path), len(good), files, labels, findings.sorted())


def _line(place: str) -> int:
    return int(place.rpartition(":")[2])


def _row(utterance: Utterance) -> Iterator[tuple[str, str]]:
    """Kind and detail of everything that one row alone shows."""
    text = utterance.text
    if not text.strip():
        if utterance.audio is None:
            yield "empty", utterance.id
        else:
            yield "no-text", utterance.id
    elif script := foreign_script(text):
        yield "script", f"{script}: {text}"
    elif character := unread(text):
        yield "unread", f"{utterance.id}: {character}"
    end = 0
    for slot in sorted(utterance.slots, key=lambda slot: slot.start or 0):
        if slot.start is None or slot.end is None:
            continue
        slot_words = text[slot.start : slot.end]
        if slot.start < end:
            yield "slots-overlap", f"{slot.name} {slot_words!r} in {text!r}"
        end = max(end, slot.end)
        if _cuts(text, slot.start) or _cuts(text, slot.end):
            yield "slot-cut", f"{slot.name} {slot_words!r} in {text!r}"
        if words(slot_words) != words(str(slot.value)):
            yield "slot-words", f"{slot.name}: {slot_words!r} means {slot.value!r}"


def _cuts(text: str, at: int) -> bool:
    """Whether a place lies inside a word, between two Latin letters or two digits.

    Between both kinds does not count ("5pm"), nor where scripts need no space between words.
    """
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    if before.isdigit() and after.isdigit():
        return True
    letters = before.isalpha() and after.isalpha()
    return letters and foreign_script(before + after) is None


def _note(columns: Columns, slots: Slots, line: int, utterance: Utterance) -> None:
    end = math.inf if utterance.duration is None else utterance.start + utterance.duration
    columns.add(
        line,
        " ".join(words(utterance.text)),
        utterance.audio,
        (utterance.start, end),
        (utterance.speaker, utterance.split, utterance.intent),
        utterance.channel,
        declared=utterance.meta.get("overlap") is True,
    )
    for slot in utterance.slots:
        slots.setdefault(slot.name, (line, set()))[1].add(utterance.split)


def _listen(
    good: Manifest,
    columns: Columns,
    findings: Findings,
    sounds: Column,
    workers: int,
) -> int:
    """Listen to all recordings; `sounds` then says which rows sound alike. Returns the files."""
    lines = np.array(columns.line)
    files = len(np.unique(sounds[sounds != 0]))
    workers = max(1, min(workers, files // _BATCH))
    formats: Counter[tuple[int, int]] = Counter()
    first: dict[tuple[int, int], int] = {}
    batches = _batches(_recordings(good, sounds, lines), _BATCH)
    with bars() as display:
        bar = display.add("recordings", files)
        for batch in in_order(listen_to_all, batches, workers):
            for inspection in batch:
                findings.extend(inspection.remarks)
                rows = np.searchsorted(lines, inspection.lines)
                if inspection.sound:
                    sounds[rows] = inspection.sound
                    formats[inspection.rate, inspection.channels] += 1
                    first.setdefault((inspection.rate, inspection.channels), inspection.lines[0])
            bar.advance(len(batch))
    for (rate, channels), count in formats.most_common():
        if (rate, channels) != (16_000, 1):
            line = first[rate, channels]
            findings.add("format", line, _format(rate, channels, count), count)
    return files


def _recordings(good: Manifest, sounds: Column, lines: Column) -> Iterator[UsedRecording]:
    """Every file once, in the order of its first row, with all rows that use it."""
    rows = np.flatnonzero(sounds)
    _, first, file = np.unique(sounds[rows], return_index=True, return_inverse=True)
    order = np.lexsort((rows, first[file]))
    rows, file = rows[order], file[order]
    for group in np.split(rows, np.flatnonzero(np.diff(file)) + 1):
        parts = []
        for row in group.tolist():
            utterance = good[row]
            expects_speech = bool(utterance.text.strip() or utterance.intent)
            parts.append(
                RowPart(
                    int(lines[row]),
                    utterance.start,
                    utterance.duration,
                    expects_speech,
                    utterance.channel,
                )
            )
        if parts:
            yield UsedRecording(good.audio_path(utterance), utterance.audio or "", tuple(parts))


def _batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    source = iter(items)
    while batch := list(islice(source, size)):
        yield batch


def _format(rate: int, channels: int, count: int) -> str:
    what = "1 channel" if channels == 1 else f"{channels} channels"
    narrow = "; they lack the highest sounds, as a telephone does" if rate < 16_000 else ""
    return f"{count:,} of {rate} Hz and {what}{narrow}"


def _persons(columns: Columns) -> Column:
    """A number for who speaks each row, 0 where that is unknown; mixtures of voices share one."""
    names = columns.speakers.names
    one = people(name for name in names if name)
    numbers = {person: number for number, person in enumerate(sorted(set(one.values())), 1)}
    of = np.array([numbers[one[name]] if name else 0 for name in names])
    return np.asarray(of[np.array(columns.speaker)], np.int64)


def _leaks(good: Manifest, columns: Columns, sounds: Column, findings: Findings) -> None:
    """What is in several splits, and what has no split though others have one."""
    lines, splits = np.array(columns.line), np.array(columns.split)
    names = columns.splits.names

    def add(kind: str, what: str, rows: Sequence[int]) -> None:
        where = [f"({names[splits[rows[0]]] or 'no split'})"]
        where += [f"line {lines[row]} ({names[splits[row]] or 'no split'})" for row in rows[1:]]
        findings.add(kind, int(lines[rows[0]]), f"{what} {' and '.join(where)}")

    if splits.any():
        for row in np.flatnonzero(splits == 0):
            findings.add("no-split", int(lines[row]), good[int(row)].id)
    for rows in across(np.array(columns.sentence), splits):
        add("sentence-leak", repr(good[rows[0]].text), rows)
    for rows in across(_persons(columns), splits):
        add("speaker-leak", repr(good[rows[0]].speaker), rows)
    start, end = np.array(columns.start), np.array(columns.end)
    for one, other in two_texts(columns):
        findings.add("two-texts", int(lines[other]), f"as in line {lines[one]}")
    for pair in overlapping(by_channel(columns, sounds), start, end, splits):
        one, other = splits[list(pair)]
        leaks = one and other and one != other
        earlier, later = sorted(pair)
        add("recording-leak" if leaks else "same-sound", str(good[earlier].audio), (earlier, later))


def _labels(
    good: Manifest, columns: Columns, slots: Slots, findings: Findings
) -> IntentSizes | None:
    intents, lines = np.array(columns.intent), np.array(columns.line)
    if not intents.any():
        return None
    for row in np.flatnonzero(intents == 0):
        findings.add("no-intent", int(lines[row]), good[int(row)].id)
    names = columns.intents.names
    numbers, first, counts = np.unique(intents[intents != 0], return_index=True, return_counts=True)
    lines_of = lines[intents != 0][first]
    for number, line, count in zip(numbers, lines_of, counts, strict=True):
        if count == 1:
            findings.add("single", int(line), f"{names[number]}")
    labels = IntentSizes(len(counts), int(counts.max()), int(counts.min()), effective(counts))
    if labels.largest >= _UNBALANCED * labels.smallest:
        largest, smallest = names[numbers[counts.argmax()]], names[numbers[counts.argmin()]]
        detail = (
            f"{largest} has {labels.largest:,}, {smallest} {labels.smallest:,}; {len(counts)} "
            f"intents are as diverse as {labels.effective:.1f} of equal size"
        )
        findings.add("unbalanced", None, detail)
    _untrained(
        columns, slots, dict(zip(numbers.tolist(), lines_of.tolist(), strict=True)), findings
    )
    return labels


def _untrained(
    columns: Columns, slots: Slots, intents: Mapping[int, int], findings: Findings
) -> None:
    """Intents and slots that only other splits have; nothing where there is no training split."""
    names = columns.splits.names
    training = [number for number, name in enumerate(names) if trains(name)]
    if not training:
        return
    splits, of = np.array(columns.split), np.array(columns.intent)
    trained = set(np.unique(of[np.isin(splits, training)]).tolist())
    for number, line in intents.items():
        if number not in trained:
            findings.add("untrained", line, f"intent {columns.intents.names[number]}")
    for slot, (line, used) in slots.items():
        if not any(trains(name) for name in used):
            findings.add("untrained", line, f"slot {slot}")


def _unseen(good: Manifest, columns: Columns, findings: Findings) -> None:
    """Add what `check_unseen` says of a division by unseen value, where the manifest is one."""
    if UNSEEN not in columns.splits.names:
        return
    try:
        check_unseen(good)
    except DataError as error:
        findings.add("unseen", None, str(error))


__all__ = ["IntentSizes", "Report", "check"]
