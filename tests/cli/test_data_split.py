"""`data split` as a user runs it: what it writes, says and refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mondegreen.data.check.unseen_proof import check_unseen
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data", "split"]


def split(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture
def spoken(tmp_path: Path) -> Path:
    """100 utterances: 50 bands, 10 speakers, recordings named and not there (none is opened)."""
    folder = tmp_path / "spoken"
    folder.mkdir()
    rows = [
        Utterance(
            id=f"{verb}-{n}",
            audio=f"{verb}/{n}.flac",
            text=f"{verb} band{n} now",
            intent=verb,
            slots=(SlotLabel("band", f"band{n}", 5, 9 + len(str(n))),),
            speaker=f"s{n % 10}",
        )
        for verb in ("play", "stop")
        for n in range(50)
    ]
    write_manifest(folder / "m.jsonl", rows)
    return folder / "m.jsonl"


def test_by_sentence_and_speaker(spoken: Path) -> None:
    out = spoken.with_name("new.jsonl")
    done = split(spoken, "-o", out)
    assert done.stdout == f"{out}: 100 utterances: dev 10, test 10, train 80\n"
    assert not done.stderr
    first = out.read_bytes()
    split(spoken, "-o", out)
    assert out.read_bytes() == first
    split(spoken, "-o", out, "--seed", "2")
    assert out.read_bytes() != first
    summary = json.loads(
        split(
            spoken, "-o", out, "--by", "speaker", "--shares", "train=0.7,test=0.3", "--json"
        ).stdout
    )
    assert summary == {"manifest": str(out), "splits": {"test": 30, "train": 70}, "skipped": None}
    places = {(row.speaker, row.split) for row in Manifest.open(out)}
    assert Counter(name for _, name in places) == {"train": 7, "test": 3}


def test_by_value(spoken: Path, tmp_path: Path) -> None:
    out = tmp_path / "new.jsonl"
    summary = json.loads(
        split(spoken, "-o", out, "--by", "value", "--slot", "band", "--json").stdout
    )
    assert 5 <= summary["pairs"] <= 6  # a band brings up to two at once
    assert summary["splits"]["test_seen"] == summary["splits"]["test_unseen"] == summary["pairs"]
    assert summary["held_out"]
    rows = Manifest.open(out)
    check_unseen(rows, slots=["band"], held_out=[(value,) for value in summary["held_out"]])
    assert rows[0].audio == "spoken/play/0.flac"
    output = split(spoken, "-o", out, "--by", "value").stdout
    assert output.endswith(f"; {summary['pairs']} pairs\n")


def test_too_few_pairs_are_told(spoken: Path) -> None:
    rows = [Utterance(id=f"n{n}", text=f"something else {n}", intent="other") for n in range(400)]
    write_manifest(spoken, [*Manifest.open(spoken), *rows])
    out = spoken.with_name("new.jsonl")
    output = split(spoken, "-o", out, "--by", "value", "--shares", "train=0.5,test=0.5").stderr
    assert "pairs where the shares ask for 125" in output


def test_splits_are_replaced_only_when_asked(spoken: Path) -> None:
    split(spoken, "-o", spoken, "--by", "value")
    before = spoken.read_bytes()
    refused = split(spoken, "-o", spoken, code=2).stderr
    assert refused.startswith(f"error: {spoken}: 100 of 100 utterances have a split already")
    assert "--replace" in refused
    assert spoken.read_bytes() == before
    split(spoken, "-o", spoken, "--replace")
    rows = Manifest.open(spoken)
    assert Counter(rows.column("split")) == {"train": 80, "dev": 10, "test": 10}
    assert not any(row.meta for row in rows)


def test_bad_rows_stop_or_are_listed(spoken: Path) -> None:
    spoken.write_bytes(spoken.read_bytes() + b"nonsense\n")
    out = spoken.with_name("new.jsonl")
    assert "m.jsonl:101: this line is not JSON" in split(spoken, "-o", out, code=2).stderr
    summary = json.loads(split(spoken, "-o", out, "--skip-bad", "--json").stdout)
    assert summary["splits"] == {"dev": 10, "test": 10, "train": 80}
    (skipped,) = Path(summary["skipped"]).read_text().splitlines()
    assert json.loads(skipped)["place"].endswith("m.jsonl:101")


def test_bad_input_is_one_line(spoken: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    out = spoken.with_name("new.jsonl")
    cases: list[tuple[list[str | Path], str]] = [
        (["-o", tmp_path / "other" / "m.jsonl"], "recordings must lie inside its folder"),
        (["-o", tmp_path], "found a folder"),
        (["-o", out, "--shares", "train=0.8"], "sums to 0.8, expected 1"),
        (["-o", out, "--slot", "band"], "--slot goes with --by value"),
        (["-o", out, "--by", "value", "--slot", "brand"], "did you mean 'band'"),
        (["-o", out, "--by", "value", "--shares", "a=0.5,b=0.5"], "has train, dev and test"),
    ]
    for arguments, message in cases:
        output = split(spoken, *arguments, code=2).stderr
        assert message in output
        assert output.count("\n") == 1
    assert "'planet'" in split(spoken, "-o", out, "--by", "planet", code=2).stderr
    assert not out.exists()


def test_utterances_without_speakers_are_an_error(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", [Utterance(id="a", text="on"), Utterance(id="b")])
    output = split(
        tmp_path / "m.jsonl", "-o", tmp_path / "n.jsonl", "--by", "speaker", code=2
    ).stderr
    assert "2 of 2 utterances name no speaker, the first is 'a'" in output
