"""`mondegreen train interpreter` and the general model, run as their users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.write import write_audio

pytest.importorskip("torch")

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]


def mondegreen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_the_model_that_ships_is_heard_by_name_and_beside_a_grammar(
    tmp_path: Path, say: Callable[..., Samples]
) -> None:
    write_audio(tmp_path / "train.wav", say("book a train ticket to boston"), RATE)
    for options in (["--engine", "general"], ["-g", "general"], ["-g", "starter+general"]):
        done = mondegreen(tmp_path, "hear", "train.wav", "--json", *options)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["intent"] == "transport_ticket"


ROW = '{"id": "a", "text": "hello there", "intent": "greet"}\n'


@pytest.mark.parametrize(
    ("rows", "arguments", "message"),
    [
        (None, [], "no such manifest"),
        ("", [], "found no utterance"),
        (ROW, [], "1 labelled sentences to train on"),
        ('{"id": "a", "text": "hello"}\n', [], "0 labelled sentences"),
        (ROW, ["--add-intent", "bye", "bye.txt"], "--add-intent needs --model"),
        (ROW, ["--add-intent", "bye", "bye.txt", "--model", "nowhere"], "no general model there"),
        (ROW, ["--people", "nobody.jsonl"], "nobody.jsonl: no such manifest"),
        (ROW, ["--unrelated", "nothing.jsonl"], "nothing.jsonl: no such manifest"),
        (ROW, ["--set", "fit.adapt=some"], "fit.adapt"),
        (ROW, ["--set", "fit.epochs=0"], "fit.epochs"),
        (ROW, ["--set", "fit.language_model=minilmm"], "did you mean 'minilm'"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, rows: str | None, arguments: list[str], message: str
) -> None:
    if rows is not None:
        (tmp_path / "texts.jsonl").write_text(rows)
    done = mondegreen(
        tmp_path, "train", "interpreter", "texts.jsonl", "-o", "model", "--texts-only", *arguments
    )
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (tmp_path / "model").exists()
