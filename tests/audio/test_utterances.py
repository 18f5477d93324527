"""Sound is cut between utterances, and nothing that was said is lost."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.utterances import (
    GRID,
    Cutter,
    Piece,
    Segment,
    SegmentSettings,
    Unfinished,
    pieces,
    whole,
)
from mondegreen.audio.voice_activity import FRAME, has_speech
from mondegreen.types import SpeechEnded, SpeechStarted

Say = Callable[..., Samples]
SENTENCES = ["turn on the light", "play some jazz music", "what time is it", "set an alarm for six"]


def quiet(seconds: float) -> Samples:
    return np.random.default_rng(0).normal(0, 1e-3, round(16_000 * seconds)).astype(np.float32)


def segments(samples: Samples, settings: SegmentSettings | None = None) -> list[Segment]:
    return [piece.segment for piece in pieces([samples], settings)]


def recorded(piece: Piece) -> Samples:
    """Without the silence put before."""
    return piece.samples[round((piece.segment.start - piece.origin) * 16_000) :]


@pytest.fixture(scope="module")
def conversation(say: Say) -> tuple[Samples, list[Segment]]:
    """Four sentences with pauses, and where the speech is."""
    parts, spoken, length = [quiet(2.0)], [], 32_000
    for sentence in SENTENCES:
        speech = say(sentence)
        parts += [speech, quiet(3.0)]
        spoken.append(Segment(length / 16_000, (length + len(speech)) / 16_000))
        length += len(speech) + 48_000
    return np.concatenate(parts), spoken


def test_every_utterance_is_found_whole(conversation: tuple[Samples, list[Segment]]) -> None:
    samples, spoken = conversation
    cuts = segments(samples)
    assert len(cuts) == len(spoken)
    for segment, truth in zip(cuts, spoken, strict=True):
        # The voice begins and ends each clip with some silence of its own, at most 0.4 s.
        assert truth.start - 2.2 < segment.start < truth.start
        assert truth.end - 0.1 < segment.end < truth.end + 1.0


@pytest.mark.parametrize("size", [7, 999, 16_000, 100_000])
def test_cuts_do_not_depend_on_the_blocks(
    conversation: tuple[Samples, list[Segment]], size: int
) -> None:
    samples, _ = conversation
    blocks = (samples[i : i + size] for i in range(0, len(samples), size))
    cut = list(pieces(blocks))
    assert [piece.segment for piece in cut] == segments(samples)
    for piece in cut:
        start = round(piece.segment.start * 16_000)
        sound = recorded(piece)
        assert np.array_equal(sound, samples[start : start + len(sound)])
        assert len(sound) == round(piece.segment.duration * 16_000)
        assert 0 <= len(piece.samples) - len(sound) < GRID


def test_a_block_may_be_written_over_once_it_was_fed(say: Say) -> None:
    """As a microphone does that fills the same memory again and again."""
    speech = np.concatenate([quiet(1.0), say("turn on the light"), quiet(1.5)])
    speech = speech[: len(speech) // 160 * 160]
    block, cutter = np.zeros(160, np.float32), Cutter()
    cut: list[Piece] = []
    for part in speech.reshape(-1, 160):
        block[:] = part
        cut += [moment for moment in cutter.feed(block) if isinstance(moment, Piece)]
    (expected,) = pieces([speech])
    (piece,) = cut
    assert np.array_equal(piece.samples, expected.samples)


def test_what_comes_later_changes_no_utterance(
    conversation: tuple[Samples, list[Segment]],
) -> None:
    samples, spoken = conversation
    second = round((spoken[1].start - 0.5) * 16_000)
    assert segments(samples[:second])[0] == segments(samples)[0]


def test_an_utterance_grows_until_it_is_over(conversation: tuple[Samples, list[Segment]]) -> None:
    samples, _ = conversation
    cutter = Cutter(growing=0.3)
    moments = [*cutter.feed(samples), *cutter.finish()]
    kinds = [type(moment) for moment in moments if not isinstance(moment, Unfinished)]
    assert kinds == [SpeechStarted, SpeechEnded, Piece] * 4
    first = moments[: next(i for i, moment in enumerate(moments) if isinstance(moment, Piece)) + 1]
    *growing, piece = [m for m in first if isinstance(m, Unfinished | Piece)]
    assert len(growing) > 3
    assert isinstance(piece, Piece)
    for before, after in pairwise(growing):
        assert isinstance(before, Unfinished)
        assert isinstance(after, Unfinished)
        assert before.start == after.start == piece.segment.start
        assert len(after.samples) - len(before.samples) == pytest.approx(0.3 * 16_000, abs=512)
        assert np.array_equal(after.samples[: len(before.samples)], before.samples)


def test_each_pause_is_shown_once_more_as_soon_as_it_is_one(say: Say) -> None:
    speech = np.concatenate([quiet(1.0), say("turn on the light"), quiet(2.0)])
    shown = [
        m for m in Cutter(growing=0.3, pausing=0.128).feed(speech) if isinstance(m, Unfinished)
    ]
    silent = [moment.silent for moment in shown]
    assert silent.count(pytest.approx(0.128)) == 1
    lengths = [len(moment.samples) for moment in shown]
    between = np.diff(lengths) / 16_000
    assert between.min() > 0.06
    # Just before a pause counts as one, the look that is due waits for it.
    assert between.max() <= 0.3 + 0.1
    assert silent[-1] > 0.5


def test_what_is_known_to_be_one_utterance_stays_whole(say: Say) -> None:
    parts = quiet(1.5), say("turn on the light"), quiet(2.5), say("play some jazz"), quiet(1.5)
    samples = np.concatenate(parts)
    first, last = segments(samples)
    piece = whole(samples)
    assert piece is not None
    assert piece.segment == Segment(first.start, last.end)
    put_before = round((piece.segment.start - piece.origin) * 16_000)
    assert 0 <= put_before < GRID
    assert len(piece.samples) == put_before + round(piece.segment.duration * 16_000)
    alone = np.concatenate(parts[:3])
    (only,) = pieces([alone])
    same = whole(alone)
    assert same is not None
    assert same.segment == only.segment
    assert np.array_equal(same.samples, only.samples)


@pytest.mark.parametrize("lead", [1, 383, 1600, 3200, 4800, 8000])
def test_frames_fall_on_the_same_sounds_however_long_the_room_is_heard_before(
    say: Say, lead: int
) -> None:
    speech = say("turn on the kitchen lights")
    room = np.random.default_rng(lead).normal(0, 1e-3, lead).astype(np.float32)
    plain, later = whole(speech), whole(np.concatenate([room, speech]))
    assert plain is not None
    assert later is not None
    shift = round((plain.origin - later.origin) * 16_000) + lead
    assert shift % GRID == 0
    same = min(len(plain.samples), len(later.samples) - shift) - 16_000  # ends may differ
    assert np.array_equal(later.samples[shift + GRID : shift + same], plain.samples[GRID:same])


@pytest.mark.parametrize("before", [777, 1_600, 8_000, 40_000])
def test_what_no_microphone_recorded_is_no_beginning(say: Say, before: int) -> None:
    noise = np.random.default_rng(1).normal(0, 1e-3, 3_000).astype(np.float32)
    samples = np.concatenate([noise, say("turn off the light")])
    dither = np.tile(np.float32([2.0**-15, 0.0]), before)[:before]
    (alone,) = pieces([samples])
    (piece,) = pieces([np.concatenate([dither, samples])])
    sounds = [np.trim_zeros(one.samples, "f") for one in (alone, piece)]
    shortest = min(map(len, sounds))
    assert abs(len(sounds[0]) - len(sounds[1])) <= FRAME
    assert np.array_equal(sounds[0][:shortest], sounds[1][:shortest])
    assert np.array_equal(sounds[0][:5], samples[:5])
    assert piece.segment.start == pytest.approx(before / RATE)


def test_silence_has_no_utterances() -> None:
    assert segments(quiet(40.0)) == segments(np.zeros(0, np.float32)) == []
    assert whole(quiet(2.0)) is None


def test_speech_without_a_pause_is_cut_at_a_quiet_point(say: Say) -> None:
    trimmed = []
    for sentence in SENTENCES * 6:
        speech = say(sentence)
        loud = np.flatnonzero(np.abs(speech) > 0.02)
        trimmed += [speech[loud[0] : loud[-1]], quiet(0.15)]
    samples = np.concatenate(trimmed)
    assert len(samples) > 25 * 16_000
    cuts = list(pieces([samples]))
    assert all(piece.segment.duration <= 20.5 for piece in cuts)
    assert all(piece.segment.duration > 5 for piece in cuts[:-1])
    for before, after in pairwise(cuts):
        assert before.segment.end == after.segment.start  # nothing between them is lost
        middle = round(before.segment.end * 16_000)
        assert np.abs(samples[middle - 200 : middle + 200]).max() < 0.05
    assert all(has_speech(piece.samples) for piece in cuts)


@pytest.mark.parametrize("extra", [0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4])
def test_a_cut_in_the_last_pause_leaves_no_scrap(say: Say, extra: float) -> None:
    speech = np.concatenate([say(sentence) for sentence in SENTENCES])
    sound = np.concatenate([quiet(1.0), speech, quiet(14.0)])
    (uncut,) = segments(sound)
    limits = SegmentSettings(longest=uncut.duration - extra)
    pause = list(pieces([sound], limits))
    assert all(piece.segment.duration > 0.1 for piece in pause)
    assert all(len(recorded(piece)) == round(piece.segment.duration * 16_000) for piece in pause)


def test_settings_move_the_limits(conversation: tuple[Samples, list[Segment]]) -> None:
    samples, spoken = conversation
    narrow = segments(samples, SegmentSettings(before=0.4, after=0.4))
    for tight, wide, truth in zip(narrow, segments(samples), spoken, strict=True):
        assert wide.start == pytest.approx(tight.start - 1.6, abs=1e-6)
        assert wide.end == pytest.approx(tight.end + 0.4, abs=1e-6)
        assert tight.start < truth.start + 0.3


@given(length=st.integers(1, 30_000), block=st.integers(100, 30_000))
@settings(max_examples=25)
@example(length=16_000, block=16_000)
@example(length=16_001, block=511)
@example(length=11_265, block=100)  # speech begins in the last whole frame
def test_nothing_happens_later_than_the_sound_that_has_come(
    say: Say, length: int, block: int
) -> None:
    sound = np.concatenate([quiet(0.3), say("turn on the light"), quiet(1.0)])[:length]
    cutter, fed = Cutter(), 0
    for start in range(0, length, block):
        fed = min(length, start + block)
        for moment in cutter.feed(sound[start:fed]):
            if isinstance(moment, SpeechStarted | SpeechEnded):
                assert moment.time <= cutter.time <= fed / RATE
    for moment in cutter.finish():
        if isinstance(moment, SpeechStarted | SpeechEnded):
            assert moment.time <= cutter.time <= length / RATE
    assert cutter.time == length / RATE
