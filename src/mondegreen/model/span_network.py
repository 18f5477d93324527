"""How well an answer begins, ends and goes on at each word of a passage, as a network to be fitted.

The same sums as `answers.spans.run_scores`, of several passages at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

_NEVER = -1e4


@dataclass(frozen=True)
class Passages:
    """B passages of at most T words, with their questions of at most Q pieces."""

    classes: Tensor
    """(B, T)"""
    numbers: Tensor
    """(B, T, numbers), centred and scaled; 0 beyond the end."""
    states: Tensor
    """(B, T, 384)"""
    there: Tensor
    """(B, T, 1) 1 for words, 0 beyond the end."""
    asked: Tensor
    """(B, Q, 384)"""
    asked_there: Tensor
    """(B, Q) bool"""
    allowed: Tensor
    """(B, T, L) bool: whether a run may go from a word over so many more."""


class SpanNetwork(nn.Module):
    """Scores of runs of words."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], drop: float) -> None:
        """`shapes` of its arrays, by name; weights begin at random, biases at 0."""
        super().__init__()
        self.arrays = nn.ParameterDict()
        for name, shape in shapes.items():
            if name in ("center", "spread"):
                continue
            array = torch.zeros(shape)
            if name == "classes":
                nn.init.normal_(array)
            elif len(shape) > 1:
                reach = array[..., 0].numel() ** -0.5
                nn.init.uniform_(array, -reach, reach)
            self.arrays[name] = nn.Parameter(array)
        self.drop = nn.Dropout(drop)

    def forward(self, given: Passages) -> Tensor:
        """(B, T, L) the score of the run from each word over so many more."""
        a = self.arrays
        heed = (given.asked @ a["attention"]).masked_fill(~given.asked_there, _NEVER).softmax(-1)
        drawn = self.drop((heed[..., None] * given.asked).sum(1))
        wanted = self.drop(drawn @ a["asked"] + a["asked_bias"])[:, None]
        # One mask for all words of a passage: a tenth of the time of one for each.
        some = self.drop(torch.ones_like(given.states[:, :1]))
        own = self.drop((given.states * some) @ a["state"] + a["state_bias"])
        classes = self.drop(a["classes"][given.classes])
        parts = [classes, given.numbers, own, own * wanted, wanted.expand_as(own)]
        hidden = (torch.cat(parts, -1) @ a["inner"] + a["inner_bias"]).relu() * given.there
        for name in ("wide", "narrow"):
            hidden = (hidden + self._convolved(self.drop(hidden), name).relu()) * given.there
        begin, end, within = (self.drop(hidden) @ a["out"] + a["out_bias"]).unbind(-1)
        longest = given.allowed.shape[-1]
        ends, inner = (_following(some, longest) for some in (end, within))
        mean = inner.cumsum(-1) / torch.arange(1, longest + 1)
        scores: Tensor = begin[..., None] + ends + mean + a["lengths"]
        return scores.masked_fill(~given.allowed, _NEVER)

    def _convolved(self, hidden: Tensor, name: str) -> Tensor:
        weights = self.arrays[name]
        rows = functional.conv1d(
            hidden.transpose(1, 2), weights.permute(2, 1, 0), self.arrays[f"{name}_bias"],
            padding=len(weights) // 2,
        )  # fmt: skip
        return rows.transpose(1, 2)


def _following(rows: Tensor, longest: int) -> Tensor:
    """(B, T, longest) each number of (B, T) and those behind it, 0 beyond the end."""
    return functional.pad(rows, (0, longest)).unfold(1, longest, 1)[:, : rows.shape[1]]


__all__ = ["Passages", "SpanNetwork"]
