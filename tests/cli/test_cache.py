"""`mondegreen cache` in real processes, over the folder that `hear` fills."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.write import write_audio
from mondegreen.jobs.cache import VARIABLE

GRAMMAR = "context: {expressions: {Lock: ['lock the $door:door']}, slots: {door: [front door]}}"


@pytest.fixture
def mondegreen(tmp_path: Path) -> Callable[..., str]:
    """`mondegreen(*arguments)` gives what the command prints; its cache is `kept`."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", "from mondegreen.cli.main import run; run()", *arguments],
            cwd=tmp_path, env={**os.environ, VARIABLE: str(tmp_path / "kept")},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return done.stdout

    return run


def test_what_hear_compiles_is_shown_and_removed(
    mondegreen: Callable[..., str], say: Callable[..., np.ndarray], tmp_path: Path
) -> None:
    (tmp_path / "lock.yaml").write_text(GRAMMAR)
    write_audio(tmp_path / "lock.wav", say("lock the front door"), 16_000)
    empty = json.loads(mondegreen("cache", "show", "--json"))
    nothing = {"files": 0, "bytes": 0}
    assert empty == {
        "folder": str(tmp_path / "kept"),
        "grammar": nothing, "network": nothing, "checked": nothing,
    }  # fmt: skip
    answers = [
        json.loads(mondegreen("hear", "lock.wav", "-g", "lock.yaml", "--no-act", "--json"))
        for _ in range(2)
    ]
    for answer in answers:
        del answer["compute_ms"]
    assert answers[0] == answers[1]
    assert answers[0]["intent"] == "Lock"
    kept = json.loads(mondegreen("cache", "show", "--json"))
    assert kept["grammar"]["files"] == 1
    sizes = [path.stat().st_size for path in (tmp_path / "kept").iterdir()]
    kinds = [kept[kind] for kind in ("grammar", "network", "checked")]
    assert (len(sizes), sum(sizes)) == tuple(sum(k[what] for k in kinds) for what in nothing)
    assert "1 compiled grammar," in mondegreen("cache", "show")
    assert mondegreen("cache", "clear").startswith(f"{len(sizes)} files removed")
    assert json.loads(mondegreen("cache", "clear", "--json")) == {"removed": 0}
    assert list((tmp_path / "kept").iterdir()) == []
