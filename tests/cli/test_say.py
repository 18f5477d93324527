"""`mondegreen say`: what it says can be heard, and understood again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mondegreen.audio.read import read_audio
from mondegreen.audio.voice_activity import has_speech
from mondegreen.engines.grammar.engine import GrammarEngine

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "say"]


def say(*arguments: str | Path) -> str:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


@pytest.mark.parametrize("ending", ["wav", "flac"])
def test_what_is_said_is_understood(tmp_path: Path, starter: GrammarEngine, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    assert path.name in say("what time is it", "-o", path)
    assert starter.understand(path).transcript == "what time is it"


def test_speed_changes_the_length(tmp_path: Path) -> None:
    say("turn on the kitchen light", "-o", tmp_path / "slow.wav", "--speed", "0.7")
    say("turn on the kitchen light", "-o", tmp_path / "fast.wav", "--speed", "1.4")
    slow, fast = read_audio(tmp_path / "slow.wav"), read_audio(tmp_path / "fast.wav")
    assert slow.seconds > 1.4 * fast.seconds


def test_every_listed_voice_can_be_asked_for(tmp_path: Path) -> None:
    voices = say("--voices").split()
    assert "hibari" in voices
    last = voices[-1]
    say("hello there", "-o", tmp_path / "other.wav", "--voice", last)
    assert has_speech(read_audio(tmp_path / "other.wav").samples)


def test_long_texts_are_said_in_breaths(tmp_path: Path) -> None:
    text = " ".join(["turn on the kitchen light"] * 60)  # without a full stop anywhere
    say(text, "-o", tmp_path / "long.wav")
    assert read_audio(tmp_path / "long.wav").seconds > 40


def test_json_is_one_object(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    summary = json.loads(say("what time is it", "-o", path, "--json"))
    assert summary == {
        "audio": str(path),
        "seconds": pytest.approx(read_audio(path).seconds, abs=0.001),
        "rate": 24_000,
    }
    assert "hibari" in json.loads(say("--voices", "--json"))["voices"]
