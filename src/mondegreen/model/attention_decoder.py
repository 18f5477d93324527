"""What every decoder that writes words down offers to its training and its export."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from torch import Tensor, nn


class AttentionDecoder(nn.Module, ABC):
    """Tokens and an encoder's frames to the scores of the next tokens."""

    size: int
    """Of one frame."""
    vocabulary: int
    parts: int
    """Keys and values of all layers."""
    heads: int
    head: int
    """Numbers of a head."""
    tied = True
    """Whether the scores are products with the table of tokens."""
    learned: ClassVar[tuple[str, ...]]
    """What the names of the weights begin with that may be learned."""

    @abstractmethod
    def table(self) -> nn.Embedding:
        """The vectors `(vocabulary, D)` of the tokens, which stay as they are."""

    @abstractmethod
    def memory(self, frames: Tensor) -> Tensor:
        """What is kept of `frames (B, T, size)`: keys and values, `(parts, B, heads, T, head)`."""

    @abstractmethod
    def step(
        self, ids: Tensor, past: Tensor, memory: Tensor, real: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """States `(B, n, D)` after each of `ids (B, n)`, and what is kept of all tokens so far.

        `past (parts, B, heads, P, head)` is kept of the tokens before; `memory (parts, B or 1,
        heads, T, head)` of the frames, of which those are no padding where `real (B, T)` is true.
        """

    @abstractmethod
    def scores(self, states: Tensor) -> Tensor:
        """Of every token `(…, vocabulary)`, after states `(…, D)`."""

    def forward(self, ids: Tensor, frames: Tensor, real: Tensor) -> Tensor:
        """States `(B, n, D)` after each of `ids (B, n)`.

        `real (B, T)` is true for the `frames (B, T, size)` that are no padding.
        """
        memory = self.memory(frames)
        past = memory.new_zeros(len(memory), len(ids), self.heads, 0, self.head)
        return self.step(ids, past, memory, real)[0]


__all__ = ["AttentionDecoder"]
