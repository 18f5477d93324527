"""`mondegreen phones`: what a person and a program get from it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.audio.samples import Samples
from mondegreen.phonetics.inventory import parse
from mondegreen.speech.phone_folder import load_phone_distance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "phones"]


def phones(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def light(tmp_path: Path, say: Callable[..., Samples]) -> Path:
    path = tmp_path / "light.wav"
    sf.write(path, say("turn on the light"), 16_000)
    return path


def test_the_sounds_are_written_down(light: Path) -> None:
    done = phones(light)
    assert done.returncode == 0, done.stderr
    name, times, read = done.stdout.strip().split("  ")
    assert name == str(light)
    assert times.startswith("0.00-")
    spoken_phones = parse("t ɜ ɹ n ɑ n ð ə l aɪ t")
    assert load_phone_distance().between(spoken_phones, parse(read)) < 1.5


def test_json_has_the_time_of_every_phone(light: Path) -> None:
    row = json.loads(phones("--json", light).stdout)
    assert row["audio"] == str(light)
    assert row["phones"][0]["phone"] == "t"
    assert row["phones"][-1]["end"] <= row["audio_seconds"] == pytest.approx(1.4, abs=0.6)


def test_a_long_recording_is_cut_and_its_times_count_from_its_start(
    tmp_path: Path, say: Callable[..., Samples]
) -> None:
    pause = np.zeros(8 * 16_000, np.float32)
    words = say("stop"), say("pause")
    path = tmp_path / "long.flac"
    sf.write(path, np.concatenate([pause, words[0], pause, words[1], pause]), 16_000)
    rows = [json.loads(line) for line in phones("--json", path).stdout.splitlines()]
    assert len(rows) == 2
    assert rows[0]["offset"] == pytest.approx(6.2, abs=0.6)
    assert rows[1]["offset"] > rows[0]["offset"] + 8
    for row in rows:
        inside = row["offset"], row["offset"] + row["audio_seconds"]
        assert all(inside[0] <= p["start"] < p["end"] <= inside[1] for p in row["phones"])


def test_sound_may_be_piped_in(light: Path) -> None:
    whole = light.read_bytes()
    raw = (sf.read(light)[0] * 32767).astype("<i2").tobytes()
    outputs = [
        subprocess.run([*COMMAND, "-"], input=sound, capture_output=True, check=True, timeout=120)
        for sound in (whole, raw)
    ]
    read = [done.stdout.decode().strip().split("  ") for done in outputs]
    assert read[0][0] == "-"
    assert read[0][2] == read[1][2]
    assert read[0][2].endswith("l aɪ t")


def test_silence_has_no_phones(tmp_path: Path) -> None:
    for seconds in (1, 20):
        path = tmp_path / f"{seconds}.wav"
        sf.write(path, np.zeros(seconds * 16_000), 16_000)
        done = phones(path)
        assert done.returncode == 0
        assert "(no speech)" in done.stdout


def test_a_bad_file_is_told_and_the_others_are_read(tmp_path: Path, light: Path) -> None:
    (tmp_path / "empty.wav").write_bytes(b"")
    done = phones(tmp_path / "empty.wav", light)
    assert done.returncode == 2
    assert "empty.wav" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert str(light) in done.stdout


def test_a_reader_that_is_not_there_is_told_in_one_line(tmp_path: Path, light: Path) -> None:
    done = phones("--reader", tmp_path / "none", light)
    assert done.returncode == 2
    assert "no phone reader there" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
