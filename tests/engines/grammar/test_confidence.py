"""One probability from all the evidence, and no more than the readings share out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.engines.grammar.confidence import Evidence, default_calibration
from mondegreen.engines.grammar.second_opinion import LEAD_CAP, Opinion, lead

CLEAR = Evidence(
    per_phone=-0.1, worst_word=-0.3, margin=8.0, length=2.8, words=4.0, entropy=0.5, sounding=0.5,
    free=0.0,
)  # fmt: skip
BLURRED = Evidence(
    per_phone=-1.42, worst_word=-2.73, margin=-1.87, length=2.7, words=4.0, entropy=1.51,
    sounding=0.57, free=0.0,
)  # fmt: skip


def opinion(share: float) -> Opinion:
    """One that agrees with the reading's words."""
    return Opinion(rival=0.0, same=1.0, written=-0.5, preferred=0.0, lead=lead(share))


@given(st.floats(0.01, 0.99))
def test_no_reading_is_surer_than_its_share(share: float) -> None:
    calibration = default_calibration()
    for evidence in (CLEAR, BLURRED):
        assert calibration.probability(evidence, opinion(share)) <= share + 1e-9


def test_clear_speech_that_both_listeners_agree_on_is_sure() -> None:
    assert default_calibration().probability(CLEAR, opinion(1.0)) > 0.95


@pytest.mark.parametrize(("lead", "share"), [(0.0, 0.5), (LEAD_CAP, 0.9997), (-LEAD_CAP, 0.0003)])
def test_a_lead_is_the_log_odds_of_a_share(lead: float, share: float) -> None:
    agreed = Opinion(rival=0.0, same=1.0, written=0.0, preferred=0.0, lead=lead)
    assert agreed.share == pytest.approx(share, abs=1e-4)
