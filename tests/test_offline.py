"""Nothing leaves the machine: the system calls of real runs, and what they leave in a home."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "play-rhapsody-in-blue.wav"
MONDEGREEN = "import sys; from mondegreen.cli.main import run; sys.exit(run())"
OURS = (Path(".local", "share", "mondegreen"), Path(".cache", "mondegreen"))
"""Where the assistant's store and what may be computed again lie, below the home."""


@lru_cache(maxsize=1)
def _watch() -> list[str]:
    """The program that watches another one: `strace`, else `unshare`, which cuts it off; or none.

    Cut off, a program cannot be seen to look for the network, but what it keeps to send later can.
    """
    for watch in (
        ["strace", "-f", "-qq", "-e", "trace=network", "-o", "TRACE"],
        ["unshare", "-rn"],
    ):
        tried = [word.replace("TRACE", os.devnull) for word in watch]
        if shutil.which(watch[0]) and not subprocess.run([*tried, "true"], check=False).returncode:
            return watch
    return []


@dataclass(frozen=True)
class Watched:
    """What a program did."""

    output: str
    calls: list[str]
    """Calls that concern the network of other machines, or of this one by its address."""
    files: list[Path]
    """What it left in its home, which was empty."""


def watched(folder: Path, *arguments: str) -> Watched:
    """Run Python with a home of its own, without anything that the environment says of networks."""
    watch = _watch()
    if not watch:
        pytest.skip("neither strace nor unshare -rn works here (apt install strace)")
    home, trace = folder / "home", folder / "trace"
    home.mkdir()
    trace.touch()
    kept = {k: v for k, v in os.environ.items() if k.startswith(("PATH", "PYTHON", "OMP_", "LANG"))}
    done = subprocess.run(
        [*(word.replace("TRACE", str(trace)) for word in watch), sys.executable, *arguments],
        env={**kept, "HOME": str(home)}, cwd=folder, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    calls = [line for line in trace.read_text("utf-8", "replace").splitlines() if "AF_INET" in line]
    files = [path.relative_to(home) for path in home.rglob("*") if not path.is_dir()]
    return Watched(done.stdout, calls, files)


def test_hearing_asks_nobody_and_leaves_nothing_elsewhere(tmp_path: Path) -> None:
    seen = watched(tmp_path, "-c", MONDEGREEN, "hear", str(EXAMPLE))
    assert "Rhapsody in Blue" in seen.output
    assert seen.calls == []
    assert [path for path in seen.files if not any(map(path.is_relative_to, OURS))] == []


def test_saying_asks_nobody_and_leaves_nothing_elsewhere(tmp_path: Path) -> None:
    seen = watched(tmp_path, "-c", MONDEGREEN, "say", "good morning", "-o", "morning.wav")
    assert (tmp_path / "morning.wav").stat().st_size > 10_000
    assert seen.calls == []
    assert [path for path in seen.files if not any(map(path.is_relative_to, OURS))] == []


def test_onnx_runtime_is_silenced_for_everybody_who_imports_mondegreen(tmp_path: Path) -> None:
    code = "import mondegreen, onnxruntime; onnxruntime.SessionOptions()"
    seen = watched(tmp_path, "-c", code)
    assert (seen.calls, seen.files) == ([], [])


def test_the_watch_sees_what_it_should(tmp_path: Path) -> None:
    code = (
        "import pathlib, socket; pathlib.Path.home().joinpath('left').touch()\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(('127.0.0.1', 9))"
    )
    watch = _watch()
    if watch[:1] == ["unshare"]:
        code = code.splitlines()[0]  # not even this machine can be reached
    seen = watched(tmp_path, "-c", code)
    assert [str(path) for path in seen.files] == ["left"]
    assert watch[:1] == ["unshare"] or any("127.0.0.1" in call for call in seen.calls)
