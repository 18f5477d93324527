"""Calibrations that come with mondegreen belong to the engines that come with it."""

from __future__ import annotations

from pathlib import Path

import pytest

import mondegreen
from mondegreen.errors import SettingsError

SHIPPED = {"examples/coffee_maker.yaml": (0.05,), "general": (0.05, 0.1), "starter": (0.01, 0.05)}
INTENT_ALONE = ("general",)
"""Of what the general model decides early, nothing but the intent was tested."""


@pytest.mark.parametrize("source", SHIPPED)
def test_engines_that_ship_come_calibrated(source: str) -> None:
    """A change of a grammar or a model needs a new calibration: this says so."""
    place = Path(__file__).parents[2] / source
    engine = mondegreen.load(place if place.is_file() else source)
    for risk in SHIPPED[source]:
        policy = engine.policy(risk)
        assert policy.risk == risk
        assert 0.0 < policy.doubt("intent") < 1.0
        slots = policy.doubt("slot:any")
        assert slots < 0.0 if source in INTENT_ALONE else 0.0 < slots < 1.0
    with pytest.raises(SettingsError, match="calibrated for"):
        engine.policy(0.123)


def test_a_smaller_risk_is_decided_more_carefully() -> None:
    starter = mondegreen.load("starter")
    careful, bold = starter.policy(0.01), starter.policy(0.05)
    for part in ("intent", "slot:any", "all"):
        assert careful.doubt(part) < bold.doubt(part)
