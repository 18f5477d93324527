"""When a meaning may be committed although the utterance is not known to be over."""

from __future__ import annotations

from dataclasses import dataclass

from ..types import Outlook, Seconds

RISK = 0.02
"""Highest risk at which a meaning is decided before the speaker has stopped."""
QUIET = 0.25
"""Seconds without a phone before a decision: whoever speaks on says more than was expected. Of 60
commands that went on with foreign words 13 % were decided all the same after 0.15 s, 5 % after 0.22
and 2 % after 0.3; the decisions came 0.48, 0.42 and 0.32 s before the end was certain."""


@dataclass(frozen=True)
class Policy:
    """Commits to a meaning that nothing likely to follow could change."""

    risk: float = RISK
    """Highest risk (0 to 1) of being wrong about the words so far, and of more that matter."""
    quiet: Seconds = QUIET

    def risk_of(self, outlook: Outlook) -> float | None:
        """The risk at which to decide now; None: not yet.

        Never decides what the engine would refuse at the end.
        """
        risk = 1.0 - outlook.probability
        if outlook.quiet < self.quiet or outlook.growth > self.risk:
            return None
        return risk if risk <= min(self.risk, 1.0 - outlook.refuse_below) else None
