"""The words every part of mondegreen speaks: meanings, results, stream events."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Literal

Status = Literal["understood", "not_understood", "no_speech"]
SlotScalar = str | int | float | bool
Seconds = float
"""Time, or a length of it, in seconds; times count from the start of the sound unless told."""


@dataclass(frozen=True)
class Slot:
    """One filled slot of a meaning."""

    name: str
    value: Any
    """The canonical value (JSON): what the program acts on."""
    spoken: str
    """The words that were said for it."""
    start: Seconds | None = None
    end: Seconds | None = None
    confidence: float | None = None

    def shifted(self, offset: Seconds) -> Slot:
        """The same slot with its times counted from `offset` earlier."""
        if self.start is None or self.end is None:
            return self
        # A first sound may reach a few ms into silence that was put before the recording.
        start, end = max(0.0, self.start + offset), max(0.0, self.end + offset)
        return replace(self, start=round(start, 3), end=round(end, 3))


@dataclass(frozen=True)
class Meaning:
    """An intent with its slots; what two different wordings share."""

    intent: str
    slots: tuple[Slot, ...] = ()

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Identity of the meaning, whatever the wording and the times."""
        return self.intent, tuple(sorted((s.name, repr(s.value)) for s in self.slots))

    def values(self) -> dict[str, Any]:
        """Slot values by name; a slot filled twice keeps a list."""
        values: dict[str, Any] = {}
        for slot in self.slots:
            if slot.name in values:
                earlier = values[slot.name]
                values[slot.name] = (
                    [*earlier, slot.value] if isinstance(earlier, list) else [earlier, slot.value]
                )
            else:
                values[slot.name] = slot.value
        return values

    def shifted(self, offset: Seconds) -> Meaning:
        """The same meaning with its times counted from `offset` earlier."""
        return replace(self, slots=_shifted(self.slots, offset))


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same audio, or, when nothing was understood, the nearest one."""

    intent: str
    slots: tuple[Slot, ...]
    transcript: str
    confidence: float
    missing: tuple[str, ...] = ()
    """Words this reading needs that the audio does not support."""
    outside: tuple[str, ...] = ()
    """Why words of its slots are no values: "'one month' is not a length of time …". Such slots
    have the value None."""


@dataclass(frozen=True)
class Understanding:
    """What one utterance meant. The same JSON everywhere: command line, Python, network."""

    status: Status
    intent: str | None = None
    slots: tuple[Slot, ...] = ()
    confidence: float = 0.0
    """Calibrated: of results at 0.9, nine in ten are right."""
    transcript: str = ""
    alternatives: tuple[Alternative, ...] = ()
    tied: bool = False
    """Not understood because the first two alternatives fit alike: ask which was meant."""
    reply: str = ""
    audio_seconds: Seconds = 0.0
    """Length of the utterance, as it was cut out of the sound."""
    decided_at: Seconds | None = None
    """When the meaning was settled, in the sound."""
    compute_ms: float = 0.0
    engine: str = ""
    model: str = ""

    @property
    def meaning(self) -> Meaning | None:
        """The meaning, or None when nothing was understood."""
        return Meaning(self.intent, self.slots) if self.intent is not None else None

    def values(self) -> dict[str, Any]:
        """Slot values by name."""
        return Meaning(self.intent or "", self.slots).values()

    def shifted(self, offset: Seconds) -> Understanding:
        """The same result with all its times counted from `offset` earlier."""
        return replace(
            self,
            slots=_shifted(self.slots, offset),
            alternatives=tuple(
                replace(other, slots=_shifted(other.slots, offset)) for other in self.alternatives
            ),
            decided_at=None if self.decided_at is None else round(self.decided_at + offset, 3),
        )

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary, ready for `json.dumps`."""
        return asdict(self)


def _shifted(slots: tuple[Slot, ...], offset: Seconds) -> tuple[Slot, ...]:
    return tuple(slot.shifted(offset) for slot in slots)


@dataclass(frozen=True)
class Outlook:
    """How settled the meaning of unfinished speech is: what an early-decision policy reads."""

    meaning: Meaning
    """The best meaning of what was heard so far; its times count from the utterance's start."""
    probability: float
    """That the words so far mean it (0 to 1, calibrated)."""
    growth: float
    """Odds that what may still follow changes it, against its being complete: 1 is even."""
    quiet: Seconds
    """How long no sound has been heard."""
    refuse_below: float
    """Probability below which the engine refuses a finished utterance."""


@dataclass(frozen=True)
class _Event:
    """Something that happened in a stream; times count from the start of the stream."""

    type: ClassVar[str]
    """The event's name where it travels as JSON."""
    time: Seconds

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary with `type` and the event's fields, ready for `json.dumps`."""
        return {"type": self.type, **asdict(self)}


@dataclass(frozen=True)
class SpeechStarted(_Event):
    """Somebody began to speak."""

    type: ClassVar[str] = "speech_started"


@dataclass(frozen=True)
class Partial(_Event):
    """What the words so far are compatible with."""

    type: ClassVar[str] = "partial"
    intent: str | None
    slots: tuple[Slot, ...]
    transcript: str

    def shifted(self, offset: Seconds) -> Partial:
        """The same with the times of its slots counted from `offset` earlier."""
        return replace(self, slots=_shifted(self.slots, offset))


@dataclass(frozen=True)
class Decided(_Event):
    """A meaning committed before the utterance is known to be over."""

    type: ClassVar[str] = "decided"
    meaning: Meaning
    risk: float
    """Probability (0 to 1) that the words so far mean something else."""


@dataclass(frozen=True)
class SpeechEnded(_Event):
    """The speaker stopped."""

    type: ClassVar[str] = "speech_ended"


@dataclass(frozen=True)
class Final(_Event):
    """The result for the utterance that just ended: exactly what its recording gives."""

    type: ClassVar[str] = "final"
    result: Understanding


Event = SpeechStarted | Partial | Decided | SpeechEnded | Final
