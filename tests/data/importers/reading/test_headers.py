"""Seconds from the headers of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.data.importers.reading.headers import with_duration
from mondegreen.data.utterance import Utterance


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("audio")
    sf.write(root / "a.flac", np.zeros((12_345, 2), np.float32), 8_000)
    (root / "broken.wav").write_bytes(b"RIFF")
    return root


@settings(max_examples=20)
@given(start=st.floats(0, 1.5))
def test_the_rest_of_the_recording(folder: Path, start: float) -> None:
    timed = with_duration(Utterance("u", "a.flac", start), folder)
    assert timed.start == start
    assert timed.duration == pytest.approx(12_345 / 8_000 - start, abs=1e-6)


def test_what_is_known_stays(folder: Path) -> None:
    for row in (Utterance("u", text="only text"), Utterance("u", "missing.wav", duration=2.0)):
        assert with_duration(row, folder) is row


@pytest.mark.parametrize(
    ("audio", "start", "reason"),
    [
        ("a.flac", 1.5431249, r"begins at 1\.54312 s"),
        ("a.flac", 1.6, r"begins at 1\.6 s, but a\.flac has 1\.54313 s"),
        ("broken.wav", 0.0, r"broken\.wav cannot be opened"),
        ("missing.wav", 0.0, r"missing\.wav cannot be opened"),
    ],
)
def test_impossible_recordings(folder: Path, audio: str, start: float, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        with_duration(Utterance("u", audio, start), folder)
