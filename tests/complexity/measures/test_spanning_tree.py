"""Spanning trees against scipy's, under motions that change no distance, and extrapolated."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mondegreen.complexity.measures.spanning_tree import extrapolated_length, spanning_tree
from mondegreen.errors import DataError

Points = npt.NDArray[np.float64]

clouds = (
    st.tuples(st.integers(1, 40), st.integers(1, 6))
    .flatmap(lambda shape: arrays(np.float64, shape, elements=st.floats(-100, 100, width=32)))
    .map(lambda points: np.round(points, 4))
)
"""Rounded, because scipy reads an edge shorter than about 1e-8 as none."""


def strewn(count: int, size: int, seed: int) -> Points:
    return np.random.default_rng(seed).normal(size=(count, size))


def distances(points: Points) -> Points:
    return np.linalg.norm(points[:, None] - points[None], axis=2)


def by_scipy(points: Points) -> float:
    """Edges of scipy's graphs cannot have length 0, so points that are equal are merged first."""
    csgraph = pytest.importorskip("scipy.sparse.csgraph")
    return float(csgraph.minimum_spanning_tree(distances(np.unique(points, axis=0))).sum())


@given(clouds)
def test_the_length_is_that_of_scipy(points: Points) -> None:
    assert spanning_tree(points).length == pytest.approx(by_scipy(points), rel=1e-5, abs=1e-5)


@pytest.mark.parametrize(("count", "size", "seed"), [(300, 2, 1), (400, 60, 2), (900, 5, 3)])
def test_larger_clouds(count: int, size: int, seed: int) -> None:
    points = strewn(count, size, seed)
    assert spanning_tree(points).length == pytest.approx(by_scipy(points), rel=1e-9)


@given(clouds)
def test_it_is_a_tree(points: Points) -> None:
    tree = spanning_tree(points)
    assert tree.edges.shape == (len(points) - 1, 2)
    inside = {0}
    for start, end in tree.edges.tolist():
        assert start in inside
        assert end not in inside
        inside.add(end)
    assert inside == set(range(len(points)))
    ends = points[tree.edges]
    assert tree.lengths == pytest.approx(np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1))


@given(clouds.filter(lambda points: len(points) > 1))
def test_neighbours_are_the_nearest(points: Points) -> None:
    nearest, far = spanning_tree(points).nearest()
    between = distances(points)
    np.fill_diagonal(between, np.inf)
    assert far == pytest.approx(between.min(axis=1), rel=1e-4, abs=1e-4)
    assert between[np.arange(len(points)), nearest] == pytest.approx(far)


@pytest.mark.parametrize("seed", range(3))
def test_what_moves_no_point_against_another_changes_nothing(seed: int) -> None:
    points = strewn(200, 8, seed)
    length = spanning_tree(points).length
    turn, _ = np.linalg.qr(strewn(8, 8, seed + 10))
    order = np.random.default_rng(seed).permutation(200)
    assert spanning_tree(points @ turn).length == pytest.approx(length, rel=1e-9)
    assert spanning_tree(points + 1e6).length == pytest.approx(length, rel=1e-6)
    assert spanning_tree(points[order]).length == pytest.approx(length, rel=1e-9)
    assert spanning_tree(3 * points).length == pytest.approx(3 * length, rel=1e-9)
    assert spanning_tree(np.concatenate([points, points[:50]])).length == pytest.approx(length)


def test_near_points_are_told_apart() -> None:
    """Two heaps far apart: squared distances in 32 bits would make the heaps' insides equal."""
    heap = 1e-5 * strewn(60, 4, 1)
    points = np.concatenate([heap, 1.0 + heap[:30]])
    assert spanning_tree(heap).length == pytest.approx(by_scipy(heap), rel=1e-6)
    gap = distances(points)[:60, 60:].min()
    expected = by_scipy(heap) + by_scipy(heap[:30]) + gap
    assert spanning_tree(points).length == pytest.approx(expected, rel=1e-6)


def test_one_point_and_equal_points() -> None:
    assert spanning_tree(np.ones((1, 3))).length == 0
    assert spanning_tree(np.ones((5, 3))).length == 0
    with pytest.raises(DataError, match=r"shape \(0, 3\)"):
        spanning_tree(np.ones((0, 3)))


@pytest.mark.parametrize(("size", "seed"), [(2, 1), (3, 2), (10, 3), (80, 4)])
def test_extrapolation_is_near_the_exact_length(size: int, seed: int) -> None:
    points = strewn(1600, size, seed)
    exact = spanning_tree(points).length
    guess = extrapolated_length(points, limit=400, seed=seed)
    assert guess.length == pytest.approx(exact, rel=0.05)
    assert guess == extrapolated_length(points, limit=400, seed=seed)


def test_growth_follows_the_dimension() -> None:
    """n^((d - 1) / d), as Beardwood, Halton and Hammersley prove for uniform points."""
    square = np.random.default_rng(1).random((4000, 2))
    assert extrapolated_length(square, limit=2000).exponent == pytest.approx(1 / 2, abs=0.05)
    line = np.concatenate([square[:, :1], np.zeros((4000, 3))], axis=1)
    assert extrapolated_length(line, limit=2000).exponent == pytest.approx(0, abs=0.02)


def test_what_cannot_be_extrapolated() -> None:
    with pytest.raises(DataError, match="10 points and a limit of 10"):
        extrapolated_length(strewn(10, 2, 1), limit=10)
    assert extrapolated_length(np.ones((100, 2)), limit=50).length == 0
