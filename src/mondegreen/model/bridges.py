"""From what a transcriber writes to what a language model reads: a gate for its doubts, and, to
compare with, its pieces spelled again in the language model's vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, cast

import torch
from torch import Tensor, nn

from ..language.subwords import Subwords
from ..speech.doubts import DOUBTS, MEASURES
from ..speech.word_pieces import text_of, word_pieces
from .language_model import LanguageModel

Bridge = Literal["text", "gate", "soft", "gumbel", "top-k", "argmax"]
"""What the language model is given: the words alone (`text`), the transcriber's doubts of them as
well (`gate`), or, instead, means of its vectors for the pieces that the transcriber thought of: all
by their probability (`soft`), one drawn (`gumbel`), the three likeliest (`top-k`), the likeliest
(`argmax`)."""
_INNER = 16
"""Numbers in which a gate thinks."""
_TOP = 3


class Gate(nn.Module):
    """What the doubts of a text's words add to the language model's vectors of their pieces, and
    how much they speak against the text.

    At first it adds nothing and says nothing; of words that nobody doubts it never does. It adds to
    what goes into the language model, not to what comes out: there the words around a doubtful one
    can make up for it.
    """

    def __init__(self, size: int) -> None:
        """`size` is that of the language model's vectors."""
        super().__init__()
        self.inner = nn.Linear(DOUBTS, _INNER, bias=False)
        self.words = nn.Linear(_INNER, size, bias=False)
        self.text = nn.Linear(2 * MEASURES, 1, bias=False)
        nn.init.zeros_(self.words.weight)
        nn.init.zeros_(self.text.weight)

    def forward(self, doubts: Tensor, spread: Tensor) -> Tensor:
        """What is added to pieces, `(B, T, size)`, for the `doubts (B, W, 290)` of words; see
        `InterpreterNetwork` for `spread`."""
        words = self.words(torch.tanh(self.inner(doubts)))
        return cast(Tensor, (spread[:, 1:] > 0).to(words.dtype).transpose(1, 2) @ words)

    def weight(self, doubts: Tensor, spread: Tensor) -> Tensor:
        """`(B,)` nats by which each text is likelier to be right than it was written."""
        counts = (spread[:, 1:].sum(2) > 0).to(doubts.dtype).sum(1, keepdim=True)
        # Log-probabilities are below zero and entropies above, as padding is at zero.
        measures = doubts[..., :MEASURES]
        extremes = torch.cat([measures[..., :1].amin(1), measures[..., 1:].amax(1)], dim=-1)
        means = measures.sum(1) / counts
        return cast(Tensor, self.text(torch.cat([means, extremes], dim=-1))[:, 0])


class Respelling(nn.Module):
    """The transcriber's pieces in the language model's vectors: a row of piece probabilities, times
    a matrix from each piece to the mean of the language model's pieces for it, times the language
    model's table (as in Saxon et al. 2021, arXiv:2106.09009)."""

    def __init__(self, bridge: Bridge, language: LanguageModel) -> None:
        super().__init__()
        self.bridge = bridge
        self.log_temperature = nn.Parameter(torch.zeros(1))
        pieces, shares = _spelled(language.subwords)
        self.pieces: Tensor
        self.shares: Tensor
        self.register_buffer("pieces", pieces, persistent=False)
        self.register_buffer("shares", shares, persistent=False)

    def forward(self, language: LanguageModel, tokens: Tensor, logs: Tensor) -> Tensor:
        """Vectors `(B, T, size)` for the `tokens (B, T, 8)` that were considered at each place,
        with their log-probabilities."""
        chances = self.chances(logs)
        vectors = language.vectors(self.pieces[tokens])
        means = (vectors * self.shares[tokens][..., None]).sum(-2)
        return (means * chances[..., None]).sum(-2)

    def chances(self, logs: Tensor) -> Tensor:
        """How much each of the tokens `(…, 8)` counts. A single one counts as if they all did in
        the gradient ("straight through": Jang et al. 2017, arXiv:1611.01144)."""
        scaled = logs / self.log_temperature.exp()
        if self.bridge == "top-k":
            least = scaled.topk(_TOP, dim=-1).values[..., -1:]
            scaled = scaled.masked_fill(scaled < least, -1e9)
        if self.bridge == "gumbel" and self.training:
            scaled = scaled - torch.log(-torch.log(torch.rand_like(scaled).clamp(1e-9, 1 - 1e-7)))
        soft = torch.softmax(scaled, dim=-1)
        if self.bridge in ("soft", "top-k"):
            return soft
        hard = torch.zeros_like(soft).scatter(-1, soft.argmax(-1, keepdim=True), 1.0)
        return hard if self.bridge == "argmax" else hard - soft.detach() + soft


def _spelled(subwords: Subwords) -> tuple[Tensor, Tensor]:
    """For each of the transcriber's pieces the language model's, and the share of each in it."""
    rows: Sequence[tuple[int, ...]] = [
        subwords.split(text_of((token,)).lower()) if piece else ()
        for token, piece in enumerate(word_pieces())
    ]
    longest = max(map(len, rows))
    pieces = torch.zeros(len(rows), longest, dtype=torch.long)
    shares = torch.zeros(len(rows), longest)
    for token, row in enumerate(rows):
        pieces[token, : len(row)] = torch.tensor(row, dtype=torch.long)
        shares[token, : len(row)] = 1.0 / max(1, len(row))
    return pieces, shares


__all__ = ["Bridge", "Gate", "Respelling"]
