"""One utterance over one grammar: searched, weighed, and written down where words are free."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ...early.usage import Usage
from ...grammar.questions import whole_question
from ...phonetics.inventory import BLANK
from ...phonetics.pronouncer import Pronouncer, sounds_alike
from ...speech.hearing import Hearing, Scores
from ...text.written_forms import written_forms
from ...types import Alternative, Outlook, Partial, Seconds, Slot, Understanding
from ..turn import Turn
from . import confidence, second_opinion, settled
from .confidence import Calibration, Evidence
from .free_words import slot_words
from .graph import Graph
from .lattice import Lattice, unfinished
from .onward import Onward
from .reading import Filled, Reading, Span, distinct_readings, read_so_far
from .search import Search, SearchSettings
from .second_opinion import Balance, Hearsay, Opinion
from .token_passing import Fillings, TokenPassing

MOST_FREE = 2
"""Readings with free words that are asked about: each costs a transcription of its own."""
MOST_SOUNDS = 25.0
"""Phones a second that nobody says; people in a hurry say 15."""
ONSET = 5
"""Frames (0.12 s) before the first sound in which a word may begin unheard."""
MAX_MISSING = 4
"""Words a free phone loop would say so differently are listed as missing, a few at most."""


@dataclass(frozen=True)
class Knowledge:
    """What a turn understands by; it does not change while somebody speaks."""

    graph: Graph
    pronouncer: Pronouncer
    settings: SearchSettings
    calibration: Calibration
    usage: Usage | None = None
    """What people said how often, where that is known."""


@dataclass(frozen=True)
class Candidate:
    """One reading with all there is for and against it, to fit balance and confidence on."""

    reading: Reading
    likelihood: float
    """How likely the transcriber would write its words, in nats."""
    numbers: npt.NDArray[np.float64]
    """`(13,)` in the order of EVIDENCE and OPINION; its lead, the last, is left at 0."""


@dataclass(frozen=True)
class Weighed:
    """The readings of an utterance, best first, and what speaks for the best."""

    readings: list[Reading]
    evidence: Evidence
    opinion: Opinion | None = None
    """Of a second listener; None where the best was in no doubt, or there is too much to hear."""
    shares: tuple[float, ...] = ()
    """How likely each reading is that was asked about, given that one is right; none without a
    second opinion."""

    def odds(self, place: int) -> float:
        """Of the reading there against the best."""
        if place < len(self.shares):
            return self.shares[place] / self.shares[0]
        behind = self.readings[place].score - self.readings[0].score
        return float(np.exp(min(0.0, max(-30.0, behind))))


class GrammarTurn(Turn):
    """One utterance being understood over a grammar; see Turn."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._search: Search | None = None
        self._begun = False
        """Whether words may have begun in what was searched."""
        self._hearing: Hearing | None = None
        self._ahead: Scores | None = None
        """Scores of the frames that may still change."""
        self._tokens: TokenPassing | None = None
        self._onward = Onward()

    def hear(self, hearing: Hearing) -> None:
        """See Turn."""
        settings = self._knowledge.settings
        if self._search is None:
            self._search = Search(self._knowledge.graph, settings)
        scores = hearing.scores(settings.prior_scale, settings.blank_penalty)
        done, settled_now = len(self._search.frames), max(hearing.settled, 0)
        coming = scores[done - hearing.first : max(done, settled_now) - hearing.first]
        if not self._begun and hearing.settled < hearing.first + len(scores):
            silence = min(len(coming), _silent_before_words(scores[done - hearing.first :]))
            self._search.wait(coming[:silence])
            coming = coming[silence:]
        self._begun = self._begun or len(coming) > 0
        self._search.advance(coming)
        self._ahead = scores[len(self._search.frames) - hearing.first :]
        self._hearing = hearing

    def prepare(self) -> None:
        """See Turn. What may come after which words takes the starter 40 ms, once."""
        self._knowledge.graph.ahead.after(0)

    def so_far(self) -> Partial | None:
        """See Turn."""
        if self._search is None or self._hearing is None:
            return None
        path = unfinished(Lattice(self._search))
        if path is None:
            return None
        seconds = self._hearing.frame_seconds
        intent, slots, transcript = read_so_far(self._search.graph, path, seconds)
        return Partial(len(self._search.frames) * seconds, intent, slots, transcript)

    def outlook(self) -> Outlook | None:
        """See Turn."""
        if self._search is None or self._hearing is None or self._ahead is None:
            return None
        if self._tokens is None:
            self._tokens = TokenPassing(Fillings(self._search.graph))
        self._tokens.follow(self._search)
        self._onward.follow(self._search)
        search, tokens, onward = self._search.fork(), self._tokens.fork(), self._onward.fork()
        search.advance(self._ahead)
        tokens.follow(search)
        onward.follow(search)
        return settled.outlook(
            search, tokens, onward, self._knowledge.calibration, self._hearing.frame_seconds,
            self._hearing.pause(), self._knowledge.usage,
        )  # fmt: skip

    def candidates(self) -> list[Candidate]:
        """The readings among which one is chosen, as the search orders them."""
        if self._search is None or not self._search.frames:
            return []
        lattice = Lattice(self._search)
        readings = distinct_readings(lattice, second_opinion.CONSIDERED)
        hearsay = self._ask(readings) if readings else None
        if hearsay is None:
            return []
        listed = []
        for place, reading in enumerate(hearsay.readings):
            weighed = self._weighed(hearsay, place, 0.5, lattice)
            numbers = np.concatenate([weighed[0].vector(), weighed[1].vector()])
            listed.append(Candidate(reading, float(hearsay.likelihoods[place]), numbers))
        return listed

    def conclude(self, n_best: int = 1) -> Understanding:
        """See Turn."""
        weighed = self._weigh(max(2, n_best))
        if weighed is None:
            return Understanding("not_understood", confidence=1.0)
        best, *rivals = weighed.readings
        calibration = self._knowledge.calibration
        sure = calibration.probability(weighed.evidence, weighed.opinion)
        if calibration.tied(weighed.evidence, weighed.opinion, weighed.shares):
            return self._question(weighed)
        others = tuple(
            self._alternative(rival, min(1.0 - sure, sure * weighed.odds(place)))
            for place, rival in enumerate(rivals[: n_best - 1], 1)
        )
        if best.outside:
            likeliest = max((o.confidence for o in others if not o.outside), default=0.0)
            nearest = self._alternative(best, sure)
            return Understanding(
                "not_understood", confidence=1.0 - likeliest, alternatives=(nearest, *others)
            )
        # What is more likely another of the meanings than the best is not understood.
        outvoted = bool(weighed.shares) and weighed.shares[0] < 0.5
        if sure < calibration.threshold or outvoted or self._hurried(best):
            nearest = self._alternative(best, sure)
            return Understanding(
                "not_understood", confidence=1.0 - sure, alternatives=(nearest, *others)
            )
        slots = tuple(self._slot(filled, weighed.readings, sure) for filled in best.slots)
        fixed = tuple(replace(slot, confidence=sure) for slot in best.fixed)
        return Understanding(
            "understood",
            intent=best.sentence.intent,
            slots=slots + fixed,
            confidence=round(sure, 4),
            transcript=_transcript_of(best, slots),
            alternatives=others,
            decided_at=round((best.spans[-1].last + 1) * self._frame_seconds, 3),
        )

    def _question(self, weighed: Weighed) -> Understanding:
        """Two meanings that cannot be told apart: both, for somebody to ask which was meant."""
        pair = list(zip(weighed.readings[:2], weighed.shares[:2], strict=True))
        return Understanding(
            "not_understood",
            confidence=round(1.0 - weighed.shares[0], 4),
            alternatives=tuple(self._alternative(*one, whole=True) for one in pair),
            # Nobody is asked whether they meant what cannot be done.
            tied=not any(reading.outside for reading, _ in pair),
        )

    @property
    def _frame_seconds(self) -> Seconds:
        assert self._hearing is not None
        return self._hearing.frame_seconds

    def _weigh(self, count: int) -> Weighed | None:
        """The best meanings; where they are in doubt the transcriber has its say."""
        if self._search is None or not self._search.frames:
            return None
        lattice = Lattice(self._search)
        readings = distinct_readings(lattice, count)
        if not readings:
            return None
        evidence = confidence.weigh(readings[0], readings, lattice)
        calibration = self._knowledge.calibration
        # Free words are written down by the transcriber anyway, and fit any sound.
        free = any(filled.free for filled in readings[0].slots)
        contested = free or second_opinion.nearly_tied(readings)
        if not calibration.in_doubt(evidence, contested=contested):
            return Weighed(readings, evidence)
        more = distinct_readings(lattice, max(count, second_opinion.CONSIDERED))
        balance, entropy = calibration.balance, evidence.entropy

        def together(score: float, likelihood: float) -> float:
            return float(balance.together(score, likelihood, entropy))

        hearsay = self._ask(more[: second_opinion.CONSIDERED], together)
        if hearsay is None:
            return Weighed(readings, evidence)
        judged = self._judged(hearsay, balance, entropy, lattice)
        others = [reading for reading in more if reading not in judged.readings]
        return replace(judged, readings=[*judged.readings, *others])

    def _ask(
        self, readings: list[Reading], together: Callable[[float, float], float] | None = None
    ) -> Hearsay | None:
        assert self._hearing is not None
        assert self._search is not None
        return second_opinion.ask(
            _comparable(readings), self._hearing, np.stack(self._search.scores), self._texts,
            self._knowledge.pronouncer, together,
        )  # fmt: skip

    def _judged(
        self, hearsay: Hearsay, balance: Balance, entropy: float, lattice: Lattice
    ) -> Weighed:
        """The readings as both listeners order them, and the evidence for the best."""
        hearsay, shares = second_opinion.likeliest_first(hearsay, balance, entropy)
        evidence, opinion = self._weighed(hearsay, 0, float(shares[0]), lattice)
        return Weighed(hearsay.readings, evidence, opinion, tuple(map(float, shares)))

    def _weighed(
        self, hearsay: Hearsay, place: int, share: float, lattice: Lattice
    ) -> tuple[Evidence, Opinion]:
        evidence = confidence.weigh(hearsay.readings[place], hearsay.readings, lattice)
        pronouncer = self._knowledge.pronouncer
        return evidence, second_opinion.opinion(hearsay, place, share, pronouncer)

    def _texts(self, reading: Reading) -> tuple[str, ...]:
        """How a reading may be written; free words are as the transcriber has them."""
        if all(span.text for span in reading.spans):
            return written_forms(reading.transcript)
        free_words = {
            span: self._free_words(filled, reading)
            for filled in reading.slots
            if filled.free
            for span in filled.spans[:1]
        }
        words = (span.text or free_words.get(span, "") for span in reading.spans)
        return (" ".join(word for word in words if word),)

    def _hurried(self, reading: Reading) -> bool:
        """Whether free words have more sounds than there is time for: a transcriber in a loop."""
        for filled in reading.slots:
            if filled.free:
                words = self._free_words(filled, reading).split()
                sounds = sum(len(self._knowledge.pronouncer.stressed(word)) for word in words)
                start, end = self._span_of(filled)
                if sounds > MOST_SOUNDS * (end - start + 0.4):
                    return True
        return False

    def _span_of(self, filled: Filled) -> tuple[Seconds, Seconds]:
        """When a slot's words begin and end."""
        first, last = filled.spans[0].first, filled.spans[-1].last
        return first * self._frame_seconds, (last + 1) * self._frame_seconds

    def _alternative(self, reading: Reading, sure: float, *, whole: bool = False) -> Alternative:
        """A reading as an alternative; `whole` with its free words, for whoever may act on it."""
        floor = self._knowledge.calibration.word_floor
        weak = [s for s in reading.spans if s.text and s.score / len(s.phones) < floor]
        return Alternative(
            intent=reading.sentence.intent,
            slots=tuple(self._timed(filled, reading, whole) for filled in reading.slots)
            + reading.fixed,
            transcript=reading.transcript,
            confidence=round(sure, 4),
            missing=tuple(s.text for s in weak[:MAX_MISSING]),
            outside=reading.outside,
        )

    def _slot(self, filled: Filled, readings: list[Reading], sure: float) -> Slot:
        best, *others = readings
        rivals = [r.score for r in others if _value(filled) not in map(_value, r.slots)]
        margin = best.score - max(rivals) if rivals else confidence.MARGIN_CAP
        # A slot that no rival disputes is surer than the whole; one in dispute is not.
        doubt = (
            (1.0 - sure) * float(np.exp(-max(0.0, margin) / 4.0)) if rivals else (1.0 - sure) / 2
        )
        return replace(self._timed(filled, best, True), confidence=round(1.0 - doubt, 4))

    def _timed(self, filled: Filled, reading: Reading, whole: bool) -> Slot:
        """A slot of a reading with its times; `whole` with its free words written down."""
        slot = filled.timed(self._frame_seconds)
        if not (whole and filled.free):
            return slot
        words = self._free_words(filled, reading)
        asking = reading.asked_by(filled)
        if asking is not None and words:
            words = whole_question(asking.text, words)
            slot = replace(slot, start=round(asking.first * self._frame_seconds, 3))
        return replace(slot, value=words, spoken=words)

    def _free_words(self, filled: Filled, best: Reading) -> str:
        """What the transcriber writes down for a slot of free words.

        It hears more in the whole utterance than in a piece of it: of 50 questions each by hibari
        and flite-slt 13 and 20 % of the words differ from the text instead of 14 and 33, numbers
        written in another way among them.
        """
        assert self._hearing is not None
        same = sounds_alike(self._knowledge.pronouncer)
        transcript = self._hearing.transcript(second_opinion.expected(best))
        words = slot_words(transcript or "", best, filled, same)
        if words is not None:
            return words
        after = [s.first for s in best.spans if s.first > filled.spans[-1].last]
        # Room for the attack of the first sound and the release of the last one.
        start, end = self._span_of(filled)
        end = min([end + 0.35, *(first * self._frame_seconds for first in after)])
        written = self._hearing.transcript_between(start - 0.08, end)
        return written.strip().rstrip(".?!,").lower()


