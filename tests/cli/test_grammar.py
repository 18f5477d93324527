"""`mondegreen grammar`, run as its users run it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "grammar"]
GOOD = 'context:\n  expressions:\n    go: ["go $where"]\n  slots: {where: [home, away]}\n'


def grammar(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.parametrize("verb", ["check", "sample", "words"])
def test_json_is_json_whatever_happens(tmp_path: Path, verb: str) -> None:
    (tmp_path / "good.yaml").write_text(GOOD)
    (tmp_path / "bad.yaml").write_text("context: [unclosed\n")
    good = grammar(verb, "good.yaml", "--json", folder=tmp_path)
    assert (good.returncode, good.stderr) == (0, "")
    assert json.loads(good.stdout)
    bad = grammar(verb, "bad.yaml", "--json", folder=tmp_path)
    assert (bad.returncode, bad.stderr) == (2, "")
    told = json.loads(bad.stdout)
    assert told["line"] == 2
    assert told["error"].startswith("bad.yaml:2: ")


def test_check_reads_the_replies(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD + 'responses: {go: "Going [to {where}"}\n')
    done = grammar("check", "a.yaml", folder=tmp_path)
    assert done.returncode == 2
    assert "'[' is never closed" in done.stdout
    (tmp_path / "a.yaml").write_text(GOOD + 'responses: {go: "Going[ to {where}]"}\n')
    assert grammar("check", "a.yaml", folder=tmp_path).returncode == 0
