"""The phone reader's network: residual convolutions over the frames of a frozen speech encoder.

The encoder has already heard the whole clip (its layers attend everywhere), so the reader needs
only local context: six blocks of width 11 see 61 frames, 1.5 s.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from ..phonetics.inventory import PHONES


@dataclass(frozen=True)
class Shape:
    """Sizes of the network. The defaults have 2.6 M parameters and train at 12,000 frames/s."""

    frame: int = 288
    """Numbers in one frame of the encoder."""
    width: int = 320
    blocks: int = 6
    reach: int = 11
    """Frames that a block's convolution sees at once."""
    expansion: int = 2
    dropout: float = 0.1


class Block(nn.Module):
    """One residual block: a convolution per channel over time, then two layers across channels.

    The order follows ConvNeXt (Liu et al. 2022): wide cheap context first, mixing after it.
    """

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        width, inner = shape.width, shape.width * shape.expansion
        self.context = nn.Conv1d(width, width, shape.reach, padding=shape.reach // 2, groups=width)
        self.norm = nn.LayerNorm(width)
        self.widen = nn.Linear(width, inner)
        self.narrow = nn.Linear(inner, width)
        self.dropout = nn.Dropout(shape.dropout)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """`x (B, T, width)` and `mask (B, T, 1)`, which is 0 on padding, to `(B, T, width)`."""
        context = self.context((x * mask).transpose(1, 2)).transpose(1, 2)
        mixed = self.narrow(functional.silu(self.widen(self.norm(context))))
        out: Tensor = x + self.dropout(mixed)
        return out


class PhoneNetwork(nn.Module):
    """Frames to phone logits, with a second reading half-way that only training uses."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.norm_in = nn.LayerNorm(shape.frame)
        self.enter = nn.Linear(shape.frame, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.blocks))
        self.norm_out = nn.LayerNorm(shape.width)
        self.leave = nn.Linear(shape.width, len(PHONES))
        # A CTC loss on the middle layer shortens the way back to the first blocks
        # (Lee and Watanabe 2021); the exported network leaves it out.
        self.middle = nn.Linear(shape.width, len(PHONES))

    def forward(self, frames: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Logits `(B, T, 42)` of `frames (B, T, frame)` at the end and half-way.

        `lengths (B,)` counts the real frames of each row; the rest is padding.
        """
        steps = torch.arange(frames.shape[1], device=frames.device)
        mask = (steps[None, :] < lengths[:, None]).unsqueeze(-1).to(frames.dtype)
        x = self.enter(self.norm_in(frames))
        half = x
        for number, block in enumerate(self.blocks, 1):
            x = block(x, mask)
            if number == len(self.blocks) // 2:
                half = x
        return self.leave(self.norm_out(x)), self.middle(self.norm_out(half))


def ctc(logits: Tensor, lengths: Tensor, phones: Tensor, counts: Tensor) -> Tensor:
    """Mean CTC loss per phone of `logits (B, T, 42)` against `counts (B,)` `phones (B, S)`.

    Rows without a phone (noise alone) count as one. A row too short for its phones adds nothing.
    """
    log_probabilities = logits.float().log_softmax(-1).transpose(0, 1)
    losses = functional.ctc_loss(
        log_probabilities, phones, lengths, counts, reduction="none", zero_infinity=True
    )
    return losses.sum() / counts.clamp(min=1).sum()


def masked(frames: Tensor, lengths: Tensor, generator: torch.Generator) -> Tensor:
    """Frames with stretches of time and of features blanked and a little noise, for training.

    SpecAugment (Park et al. 2019) on encoder frames: one stretch of up to 6 frames (0.14 s) for
    every 50 frames, two bands of up to 36 features, noise of 5 % of the frames' spread. The
    `generator` is of the device of the frames.
    """
    batch, time, size = frames.shape
    device = frames.device

    def drawn(*sizes: int) -> Tensor:
        return torch.rand(*sizes, generator=generator, device=device)

    noise = torch.randn(frames.shape, generator=generator, device=device)
    out = frames + noise * (0.05 * frames.std())
    keep = torch.ones(batch, time, size, device=device)
    steps, features = torch.arange(time, device=device), torch.arange(size, device=device)
    for _ in range(max(1, time // 50)):
        start = drawn(batch) * lengths
        width = drawn(batch) * 6
        inside = (steps >= start[:, None]) & (steps < (start + width)[:, None])
        keep *= (~inside).unsqueeze(-1)
    for _ in range(2):
        start = drawn(batch) * size
        width = drawn(batch) * 36
        inside = (features >= start[:, None]) & (features < (start + width)[:, None])
        keep *= (~inside).unsqueeze(1)
    return out * keep
