"""How long to wait: longer for who has more to say, and never beyond reason."""

from __future__ import annotations

import pytest

from mondegreen.early.pauses import MOST, Costs, going_on, still_silent, worth_waiting


def test_the_longer_the_pause_the_less_likely_anybody_goes_on() -> None:
    chances = [going_on(0.5, quiet) for quiet in (0.0, 0.1, 0.3, 0.8, 2.0)]
    assert chances[0] == pytest.approx(0.5)
    assert chances == sorted(chances, reverse=True)
    assert going_on(0.0, 0.2) == 0.0
    assert going_on(1.0, 1.0) == pytest.approx(1.0)


def test_pauses_are_as_long_as_those_of_people() -> None:
    measured = {0.1: 0.061, 0.16: 0.030, 0.2: 0.017, 0.25: 0.010, 0.3: 0.0066}
    for quiet, share in measured.items():
        assert share < still_silent(quiet) < share * 3


def test_who_is_in_the_middle_of_a_sentence_is_waited_for() -> None:
    over, either, amid = (worth_waiting(p, Costs(), 0.8) for p in (0.02, 0.5, 0.98))
    assert over == either == 0.8
    assert 1.2 < amid < MOST


def test_costs_decide() -> None:
    hurried, patient = Costs(waiting=10.0, wrong=1.0), Costs(waiting=0.1, wrong=100.0)
    assert worth_waiting(0.5, hurried, 0.1) < worth_waiting(0.5, Costs(), 0.1)
    assert worth_waiting(0.5, Costs(), 0.1) < worth_waiting(0.5, patient, 0.1) <= MOST
    assert worth_waiting(1.0, Costs(waiting=0.0), 0.8) == pytest.approx(MOST)
