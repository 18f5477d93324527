"""Recorded noise: which files are recordings, and how often each folder is heard."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from mondegreen.audio.worse.noises import NoiseBank
from mondegreen.errors import DataError


def _tone(path: Path, hertz: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = 0.5 * np.sin(2 * np.pi * hertz * np.arange(16_000) / 16_000)
    kind = {"format": "OGG", "subtype": "OPUS"} if path.suffix == ".opus" else {}
    soundfile.write(path, samples, 16_000, **kind)


def _pitch(samples: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(samples)))) * 16_000 / len(samples)


def test_every_kind_of_recording_counts(tmp_path: Path) -> None:
    for suffix in (".wav", ".flac", ".ogg", ".opus"):
        _tone(tmp_path / f"noise{suffix}", 500)
    (tmp_path / "README.md").write_text("not a recording")
    assert {path.suffix for path in NoiseBank([tmp_path]).paths} == {
        ".wav", ".flac", ".ogg", ".opus",
    }  # fmt: skip


def test_opus_is_decoded(tmp_path: Path) -> None:
    _tone(tmp_path / "noise.opus", 500)
    drawn = NoiseBank([tmp_path]).draw(8_000, np.random.default_rng(0))
    assert _pitch(drawn) == pytest.approx(500, abs=4)


def test_a_folder_of_many_recordings_is_heard_more_often(tmp_path: Path) -> None:
    _tone(tmp_path / "one" / "a.wav", 500)
    for number in range(9):
        _tone(tmp_path / "nine" / f"{number}.wav", 2_000)
    bank, rng = NoiseBank([tmp_path]), np.random.default_rng(1)
    pitches = [_pitch(bank.draw(1_600, rng)) for _ in range(400)]
    share = np.mean([pitch > 1_000 for pitch in pitches])
    assert 0.69 < share < 0.81  # three times in four: the square root of nine against one


def test_excluded_words_leave_a_recording_out(tmp_path: Path) -> None:
    _tone(tmp_path / "dishes.wav", 500)
    with pytest.raises(DataError, match="no recording"):
        NoiseBank([tmp_path], exclude=("dishes",))
