"""When a part of the meaning may be committed although the utterance is not known to be over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..settings import check_share
from ..types import ALL, INTENT, SLOT, Outlook, PartValue, Prospect, Seconds, same_value
from .pauses import Costs, worth_waiting

RISK = 0.03
"""Doubt up to which a part is decided where no calibration says otherwise. Of two commands that
differ in one clear sound the other keeps 1 to 2.5 % to the end."""
QUIET = 0.16
"""Seconds of a pause before all of a meaning is decided where a sentence may end: whoever speaks on
says more than was expected. With 0.13, 0.16 and 0.2 s one of 60 commands that went on with foreign
words was decided after these had begun, 0.05 s; of 60 others 55, 53 and 47 % were decided within
0.2 s of their end."""
KINDS = (INTENT, "slot", ALL)
"""What doubts are allowed for: all slots together, for a calibration has few of each."""


@dataclass(frozen=True)
class Decision:
    """A part to be committed now."""

    prospect: Prospect
    before: PartValue | None
    """What it was decided to be earlier; None: nothing."""


@dataclass(frozen=True)
class Policy:
    """Commits to each part of a meaning once little enough speaks for anything else.

    Raises SettingsError for a `risk` that is no share.
    """

    risk: float = RISK
    """The share of utterances in which a part may be decided wrongly (0 to 1), where it is
    `calibrated`; else the doubt at which parts are decided."""
    doubts: Mapping[str, float] = field(default_factory=dict)
    """Highest doubt, one less the probability, at which a kind of part is decided: what a
    calibration found to keep the risk. `risk` itself where a kind is missing."""
    quiet: Seconds = QUIET
    costs: Costs | None = None
    """By which a pause ends an utterance; None: one of a fixed length does."""
    calibrated: bool = False
    """Whether it was shown, for one engine, that the risk is kept."""

    def __post_init__(self) -> None:
        check_share("risk", self.risk)

    def decide(self, outlook: Outlook, decided: Mapping[str, PartValue]) -> list[Decision]:
        """What to commit to now, and what of the `decided` parts to revise: intent, slots, all.

        Never decides all where the engine would refuse it at the end.
        """
        decisions = []
        for prospect in self.eligible(outlook):
            before = decided.get(prospect.part)
            if 1.0 - prospect.probability > self.doubt(prospect.part):
                continue
            if before is None or not same_value(before, prospect.value):
                decisions.append(Decision(prospect, before))
        return decisions

    def patience(self, outlook: Outlook, usual: Seconds) -> Seconds:
        """The pause that ends the utterance, no shorter than the `usual` one."""
        if self.costs is None:
            return usual
        return worth_waiting(outlook.going_on, self.costs, usual)

    def doubt(self, part: str) -> float:
        """Highest doubt at which a part is decided."""
        return self.doubts.get(kind_of(part), self.risk)

    def eligible(self, outlook: Outlook) -> list[Prospect]:
        """The likeliest value of each part that may be decided now, if it is sure enough."""
        parts = sorted({prospect.part for prospect in outlook.prospects}, key=_rank)
        likeliest = (outlook.likeliest(part) for part in parts)
        return [p for p in likeliest if p is not None and self._may(p, outlook)]

    def _may(self, prospect: Prospect, outlook: Outlook) -> bool:
        if prospect.part != ALL:
            return True
        may_go_on = outlook.complete and outlook.quiet < self.quiet
        return not may_go_on and prospect.probability >= outlook.refuse_below


def kind_of(part: str) -> str:
    """The kind of a part: "intent", "slot" or "all"."""
    return "slot" if part.startswith(SLOT) else part


def _rank(part: str) -> tuple[int, str]:
    return KINDS.index(kind_of(part)), part
