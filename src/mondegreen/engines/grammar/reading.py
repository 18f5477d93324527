"""A path through the graph, read as words, slots and times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...grammar.questions import QUESTION_WORDS
from ...phonetics.inventory import BLANK
from ...types import Meaning, Slot
from .graph import Context, Graph, SentenceMeaning
from .lattice import Lattice, Path, Visit


@dataclass(frozen=True)
class Span:
    """A word (in free words a run of phones, `text` empty), in frames, ends inclusive."""

    text: str
    context: int
    first: int
    last: int
    phones: tuple[int, ...]
    score: float
    """Log-score against the best labels there; at most 0, and 0 when the audio is exactly this."""
    outside: bool = False
    """Whether the words of a slot end here and are near its type, but no value of it."""


@dataclass(frozen=True)
class Filled:
    """A slot on the path."""

    name: str
    value: Any
    spans: tuple[Span, ...]
    free: bool
    """Free words: the value is for the transcriber to say."""
    outside: str = ""
    """Why the words are no value; empty where they are one."""

    @property
    def spoken(self) -> str:
        """The words of the slot."""
        return " ".join(s.text for s in self.spans if s.text)

    def timed(self, frame_seconds: float) -> Slot:
        """The slot with its times."""
        start = round(self.spans[0].first * frame_seconds, 3)
        end = round((self.spans[-1].last + 1) * frame_seconds, 3)
        return Slot(self.name, self.value, self.spoken, start, end)


@dataclass(frozen=True)
class Reading:
    """One reading of the audio."""

    sentence: SentenceMeaning
    spans: tuple[Span, ...]
    slots: tuple[Filled, ...]
    score: float

    def asked_by(self, filled: Filled) -> Span | None:
        """The question word right before free words, which belongs to what they say; or None."""
        place = self.spans.index(filled.spans[0])
        before = self.spans[place - 1] if place else None
        asks = before is not None and before.context == 0 and before.text in QUESTION_WORDS
        return before if asks and filled.free else None

    @property
    def transcript(self) -> str:
        """The words on the path; free words show as an ellipsis."""
        words = (s.text or "…" for s in self.spans)
        return " ".join(words)

    @property
    def phones(self) -> tuple[int, ...]:
        """All phones on the path."""
        return tuple(p for s in self.spans for p in s.phones)

    @property
    def outside(self) -> tuple[str, ...]:
        """Why words of its slots are no values; then the reading is heard, and refused."""
        return tuple(slot.outside for slot in self.slots if slot.outside)

    @property
    def fixed(self) -> tuple[Slot, ...]:
        """Slots that the sentence fills by itself, without a word for them."""
        return tuple(Slot(n, v, "") for n, v in self.sentence.fixed.items())

    def meaning(self) -> Meaning:
        """Intent and slots without times; the identity of the reading."""
        slots = tuple(Slot(f.name, f.value, f.spoken) for f in self.slots)
        return Meaning(self.sentence.intent, slots + self.fixed)


def read(graph: Graph, path: Path) -> Reading:
    """The words and slots of a path."""
    spans = _spans(graph, path.visits)
    slots: list[Filled] = []
    start = 0
    for i, span in enumerate(spans):
        if i + 1 < len(spans) and spans[i + 1].context == span.context:
            continue
        context = graph.contexts[span.context]
        if context.slot is not None:
            slots.append(_fill(graph, context, spans[start : i + 1]))
        start = i + 1
    sentence = graph.sentences[graph.accepts[path.end][0]]
    return Reading(sentence, tuple(spans), tuple(slots), path.score)


def distinct_readings(lattice: Lattice, count: int) -> list[Reading]:
    """The readings of a finished search with different meanings, best first."""
    readings: list[Reading] = []
    keys = set()
    for path in lattice.paths(6 * count):
        reading = read(lattice.graph, path)  # its own: a slot may have changed since
        if reading.meaning().key not in keys:
            keys.add(reading.meaning().key)
            readings.append(reading)
    # Of two that sound the same the one in fewer words comes first: "sixty" before "six t".
    readings.sort(key=lambda r: (-round(r.score, 2), len(r.spans)))
    return _without_doubles(readings)[:count]


def _without_doubles(readings: list[Reading]) -> list[Reading]:
    """The readings but those that are none of the grammar's and are said like one that is."""
    inside = [r for r in readings if not r.outside]
    texts, sounds = {r.transcript for r in inside}, {r.phones for r in inside}
    return [
        r
        for r in readings
        if not r.outside or (r.transcript not in texts and r.phones not in sounds)
    ]


def read_so_far(
    graph: Graph, path: Path, frame_seconds: float
) -> tuple[str | None, tuple[Slot, ...], str]:
    """Of an unfinished path: the intent if only one is left, the finished slots, the words."""
    spans = [s for s in _spans(graph, path.visits) if s.text]
    slots: list[Slot] = []
    where = 0  # word state of the sentences
    for visit in path.visits:
        if visit.context == 0 and graph.junction[visit.state] >= 0:
            where = int(graph.junction[visit.state])
        elif visit.context > 0 and graph.exit[visit.state]:
            where = int(graph.returns[visit.context])
    for context in dict.fromkeys(s.context for s in spans):
        use = graph.contexts[context].slot
        mine = [s for s in spans if s.context == context]
        finished = path.visits[-1].context != context or graph.exit[path.visits[-1].state]
        if use is None or not finished or mine[-1].outside:
            continue
        filled = _fill(graph, graph.contexts[context], mine)
        start, end = mine[0].first * frame_seconds, (mine[-1].last + 1) * frame_seconds
        slots.append(Slot(use.name, filled.value, filled.spoken, round(start, 3), round(end, 3)))
    intents = graph.reachable[where]
    only = next(iter(intents)) if len(intents) == 1 and spans else None
    return only, tuple(slots), " ".join(s.text for s in spans)


def read_unfinished(graph: Graph, path: Path) -> Reading | None:
    """The words of an unfinished path, of no sentence yet; None before the first sound."""
    spans = _spans(graph, path.visits)
    return Reading(SentenceMeaning("", {}), tuple(spans), (), path.score) if spans else None


def _fill(graph: Graph, context: Context, spans: list[Span]) -> Filled:
    assert context.slot is not None
    reader = graph.slots[context.slot.type]
    text = " ".join(s.text for s in spans)
    if spans[-1].outside:
        why = f"{text!r} is not {reader.kind}"
        return Filled(context.slot.name, None, tuple(spans), free=False, outside=why)
    value = "" if reader.free else reader.interpret(text)
    return Filled(context.slot.name, value, tuple(spans), reader.free)


def _spans(graph: Graph, visits: tuple[Visit, ...]) -> list[Span]:
    spans: list[Span] = []
    run: list[Visit] = []

    def close(text: str) -> None:
        phones = tuple(int(graph.phone[v.state]) for v in run)
        score = sum(v.score for v in run)
        outside = bool(graph.outside[run[-1].state])
        spans.append(
            Span(text, run[0].context, run[0].first, run[-1].sounded, phones, score, outside)
        )
        run.clear()

    for visit in visits:
        if graph.phone[visit.state] == BLANK:
            continue
        if run and run[-1].context != visit.context:
            close("")
        run.append(visit)
        word = int(graph.word[visit.state])
        if word >= 0:
            close(graph.words[word])
    if run:
        close("")
    return spans
