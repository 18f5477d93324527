"""Long recordings are cut between utterances, and nothing that was said is lost."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest

from mondegreen.audio.samples import Samples
from mondegreen.audio.utterances import Segment, SegmentSettings, pieces, segments
from mondegreen.audio.voice_activity import has_speech

Say = Callable[..., Samples]
SENTENCES = ["turn on the light", "play some jazz music", "what time is it", "set an alarm for six"]


def quiet(seconds: float) -> Samples:
    return np.random.default_rng(0).normal(0, 1e-3, round(16_000 * seconds)).astype(np.float32)


@pytest.fixture(scope="module")
def conversation(say: Say) -> tuple[Samples, list[Segment]]:
    """Four sentences with pauses, more than 15 s, and where the speech is."""
    parts, spoken, length = [quiet(2.0)], [], 32_000
    for sentence in SENTENCES:
        speech = say(sentence)
        parts += [speech, quiet(3.0)]
        spoken.append(Segment(length / 16_000, (length + len(speech)) / 16_000))
        length += len(speech) + 48_000
    return np.concatenate(parts), spoken


def test_every_utterance_is_found_whole(conversation: tuple[Samples, list[Segment]]) -> None:
    samples, spoken = conversation
    found = segments(samples)
    assert len(found) == len(spoken)
    for segment, truth in zip(found, spoken, strict=True):
        # The voice begins and ends each clip with some silence of its own, at most 0.4 s.
        assert truth.start - 0.8 < segment.start < truth.start + 0.3
        assert truth.end - 0.3 < segment.end < truth.end + 0.8


@pytest.mark.parametrize("size", [999, 16_000, 100_000])
def test_cuts_do_not_depend_on_the_blocks(
    conversation: tuple[Samples, list[Segment]], size: int
) -> None:
    samples, _ = conversation
    blocks = (samples[i : i + size] for i in range(0, len(samples), size))
    cut = list(pieces(blocks))
    assert [piece.segment for piece in cut] == segments(samples)
    for piece in cut:
        start = round(piece.segment.start * 16_000)
        assert np.array_equal(piece.samples, samples[start : start + len(piece.samples)])
        assert len(piece.samples) == pytest.approx(piece.segment.duration * 16_000, abs=1)


def test_short_recordings_stay_whole(say: Say) -> None:
    samples = np.concatenate([say("turn on the light"), quiet(4.0), say("play some jazz")])
    assert segments(samples) == [Segment(0.0, len(samples) / 16_000)]
    assert segments(np.zeros(0, np.float32)) == []


def test_long_silence_has_no_utterances() -> None:
    assert segments(quiet(40.0)) == []


def test_speech_without_a_pause_is_cut_at_a_quiet_point(say: Say) -> None:
    trimmed = []
    for sentence in SENTENCES * 6:
        speech = say(sentence)
        loud = np.flatnonzero(np.abs(speech) > 0.02)
        trimmed += [speech[loud[0] : loud[-1]], quiet(0.15)]
    samples = np.concatenate(trimmed)
    assert len(samples) > 25 * 16_000
    found = list(pieces([samples]))
    assert all(piece.segment.duration <= 20.5 for piece in found)
    assert all(piece.segment.duration > 5 for piece in found[:-1])
    for before, after in pairwise(found):
        assert before.segment.end == after.segment.start  # nothing between them is lost
        middle = round(before.segment.end * 16_000)
        assert np.abs(samples[middle - 200 : middle + 200]).max() < 0.05
    assert all(has_speech(piece.samples) for piece in found)


@pytest.mark.parametrize("extra", [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4])
def test_a_cut_in_the_last_pause_leaves_no_scrap(say: Say, extra: float) -> None:
    speech = np.concatenate([say(sentence) for sentence in SENTENCES])
    found = list(pieces([np.concatenate([quiet(1.0), speech, quiet(14.0)])]))
    heard = found[0].segment.duration
    limits = SegmentSettings(longest=heard - extra, whole_below=0.0)
    pause = list(pieces([np.concatenate([quiet(1.0), speech, quiet(14.0)])], limits))
    assert all(piece.segment.duration > 0.1 for piece in pause)
    assert all(len(piece.samples) == round(piece.segment.duration * 16_000) for piece in pause)


def test_settings_move_the_limits(conversation: tuple[Samples, list[Segment]]) -> None:
    samples, _ = conversation
    whole = SegmentSettings(whole_below=len(samples) / 16_000 + 1)
    assert len(segments(samples, whole)) == 1
    wide = segments(samples, SegmentSettings(padding=0.8))
    for narrow, padded in zip(segments(samples), wide, strict=True):
        assert padded.duration == pytest.approx(narrow.duration + 0.8, abs=0.3)
