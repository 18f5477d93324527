"""One utterance of a test set, and what engines made of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec

from ..data.utterance import Utterance, source_of
from ..text.joined_words import joined_words
from ..types import Meaning, Seconds, Slot, Understanding
from .metrics import exact_match


@dataclass(frozen=True)
class Answer:
    """What one engine made of an utterance."""

    result: Understanding | None
    """None: the engine gave none."""
    error: str = ""
    """Why it gave none."""

    @property
    def meaning(self) -> Meaning | None:
        """The meaning that was accepted; None when there is none."""
        if self.result is None or self.result.status != "understood":
            return None
        return self.result.meaning

    @property
    def confidence(self) -> float:
        """How sure the engine is of its best reading, accepted or not; 0 when there is none."""
        if self.result is None:
            return 0.0
        if self.result.status == "understood":
            return self.result.confidence
        readings = (other for other in self.result.alternatives if not other.outside)
        return max((other.confidence for other in readings), default=0.0)


@dataclass(frozen=True)
class Trial:
    """One utterance with the answers of one engine, or of two that are compared."""

    utterance: Utterance
    seconds: Seconds
    """How long its sound is."""
    answers: tuple[Answer, ...]
    sound: str = ""
    """A digest of the samples; "" where nobody noted it."""

    @property
    def source(self) -> str:
        """See `sources_of`; told by its own id alone."""
        return source_of(self.utterance)

    @property
    def reference(self) -> Meaning | None:
        """What it means by its labels; None: nothing, and it should be refused."""
        return reference(self.utterance)

    def meaning(self, which: int = 0) -> Meaning | None:
        """The meaning that an engine accepted, its words to be compared with the labels'.

        They are as they are said. Of slots whose label has no place in the text nobody knows the
        words: there the value stands for them, on both sides.
        """
        meaning = self.answers[which].meaning
        if meaning is None:
            return None
        placeless = {label.name for label in self.utterance.slots if label.start is None}
        slots = (
            replace(slot, spoken=str(slot.value)) if slot.name in placeless else slot
            for slot in meaning.slots
        )
        return replace(meaning, slots=_as_said(slots))

    def right(self, which: int = 0) -> bool:
        """Whether that engine understood it exactly, or refused what should be refused."""
        return bool(exact_match([self.reference], [self.meaning(which)])[0])


def sources_of(trials: Sequence[Trial]) -> list[str]:
    """What each utterance was made from: those of one source are right and wrong together."""
    ids = {trial.utterance.id for trial in trials}
    return [source_of(trial.utterance, ids) for trial in trials]


def reference(utterance: Utterance) -> Meaning | None:
    """What an utterance means by its labels; None where it has no intent."""
    if utterance.intent is None:
        return None
    slots = (
        Slot(label.name, label.value, label.words(utterance.text)) for label in utterance.slots
    )
    return Meaning(utterance.intent, _as_said(slots))


def as_said(text: str) -> str:
    """The words of a text as they are said: an engine writes "five thirty" for a label's "5:30"."""
    return " ".join(word.word for word in joined_words(text))


def _as_said(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    """The slots with their words as they are said; so are values that are no more than words."""
    out = []
    for slot in slots:
        spoken = as_said(slot.spoken)
        words = isinstance(slot.value, str) and as_said(slot.value) == spoken
        out.append(replace(slot, spoken=spoken, value=spoken if words else slot.value))
    return tuple(out)


def to_row(trial: Trial) -> dict[str, Any]:
    """A trial as JSON: the labels, and of each engine whether it was right and its result."""
    utterance = trial.utterance
    row: dict[str, Any] = {
        "id": utterance.id,
        "audio": utterance.audio,
        "seconds": trial.seconds,
        **({"sound": trial.sound} if trial.sound else {}),
        "expected": {
            "intent": utterance.intent,
            "slots": [{"name": label.name, "value": label.value} for label in utterance.slots],
        },
    }
    for which, (name, answer) in enumerate(zip(ENGINES, trial.answers, strict=False)):
        result = None if answer.result is None else answer.result.to_json()
        row[name] = {"right": trial.right(which), "result": result}
        if answer.error:
            row[name]["error"] = answer.error
    return row


def from_row(row: Mapping[str, Any], utterance: Utterance) -> Trial:
    """The trial of a row that `to_row` gave, with the labels that `utterance` has now.

    Raises ValueError for another row.
    """
    try:
        answers = tuple(
            Answer(
                msgspec.convert(row[name]["result"], Understanding | None),
                str(row[name].get("error", "")),
            )
            for name in ENGINES
            if name in row
        )
        if not answers:
            raise KeyError(ENGINES[0])
        return Trial(utterance, float(row["seconds"]), answers, str(row.get("sound", "")))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"found {error!r}") from error


ENGINES = ("engine", "against")
"""Names of the engines' answers in a row."""

__all__ = ["ENGINES", "Answer", "Trial", "as_said", "from_row", "reference", "sources_of", "to_row"]
