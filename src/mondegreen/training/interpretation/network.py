"""A small network from a frozen speech encoder's frames to an intent and slot values.

It classifies: each intent and each slot value seen in training has an output. That is honest for
tasks whose meanings are few, and its failure on others is what a complexity study wants to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Shape:
    """Sizes of the network: 1.1 M parameters without the outputs."""

    frame: int = 288
    """Numbers in one frame of the encoder."""
    width: int = 160
    stride: int = 4
    """Frames that become one step: 0.1 s, about a phone."""
    layers: int = 2
    heads: int = 8
    """Places in the utterance that may be looked at for the meaning."""
    dropout: float = 0.3


class Heard(NamedTuple):
    """Logits of a batch."""

    intents: Tensor
    """(B, I)"""
    pairs: Tensor
    """(B, P) slot values."""
    words: Tensor
    """(B, W)"""


class GruNetwork(nn.Module):
    """A strided convolution, a bidirectional GRU, attention over time, and three linear outputs."""

    def __init__(self, shape: Shape, intents: int, pairs: int, words: int) -> None:
        super().__init__()
        width, seen = shape.width, 2 * shape.width
        self.stride = shape.stride
        self.norm = nn.LayerNorm(shape.frame)
        self.enter = nn.Conv1d(shape.frame, seen, shape.stride + 1, shape.stride, shape.stride // 2)
        self.gru = nn.GRU(
            seen, width, shape.layers, batch_first=True, bidirectional=True, dropout=shape.dropout
        )
        self.look = nn.Linear(seen, shape.heads)
        self.dropout = nn.Dropout(shape.dropout)
        self.intents = nn.Linear(seen * shape.heads, intents)
        self.pairs = nn.Linear(seen * shape.heads, pairs)
        # A word may be anywhere: its evidence is the strongest step, not the places of a meaning.
        self.words = nn.Linear(seen, words)

    def forward(self, frames: Tensor, lengths: Tensor) -> Heard:
        """Logits of `frames (B, T, frame)`, of which `lengths (B,)` are real."""
        x = self.enter(self.norm(frames).transpose(1, 2))
        x = self.dropout(functional.silu(x).transpose(1, 2))
        steps = ((lengths - 1) // self.stride + 1).clamp(min=1, max=x.shape[1])
        packed = nn.utils.rnn.pack_padded_sequence(x, steps, batch_first=True, enforce_sorted=False)
        x, _ = nn.utils.rnn.pad_packed_sequence(
            self.gru(packed)[0], batch_first=True, total_length=x.shape[1]
        )
        x = self.dropout(x)
        padding = torch.arange(x.shape[1])[None, :, None] >= steps[:, None, None]
        weights = self.look(x).masked_fill(padding, -1e4).softmax(1)
        pooled = torch.einsum("bth,btw->bhw", weights, x).flatten(1)
        said = self.words(x).masked_fill(padding, -1e4).logsumexp(1)
        return Heard(self.intents(pooled), self.pairs(pooled), said)
