"""Recordings appear complete or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.read import read_audio
from mondegreen.audio.write import check_writable, write_audio
from mondegreen.errors import AudioError, MondegreenError, OutputError
from mondegreen.jobs.files import replacing

SAMPLES = np.sin(np.arange(24_000) / 20).astype(np.float32) * np.float32(0.5)


@pytest.mark.parametrize("ending", ["wav", "flac", "ogg", "mp3", "aiff"])
def test_what_is_written_can_be_read(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    write_audio(path, SAMPLES, 24_000)
    recording = read_audio(path)
    assert recording.source_rate == 24_000
    assert recording.seconds == pytest.approx(1.0, abs=0.08)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="POSIX has such files")
def test_a_pipe_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(OutputError, match=r"a\.wav: found a pipe or a device"):
        write_audio(tmp_path / "a.wav", SAMPLES, 24_000)
    assert (tmp_path / "a.wav").is_fifo()


def test_minutes_of_ogg_do_not_overflow_its_encoder(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    write_audio(path, np.tile(SAMPLES, 100), 24_000)
    assert read_audio(path).seconds == pytest.approx(100.0, abs=0.1)


@pytest.mark.parametrize(
    ("name", "kind", "part"),
    [
        ("no/such/a.wav", OutputError, "mkdir -p"),
        ("a.txt", AudioError, "'.txt'"),
        ("a", AudioError, "none"),
        ("folder.wav", OutputError, "a folder"),
        ("file/a.wav", OutputError, "is a file, not a folder"),
    ],
)
def test_impossible_places_are_refused(
    tmp_path: Path, name: str, kind: type[MondegreenError], part: str
) -> None:
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(kind, match=part):
        write_audio(tmp_path / name, SAMPLES, 24_000)


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="permission bits are POSIX")
def test_new_files_have_ordinary_permissions(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.touch()
    write_audio(tmp_path / "a.wav", SAMPLES, 24_000)
    assert (tmp_path / "a.wav").stat().st_mode == plain.stat().st_mode


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder here that nobody can fill")
def test_a_place_that_takes_no_files_is_known_before_the_work() -> None:
    for ask in (check_writable, lambda path: write_audio(path, SAMPLES, 24_000)):
        with pytest.raises(OutputError, match=r"^/proc/a\.wav: cannot write in /proc"):
            ask("/proc/a.wav")


def test_asking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "a.wav")
    assert list(tmp_path.iterdir()) == []
