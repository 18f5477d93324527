"""The words every part of mondegreen speaks: meanings, results, stream events."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any, ClassVar, Literal

Status = Literal["understood", "not_understood", "no_speech"]
INTENT, ALL, SLOT = "intent", "all", "slot:"
"""Parts of a meaning that are decided one by one: the intent, all of it, and each slot, whose part
is `SLOT` and its name."""
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
class Source:
    """A place in the user's pages that a reply was taken from."""

    title: str
    section: str
    path: str
    """Of the page's file."""
    link: str
    """Where to read on: the page's own address, or the file, with the section's anchor."""
    text: str
    """What stands there."""
    confidence: float
    """How likely it is that the answer is in it."""


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
    sources: tuple[Source, ...] = ()
    """Where a reply from pages stands, the best first."""
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

    def part(self, part: str) -> PartValue | None:
        """What was understood of a part of the meaning (see PartValue); None: nothing."""
        if part in (INTENT, ALL):
            return self.intent if part == INTENT else self.meaning
        name = part.removeprefix(SLOT)
        return next((slot for slot in self.slots if slot.name == name), None)

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


PartValue = str | Slot | Meaning
"""Of the intent its name, of a slot the Slot, of all the Meaning."""


def same_value(one: PartValue | None, other: PartValue | None) -> bool:
    """Whether two values of a part mean the same, whatever their wording and times."""
    if isinstance(one, Meaning) and isinstance(other, Meaning):
        return one.key == other.key
    if isinstance(one, Slot) and isinstance(other, Slot):
        return one.name == other.name and repr(one.value) == repr(other.value)
    return one == other


@dataclass(frozen=True)
class Prospect:
    """What a part of the meaning will probably be."""

    part: str
    value: PartValue
    probability: float
    """That the finished utterance has it (0 to 1)."""


@dataclass(frozen=True)
class Outlook:
    """How settled the meaning of unfinished speech is: what an early-decision policy reads."""

    prospects: tuple[Prospect, ...]
    """Likeliest first; a part may have several values, and lack one where all is open."""
    complete: bool
    """Whether the words so far, with the one that is being said, make a whole utterance."""
    going_on: float
    """How likely more words that matter follow, by what was said and not by the pause (0 to 1)."""
    quiet: Seconds
    """How long nobody has been heard: the pause so far."""
    refuse_below: float
    """Probability below which the engine refuses a finished utterance."""

    def possible(self) -> dict[str, dict[str, float]]:
        """The probability of each value, as text, of the intent and of each slot."""
        shown: dict[str, dict[str, float]] = {}
        for prospect in self.prospects:
            if not isinstance(prospect.value, Meaning):
                value = prospect.value
                text = str(value.value if isinstance(value, Slot) else value)
                shown.setdefault(prospect.part, {})[text] = round(prospect.probability, 4)
        return shown

    def likeliest(self, part: str) -> Prospect | None:
        """The likeliest value of a part."""
        return next((p for p in self.prospects if p.part == part), None)


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
    possible: dict[str, dict[str, float]] = field(default_factory=dict)
    """How likely each part ("intent", "slot:NAME") is to have which value (as text) in the end, as
    far as that is known: {"intent": {"LightOn": 0.93}}. What is missing is still open."""

    def shifted(self, offset: Seconds) -> Partial:
        """The same with the times of its slots counted from `offset` earlier."""
        return replace(self, slots=_shifted(self.slots, offset))


@dataclass(frozen=True)
class Decided(_Event):
    """A part of the meaning committed before the utterance is known to be over."""

    type: ClassVar[str] = "decided"
    part: str
    """"intent", "slot:NAME", or "all"."""
    value: PartValue
    """The intent's name, the Slot, or the whole Meaning."""
    risk: float
    """The risk that was stated: the share of utterances (0 to 1) in which such a part may be
    decided wrongly. Where none was stated it is the `doubt`."""
    doubt: float
    """Probability (0 to 1) that this one is something else."""

    @property
    def meaning(self) -> Meaning | None:
        """The meaning, where all of it is decided."""
        return self.value if isinstance(self.value, Meaning) else None

    def shifted(self, offset: Seconds) -> Decided:
        """The same with the times of its slots counted from `offset` earlier."""
        value = self.value
        return self if isinstance(value, str) else replace(self, value=value.shifted(offset))


@dataclass(frozen=True)
class Revised(_Event):
    """Later speech contradicts what was decided."""

    type: ClassVar[str] = "revised"
    part: str
    value: PartValue | None
    """What it is now; None: nothing that could be said yet, or ever."""
    before: PartValue
    """What was decided."""

    def shifted(self, offset: Seconds) -> Revised:
        """The same with the times of its slots counted from `offset` earlier."""
        value, before = (
            one if one is None or isinstance(one, str) else one.shifted(offset)
            for one in (self.value, self.before)
        )
        assert before is not None
        return replace(self, value=value, before=before)


@dataclass(frozen=True)
class SpeechEnded(_Event):
    """The speaker stopped."""

    type: ClassVar[str] = "speech_ended"


@dataclass(frozen=True)
class Final(_Event):
    """The result for the utterance that just ended: exactly what its recording gives."""

    type: ClassVar[str] = "final"
    result: Understanding


Event = SpeechStarted | Partial | Decided | Revised | SpeechEnded | Final
