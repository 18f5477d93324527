"""Whom to trust, chosen on what the shipped model writes down of real audio."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.engines.general.choice import Written
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.model_folder import Balance
from mondegreen.errors import DataError
from mondegreen.training.interpreter.fit_certainty import SOUNDS, Trial, best_balance
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
