"""Names and the passages that have them, sorted on disk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mondegreen.answers import pairs
from mondegreen.answers.pairs import Pairs

PASSAGES = [{"oak": 1, "elm": 300}, {}, {"elm": 2, "ash": 1}, {"oak": 7}]


@pytest.mark.parametrize("at_once", [1, 2, 5_000_000])
def test_pairs_are_sorted_however_many_fit_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(pairs, "_CHUNK", at_once)
    monkeypatch.setattr(pairs, "_HELD", 3 * at_once)
    by_name, by_passage = Pairs(tmp_path / "a.tmp"), Pairs(tmp_path / "b.tmp")
    for number, counts in enumerate(PASSAGES):
        by_name.add(number, counts)
        by_passage.add(number, counts)
    names = by_name.names()
    assert names == by_passage.names() == ["ash", "elm", "oak"]
    starts = by_name.by_name(names, tmp_path / "p.npy", tmp_path / "c.npy")
    assert starts.tolist() == [0, 1, 3, 5]
    assert np.load(tmp_path / "p.npy").tolist() == [2, 0, 2, 0, 3]
    assert np.load(tmp_path / "c.npy").tolist() == [1, 255, 2, 1, 7]
    rows = by_passage.by_passage(names, len(PASSAGES), tmp_path / "n.npy")
    assert rows.tolist() == [0, 2, 2, 4, 5]
    assert np.load(tmp_path / "n.npy").tolist() == [2, 1, 1, 0, 2]
    assert not list(tmp_path.glob("*.tmp"))


def test_no_pairs_are_empty_arrays(tmp_path: Path) -> None:
    empty = Pairs(tmp_path / "a.tmp")
    assert empty.names() == []
    starts = empty.by_name([], tmp_path / "p.npy", tmp_path / "c.npy")
    assert starts.tolist() == [0]
    assert np.load(tmp_path / "p.npy").tolist() == np.load(tmp_path / "c.npy").tolist() == []
