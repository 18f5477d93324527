"""The rule for deciding early that keeps a stated risk: Learn then Test with a fixed sequence.

Angelopoulos, Bates, Candès, Jordan and Lei, "Learn then Test: Calibrating Predictive Algorithms to
Achieve Risk Control" (2021), theorem 1 with fixed sequence testing (their section 2.3): rules are
tested from the most careful to the boldest, each at the same level, until one cannot be shown to
keep the risk; the last that could is taken. Losses are 0 or 1, so the p-value is the exact binomial
tail, which is never larger than that of Hoeffding and Bentkus.

What it says: with probability `confidence` over the draw of the calibration utterances, the share
of new utterances in which a part is decided wrongly is at most `risk`, for intent, slots and all at
once (each is tested at a third of the level: Bonferroni). What it assumes: that the calibration
utterances and the new ones are independent and come from the same distribution: people, sentences,
microphones and noise alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log, log1p

DOUBTS = tuple(round(10 ** (-4 + step / 16), 8) for step in range(60))
"""Highest doubts that are tried, from the most careful, 0.0001, to 0.49."""


@dataclass(frozen=True)
class Rule:
    """The boldest rule that keeps a risk."""

    doubt: float
    """Highest doubt at which to decide."""
    wrong: int
    """Calibration utterances in which it decides wrongly."""
    p_value: float


def fixed_sequence(
    mistakes: Sequence[int],
    count: int,
    risk: float,
    level: float,
    doubts: Sequence[float] = DOUBTS,
) -> Rule | None:
    """The boldest of the `doubts` that keeps `risk`; None where not even the first can be shown to.

    `mistakes` says in how many of `count` utterances each of the rules decides wrongly; `level` is
    how likely this may be mistaken.
    """
    rule = None
    for doubt, wrong in zip(doubts, mistakes, strict=True):
        p_value = binomial_tail(wrong, count, risk)
        if p_value > level:
            break
        rule = Rule(doubt, wrong, p_value)
    return rule


def binomial_tail(most: int, count: int, risk: float) -> float:
    """How likely at most `most` of `count` fail that each fail with probability `risk`."""
    if risk <= 0.0 or most >= count:
        return 1.0
    if risk >= 1.0:
        return 0.0
    whole = lgamma(count + 1)
    terms = (
        exp(
            whole
            - lgamma(k + 1)
            - lgamma(count - k + 1)
            + k * log(risk)
            + (count - k) * log1p(-risk)
        )
        for k in range(most + 1)
    )
    return min(1.0, sum(terms))


def fewest(risk: float, level: float) -> int:
    """Utterances without a mistake that are needed before any rule can be shown to keep a risk."""
    return ceil(log(level) / log1p(-risk))
