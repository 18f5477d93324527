"""Clips side by side, as tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from .frames import Heard

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""frames (B, T, size) float32, lengths (B,), phones (B, S), counts (B,)."""


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
