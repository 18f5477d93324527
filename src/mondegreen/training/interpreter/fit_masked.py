"""The language model fills in words of the task's own sentences, before it learns what they mean
(Devlin et al. 2019, arXiv:1810.04805; on a task's texts: Gururangan et al. 2020, arXiv:2004.10964).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, cast

import torch
from msgspec import Meta
from torch import Tensor, nn
from torch.nn import functional

from ...errors import SettingsError
from ...jobs.seeds import stable_seed
from ...model.language_model import LanguageModel, language_model
from ..checkpoint import Rate, State, share_at
from ..device import fastest, in_16_bits
from ..loop import Course, Loss, Position, batches_in_epoch, endless, learn, moved
from .fit_interpreter import pieces_of
from .labelled_sentences import Sentence

_MASK = "[MASK]"
_LEFT, _OTHER = 0.1, 0.1
"""Of the hidden pieces those that stay as they are, and those in whose place stands any other."""


@dataclass(frozen=True)
class Masked:
    """How the language model learns to fill in words."""

    epochs: Annotated[int, Meta(ge=0)] = 0
    """With none it begins as it is published."""
    hidden: Annotated[float, Meta(gt=0, lt=1)] = 0.15
    """Share of the pieces that it has to find."""
    batch_pieces: Annotated[int, Meta(ge=16)] = 700
    """Padded pieces in a batch: 60 sentences."""
    rate: float = 2e-4
    """Highest learning rate of the language model."""
    head_rate: float = 2e-3
    """The same of the layer that is put on it for this, and thrown away."""
    average: float = 0.98


class Filling(nn.Module):
    """Scores of every piece of a language model where pieces are hidden."""

    def __init__(self, language: LanguageModel) -> None:
        super().__init__()
        self.language = language
        self.head = nn.Sequential(
            nn.Linear(language.size, language.size), nn.GELU(), nn.LayerNorm(language.size)
        )
        self.bias = nn.Parameter(torch.zeros(len(self._table())))

    def forward(self, ids: Tensor, real: Tensor, hidden: Tensor) -> Tensor:
        """`(N, V)` for the N places of `ids (B, T)` that are `hidden (B, T)`."""
        states = self.head(self.language(ids, real)[hidden])
        return cast(Tensor, states @ self._table().T + self.bias)

    def _table(self) -> Tensor:
        return cast(Tensor, self.language.network.get_input_embeddings().weight)


class Batch(NamedTuple):
    """Sentences with hidden pieces, side by side."""

    ids: Tensor
    real: Tensor
    hidden: Tensor
    wanted: Tensor
    """(N,) what stands in the hidden places."""


def fit_masked(
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    name: str,
    settings: Masked,
    say: Callable[[str], None] = lambda _: None,
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> LanguageModel:
    """The language model of that name, having learned to fill in words of `train`.

    Raises SettingsError for one without a mark for what is hidden: those that read from left to
    right have none.
    """
    lengths = [len(sentence.words) + 2 for sentence in train]
    per_epoch = batches_in_epoch(lengths, settings.batch_pieces, seed)
    steps = settings.epochs * per_epoch
    state = _begin(name, settings, steps, seed)
    language = state.network.language
    mark = _mark(language)
    course = Course(
        steps=steps, batch_frames=settings.batch_pieces, warmup=max(1, steps // 10),
        weight_decay=0.01, clip=1.0, average=settings.average, measure_every=per_epoch,
    )  # fmt: skip

    def batches(start: Position) -> Iterator[tuple[Position, Batch]]:
        for after, members in endless(lengths, settings.batch_pieces, seed, start):
            words = [train[i].words for i in members]
            drawn = torch.Generator().manual_seed(stable_seed("hide", seed, *after))
            yield after, _batch(language, words, mark, settings.hidden, drawn)

    def measure() -> dict[str, float]:
        if not dev:
            return {}
        drawn = torch.Generator().manual_seed(stable_seed("hide", seed, "dev"))
        batch = _batch(language, [one.words for one in dev], mark, settings.hidden, drawn)
        with torch.inference_mode():
            nats = float(_loss(state.average.eval(), moved(batch, state.device), drawn).whole)
        say(f"step {state.step} of {steps}: {nats:.2f} nats a hidden piece")
        return {"log-likelihood": -nats}

    say("learning to fill in words of the sentences")
    state.network.train()
    learn(state, batches, _loss, course, seed=seed, say=say, checkpoint=checkpoint, measure=measure)
    return state.average.cpu().eval().language


def _begin(name: str, settings: Masked, steps: int, seed: int) -> State[Filling]:
    def make() -> Filling:
        torch.manual_seed(stable_seed("masked", seed))
        return Filling(language_model(name))

    rates = [
        Rate("language.", settings.rate), Rate("head.", settings.head_rate),
        Rate("bias", settings.head_rate),
    ]  # fmt: skip
    return State(
        make, rates, weight_decay=0.01, average=settings.average,
        schedule=lambda step: share_at(step, max(1, steps // 10), steps), device=fastest(),
    )  # fmt: skip


def _mark(language: LanguageModel) -> int:
    """Number of what stands in the place of a hidden piece."""
    numbers: dict[str, Any] = json.loads(language.tokenizer)["model"]["vocab"]
    if _MASK not in numbers:
        raise SettingsError(
            f"masked.epochs is not 0, and the language model {language.name!r} has no {_MASK} to "
            "hide a word behind; leave it at 0, or take one that has (minilm)"
        )
    return int(numbers[_MASK])


def _batch(
    language: LanguageModel,
    words: Sequence[Sequence[str]],
    mark: int,
    share: float,
    drawn: torch.Generator,
) -> Batch:
    ids, real, spread = pieces_of(language, words)
    inside = spread[:, 1:].sum(1) > 0
    hidden = (torch.rand(ids.shape, generator=drawn) < share) & inside
    if not bool(hidden.any()):
        hidden = inside
    how = torch.rand(ids.shape, generator=drawn)
    others = torch.randint(int(ids.max()) + 1, ids.shape, generator=drawn)
    seen = torch.where(how < _OTHER, others, torch.full_like(ids, mark))
    seen = torch.where(how > 1.0 - _LEFT, ids, seen)
    return Batch(torch.where(hidden, seen, ids), real, hidden, ids[hidden])


def _loss(network: Filling, batch: Batch, generator: torch.Generator) -> Loss:
    """Nats a hidden piece."""
    del generator
    with in_16_bits(batch.ids.device.type):
        scores = network(batch.ids, batch.real, batch.hidden)
    nats = functional.cross_entropy(scores.float(), batch.wanted)
    return Loss(nats, nats.detach())


__all__ = ["Filling", "Masked", "fit_masked"]
