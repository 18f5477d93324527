"""The words every part of mondegreen speaks: meanings, results and stream events."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Status = Literal["understood", "not_understood", "no_speech"]
SlotScalar = str | int | float | bool


@dataclass(frozen=True)
class Slot:
    """One filled slot of a meaning."""

    name: str
    value: Any
    """The canonical value (JSON): what the program acts on."""
    spoken: str
    """The words that were said for it."""
    start: float | None = None
    """Seconds from the start of the audio."""
    end: float | None = None
    confidence: float | None = None


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
        out: dict[str, Any] = {}
        for slot in self.slots:
            if slot.name in out:
                known = out[slot.name]
                out[slot.name] = (
                    [*known, slot.value] if isinstance(known, list) else [known, slot.value]
                )
            else:
                out[slot.name] = slot.value
        return out


@dataclass(frozen=True)
class Alternative:
    """Another reading of the same audio, or, when nothing was understood, the nearest one."""

    intent: str
    slots: tuple[Slot, ...]
    transcript: str
    confidence: float
    missing: tuple[str, ...] = ()
    """Words this reading needs that the audio does not support."""


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
    reply: str = ""
    audio_seconds: float = 0.0
    decided_at: float | None = None
    """Second of the audio at which the meaning was settled."""
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

    def to_json(self) -> dict[str, Any]:
        """A plain dictionary, ready for `json.dumps`."""
        return asdict(self)


@dataclass(frozen=True)
class SpeechStarted:
    """Somebody began to speak, at `time` seconds from the start of the stream."""

    time: float


@dataclass(frozen=True)
class Partial:
    """What the words so far are compatible with."""

    time: float
    intent: str | None
    slots: tuple[Slot, ...]
    transcript: str


@dataclass(frozen=True)
class Decided:
    """A meaning committed before the utterance is known to be over, `time` seconds into the stream.

    The times of its slots count from the start of the stream as well.
    """

    time: float
    meaning: Meaning
    risk: float
    """Probability (0 to 1) that the words so far mean something else."""


@dataclass(frozen=True)
class SpeechEnded:
    """The speaker stopped, at `time` seconds from the start of the stream."""

    time: float


@dataclass(frozen=True)
class Final:
    """The result for the utterance that just ended; its times count from the stream's start."""

    time: float
    result: Understanding


Event = SpeechStarted | Partial | Decided | SpeechEnded | Final
