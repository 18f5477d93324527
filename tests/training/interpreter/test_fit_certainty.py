"""Whom to trust, chosen on what the shipped model writes down of real audio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.engines.general.certainty import probability
from mondegreen.engines.general.choice import Written
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.model_folder import Balance
from mondegreen.errors import DataError
from mondegreen.training.interpreter.fit_certainty import (
    ENOUGH,
    SOUNDS,
    Trial,
    best_balance,
    certainty,
    doubted,
)
from mondegreen.types import Meaning, Slot

Say = Callable[..., np.ndarray]
TEXT = "wake me up at seven am tomorrow"
MEANING = Meaning(
    "alarm_set", (Slot("time", "seven am", "seven am"), Slot("date", "tomorrow", "tomorrow"))
)
TRUSTS_TEXTS, TRUSTS_SOUNDS = Balance(1.0, 0.3, 0.0), Balance(1.0, 0.3, 0.2)


@pytest.fixture(scope="module")
def engine() -> GeneralEngine:
    return GeneralEngine.load()


@pytest.fixture
def trial(engine: GeneralEngine, say: Say) -> Trial:
    """A recording of which another text is likelier written, and fits the sounds less."""
    hearing = engine.ear.listen(say(TEXT))
    turn = engine.begin()
    turn.hear(hearing)
    right = next(one for one in turn.written() if " ".join(one.words) == TEXT)
    other = Written(
        ("wake", "me", "up", "at", "eleven", "am", "tomorrow"), right.log_probability + 1.0,
        sounds=right.sounds - 20.0,
    )  # fmt: skip
    return Trial(MEANING, hearing, [right, other])


def test_the_balance_is_the_one_under_which_what_was_meant_is_likeliest(
    engine: GeneralEngine, trial: Trial
) -> None:
    assert best_balance(engine, [trial], (TRUSTS_TEXTS, TRUSTS_SOUNDS)) == (TRUSTS_SOUNDS, 1.0)
    # Where the sounds mislead, it is the other way round.
    right, other = trial.written
    misled = Trial(
        MEANING, trial.hearing,
        [right._replace(log_probability=0.0, sounds=-200.0), other._replace(sounds=-100.0)],
    )  # fmt: skip
    assert best_balance(engine, [misled], (TRUSTS_TEXTS, TRUSTS_SOUNDS)) == (TRUSTS_TEXTS, 1.0)
    # Counting would not tell these from each other, and the first would be taken.
    both_right = (Balance(1.0, 0.3, 0.1), TRUSTS_SOUNDS)
    assert best_balance(engine, [trial], both_right) == (TRUSTS_SOUNDS, 1.0)
    assert best_balance(engine, [trial])[0].sounds == max(SOUNDS)


def test_what_no_balance_can_mend_tells_nothing(engine: GeneralEngine, trial: Trial) -> None:
    lost = Trial(Meaning("weather_query"), trial.hearing, trial.written)
    both = best_balance(engine, [trial, lost, lost], (TRUSTS_TEXTS, TRUSTS_SOUNDS))
    assert both == (TRUSTS_SOUNDS, pytest.approx(1 / 3))
    equal = (Balance(0.5, 1.0, 0.1), Balance(1.0, 2.0, 0.2))
    assert best_balance(engine, [lost], equal) == (equal[0], 0.0)  # of equals the first


def test_without_a_word_there_is_nothing_to_choose_by(engine: GeneralEngine, trial: Trial) -> None:
    with pytest.raises(DataError, match="wrote nothing down of 1 recordings"):
        best_balance(engine, [Trial(MEANING, trial.hearing, [])])


def test_a_few_that_are_right_make_nothing_certain(engine: GeneralEngine, trial: Trial) -> None:
    turn = engine.begin()
    turn.hear(trial.hearing)
    weighed = turn.weighed(trial.written)
    assert weighed is not None
    for count, most in ((1, 0.67), (3, 0.81)):
        fitted, gap = certainty(engine, [trial] * count)
        assert 0.5 < probability(fitted, weighed.evidence) < most
        assert gap > 0.1
    # What means nothing is not counted among them.
    nothing = Trial(None, trial.hearing, trial.written)
    fitted, _ = certainty(engine, [trial, *[nothing] * ENOUGH])
    mean = (2 / 3 + ENOUGH / (ENOUGH + 2)) / (ENOUGH + 1)
    assert probability(fitted, weighed.evidence) == pytest.approx(mean, rel=0.01)
    fitted, _ = certainty(engine, [trial] * ENOUGH)
    assert probability(fitted, weighed.evidence) > 0.99


def test_doubt_is_as_if_one_more_of_either_kind_had_been_met() -> None:
    assert doubted(np.array([1.0, 1.0, 0.0])) == pytest.approx([0.75, 0.75, 1 / 3])
    assert doubted(np.zeros(2)) == pytest.approx([0.25, 0.25])
