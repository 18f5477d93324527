"""What became of utterances in a list of sentences, counted and printed by several benchmarks."""

from __future__ import annotations

from collections import Counter

from mondegreen.evaluate.intervals import wilson
from mondegreen.types import Understanding

OUTCOMES = ("right", "asked about", "refused", "wrong silently")


def outcome(result: Understanding, *, right: bool) -> str:
    """Which of OUTCOMES; `right` says whether what was understood is what was meant."""
    if result.status == "understood":
        return "right" if right else "wrong silently"
    return "asked about" if result.tied else "refused"


def report(counts: Counter[str], what: str = "") -> None:
    """A line for each, with its share and Wilson's interval."""
    n = sum(counts.values())
    for name in OUTCOMES:
        share = wilson(counts[name], n)
        print(
            f"{what}{name} {counts[name]} of {n}, "
            f"{share.value:.1%} [{share.low:.1%}, {share.high:.1%}]"
        )
