"""Batches of utterances of similar length, in an order that a seed fixes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_POOL = 3_000
"""Utterances sorted by length together: enough to waste 3 % on padding, few enough to shuffle."""


def plan(lengths: Sequence[int], *, frames: int, seed: int) -> list[list[int]]:
    """Who makes up each batch: every utterance once, at most `frames` padded frames a batch."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(lengths))
    batches: list[list[int]] = []
    for start in range(0, len(order), _POOL):
        batch: list[int] = []
        for i in sorted(order[start : start + _POOL], key=lambda i: lengths[i]):
            if batch and (len(batch) + 1) * lengths[i] > frames:
                batches.append(batch)
                batch = []
            batch.append(int(i))
        batches.append(batch)
    return [batches[i] for i in rng.permutation(len(batches))]


def padded(
    rows: Sequence[npt.NDArray[np.floating]],
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Rows `(T_i, size)` side by side: `(B, T, size)`, zeros past each one's end, and lengths."""
    lengths = np.array([len(row) for row in rows])
    out = np.zeros((len(rows), int(lengths.max()), rows[0].shape[1]), np.float32)
    for place, row in zip(out, rows, strict=True):
        place[: len(row)] = row
    return out, lengths
