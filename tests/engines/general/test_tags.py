"""The likeliest tags, against all rows of tags that there are."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.engines.general.tags import Span, best_tags, best_tags_of, spans_of


@settings(max_examples=60)
@given(words=st.integers(1, 4), tags=st.integers(1, 4), seed=st.integers(0, 2**32 - 1))
def test_the_best_row_is_the_best_of_all(words: int, tags: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scores, follow = rng.normal(0, 2, (words, tags)), rng.normal(0, 2, (tags, tags))

    def total(row: tuple[int, ...]) -> float:
        moves = zip((0, *row), row, strict=False)
        return float(sum(scores[i, tag] for i, tag in enumerate(row)) + sum(
            follow[a, b] for a, b in moves
        ))  # fmt: skip

    rows = list(product(range(tags), repeat=words))
    totals = np.array([total(row) for row in rows])
    best, log_probability = best_tags(scores, follow)
    assert tuple(best) == rows[int(totals.argmax())]
    assert log_probability == pytest.approx(totals.max() - np.logaddexp.reduce(totals))


@settings(max_examples=60)
@given(words=st.integers(1, 4), seed=st.integers(0, 2**32 - 1), slots=st.sets(st.integers(0, 1)))
def test_of_some_slots_it_is_the_best_row_with_these_alone_unless_another_is_certain(
    words: int, seed: int, slots: set[int]
) -> None:
    rng = np.random.default_rng(seed)
    scores, follow = rng.normal(0, 2, (words, 5)), rng.normal(0, 2, (5, 5))
    rows = list(product(range(5), repeat=words))
    totals = np.array([
        sum(scores[i, tag] for i, tag in enumerate(row))
        + sum(follow[a, b] for a, b in zip((0, *row), row, strict=False))
        for row in rows
    ])  # fmt: skip
    allowed = [i for i, row in enumerate(rows) if {s.slot for s in spans_of(list(row))} <= slots]
    best = max(allowed, key=lambda i: totals[i])
    if totals.max() - totals[best] >= 7.0:
        best = int(totals.argmax())
    tags, log_probability = best_tags_of(scores, follow, slots)
    assert tuple(tags) == rows[best]
    assert log_probability == pytest.approx(totals[best] - np.logaddexp.reduce(totals))


def test_no_words_have_no_tags() -> None:
    assert best_tags(np.zeros((0, 3)), np.zeros((3, 3))) == ([], 0.0)
    assert best_tags_of(np.zeros((0, 3)), np.zeros((3, 3)), ()) == ([], 0.0)


def test_spans_end_where_another_begins() -> None:
    # Slot 0 over two words, slot 0 again, slot 1, outside.
    assert spans_of([1, 2, 1, 3, 0]) == [Span(0, 0, 2), Span(0, 2, 3), Span(1, 3, 4)]
    assert spans_of([0, 0]) == []
