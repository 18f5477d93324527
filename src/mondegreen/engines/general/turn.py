"""One utterance, written down in several ways and interpreted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ...errors import AudioError, GrammarError
from ...phonetics.pronouncer import Pronouncer
from ...speech.alignment import Alignment, align
from ...speech.beam import BeamTranscriber, Hypothesis
from ...speech.doubts import Doubts
from ...speech.hearing import Hearing
from ...speech.word_scores import WordScores
from ...types import Alternative, Meaning, Outlook, Partial, Seconds, Slot, Understanding
from ..turn import Turn
from .beginning import Beginning
from .certainty import probability, weigh
from .choice import Chosen, Ways, Words, Written, as_read, choose, merged, written_words
from .interpreter import Interpreter, Reading
from .model_folder import Balance, Certainty
from .user_values import APART, UserValues
from .values_by_sound import ValuesBySound

HYPOTHESES = 12
"""Texts of which each is interpreted, 4 ms each, and compared with the sounds, 1 ms. With six the
right meaning is among them for 71 % of 286 sentences by voices that train, with twelve for 75 %."""


def slots_of(
    reading: Reading, interpreter: Interpreter, intent: str, alignment: Alignment | None = None
) -> tuple[Slot, ...]:
    """The slots of a reading, with the times of their words where those are aligned.

    What training never met with the intent, and the schema denies, is left out: of a beginning
    another intent may be expected than the words so far were read with.
    """
    slots = []
    those = interpreter.slots_of.get(intent, interpreter.slots)
    for i, span in enumerate(reading.spans):
        name = interpreter.slots[span.slot]
        if name not in those:
            continue
        spoken = " ".join(reading.words[span.start : span.end])
        slot = Slot(name, reading.value(i), spoken)
        if alignment is not None:
            words = alignment.words[span.start : span.end]
            slot = replace(slot, start=round(words[0].start, 3), end=round(words[-1].end, 3))
        slots.append(slot)
    return tuple(slots)


def meaning_of(reading: Reading, interpreter: Interpreter) -> Meaning:
    """The intent of a reading with its slots."""
    intent = interpreter.intents[reading.intent]
    return Meaning(intent, slots_of(reading, interpreter, intent))


@dataclass(frozen=True)
class Knowledge:
    """What a turn understands by; it does not change while somebody speaks."""

    interpreter: Interpreter
    writer: BeamTranscriber | None
    """A transcriber of the model's own; None: that of the ear, which gives one hypothesis."""
    balance: Balance
    certainty: Certainty
    pronouncer: Pronouncer
    values: Mapping[str, UserValues] = field(default_factory=dict)
    """The user's own, by the name of their slot."""

    def read(self, words: Words, doubts: Doubts = (), apart: float = APART) -> Reading:
        """What the words mean, with the user's values for the slots that have such, by the words
        alone: see `UserValues.nearest`. The sounds decide where somebody has finished speaking."""
        reading = self.interpreter.read(words, doubts)
        names = [self.interpreter.slots[span.slot] for span in reading.spans]
        if self.values.keys().isdisjoint(names):
            return reading
        values = tuple(self._value(reading, i, name, apart) for i, name in enumerate(names))
        return replace(reading, values=values)

    def _value(self, reading: Reading, number: int, name: str, apart: float) -> str:
        span = reading.spans[number]
        listed = self.values.get(name)
        words = reading.words[span.start : span.end]
        nearest = listed.nearest(words, apart) if listed else None
        return reading.value(number) if nearest is None else nearest


@dataclass(frozen=True)
class Weighed:
    """The meanings considered, best first, and what speaks for the best."""

    meanings: list[Chosen]
    evidence: tuple[float, ...]
    alignment: Alignment | None


