from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.errors import AudioError, DataError
from mondegreen.nasality.nasometer import Nasometer
from mondegreen.nasality.prompts import PromptSet
from mondegreen.nasality.recorder import Plan, one_take, record_session, room_level
from mondegreen.nasality.sessions import read_sessions

TEXTS = ("The baby ape held a red ball.", "A big black bear sat beside the gate.")
PROMPTS = PromptSet("two", "", "", TEXTS)


class Room:
    """A microphone: each time it is opened, the next sound is heard in it, then silence."""

    def __init__(self, *sounds: Samples) -> None:
        self.sounds = list(sounds)

    def __call__(self) -> Iterator[Samples]:
        """Blocks of a tenth of a second."""
        rng = np.random.default_rng(len(self.sounds))
        sound = self.sounds.pop(0)
        quiet = rng.normal(0, 1e-4, 3 * RATE).astype(np.float32)
        whole = np.concatenate([quiet[: RATE // 2], sound, quiet])
        for start in range(0, len(whole), RATE // 10):
            yield whole[start : start + RATE // 10]


QUIET = np.zeros(0, np.float32)


def test_a_session_is_guided_checked_and_written(
    tmp_path: Path, nasometer: Nasometer, say: Callable[..., Samples]
) -> None:
    first, second = map(say, TEXTS)
    lines: list[str] = []
    # The room; a sentence; the wrong one and one far too soft before the right one.
    room = Room(QUIET, first, first, second * np.float32(0.05), second)
    plan = Plan(tmp_path, "2026-11-27", "ann", PROMPTS)
    assert record_session(plan, room, nasometer, lines.append) == 2
    assert any("good" in line for line in lines)
    assert sum("Again, please" in line for line in lines) == 2
    assert any("something else said" in line for line in lines)
    assert any("too quiet" in line for line in lines)
    with pytest.raises(DataError, match="already"):
        record_session(plan, room, nasometer, lines.append)
    later = Plan(tmp_path, "2026-12-27", "ann", PROMPTS)
    assert record_session(later, Room(QUIET, first, second), nasometer, lines.append) == 2
    sessions = read_sessions(tmp_path)
    assert [session.name for session in sessions] == ["2026-11-27", "2026-12-27"]
    assert [spoken.text for spoken in sessions[0].recordings] == list(TEXTS)
    assert len(sessions[0].recordings[0].samples()) > len(first)


def test_a_prompt_that_nobody_reads_is_left_out(
    tmp_path: Path, nasometer: Nasometer, say: Callable[..., Samples]
) -> None:
    room = Room(QUIET, QUIET, QUIET, QUIET, say(TEXTS[1]))
    lines: list[str] = []
    plan = Plan(tmp_path, "a", "ann", PROMPTS)
    assert record_session(plan, room, nasometer, lines.append) == 1
    assert "Left out." in lines


def test_a_take_ends_with_the_pause_after_it(say: Callable[..., Samples]) -> None:
    sound = say(TEXTS[0])
    take = one_take(Room(sound)())
    assert len(sound) < len(take) < len(sound) + 2.5 * RATE
    with pytest.raises(AudioError, match="heard nobody"):
        one_take(Room(QUIET)())


def test_the_room_is_measured_in_decibels() -> None:
    assert room_level(Room(QUIET)()) == pytest.approx(-80.0, abs=1.0)
    loud = np.full(RATE, 0.1, np.float32)
    assert room_level(iter([loud, loud, loud])) == pytest.approx(-20.0, abs=0.1)


def test_without_a_microphone_nothing_is_left_behind(tmp_path: Path, nasometer: Nasometer) -> None:
    def none() -> Iterator[Samples]:
        raise AudioError("no microphone")

    with pytest.raises(AudioError, match="no microphone"):
        record_session(Plan(tmp_path / "ann", "a", "ann", PROMPTS), none, nasometer, lambda _: None)
    assert not (tmp_path / "ann").exists()
