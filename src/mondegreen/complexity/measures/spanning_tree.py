"""The shortest tree that connects all points: exact for tens of thousands, extrapolated beyond."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import DataError

Points = npt.NDArray[np.floating]
Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

EXACT_LIMIT = 20_000
"""Points up to which the tree is exact by default: 1.6 GB of distances."""
_BLOCK = 512
"""Rows of distances made at once: a matrix product at full speed, and 80 MB for 20,000 points."""
_SHARES = (1 / 8, 1 / 4, 1 / 2)
"""Parts of the largest sample at which growth is observed."""
_DRAWS = 3
"""Samples of each of those sizes; one alone makes the exponent uncertain."""


@dataclass(frozen=True)
class Tree:
    """A minimum spanning tree of n points."""

    edges: Ids
    """(n - 1, 2) numbers of the points that each edge connects."""
    lengths: Floats
    """(n - 1,) Euclidean length of each edge."""

    @property
    def length(self) -> float:
        """Sum of the edges; 0 for a single point."""
        return float(self.lengths.sum())

    def nearest(self) -> tuple[Ids, Floats]:
        """Of each point (n,), a nearest other point, and (n,) how far it is; n is at least 2.

        A shortest edge across any cut is in the tree, so a nearest neighbour of each point is too.
        """
        ends = np.concatenate([self.edges, self.edges[:, ::-1]])
        far = np.concatenate([self.lengths, self.lengths])
        order = np.lexsort((ends[:, 1], far, ends[:, 0]))
        first = order[np.searchsorted(ends[order, 0], np.arange(len(self.lengths) + 1))]
        return ends[first, 1], far[first]


@dataclass(frozen=True)
class Extrapolated:
    """Length of the minimum spanning tree of many points, from trees of random parts of them."""

    length: float
    exponent: float
    """Power of the number of points with which the length was seen to grow."""


def spanning_tree(points: Points) -> Tree:
    """A minimum spanning tree of `points (n, d)` by Euclidean distance: Prim's algorithm (1957).

    Takes n² distances of 4 bytes and n²d operations. Raises DataError for another shape.
    """
    x = np.asarray(points, np.float64)
    if x.ndim != 2 or not len(x):
        raise DataError(f"found points of shape {x.shape}; expected (n, d) with n >= 1")
    # Far from the origin, squared distances would lose digits; rows near zero or huge, all of them.
    x = x - x.mean(axis=0)
    x /= np.abs(x).max() or 1.0
    edges = _prim(_squared_distances(x))
    # Measured again as differences of the points as given, where squares cannot cancel.
    original = np.asarray(points, np.float64)
    return Tree(edges, np.linalg.norm(original[edges[:, 0]] - original[edges[:, 1]], axis=1))


def _squared_distances(x: Floats) -> npt.NDArray[np.float32]:
    """(n, n) squared distances; computed in 64 bits, in which near points still differ."""
    squares = np.einsum("nd,nd->n", x, x)
    out = np.empty((len(x), len(x)), np.float32)
    for start in range(0, len(x), _BLOCK):
        part = slice(start, start + _BLOCK)
        block = (-2.0 * x[part]) @ x.T
        block += squares
        block += squares[part, None]
        out[part] = np.maximum(block, 0.0, out=block)
    return out


def _prim(squared: npt.NDArray[np.float32]) -> Ids:
    """Edges (n - 1, 2) of the tree, in the order in which points join it; the first is point 0."""
    count = len(squared)
    # How far each point is from the tree; in `reach` those inside are nearer than anything, in
    # `outside` farther, so that neither is updated or chosen again.
    reach = np.full(count, np.inf, np.float32)
    outside = reach.copy()
    origin = np.zeros(count, np.int64)
    closer = np.empty(count, bool)
    edges = np.empty((count - 1, 2), np.int64)
    vertex = 0
    for step in range(count - 1):
        reach[vertex], outside[vertex] = -np.inf, np.inf
        row = squared[vertex]
        np.less(row, reach, out=closer)
        changed = np.flatnonzero(closer)
        reach[changed] = outside[changed] = row[changed]
        origin[changed] = vertex
        vertex = int(outside.argmin())
        edges[step] = origin[vertex], vertex
    return edges


def extrapolated_length(points: Points, *, limit: int = EXACT_LIMIT, seed: int = 1) -> Extrapolated:
    """Length of the tree of `points (n, d)`, n > `limit`, from trees of at most `limit` of them.

    Trees of random points grow as n^((m - 1) / m) in m dimensions (Beardwood, Halton and Hammersley
    1959). The power is read from trees of an eighth, a quarter, a half and all of `limit` points,
    as Costa and Hero (2004) estimate the dimension of a manifold, and continued to n.
    """
    if not 8 <= limit < len(points):
        raise DataError(
            f"found {len(points)} points and a limit of {limit}; expected 8 <= limit < n"
        )
    rng = np.random.default_rng(seed)
    sizes, lengths = [], []
    for share in (*_SHARES, 1.0):
        size = int(limit * share)
        draws = _DRAWS if share < 1 else 1
        trees = [
            _length(points, rng.choice(len(points), size, replace=False)) for _ in range(draws)
        ]
        sizes.append(size)
        lengths.append(float(np.mean(trees)))
    if min(lengths) <= 0:  # so many equal points that a sample of them has no extent
        return Extrapolated(lengths[-1], 0.0)
    slope = float(np.polyfit(np.log(sizes), np.log(lengths), 1)[0])
    return Extrapolated(lengths[-1] * (len(points) / limit) ** slope, slope)


def _length(points: Points, indices: Ids) -> float:
    return spanning_tree(points[np.sort(indices)]).length


__all__ = ["EXACT_LIMIT", "Extrapolated", "Tree", "extrapolated_length", "spanning_tree"]
