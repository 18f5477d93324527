"""Drawn conditions do what they say and follow from the generator alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from mondegreen.audio.worse.conditions import Conditions, worsened

NOTHING = Conditions(
    padding=(0.0, 0.0), tilt=0, room=0, noise=0, channel=0, clipping=0, peak=(0.5, 0.5)
)


@pytest.fixture(scope="module")
def speech(say: Callable[..., np.ndarray]) -> np.ndarray:
    return say("set a timer for ten minutes")


def test_the_same_seed_gives_the_same_sound(speech: np.ndarray) -> None:
    conditions = Conditions(codecs=("gsm",), codec=0.5, speed=(0.9, 1.1))
    for seed in range(8):
        one, first = worsened(speech, np.random.default_rng(seed), conditions)
        two, second = worsened(speech, np.random.default_rng(seed), conditions)
        assert np.array_equal(one, two)
        assert first == second
        assert np.isfinite(one).all()
        assert np.abs(one).max() <= 1.0001


def test_nothing_asked_for_leaves_speech_alone(speech: np.ndarray) -> None:
    worse, applied = worsened(speech, np.random.default_rng(1), NOTHING)
    assert applied.noise is None
    assert applied.effects == []
    scaled = speech * (0.5 / np.abs(speech).max())
    assert np.sum((worse - scaled) ** 2) < 0.01 * np.sum(scaled**2)


@pytest.mark.parametrize(
    ("share", "effect"),
    [("room", "room"), ("tilt", "tilt"), ("channel", "channel"), ("clipping", "clipped")],
)
def test_each_share_brings_its_effect(speech: np.ndarray, share: str, effect: str) -> None:
    always = replace(NOTHING, **{share: 1.0})
    worse, applied = worsened(speech, np.random.default_rng(2), always)
    assert applied.effects == [effect]
    scaled = speech * (0.5 / np.abs(speech).max())
    assert np.sum((worse - scaled) ** 2) > 0.002 * np.sum(scaled**2)


def test_noise_that_is_not_there_is_another(speech: np.ndarray) -> None:
    alone = replace(NOTHING, noise=1.0, recorded=0.0, babble=1.0, second_noise=0.0)
    clean, _ = worsened(speech, np.random.default_rng(5), NOTHING)
    worse, applied = worsened(speech, np.random.default_rng(5), alone, None, lambda _: [])
    assert applied.noise is not None
    assert not applied.noise.startswith("babble")
    assert np.abs(worse - clean).max() > 1e-3


def test_noise_is_as_loud_as_it_says(speech: np.ndarray) -> None:
    clean, _ = worsened(speech, np.random.default_rng(5), NOTHING)
    for decibels in (0.0, 10.0):
        snr = (decibels, decibels)
        noisy = replace(NOTHING, noise=1.0, second_noise=0.0, snr=snr, mean_snr=snr)
        worse, applied = worsened(speech, np.random.default_rng(5), noisy)
        assert applied.noise is not None
        assert applied.noise.endswith(f" {decibels:.0f} dB")
        gain = float(worse @ clean / (clean @ clean))
        noise = worse - gain * clean
        ratio = 10 * np.log10(np.sum((gain * clean) ** 2) / np.sum(noise**2))
        # Loudness is compared over active parts or loudest frames, not the whole clip.
        assert decibels - 8 < ratio < decibels + 4


def test_padding_and_speed_are_reported(speech: np.ndarray) -> None:
    moved = replace(NOTHING, padding=(0.5, 0.5), speed=(1.25, 1.25))
    offsets = set()
    for seed in range(12):
        worse, applied = worsened(speech, np.random.default_rng(seed), moved)
        offsets.add(applied.offset)
        assert applied.speed == pytest.approx(1.25)
        start = round(applied.offset * 16_000)
        part = worse[start : start + round(len(speech) / 1.25)]
        assert np.sum(part**2) > 0.95 * np.sum(worse**2)
    assert offsets == {0.0, 0.5}
