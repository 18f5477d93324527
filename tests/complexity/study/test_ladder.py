"""Ladders: each rung is simpler than the last, as large, and fair to the speakers."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from mondegreen.cli.complexity import app
from mondegreen.complexity.study.ladder import Rung, build, rarities, thresholds
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError


def zipf(count: int, seed: int = 1) -> Manifest:
    """Sentences of three words, drawn as languages draw theirs; a quarter of them for testing."""
    rng = np.random.default_rng(seed)
    shares = 1 / np.arange(1, 301)
    drawn = rng.choice(300, size=(count, 3), p=shares / shares.sum())
    return Manifest.of(
        Utterance(
            id=f"u{i}",
            text=" ".join(f"w{w}" for w in row),
            intent=f"i{row[0] % 5}",
            split="test" if i % 4 == 0 else "train",
            speaker=f"s{i % 7}",
        )
        for i, row in enumerate(drawn)
    )


@pytest.fixture(scope="module")
def ladder() -> list[Rung]:
    return build(zipf(4000), rungs=6, smallest=0.3)


def vocabulary(rung: Rung) -> set[str]:
    return {word for u in rung.rows for word in u.text.split()}


def test_rungs_get_simpler_and_controls_do_not(ladder: list[Rung]) -> None:
    rungs = [r for r in ladder if not r.control]
    controls = [r for r in ladder if r.control]
    assert [r.name for r in rungs] == [f"rung-{i}" for i in range(6)]
    sizes = [len(vocabulary(r)) for r in rungs]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] < 0.4 * sizes[0]
    thresholds_ = [r.threshold for r in rungs]
    assert thresholds_ == sorted(set(thresholds_))
    same = [len(vocabulary(r)) for r in controls]
    assert min(same) > 0.85 * max(same)
    assert [r.share for r in rungs] == [r.share for r in controls]


def test_all_have_one_size_and_all_speakers(ladder: list[Rung]) -> None:
    for rung in ladder:
        assert Counter(u.split for u in rung.rows) == Counter(u.split for u in ladder[0].rows)
        assert len({u.id for u in rung.rows}) == len(rung.rows)
        for split in ("train", "test"):
            spoken = Counter(u.speaker for u in rung.rows if u.split == split)
            assert len(spoken) == 7
            assert max(spoken.values()) - min(spoken.values()) <= 0.35 * max(spoken.values())


def test_thresholds_hold(ladder: list[Rung]) -> None:
    manifest = zipf(4000)
    rare = dict(zip((u.id for u in manifest), rarities(manifest), strict=True))
    for rung in ladder:
        assert all(rare[u.id] >= rung.threshold for u in rung.rows)


def test_seeds(ladder: list[Rung]) -> None:
    again = build(zipf(4000), rungs=6, smallest=0.3)
    other = build(zipf(4000), rungs=6, smallest=0.3, seed=2)
    assert [r.rows for r in again] == [r.rows for r in ladder]
    assert [r.rows for r in other] != [r.rows for r in ladder]


def test_rarity_counts_transcripts_of_training_once() -> None:
    rows = [
        Utterance(id="1", text="turn on", split="train"),
        Utterance(id="2", text="Turn on!", split="train"),
        Utterance(id="3", text="turn off", split="train"),
        Utterance(id="4", text="turn up", split="test"),
        Utterance(id="5", text="on", split="test"),
    ]
    assert rarities(Manifest.of(rows)) == [1, 1, 1, 0, 1]
    assert rarities(Manifest.of(rows), ngram=2) == [1, 1, 1, 0, 0]


def test_too_little_to_climb() -> None:
    same = [Utterance(id=f"u{i}", text="turn on the light", split="train") for i in range(100)]
    with pytest.raises(DataError, match=r"not even 2 rungs are possible.*study: --set smallest="):
        build(Manifest.of(same), rungs=4)
    with pytest.raises(DataError, match=r"in 'test', 20 are the fewest, and not even 2 rungs"):
        build(zipf(100), rungs=3)
    with pytest.raises(DataError, match="no utterance is in the split 'train'"):
        build(Manifest.of([Utterance(id="a", text="b", split="test")]))
    with pytest.raises(DataError, match="expected 2 or more"):
        build(zipf(100), rungs=1)
    assert thresholds([1, 5, 9, 9, 9, 9], 2, 0.5) == [0, 9]


def test_of_too_many_rungs_the_message_says_how_many_there_can_be() -> None:
    with pytest.raises(DataError) as refused:
        build(zipf(1000), rungs=200, smallest=0.5)
    match = re.search(r"ask for (\d+) rungs, which are possible$", str(refused.value))
    assert match
    possible = int(match[1])
    assert len(build(zipf(1000), rungs=possible, smallest=0.5, control=False)) == possible
    with pytest.raises(DataError, match=f"ask for {possible} rungs"):
        build(zipf(1000), rungs=possible + 1, smallest=0.5)


def test_a_folder_holds_one_ladder_and_may_be_moved(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", zipf(1000))
    out = tmp_path / "ladder"

    def make(rungs: int) -> Any:
        arguments = ["ladder", str(tmp_path / "m.jsonl"), "-o", str(out), "--rungs", str(rungs)]
        done = CliRunner().invoke(app, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    make(4)
    (out / "rung-of-mine.jsonl").write_text("{}")
    shown = make(3)
    names = [f"{kind}-{i}.jsonl" for kind in ("control", "rung") for i in range(3)]
    assert {path.name for path in out.iterdir()} == {*names, "ladder.json", "rung-of-mine.jsonl"}
    assert all(Path(row["manifest"]).is_file() for row in shown)
    moved = out.rename(tmp_path / "elsewhere")
    for row in json.loads((moved / "ladder.json").read_text()):
        assert len(Manifest.open(moved / row["manifest"])) == row["utterances"]
