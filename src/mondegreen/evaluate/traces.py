"""What an engine expected while utterances were spoken, for rules to be fitted on and measured.

A trace keeps every outlook of an utterance, so any rule can be tried on it without hearing the
sound again.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from math import inf

import numpy as np

from ..audio.samples import RATE, Samples
from ..audio.voice_activity import FRAME
from ..data.utterance import Utterance
from ..early.ledger import Ledger
from ..early.pauses import Costs
from ..early.policy import Decision, Policy, kind_of
from ..engines.engine import Engine
from ..engines.stream import CLOSELY, Stream
from ..jobs.processes import in_order
from ..types import (
    Decided,
    Final,
    Meaning,
    Outlook,
    PartValue,
    Revised,
    Seconds,
    Slot,
    SpeechEnded,
    Understanding,
)
from .running import EngineChoice, EvaluationSet, Sound
from .trial import as_said, reference

AFTER = np.zeros(3 * RATE, np.float32)
"""Silence that ends an utterance whose recording stops with its last word: nobody waits longer than
2 s for more (see `worth_waiting`)."""


@dataclass(frozen=True)
class Look:
    """What was expected at one moment, counted from the start of the sound."""

    time: Seconds
    outlook: Outlook


@dataclass(frozen=True)
class Trace:
    """One utterance, as a stream heard it."""

    utterance: Utterance
    looks: tuple[Look, ...]
    final: Understanding | None
    """None: no speech was noticed."""
    ended: Seconds | None
    """When the speech ended."""
    sure: Seconds | None
    """When that was known: the moment of the `Final`."""
    milliseconds: tuple[float, ...] = ()
    """What each frame of 32 ms of sound cost to compute, in milliseconds of processor time."""

    @property
    def meant(self) -> Meaning | None:
        """What it means by its labels; None: nothing."""
        return reference(self.utterance)

    def right(self, value: PartValue) -> bool:
        """Whether a part's value is what the labels say."""
        meant = self.meant
        if meant is None:
            return False
        if isinstance(value, Meaning):
            same = len(value.slots) == len(meant.slots) and value.intent == meant.intent
            return same and all(_has(self.utterance, slot) for slot in value.slots)
        return _has(self.utterance, value) if isinstance(value, Slot) else value == meant.intent

    def doubt_of_mistake(self, kind: str, policy: Policy) -> float:
        """The highest doubt below which nothing of a kind is decided wrongly; infinite: any."""
        wrong = (
            1.0 - prospect.probability
            for look in self.looks
            for prospect in policy.eligible(look.outlook)
            if kind_of(prospect.part) == kind and not self.right(prospect.value)
        )
        return min(wrong, default=inf)

    def decisions(self, policy: Policy) -> Iterator[Decided | Revised]:
        """What a policy commits to, and what of it later speech or the result contradicts.

        Times of slots count from the start of the utterance.
        """
        ledger = Ledger(policy)
        for look in self.looks:
            yield from ledger.look(look.time, look.outlook)
        if self.looks:
            over = self.looks[-1].time if self.sure is None else self.sure
            yield from ledger.close(over, self.final)


@dataclass(frozen=True)
class _Recording(Policy):
    """Decides nothing and remembers what it was asked."""

    outlooks: list[Outlook] = field(default_factory=list)

    def decide(self, outlook: Outlook, decided: Mapping[str, PartValue]) -> list[Decision]:
        del decided
        self.outlooks.append(outlook)
        return []


def _has(utterance: Utterance, slot: Slot) -> bool:
    """Whether a slot is among the labels, by its value or its words."""
    return any(
        label.name == slot.name
        and (
            repr(label.value) == repr(slot.value)
            or as_said(label.words(utterance.text)) == as_said(slot.spoken)
        )
        for label in utterance.slots
    )


def trace(engine: Engine, samples: Samples, utterance: Utterance) -> Trace:
    """What `engine` expects while `samples` (N,) are spoken, and makes of them in the end.

    The first utterance that is understood counts, or the last that is heard.
    """
    sound = np.concatenate([samples, AFTER])
    # A calibrated policy weighs the pause by its costs, and looks on while it waits.
    recording, looks, costs = _Recording(costs=Costs()), list[Look](), list[float]()
    final: Final | None = None
    ended: Seconds | None = None
    with Stream(engine, policy=recording, every=CLOSELY) as stream:
        for start in range(0, len(sound), FRAME):
            began = time.process_time()
            events = stream.feed(sound[start : start + FRAME])
            costs.append(round(1000 * (time.process_time() - began), 2))
            now = min(len(sound), start + FRAME) / RATE
            looks += [Look(now, outlook) for outlook in recording.outlooks]
            recording.outlooks.clear()
            for event in events:
                ended = event.time if isinstance(event, SpeechEnded) else ended
                final = event if isinstance(event, Final) else final
            if final is not None and final.result.status == "understood":
                break
    result = None if final is None else final.result
    sure = None if final is None else final.time
    return Trace(utterance, tuple(looks), result, ended, sure, tuple(costs))


@dataclass(frozen=True)
class _Tracing:
    """Traces one utterance in whichever process."""

    choice: EngineChoice
    sound: Sound

    def __call__(self, utterance: Utterance) -> Trace:
        return trace(self.choice.load(), self.sound(utterance), utterance)


def run_traces(tests: EvaluationSet, choice: EngineChoice, workers: int = 1) -> Iterator[Trace]:
    """A trace of every utterance of a set, in its order. Raises as reading its recordings does."""
    work = _Tracing(choice, tests.sound)
    return in_order(work, list(tests.utterances), min(workers, len(tests)))
