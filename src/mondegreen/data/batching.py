"""Batches of utterances of similar length, in an order that a seed fixes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

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
