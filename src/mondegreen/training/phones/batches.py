"""Clips side by side, as tensors."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from ...data.batching import padded
from .noisy_frames import Example

Batch = tuple[Tensor, Tensor, Tensor, Tensor]
"""frames (B, T, size) float32, lengths (B,), phones (B, S), counts (B,)."""


def collate(examples: Sequence[Example]) -> Batch:
    """The examples side by side, padded with zeros."""
    frames, lengths = padded([e.frames for e in examples])
    counts = torch.tensor([len(e.phones) for e in examples])
    phones = torch.zeros(len(examples), max(1, int(counts.max())), dtype=torch.long)
    for i, example in enumerate(examples):
        phones[i, : len(example.phones)] = torch.from_numpy(example.phones)
    return torch.from_numpy(frames), torch.from_numpy(lengths), phones, counts