class GeneralTurn(Turn):
    """One utterance being understood by a general model; see Turn."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._hearing: Hearing | None = None
        self._fit: WordScores | None = None
        self._beginning = Beginning(
            knowledge.read, knowledge.interpreter.intents, knowledge.writer, knowledge.balance
        )

    def hear(self, hearing: Hearing) -> None:
        """See Turn."""
        self._hearing, self._fit = hearing, None

    def so_far(self) -> Partial | None:
        """See Turn."""
        guess = self._followed().guess
        if guess is None:
            return None
        interpreter = self._knowledge.interpreter
        intent = interpreter.intents[int(guess.intents(self._beginning.pause).argmax())]
        slots = slots_of(guess.reading, interpreter, intent)
        return Partial(0.0, intent, slots, " ".join(guess.reading.words))

    def outlook(self) -> Outlook | None:
        """See Turn. Of the intent alone."""
        return self._followed().outlook(self._knowledge.certainty.refuse_below)

    def _followed(self) -> Beginning:
        """The beginning, written down only where somebody asks for it: that takes its time."""
        if self._hearing is not None:
            self._beginning.follow(self._hearing)
        return self._beginning

    def written(self) -> list[Written]:
        """The words that may have been said, with how likely they are written and how well they
        fit the sounds, numbers read as usual."""
        rows = merged(written_words(self.hypotheses()))
        if len(rows) < 2:  # nothing to choose from
            return rows
        fit = self._sounds()
        return [row._replace(sounds=fit.of(row.words)) for row in rows]

    def hypotheses(self) -> list[Hypothesis]:
        """The texts that the transcriber may have been told, the likeliest first."""
        hearing, writer = self._hearing, self._knowledge.writer
        assert hearing is not None
        speech = hearing.speech() if writer is not None else None
        if writer is None or speech is None:
            return [Hypothesis(hearing.long_transcript(), 0.0)]
        frames = writer.attend(speech) if writer.encoder else hearing.attended()
        assert frames is not None  # there is speech, and it is not too long
        return writer.hypotheses(frames, HYPOTHESES)

    def weighed(self, hypotheses: list[Written]) -> Weighed | None:
        """The meanings with the evidence for the best; None where no word was written down."""
        knowledge = self._knowledge
        interpreter, lists = knowledge.interpreter, knowledge.values
        ways: Ways = as_read
        if lists and hypotheses:
            ways = ValuesBySound(lists, interpreter.slots, self._sounds()).ways
        meanings = choose(hypotheses, interpreter.read, knowledge.balance, ways)
        if not meanings:
            return None
        alignment = self._aligned(meanings[0].reading)
        return Weighed(meanings, weigh(meanings[0], alignment), alignment)

    def conclude(self, n_best: int = 1) -> Understanding:
        """See Turn."""
        weighed = self.weighed(self.written())
        if weighed is None:
            return Understanding("not_understood", confidence=1.0)
        certainty = self._knowledge.certainty
        best, *rivals = weighed.meanings
        sure = probability(certainty, weighed.evidence)
        others = tuple(
            self._alternative(rival, None, min(1.0 - sure, sure * rival.share / best.share))
            for rival in rivals[: n_best - 1]
        )
        nearest = self._alternative(best, weighed.alignment, sure)
        if sure < certainty.refuse_below:
            return Understanding(
                "not_understood", confidence=round(1.0 - sure, 4), alternatives=(nearest, *others)
            )
        return Understanding(
            "understood",
            intent=nearest.intent,
            slots=tuple(replace(slot, confidence=round(sure, 4)) for slot in nearest.slots),
            confidence=round(sure, 4),
            transcript=nearest.transcript,
            alternatives=others,
            decided_at=_end(weighed.alignment),
        )

    def _alternative(self, chosen: Chosen, alignment: Alignment | None, sure: float) -> Alternative:
        interpreter, reading = self._knowledge.interpreter, chosen.reading
        intent = interpreter.intents[reading.intent]
        return Alternative(
            intent, slots_of(reading, interpreter, intent, alignment), " ".join(reading.words),
            round(sure, 4),
        )  # fmt: skip

    def _sounds(self) -> WordScores:
        """How well words fit what was heard."""
        assert self._hearing is not None
        if self._fit is None:
            self._fit = WordScores(self._hearing.scores(), self._knowledge.pronouncer)
        return self._fit

    def _aligned(self, reading: Reading) -> Alignment | None:
        """When each word was said; None where the words cannot have been."""
        assert self._hearing is not None
        try:
            return align(self._hearing, reading.words, self._knowledge.pronouncer)
        except (AudioError, GrammarError):
            return None


def _end(alignment: Alignment | None) -> Seconds | None:
    return round(alignment.words[-1].end, 3) if alignment else None


__all__ = [
    "HYPOTHESES",
    "GeneralTurn",
    "Knowledge",
    "Weighed",
    "meaning_of",
    "slots_of",
]
