"""`data stats` as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data", "stats"]


def stats(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, "COLUMNS": "100"},
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def manifests(tmp_path: Path) -> list[Path]:
    for name, count in (("home", 30), ("music", 4)):
        rows = [
            Utterance(
                f"u{n}",
                text=f"play {n}",
                intent=f"i{n % 3}",
                slots=(SlotLabel("n", str(n % 7)),),
                split="train" if n % 4 else "test",
                audio="a.wav" if name == "music" else None,
                duration=1.5 if name == "music" else None,
            )
            for n in range(count)
        ]
        write_manifest(tmp_path / f"{name}.jsonl", rows)
    return [tmp_path / "home.jsonl", tmp_path / "music.jsonl"]


def test_two_manifests_side_by_side(manifests: list[Path]) -> None:
    lines = stats(*manifests).stdout.splitlines()
    assert lines[0].split() == ["home", "music"]
    assert lines[1].split() == ["all", "test", "train", "all", "test", "train"]
    rows = {line[:20].strip(): line[20:].split() for line in lines[2:]}
    assert rows["utterances"] == ["30", "8", "22", "4", "1", "3"]
    assert rows["seconds, median"] == ["1.50", "1.50", "1.50"]
    assert "speakers" not in rows, "nothing is known of them"
    at = lines.index("slots: different values in mentions")
    assert lines[at + 3].split("  ")[0] == "n"
    assert "7 in 30" in lines[at + 3]


def test_json_and_plots(manifests: list[Path], tmp_path: Path) -> None:
    statistics = json.loads(stats(manifests[0], "--json", "--plots", tmp_path / "plots").stdout)
    (one,) = statistics["manifests"]
    assert one["utterances"] == 30
    assert {name: part["utterances"] for name, part in one["splits"].items()} == {
        "test": 8, "train": 22,
    }  # fmt: skip
    assert sorted(Path(path).name for path in statistics["plots"]) == [
        "intents.png", "slots.png", "word-frequencies.png", "words-per-utterance.png",
    ]  # fmt: skip
    assert all(Path(path).stat().st_size > 5_000 for path in statistics["plots"])


def test_bad_rows_are_left_out_with_a_note(manifests: list[Path]) -> None:
    manifests[1].write_bytes(manifests[1].read_bytes() + b"nonsense\n")
    done = stats(manifests[1])
    assert "1 row left out; 'mondegreen data check' says why" in done.stderr
    assert done.stdout.splitlines()[2].split()[:2] == ["utterances", "4"]


def test_what_is_no_manifest(tmp_path: Path) -> None:
    assert "no such manifest" in stats(tmp_path / "none.jsonl", code=2).stderr
