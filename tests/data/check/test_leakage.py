"""What two splits share is found as by comparing all rows with all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.check.leakage import across, overlapping


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(1, 5), st.integers(0, 2)),
        max_size=12,
    )
)
def test_overlaps_are_found_as_by_comparing_all_pairs(
    rows: list[tuple[int, int, int, int]],
) -> None:
    columns = [np.array(column, np.int64) for column in zip(*rows, strict=True)] or [
        np.zeros(0, np.int64)
    ] * 4
    sounds, start, length, splits = columns
    end = (start + length).astype(float)
    pairs = list(overlapping(sounds, start.astype(float), end, splits))
    # What a row shares sound with, among the rows that begin before it: its own split, another.
    for row in range(len(rows)):
        before = [
            other
            for other in range(len(rows))
            if (start[other], other) < (start[row], row)
            and sounds[other] == sounds[row] != 0
            and end[other] > start[row]
        ]
        partners = [earlier for earlier, later in pairs if later == row]
        assert set(partners) <= set(before)
        assert sorted({splits[p] == splits[row] for p in partners}) == sorted(
            {splits[p] == splits[row] for p in before}
        )


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)), max_size=30))
def test_keys_in_several_splits(rows: list[tuple[int, int]]) -> None:
    keys = np.array([key for key, _ in rows], np.int64)
    splits = np.array([split for _, split in rows], np.int64)
    expected = []
    for key in range(1, 6):
        first: dict[int, int] = {}
        for row, (other, split) in enumerate(rows):
            if other == key and split:
                first.setdefault(split, row)
        if len(first) > 1:
            expected.append(sorted(first.values()))
    assert list(across(keys, splits)) == sorted(expected)
