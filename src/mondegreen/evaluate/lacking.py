"""Labels that an engine does not have: whatever it decides there is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..engines.engine import Engine
from ..errors import DataError
from .running import EvaluationSet, unknown_intents

_SHOWN = 3


@dataclass(frozen=True)
class Lacking:
    """Intents and slots of labels that an engine does not have; false where it has all."""

    intents: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    """Those of intents that it has, as INTENT.SLOT."""
    utterances: int = 0
    """How many have such a label."""

    def __bool__(self) -> bool:
        return self.utterances > 0

    def line(self, name: str) -> str:
        """What is said of them; `name` is the engine's."""
        intents, slots = _listed("intent", self.intents), _listed("slot", self.slots)
        return (
            f"{name} does not have {' and '.join(filter(None, (intents, slots)))} of the labels; "
            f"of {self.utterances:,} utterances it can only decide wrongly"
        )


def lacking_labels(engine: Engine, sets: Sequence[EvaluationSet]) -> Lacking:
    """The labels that an engine does not have.

    Raises DataError where it has none of the intents: nothing can be measured then.
    """
    schema = engine.schema.intents
    unknown = {intent for tests in sets for intent in unknown_intents(engine, tests)}
    if unknown == {intent for tests in sets for intent in tests.intents}:
        raise DataError(
            f"{engine.model} has none of the {_listed('labelled intent', sorted(unknown))}; "
            "measure it on data of its own intents"
        )
    slots, utterances = set[str](), 0
    for utterance in (utterance for tests in sets for utterance in tests.utterances):
        intent = utterance.intent
        there = schema.get(intent or "", {})
        names = {slot.name for slot in utterance.slots if slot.name not in there}
        if intent in schema:
            slots |= {f"{intent}.{name}" for name in names}
        utterances += intent in unknown or (intent in schema and bool(names))
    return Lacking(tuple(sorted(unknown)), tuple(sorted(slots)), utterances)


def _listed(what: str, names: Sequence[str]) -> str:
    if not names:
        return ""
    more = ", …" if len(names) > _SHOWN else ""
    plural = "" if len(names) == 1 else "s"
    return f"{len(names)} {what}{plural} ({', '.join(names[:_SHOWN])}{more})"
