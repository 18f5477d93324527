"""An utterance's sound is cut out of a file, and of nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.check.manifest_check import check
from mondegreen.data.look.stats import describe
from mondegreen.data.manifest import outside, write_manifest
from mondegreen.data.recording import utterance_samples
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError


def test_a_part_is_cut_out(tmp_path: Path) -> None:
    samples = np.arange(32_000, dtype=np.int16)
    sf.write(tmp_path / "a.wav", samples, 16_000)
    part = Utterance(id="a", audio="a.wav", start=0.5, duration=0.25, text="x")
    cut = utterance_samples(tmp_path, part)
    assert np.array_equal(cut, samples[8_000:12_000] / np.float32(32_768))


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX has such files")
@pytest.mark.parametrize("name", ["pipe.wav", "device.wav"])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "device.wav").symlink_to("/dev/zero")
    row = Utterance(id="a", audio=name, text="x")
    what = name.removesuffix(".wav")
    with pytest.raises(DataError, match=f"found a {what}, expected an audio file"):
        utterance_samples(tmp_path, row)
    write_manifest(tmp_path / "manifest.jsonl", [row])
    assert describe(tmp_path / "manifest.jsonl").whole.unknown_durations == 1
    report = check(tmp_path / "manifest.jsonl")
    assert f"found a {what}" in str(report.findings)


def test_a_name_that_no_disk_takes_is_a_bad_row() -> None:
    assert outside("folder/" + "a" * 251 + ".wav") is None
    assert "not a possible file name" in str(outside("folder/" + "a" * 252 + ".wav"))


def test_people_on_the_channels_of_one_recording_are_heard_apart(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    samples = rng.integers(-9_000, 9_000, (16_000, 3), dtype=np.int16)
    sf.write(tmp_path / "a.wav", samples, 16_000)
    for channel in range(3):
        part = Utterance(id="a", audio="a.wav", start=0.25, channel=channel, text="x")
        cut = utterance_samples(tmp_path, part)
        assert np.array_equal(cut, samples[4_000:, channel] / np.float32(32_768))
    mix = utterance_samples(tmp_path, Utterance(id="a", audio="a.wav", text="x"))
    np.testing.assert_allclose(mix, samples.mean(axis=1) / 32_768, atol=1e-6)


@pytest.mark.parametrize("channel", [-1, 1, 99])
def test_a_channel_that_is_not_there_is_named(tmp_path: Path, channel: int) -> None:
    sf.write(tmp_path / "a.wav", np.zeros(16_000, np.int16), 16_000)
    part = Utterance(id="a", audio="a.wav", channel=channel, text="x")
    with pytest.raises(DataError, match=f"found 1 channels, expected one numbered {channel}"):
        utterance_samples(tmp_path, part)
