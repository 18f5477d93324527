"""`mondegreen nasality`: what a person and a program get from it."""

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

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "nasality"]
SENTENCES = ("The baby ape held a red ball.", "Kids gave the goat a leaf of cabbage.")
TEXT = " ".join(SENTENCES)


def nasality(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@pytest.fixture
def ape(tmp_path: Path, say: Callable[..., Samples]) -> Path:
    path = tmp_path / "ape.wav"
    sf.write(path, say(TEXT), 16_000)
    return path


def test_a_recording_is_scored_and_drawn(ape: Path, tmp_path: Path) -> None:
    picture = tmp_path / "ape.svg"
    done = nasality("score", ape, "--text", TEXT, "--plot", picture)
    assert done.returncode == 0, done.stderr
    assert "hypernasality" in done.stdout
    assert "stops heard as nasals  0 of" in done.stdout
    assert "not a medical device" in done.stdout
    drawn = picture.read_text(encoding="utf-8")
    assert drawn.startswith("<svg")
    assert ">cabbage</text>" in drawn


def test_json_is_a_line_a_recording_and_the_rest_goes_on_after_a_bad_one(
    ape: Path, tmp_path: Path
) -> None:
    silence = tmp_path / "silence.wav"
    sf.write(silence, np.zeros(48_000, np.float32), 16_000)
    done = nasality("score", silence, ape, "--text", TEXT, "--json")
    assert done.returncode == 2
    assert done.stderr.startswith(f"error: {silence}: found nobody speaking")
    (row,) = map(json.loads, done.stdout.splitlines())
    assert row["audio"] == str(ape)
    assert row["text_known"] is True
    assert -0.5 < row["hypernasality"]["value"] < 0.5


def test_another_text_is_refused_in_one_line(ape: Path) -> None:
    for text in ("The tiger took a quick look at the food. We bought cups.", TEXT * 6):
        done = nasality("score", ape, "--text", text)
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1
        fits = len(text) < 2 * len(TEXT)
        words = "something else said than the text" if fits else "the text is far longer than"
        assert words in done.stderr


def test_text_and_prompts_together_are_refused(ape: Path) -> None:
    done = nasality("score", ape, "--prompts", "stops", "--text", TEXT)
    assert done.returncode == 2
    assert "give one" in done.stderr


def test_prompts_are_shown_with_their_reason() -> None:
    done = nasality("prompts", "zoo")
    assert done.returncode == 0
    assert "A big black bear sat beside the gate." in done.stdout
    assert "velum" in done.stdout


def test_a_speaker_is_followed_over_sessions(tmp_path: Path, say: Callable[..., Samples]) -> None:
    for session in ("2026-10-01", "2026-11-01"):
        folder = tmp_path / "speaker" / session
        folder.mkdir(parents=True)
        for number, text in enumerate(SENTENCES):
            sf.write(folder / f"{number}.wav", say(text), 16_000)
            (folder / f"{number}.txt").write_text(text, encoding="utf-8")
    page = tmp_path / "page.html"
    done = nasality("track", tmp_path / "speaker", "--page", page, "--json")
    assert done.returncode == 0, done.stderr
    course = json.loads(done.stdout)
    first, second = course["sessions"]
    assert (first["session"], second["session"]) == ("2026-10-01", "2026-11-01")
    assert second["change"]["value"] == pytest.approx(0.0, abs=1e-6)
    assert second["change"]["beyond"] is False
    assert second["change"]["same_prompts"] is True
    html = page.read_text(encoding="utf-8")
    assert "not a medical device" in html
    assert "<svg" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")


def test_one_session_is_not_followed(tmp_path: Path, ape: Path) -> None:
    folder = tmp_path / "speaker" / "2026-10-01"
    folder.mkdir(parents=True)
    ape.rename(folder / "ape.wav")
    done = nasality("track", tmp_path / "speaker")
    assert done.returncode == 2
    assert "expected two or more" in done.stderr
