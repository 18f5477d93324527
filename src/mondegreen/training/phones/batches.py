"""Batches of clips of similar length, in an order that a seed fixes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .frames import Heard

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""frames (B, T, size) float32, lengths (B,), phones (B, S), counts (B,)."""

_POOL = 3_000
"""Clips sorted by length together: enough to waste 3 % on padding, few enough to stay shuffled."""


def plan(lengths: Sequence[int], *, frames: int, seed: int) -> list[list[int]]:
    """Which clips make up each batch: every clip once, at most `frames` padded frames a batch."""
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


def collate(examples: Sequence[Heard]) -> Batch:
    """The examples side by side, padded with zeros."""
    lengths = torch.tensor([len(e.frames) for e in examples])
    counts = torch.tensor([len(e.phones) for e in examples])
    size = examples[0].frames.shape[1]
    frames = torch.zeros(len(examples), int(lengths.max()), size)
    phones = torch.zeros(len(examples), max(1, int(counts.max())), dtype=torch.long)
    for i, example in enumerate(examples):
        frames[i, : len(example.frames)] = torch.from_numpy(example.frames.astype(np.float32))
        phones[i, : len(example.phones)] = torch.from_numpy(example.phones)
    return frames, lengths, phones, counts
