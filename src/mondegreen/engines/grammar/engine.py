"""The grammar engine: audio in, an Understanding out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...audio.read import Recording, from_array, read_audio
from ...audio.samples import RATE, Samples
from ...audio.voice_activity import has_speech
from ...errors import GrammarError, SettingsError
from ...grammar.expression import EMPTY, Grammar, Value, ValueList
from ...grammar.load import load_grammar
from ...grammar.phrases import phrase
from ...phonetics.pronouncer import Pronouncer, read_lexicon, sounds_alike
from ...speech.ear import Ear
from ...speech.moonshine import weights_folder
from ...types import Alternative, Slot, Understanding
from . import confidence, second_opinion
from .compile import Part, SlotPart, compile_sentences, compile_slot
from .free_words import said_freely
from .graph import Graph, link
from .lattice import Lattice
from .reading import Filled, Reading, distinct
from .search import Search, SearchSettings, acoustic_scores

if TYPE_CHECKING:
    from ...speech.transcriber import Transcriber
    from ..stream import GrammarStream

AudioLike = str | Path | Samples | Recording

# Words a free phone loop would say so differently are listed as missing, a few at most.
MAX_MISSING = 4
LEAST_PHONES = 2
"""A recording with fewer phones than this holds no command."""


@dataclass
class GrammarEngine:
    """Understands speech over one grammar; `mondegreen.load` makes one."""

    grammar: Grammar
    ear: Ear
    pronouncer: Pronouncer
    settings: SearchSettings = field(default_factory=SearchSettings)
    calibration: confidence.Calibration = field(default_factory=confidence.default_calibration)
    model: str = ""
    threads: int = 1
    """Of one call."""
    _sentences: Part | None = None
    _slots: dict[str, SlotPart] = field(default_factory=dict)
    _graph: Graph | None = None
    _transcriber: Transcriber | None = None
    _opening: Lock = field(default_factory=Lock)

    @classmethod
    def load(
        cls,
        name: str | Path = "starter",
        *,
        lexicon: str | Path | None = None,
        lists: Mapping[str, Iterable[str]] | None = None,
        phones: str | Path | None = None,
        encoder: str | None = None,
        threads: int = 1,
        settings: SearchSettings | None = None,
        refuse_below: float | None = None,
    ) -> GrammarEngine:
        """Load a grammar by name or path, compile it, and open the weights.

        `lexicon` is a file of the user's own pronunciations, `lists` fills slots the grammar leaves
        to the program, `phones` is the folder of another phone reader and `encoder` where its
        encoder is found (see Ear.load), `threads` are those of one call. Readings less sure than
        `refuse_below` (0 to 1; by default the grammar's own word) are not understood. Raises
        GrammarError, ModelError and SettingsError.
        """
        weights_folder()  # the transcriber's, which the first doubt opens: say now if it is missing
        grammar = load_grammar(name, lists=lists)
        own = read_lexicon(lexicon) if lexicon else {}
        engine = cls(
            grammar=grammar,
            ear=Ear.load(phones, encoder, threads=threads),
            pronouncer=Pronouncer({**grammar.lexicon, **own}),
            settings=settings or SearchSettings(),
            threads=threads,
        )
        refused = grammar.refuse_below if refuse_below is None else refuse_below
        if refused is not None:
            if not 0.0 <= refused <= 1.0:
                raise SettingsError(f"refuse_below is {refused}; expected a number from 0 to 1")
            engine.calibration = replace(engine.calibration, threshold=refused)
        engine.model = _model_name(grammar)
        engine.graph  # noqa: B018  (compile now: mistakes belong to load, not to the first utterance)
        return engine

    @property
    def graph(self) -> Graph:
        """The compiled grammar."""
        if self._graph is None:
            if self._sentences is None:
                self._sentences = compile_sentences(self.grammar, self.pronouncer)
            used = {use.type for arcs in self._sentences.slot_arcs for use, _ in arcs}
            for name in used - self._slots.keys():
                if name not in self.grammar.slot_types:
                    raise GrammarError(f"slot ${name} is used but never defined")
                kind = self.grammar.slot_types[name]
                self._slots[name] = compile_slot(kind, self.pronouncer)
            slots = {name: self._slots[name] for name in sorted(used)}
            self._graph = link(self._sentences, slots, self.grammar.sentences)
        return self._graph

    @property
    def transcriber(self) -> Transcriber:
        """Writes down free words, and gives second opinions; opened when it is first needed."""
        from ...speech.transcriber import Transcriber

        with self._opening:
            if self._transcriber is None:
                self._transcriber = Transcriber.load(threads=self.threads)
        return self._transcriber

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Replace a slot's values at run time; only that slot is compiled again.

        `values` are names, said as written, or a mapping from each value to the ways it is said.
        100,000 names take seconds; names without a word that the pronouncer can read are left out.
        Raises GrammarError for a slot the grammar does not have and for values that are not text.
        """
        if name not in self.grammar.slot_types:
            known = ", ".join(sorted(self.grammar.slot_types))
            raise GrammarError(f"no slot ${name} in this grammar; its slots are: {known}")
        kind = ValueList(name, tuple(_listed(values)))
        self._slots[name] = compile_slot(kind, self.pronouncer)
        types = {**self.grammar.slot_types, name: kind}
        self.grammar = replace(self.grammar, slot_types=types)
        self._graph = None

    def understand(self, audio: AudioLike, rate: int = 16_000, *, n_best: int = 1) -> Understanding:
        """What one utterance means.

        `audio` is a path, a Recording, or samples `(N,)` or `(N, channels)` at `rate` Hz; `n_best`
        counts the readings wanted, the best included. Raises AudioError for what is not audio.
        """
        if n_best < 1:
            raise SettingsError(f"n_best is {n_best}; expected 1 or more")
        began = time.perf_counter()
        recording = _recording(audio, rate)
        result = self._listen(recording.samples, n_best)
        return replace(
            result,
            audio_seconds=round(recording.seconds, 3),
            compute_ms=round(1000 * (time.perf_counter() - began), 1),
            engine="grammar",
            model=self.model,
        )

    def stream(self) -> GrammarStream:
        """A stream to feed with 16 kHz samples chunk by chunk; a context manager."""
        from ..stream import GrammarStream

        return GrammarStream(self)

    def _listen(self, samples: Samples, n_best: int) -> Understanding:
        if not has_speech(samples):
            return Understanding("no_speech", confidence=1.0)
        heard = self.ear.listen(samples)
        scores = acoustic_scores(heard.log_posteriors, heard.log_prior, self.settings)
        search = Search(self.graph, self.settings)
        search.advance(scores)
        return self.conclude(Lattice(search), samples, heard.frame_seconds, n_best)

    def conclude(
        self, lattice: Lattice, samples: Samples, frame_seconds: float, n_best: int
    ) -> Understanding:
        """The result of a finished search over the frames of `samples`."""
        scores = np.stack(lattice.scores)
        if len(confidence.free_phones(scores)) < LEAST_PHONES:
            return Understanding("no_speech", confidence=1.0)
        readings = distinct(lattice, max(2, n_best))
        if not readings:
            return Understanding("not_understood", confidence=1.0)

        @cache
        def written() -> str | None:
            worth = second_opinion.worth_hearing(samples, scores, frame_seconds)
            if worth is None:
                return None
            return self.transcriber.write_down(worth, second_opinion.expected(readings[0]))

        if second_opinion.worth_asking(readings):
            readings = second_opinion.reordered(readings, written() or "", self.pronouncer)
        sure = self.calibration.probability(
            confidence.weigh(readings, lattice).vector(),
            lambda: self._second_opinion(readings[0], scores, written()),
        )
        best = readings[0]
        others = tuple(
            self._alternative(r, _share(r, best, sure), frame_seconds) for r in readings[1:n_best]
        )
        if sure < self.calibration.threshold:
            nearest = self._alternative(best, sure, frame_seconds)
            return Understanding(
                "not_understood", confidence=1.0 - sure, alternatives=(nearest, *others)
            )
        slots = tuple(
            self._slot(f, best, readings, sure, frame_seconds)
            if not f.free
            else self._free_slot(f, best, readings, sure, samples, frame_seconds, written)
            for f in best.slots
        )
        fixed = tuple(replace(slot, confidence=sure) for slot in best.fixed)
        return Understanding(
            "understood",
            intent=best.sentence.intent,
            slots=slots + fixed,
            confidence=round(sure, 4),
            transcript=_transcript(best, slots),
            alternatives=others,
            decided_at=round((best.spans[-1].last + 1) * frame_seconds, 3),
        )

    def _second_opinion(
        self, reading: Reading, scores: npt.NDArray[np.float32], written: str | None
    ) -> npt.NDArray[np.float64] | None:
        """What the transcriber's words say about the reading; None: there is too much to hear."""
        if written is None:
            return None
        return second_opinion.compare(reading, written, scores, self.pronouncer).vector()

    def _alternative(
        self, reading: Reading, confidence: float, frame_seconds: float
    ) -> Alternative:
        floor = self.calibration.word_floor
        weak = [s for s in reading.spans if s.text and s.score / len(s.phones) < floor]
        slots = tuple(f.timed(frame_seconds) for f in reading.slots)
        return Alternative(
            intent=reading.sentence.intent,
            slots=slots,
            transcript=reading.transcript,
            confidence=round(confidence, 4),
            missing=tuple(s.text for s in weak[:MAX_MISSING]),
        )

    def _slot(
        self,
        filled: Filled,
        best: Reading,
        readings: list[Reading],
        sure: float,
        frame_seconds: float,
    ) -> Slot:
        rivals = [r.score for r in readings[1:] if _value(filled) not in map(_value, r.slots)]
        margin = best.score - max(rivals) if rivals else confidence.MARGIN_CAP
        # A slot that no rival disputes is surer than the whole; one in dispute is not.
        doubt = (
            (1.0 - sure) * float(np.exp(-max(0.0, margin) / 4.0)) if rivals else (1.0 - sure) / 2
        )
        return replace(filled.timed(frame_seconds), confidence=round(1.0 - doubt, 4))

    def _free_slot(
        self,
        filled: Filled,
        best: Reading,
        readings: list[Reading],
        sure: float,
        samples: Samples,
        frame_seconds: float,
        written: Callable[[], str | None],
    ) -> Slot:
        """A slot of free words, which the transcriber writes down.

        It hears more in the whole utterance than in a piece of it: of 50 questions each by hibari
        and flite-slt 13 and 20 % of the words differ from the text instead of 14 and 33, numbers
        written in another way among them.
        """
        slot = self._slot(filled, best, readings, sure, frame_seconds)
        said = said_freely(written() or "", best, filled, sounds_alike(self.pronouncer))
        if said is None:
            ahead = (s.first * frame_seconds for s in best.spans if s.first > filled.spans[-1].last)
            said = self._transcribe(samples, slot, min(ahead, default=None))
        return replace(slot, value=said, spoken=said)

    def _transcribe(self, samples: Samples, slot: Slot, following: float | None) -> str:
        """What was said in a slot; `following` is when the next word of the grammar begins."""
        assert slot.start is not None
        assert slot.end is not None
        # Room for the attack of the first sound and the release of the last one.
        begin, stop = slot.start - 0.08, slot.end + 0.35
        if following is not None:
            stop = min(stop, following)
        start, end = max(0, int(begin * RATE)), int(stop * RATE)
        said = self.transcriber.write_down(samples[start:end])
        return said.strip().rstrip(".?!,").lower()


def _listed(values: Mapping[str, Iterable[str]] | Iterable[str]) -> Iterator[Value]:
    if isinstance(values, str):
        raise GrammarError(f"slot values are a list or a mapping, found the text {values!r}")
    said = values.items() if isinstance(values, Mapping) else ((v, [v]) for v in values)
    for value, ways in said:
        for way in [ways] if isinstance(ways, str) else ways:
            if not isinstance(way, str):
                raise GrammarError(f"slot values are text, found {way!r}")
            said_as = phrase(way)
            if said_as != EMPTY:
                yield Value(value, said_as)


def _share(other: Reading, best: Reading, sure: float) -> float:
    """How likely another reading is: by how it fits, and no more than the best one leaves."""
    worse = min(0.0, max(-30.0, other.score - best.score))
    return min(1.0 - sure, sure * float(np.exp(worse)))


def _transcript(reading: Reading, slots: Iterable[Slot]) -> str:
    """The reading's words, with what its slots say for free ones."""
    pairs = zip(reading.slots, slots, strict=True)
    said = {span: slot.spoken for filled, slot in pairs for span in filled.spans}
    return " ".join(span.text or said[span] for span in reading.spans)


def _value(filled: Filled) -> tuple[str, str]:
    """A slot and its value, to be compared: a value may be a list or a mapping as well."""
    return filled.name, repr(filled.value)


def _recording(audio: AudioLike, rate: int) -> Recording:
    if isinstance(audio, Recording):
        return audio
    if isinstance(audio, str | Path):
        return read_audio(audio)
    return from_array(audio, rate)


def _model_name(grammar: Grammar) -> str:
    digest = hashlib.sha256(repr(grammar.sentences).encode())
    digest.update(repr(sorted(grammar.slot_types.items())).encode())
    digest.update(repr(sorted(grammar.lexicon.items())).encode())
    return f"{grammar.name}@sha256:{digest.hexdigest()[:12]}"
