"""Two runs on one place: the second is told at once, and a third goes on after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mondegreen.audio.samples import Samples
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL")


def mondegreen(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )


@contextmanager
def halted(arguments: list[str | Path], lines: Callable[[], int]) -> Iterator[int]:
    """The number of a run that has done something, has something left to do, and stands still: how
    fast the machine is does not matter then. It is killed at the end."""
    with subprocess.Popen([*COMMAND, *map(str, arguments)], stderr=subprocess.DEVNULL) as run:
        try:
            while lines() < 3:
                time.sleep(0.01)
                assert run.poll() is None, "it was over before it could be stopped"
            run.send_signal(signal.SIGSTOP)
            yield run.pid
        finally:
            run.kill()


def refused(arguments: list[str | Path], place: Path, process: int) -> None:
    """The same command beside the run: one line with its number."""
    second = mondegreen(*arguments)
    assert second.returncode == 2
    errors = [line for line in second.stderr.splitlines() if line.startswith("error: ")]
    assert errors == [
        f"error: {place}: process {process} is working on it; wait until that has ended, or name "
        "another place"
    ]


def test_results_of_hear(say: Callable[..., Samples], tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for number in range(120):
        write_audio(tmp_path / "in" / f"{number:03}.wav", say("what time is it"), 16_000)
    out = tmp_path / "out.jsonl"
    arguments: list[str | Path] = ["hear", tmp_path / "in", "-o", out]
    with halted(arguments, lambda: out.read_bytes().count(b"\n") if out.exists() else 0) as run:
        refused(arguments, out, run)
    assert mondegreen(*arguments).returncode == 0
    names = [Path(json.loads(line)["audio"]).name for line in out.read_text().splitlines()]
    assert names == [f"{number:03}.wav" for number in range(120)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "out.jsonl"]


def test_a_folder_of_speech(tmp_path: Path) -> None:
    texts = [Utterance(id=f"u{i}", text=f"set a timer for {i} minutes") for i in range(1, 151)]
    write_manifest(tmp_path / "texts.jsonl", texts)
    out = tmp_path / "out"
    arguments: list[str | Path] = [
        "data", "synthesize", tmp_path / "texts.jsonl", "-o", out, "--voices", "hibari",
        "--workers", "2",
    ]  # fmt: skip
    with halted(arguments, lambda: sum(p.suffix == ".flac" for p in out.rglob("*"))) as run:
        refused(arguments, out, run)
    done = mondegreen(*arguments)
    assert done.returncode == 0, done.stderr
    assert [u.id for u in Manifest.open(out / "manifest.jsonl")] == [u.id for u in texts]
    assert {path.name for path in out.iterdir()} == {"audio", "manifest.jsonl", "recipe.json"}
