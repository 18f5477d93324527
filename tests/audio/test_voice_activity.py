"""Speech is told from everything else, early, late, quiet and in noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from mondegreen.audio.voice_activity import (
    SpeechDetector,
    has_speech,
    speech_probabilities,
    speech_probability,
)
from mondegreen.types import SpeechEnded, SpeechStarted

Samples = npt.NDArray[np.float32]
Say = Callable[..., Samples]


def noise(seconds: float, level: float, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, level, round(16_000 * seconds)).astype(np.float32)


def around(speech: Samples, before: float, after: float) -> Samples:
    pads = [np.zeros(round(16_000 * s), np.float32) for s in (before, after)]
    return np.concatenate([pads[0], speech, pads[1]])


def trimmed(speech: Samples) -> Samples:
    """Without the silence at both ends, so that the truth about times is known."""
    loud = np.flatnonzero(np.abs(speech) > 0.02)
    return speech[loud[0] : loud[-1]]


@pytest.mark.parametrize("gain", [1.0, 0.1, 0.01, 0.002])
def test_speech_is_heard_at_any_level(say: Say, gain: float) -> None:
    assert has_speech(around(say("turn on the kitchen light"), 0.5, 0.5) * np.float32(gain))


def test_speech_is_heard_in_noise(say: Say) -> None:
    speech = around(say("turn on the kitchen light"), 0.5, 0.5)
    loud = float(np.sqrt(np.mean(speech**2)))
    assert has_speech(speech + noise(len(speech) / 16_000, loud / 2))  # 6 dB


@pytest.mark.parametrize("word", ["yes", "stop"])
def test_one_short_word_is_speech(say: Say, word: str) -> None:
    assert has_speech(say(word))


@pytest.mark.parametrize(
    "samples",
    [
        np.zeros(32_000, np.float32),
        np.zeros(0, np.float32),
        np.zeros(100, np.float32),
        noise(3, 0.1),
        noise(3, 1e-4),
        np.sin(np.arange(48_000) / 20).astype(np.float32),
    ],
    ids=["silence", "nothing", "6 ms", "noise", "hiss", "tone"],
)
def test_no_speech(samples: Samples) -> None:
    assert not has_speech(samples)
    assert speech_probability(samples) < 0.5


def test_probabilities_cover_every_sample(say: Say) -> None:
    speech = say("hello")
    assert speech_probabilities(speech).shape == (-(-len(speech) // 512),)


def test_a_click_is_not_an_utterance() -> None:
    samples = np.zeros(32_000, np.float32)
    samples[16_000:16_200] = 0.9
    detector = SpeechDetector()
    assert detector.feed(samples) + detector.finish() == []


@pytest.mark.parametrize("chunk", [160, 512, 1_000, 48_000])
def test_events_do_not_depend_on_the_chunks(say: Say, chunk: int) -> None:
    speech = trimmed(say("set a timer for five minutes"))
    samples = np.concatenate([around(speech, 1.0, 1.0), around(speech, 0.0, 0.0)])
    detector = SpeechDetector()
    events = [
        e for i in range(0, len(samples), chunk) for e in detector.feed(samples[i : i + chunk])
    ]
    events += detector.finish()
    whole = SpeechDetector()
    assert events == whole.feed(samples) + whole.finish()
    assert [type(e) for e in events] == [SpeechStarted, SpeechEnded] * 2
    assert events[0].time == pytest.approx(1.0, abs=0.2)
    assert events[1].time == pytest.approx(1.0 + len(speech) / 16_000, abs=0.2)
    assert events[2].time > events[1].time
