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
    """Sizes of the network: 0.35 M parameters without the outputs."""

    frame: int = 288
    """Numbers in one frame of the encoder."""
    stack: int = 4
    """Frames that become one step: 0.1 s, about a phone."""
    width: int = 128
    heads: int = 8
    """Places in the utterance that may be looked at for the meaning."""
    dropout: float = 0.3


class Logits(NamedTuple):
    """What the network says of a batch, before any softmax."""

    intents: Tensor
    """(B, I)"""
    pairs: Tensor
    """(B, P) slot values."""
    words: Tensor
    """(B, W)"""


class GruNetwork(nn.Module):
    """Stacked frames, a bidirectional GRU, attention over time, and three linear outputs."""

    def __init__(self, shape: Shape, intents: int, pairs: int, words: int) -> None:
        super().__init__()
        width = 2 * shape.width
        self.stack = shape.stack
        self.norm = nn.LayerNorm(shape.frame)
        self.enter = nn.Linear(shape.frame * shape.stack, shape.width)
        self.gru = nn.GRU(shape.width, shape.width, batch_first=True, bidirectional=True)
        self.look = nn.Linear(width, shape.heads)
        self.dropout = nn.Dropout(shape.dropout)
        self.intents = nn.Linear(width * shape.heads, intents)
        self.pairs = nn.Linear(width * shape.heads, pairs)
        self.words = nn.Linear(width * shape.heads, words)

    def forward(self, frames: Tensor, lengths: Tensor) -> Logits:
        """Logits of `frames (B, T, frame)`, of which `lengths (B,)` are real."""
        rows, time, size = frames.shape
        x = functional.pad(self.norm(frames), (0, 0, 0, -time % self.stack))
        x = x.reshape(rows, -1, size * self.stack)
        steps = (lengths + self.stack - 1) // self.stack
        padding = torch.arange(x.shape[1])[None, :, None] >= steps[:, None, None]
        x = self.dropout(functional.silu(self.enter(x))).masked_fill(padding, 0.0)
        # Rows of a batch are nearly of one length: going on over a little silence costs less than
        # packing does.
        x = self.dropout(self.gru(x)[0])
        weights = self.look(x).masked_fill(padding, -1e4).softmax(1)
        pooled = self.dropout(torch.einsum("bth,btw->bhw", weights, x).flatten(1))
        return Logits(self.intents(pooled), self.pairs(pooled), self.words(pooled))
