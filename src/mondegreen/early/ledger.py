"""What was decided of one utterance, as events: the same live and for a recording."""

from __future__ import annotations

from collections.abc import Iterator

from ..types import (
    Decided,
    Outlook,
    PartValue,
    Revised,
    Seconds,
    Understanding,
    same_value,
)
from .policy import Policy


class Ledger:
    """Keeps what a policy commits to while one utterance is spoken."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._decided: dict[str, PartValue] = {}

    def look(
        self, time: Seconds, outlook: Outlook, start: Seconds = 0.0
    ) -> Iterator[Decided | Revised]:
        """What is committed to at a moment; times of the outlook count from `start`."""
        for decision in self._policy.decide(outlook, self._decided):
            prospect, before = decision.prospect, decision.before
            value = prospect.value
            value = value if isinstance(value, str) else value.shifted(start)
            self._decided[prospect.part] = value
            if before is not None:
                yield Revised(time, prospect.part, value, before)
            else:
                doubt = round(1.0 - prospect.probability, 4)
                risk = self._policy.risk if self._policy.calibrated else doubt
                yield Decided(time, prospect.part, value, risk, doubt)

    def close(self, time: Seconds, result: Understanding | None) -> Iterator[Revised]:
        """What was decided and is not so, now that the whole is known (None: no speech)."""
        for part, before in self._decided.items():
            value = None if result is None else result.part(part)
            if value is None or not same_value(value, before):
                yield Revised(time, part, value, before)