def _comparable(readings: list[Reading]) -> list[Reading]:
    """The readings within reach of the best that differ from it and each other in their words.

    What the grammar lets the same words mean as well nobody can hear, nor ask for. Of free words
    the first few are left.
    """
    by_words = {reading.transcript: reading for reading in reversed(readings)}
    near = [
        r
        for r in readings
        if by_words[r.transcript] is r and r.score > readings[0].score - second_opinion.REACH
    ]
    free = [reading for reading in near if any(filled.free for filled in reading.slots)]
    return [reading for reading in near if reading not in free[MOST_FREE:]]


def _silent_before_words(scores: Scores) -> int:
    """How many frames (T, P) surely lie before the first word."""
    sounding = np.flatnonzero(scores.argmax(axis=1) != BLANK)
    return max(0, int(sounding[0]) - ONSET) if sounding.size else len(scores)


def _transcript_of(reading: Reading, slots: Iterable[Slot]) -> str:
    """The reading's words, with what its slots say for free ones."""
    pairs = zip(reading.slots, slots, strict=True)
    free_words: dict[Span, str] = {}
    for filled, slot in pairs:
        asking = reading.asked_by(filled)
        free = slot.spoken.removeprefix(f"{asking.text} ") if asking else slot.spoken
        free_words.update(dict.fromkeys(filled.spans, free))
    return " ".join(span.text or free_words[span] for span in reading.spans)


def _value(filled: Filled) -> tuple[str, str]:
    """A slot and its value, to be compared: a value may be a list or a mapping as well."""
    return filled.name, repr(filled.value)
