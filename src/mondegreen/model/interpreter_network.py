"""From the words of an utterance to its intent and slots: a language model and small heads on it.

A slot is known by the vector of its own name ("radio name"), made by the language model itself, so
that a rare or a new one borrows from what its words mean; every slot has a small vector of its own
beside. The tags of a sentence (outside, begin or inside of a slot: Ramshaw and Marcus 1995) form a
chain with learned transitions (Lafferty et al. 2001).
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from .bridges import Gate
from .language_model import LanguageModel

_NARROW = 128
"""Numbers in which words and slots are compared."""
_NEVER = -1e4
"""Score of a tag that cannot follow another."""


def tag_count(slots: int) -> int:
    """Tags for so many kinds of slots: 0 is outside, 1 + 2s begins slot s, 2 + 2s goes on in it."""
    return 1 + 2 * slots


def forbidden(slots: int) -> Tensor:
    """`(K, K)` whether tag j may not follow tag i: a slot goes on only where it began."""
    count = tag_count(slots)
    out = torch.zeros(count, count, dtype=torch.bool)
    out[:, 2::2] = True
    for slot in range(slots):
        out[1 + 2 * slot, 2 + 2 * slot] = out[2 + 2 * slot, 2 + 2 * slot] = False
    return out


class TagChain(nn.Module):
    """Scores of whole rows of tags."""

    def __init__(self, slots: int) -> None:
        super().__init__()
        self.follow = nn.Parameter(torch.zeros(tag_count(slots), tag_count(slots)))
        self.never: Tensor
        self.register_buffer("never", forbidden(slots), persistent=False)

    def transitions(self) -> Tensor:
        """`(K, K)` score of tag j after tag i."""
        return self.follow.masked_fill(self.never, _NEVER)

    def negative_log_likelihood(self, scores: Tensor, tags: Tensor, counts: Tensor) -> Tensor:
        """`(B,)` nats of the tags `(B, W)` of `counts (B,)` words under `scores (B, W, K)`."""
        follow = self.transitions()
        steps = torch.arange(scores.shape[1], device=scores.device)
        real = (steps < counts[:, None]).to(scores.dtype)
        emitted = scores.gather(2, tags[..., None])[..., 0]
        moved = follow[tags[:, :-1], tags[:, 1:]]
        gold = follow[0, tags[:, 0]] + (emitted * real).sum(1) + (moved * real[:, 1:]).sum(1)
        # A sentence begins as if "outside" went before it.
        total = scores[:, 0] + follow[0]
        for step in range(1, scores.shape[1]):
            on = torch.logsumexp(total[:, :, None] + follow, dim=1) + scores[:, step]
            total = torch.where(real[:, step, None] > 0, on, total)
        return torch.logsumexp(total, dim=1) - gold

    def likeliest(self, scores: Tensor, counts: Tensor) -> Tensor:
        """`(B, W)` the likeliest tags of `counts (B,)` words under `scores (B, W, K)`, 0 behind
        them (Viterbi 1967)."""
        follow = self.transitions()
        best = scores[:, 0] + follow[0]
        came_from = []
        for step in range(1, scores.shape[1]):
            onward, place = (best[:, :, None] + follow).max(dim=1)
            real = (step < counts)[:, None]
            best = torch.where(real, onward + scores[:, step], best)
            # Behind the last word every tag comes from itself.
            came_from.append(
                torch.where(real, place, torch.arange(scores.shape[2], device=scores.device))
            )
        tags = [best.argmax(1)]
        for place in reversed(came_from):
            tags.append(place.gather(1, tags[-1][:, None])[:, 0])
        rows = torch.stack(tags[::-1], dim=1)
        return rows * (torch.arange(scores.shape[1], device=scores.device) < counts[:, None])


class InterpreterNetwork(nn.Module):
    """Pieces of words to the scores of intents and tags."""

    def __init__(
        self,
        language: LanguageModel,
        slot_names: Tensor,
        intents: int,
        drop: float = 0.1,
        *,
        gated: bool = False,
    ) -> None:
        """`slot_names (S, size)` are the language model's vectors of the slots' names; one that is
        `gated` takes the transcriber's doubts as well."""
        super().__init__()
        self.language = language
        slots, size = slot_names.shape
        self.slot_names: Tensor
        self.register_buffer("slot_names", slot_names)
        self.drop = nn.Dropout(drop)
        self.gather_intent = nn.Linear(size, size)
        self.intent = nn.Linear(size, intents)
        self.name = nn.Linear(size, _NARROW)
        self.own = nn.Parameter(torch.zeros(slots, _NARROW))
        self.begin, self.inside = nn.Linear(size, _NARROW), nn.Linear(size, _NARROW)
        self.outside = nn.Linear(size, 1)
        self.expected = nn.Linear(intents, 2 * slots)
        """What slots an intent has: it leans the tags its way."""
        nn.init.zeros_(self.expected.weight)
        self.chain = TagChain(slots)
        self.gate = Gate(size) if gated else None

    def forward(
        self, ids: Tensor, real: Tensor, spread: Tensor, doubts: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Scores of intents `(B, I)` and of tags `(B, W, K)`.

        `ids (B, T)` and `real (B, T)` are pieces and 0 for padding; each row of
        `spread (B, 1 + W, T)` is the mean over pieces that makes the sentence, or a word;
        `doubts (B, W, 290)` are the transcriber's, for a gate.
        """
        return self.heads(self.pooled(ids, real, spread, doubts))

    def pooled(
        self, ids: Tensor, real: Tensor, spread: Tensor, doubts: Tensor | None = None
    ) -> Tensor:
        """`(B, 1 + W, size)` vectors of each sentence and of its words; see `forward`."""
        added = None if self.gate is None or doubts is None else self.gate(doubts, spread)
        return cast(Tensor, spread @ self.drop(self.language(ids, real, added)))

    def heads(self, pooled: Tensor) -> tuple[Tensor, Tensor]:
        """Scores of intents and tags, from what `pooled` gives; see `forward`."""
        sentence, words = pooled[:, 0], pooled[:, 1:]
        intents = cast(Tensor, self.intent(self.drop(torch.tanh(self.gather_intent(sentence)))))
        names = self.name(self.slot_names) + self.own
        scale = _NARROW**-0.5
        tags = torch.stack(
            (self.begin(words) @ names.T * scale, self.inside(words) @ names.T * scale), dim=-1
        ).flatten(2)
        leaning = self.expected(torch.softmax(intents, -1).detach())
        return intents, torch.cat([self.outside(words), tags + leaning[:, None]], dim=-1)


__all__ = ["InterpreterNetwork", "TagChain", "forbidden", "tag_count"]
