"""`--set list`: the settings of a verb, which needs nothing else on the line."""

from __future__ import annotations

import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()"]
VERBS = [
    "data synthesize", "data augment", "complexity study", "train phones", "train interpreter",
    "train confidence", "train nasality",
]  # fmt: skip


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("verb", VERBS)
def test_the_settings_are_listed_without_anything_else(verb: str) -> None:
    if verb.startswith("train"):
        pytest.importorskip("torch")
    done = run(*verb.split(), "--set", "list")
    assert (done.returncode, done.stderr) == (0, "")
    assert " = " in done.stdout.splitlines()[0]


def test_what_is_changed_is_listed_so() -> None:
    done = run("data", "augment", "--set=list", "--set", "room=0.5")
    assert "room = 0.5\n" in done.stdout


@pytest.mark.parametrize("change", ["room=0.5", "listing=1"])
def test_a_change_alone_still_needs_the_rest(change: str) -> None:
    done = run("data", "augment", "--set", change)
    assert done.returncode == 2
    assert "Missing" in done.stderr
