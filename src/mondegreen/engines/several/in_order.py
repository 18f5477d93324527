"""Engines in order: what the first does not understand the next may.

"starter+general" asks the grammar, which is fast and sure where it has the sentence, and the
general model where the grammar refuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ...errors import MondegreenError, SettingsError
from ...speech.hearing import Hearing
from ...types import Outlook, Partial, Understanding
from ..engine import Engine, Schema
from ..given_values import ways_of
from ..load import BETWEEN, ENGINES, kind_of, load
from ..turn import Turn

_SURE = 0.5
"""Confidence from which a sentence with an impossible value is what was meant: such sentences have
0.95 and more, foreign ones 0.12 at most."""


@dataclass(repr=False)
class EnginesInOrder(Engine):
    """Understands what any of its engines does; `mondegreen.load("starter+general")` makes one."""

    engines: tuple[Engine, ...]
    kind = "several"

    def __post_init__(self) -> None:
        """Listen as the first engine does: all share its ear."""
        self.ear = self.engines[0].ear

    @classmethod
    def load(cls, sources: str = "", **settings: Any) -> EnginesInOrder:
        """The engines of the `sources`, such as "starter+general".

        `settings` are the first one's, but for `refuse_below`, which is for all that take it; the
        others share its ear, so that all hear the same. Raises SettingsError for fewer than two
        sources, and what the engines' own loading raises.
        """
        first, *others = [part.strip() for part in sources.split(BETWEEN)]
        if not first or not others or not all(others):
            raise SettingsError(
                f"found {sources!r}, expected at least two engines, as in 'starter+general'"
            )
        leading = load(first, **settings)
        shared: dict[str, Any] = {"ear": leading.ear}
        if "refuse_below" in settings:
            shared["refuse_below"] = settings["refuse_below"]
        return cls((leading, *(_load_with(source, shared) for source in others)))

    @property
    def model(self) -> str:
        """See Engine."""
        return BETWEEN.join(engine.model for engine in self.engines)

    @property
    def state(self) -> str:
        """See Engine."""
        return BETWEEN.join(engine.state for engine in self.engines)

    @property
    def schema(self) -> Schema:
        """All intents and replies; where two engines have an intent, it is the first one's."""
        intents: dict[str, Mapping[str, str]] = {}
        replies: dict[str, str] = {}
        for engine in reversed(self.engines):
            intents |= engine.schema.intents
            replies |= engine.schema.replies
        return Schema(intents, replies, self.engines[0].schema.source)

    def begin(self) -> Turn:
        """See Engine."""
        return _TurnsInOrder([engine.begin() for engine in self.engines])

    def read(self, text: str) -> Understanding:
        """See Engine."""
        readings = (engine.read(text) for engine in self.engines)
        return replace(_first_understood(readings), engine=self.kind, model=self.model)

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Replace a slot's values in every engine that has it.

        Raises SettingsError for values that are not text, and what the first engine raises where
        none has such a slot.
        """
        ways: dict[str, list[str]] = {}
        for value, way in ways_of(values, SettingsError):
            ways.setdefault(value, []).append(way)
        refusals = []
        for engine in self.engines:
            try:
                engine.set_slot(name, ways)
            except MondegreenError as error:
                refusals.append(error)
        if len(refusals) == len(self.engines):
            raise refusals[0]


class _TurnsInOrder(Turn):
    """One utterance being understood by several engines."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        self._turns = turns

    def hear(self, hearing: Hearing) -> None:
        """See Turn."""
        for turn in self._turns:
            turn.hear(hearing)

    def conclude(self, n_best: int = 1) -> Understanding:
        """See Turn."""
        return _first_understood(turn.conclude(n_best) for turn in self._turns)

    def prepare(self) -> None:
        """See Turn."""
        for turn in self._turns:
            turn.prepare()

    def so_far(self) -> Partial | None:
        """What the first engine says."""
        return self._turns[0].so_far()

    def outlook(self) -> Outlook | None:
        """What the first engine says: only it can be sure before the end."""
        return self._turns[0].outlook()


def _load_with(source: str, shared: Mapping[str, Any]) -> Engine:
    """The engine of a source, told of what is `shared` as much as its kind takes."""
    kind = kind_of(source)
    taken = {name: value for name, value in shared.items() if ENGINES.takes(kind, name)}
    return load(source, **taken)


def _first_understood(results: Iterable[Understanding]) -> Understanding:
    """The first that was understood, asks which of two was meant, or knows that there is no such
    value; else the first one's word, which names what came nearest."""
    refused: list[Understanding] = []
    for result in results:
        if result.status == "understood" or result.tied or _has_no_such_value(result):
            return result
        refused.append(result)
    return refused[0]


def _has_no_such_value(result: Understanding) -> bool:
    """Whether a sentence was understood but for a value that lies outside its kind, "minus five
    percent": an engine without kinds would take the words for one."""
    nearest = next(iter(result.alternatives), None)
    return nearest is not None and bool(nearest.outside) and nearest.confidence >= _SURE


__all__ = ["EnginesInOrder"]
