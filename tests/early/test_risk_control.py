"""Rules that keep a risk: the guarantee itself, tried on numbers whose risk is known."""

from __future__ import annotations

import numpy as np
import pytest

from mondegreen.early.risk_control import DOUBTS, binomial_tail, fewest, fixed_sequence


def test_the_binomial_tail_is_that_of_the_textbooks() -> None:
    assert binomial_tail(0, 10, 0.1) == pytest.approx(0.9**10)
    assert binomial_tail(1, 10, 0.1) == pytest.approx(0.9**10 + 10 * 0.1 * 0.9**9)
    assert binomial_tail(10, 10, 0.1) == 1.0
    assert binomial_tail(3, 5000, 0.01) < 1e-15
    assert binomial_tail(0, 10, 0.0) == 1.0


@pytest.mark.parametrize(("risk", "level"), [(0.01, 0.05), (0.05, 0.05 / 3), (0.2, 0.1)])
def test_so_many_utterances_without_a_mistake_are_just_enough(risk: float, level: float) -> None:
    count = fewest(risk, level)
    assert binomial_tail(0, count, risk) <= level
    assert binomial_tail(0, count - 1, risk) > level


def test_rules_are_tried_from_the_most_careful_on_and_none_after_a_failure() -> None:
    doubts = (0.1, 0.2, 0.3, 0.4)
    rule = fixed_sequence([0, 0, 90, 0], 100, 0.05, 0.05, doubts)
    assert rule is not None
    assert (rule.doubt, rule.wrong) == (0.2, 0)
    assert fixed_sequence([90, 0, 0, 0], 100, 0.05, 0.05, doubts) is None
    assert fixed_sequence([0, 0, 0, 0], fewest(0.05, 0.05) - 1, 0.05, 0.05, doubts) is None


def test_the_risk_is_kept_as_often_as_it_is_said() -> None:
    """A mistake comes at a doubt of its own; one in four utterances never has one."""
    rng = np.random.default_rng(5)
    kept, rounds, risk, level = 0, 400, 0.05, 0.1
    for _ in range(rounds):
        mistakes_at = np.where(rng.random(200) < 0.25, np.inf, rng.random(200))
        counts = [int((mistakes_at <= doubt).sum()) for doubt in DOUBTS]
        rule = fixed_sequence(counts, 200, risk, level)
        true_risk = 0.0 if rule is None else 0.75 * rule.doubt
        kept += true_risk <= risk
    assert kept >= (1.0 - level) * rounds - 3.0 * np.sqrt(rounds * level * (1.0 - level))
