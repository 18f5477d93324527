"""Tuning the transcriber's decoder on a task's speech: it learns what people say there.

The encoder stays: its frames are made once and read from a cache. What is written is the words as
they are said, in lower case. Speech of people, whatever it is about, is mixed in so that the
decoder does not forget them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Meta
from torch import Tensor
from torch.nn import functional

from ...data.batching import padded
from ...jobs.seeds import stable_seed
from ...model.attention_decoder import AttentionDecoder
from ...model.language_model import adapt
from ...model.transcribers import Pretrained
from ..checkpoint import Rate, State, share_at
from ..device import fastest, in_16_bits
from ..loop import Course, Loss, Position, batches_in_epoch, endless, learn

_NOTHING = -100
"""A place in a row of tokens that holds none; torch's losses pass over it."""


@dataclass(frozen=True)
class Tuning:
    """How the decoder learns."""

    adapt: Literal["full", "lora"] = "full"
    """What of it learns: all, or small changes to its layers; its table of tokens never does."""
    epochs: Annotated[int, Meta(ge=0)] = 2
    batch_frames: Annotated[int, Meta(ge=100)] = 3_500
    """Padded frames in a batch: 84 s."""
    rate: float = 2e-4
    weight_decay: float = 0.01
    clip: float = 1.0
    average: float = 0.99
    smooth: float = 0.1
    hidden: float = 0.15
    """Share of the frames that are blanked, in runs: the words around then say what was there."""


class Spoken(NamedTuple):
    """What was heard of an utterance, and what is to be written."""

    frames: npt.NDArray[np.float16]
    """(T, size) of the transcriber's encoder."""
    tokens: tuple[int, ...]


class Batch(NamedTuple):
    """Utterances side by side."""

    frames: Tensor
    real: Tensor
    ids: Tensor
    targets: Tensor


def tune(
    examples: Sequence[Spoken],
    pretrained: Pretrained,
    settings: Tuning,
    say: Callable[[str], None] = lambda _: None,
    *,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> AttentionDecoder:
    """The decoder of a transcriber, tuned on `examples`.

    The same seed gives the same network on the same machine.
    """
    lengths = [len(example.frames) for example in examples]
    per_epoch = batches_in_epoch(lengths, settings.batch_frames, seed)
    steps = settings.epochs * per_epoch
    state = _begin(pretrained, settings, steps, seed, fastest())
    course = Course(
        steps=steps, batch_frames=settings.batch_frames, warmup=max(1, steps // 10),
        weight_decay=settings.weight_decay, clip=settings.clip, average=settings.average,
        measure_every=per_epoch,
    )  # fmt: skip

    def batches(start: Position) -> Iterator[tuple[Position, Batch]]:
        for after, members in endless(lengths, settings.batch_frames, seed, start):
            rng = np.random.default_rng(stable_seed("hide", seed, *after))
            yield after, _batch([examples[i] for i in members], pretrained, settings.hidden, rng)

    learn(
        state, batches, partial(_loss, smooth=settings.smooth), course, seed=seed, say=say,
        checkpoint=checkpoint,
    )  # fmt: skip
    return state.average.cpu().eval()


def decoder_in(
    checkpoint: Path, pretrained: Pretrained, settings: Tuning, seed: int
) -> AttentionDecoder:
    """The decoder in a checkpoint that `tune` wrote. Raises ModelError when it is none of ours."""
    state = _begin(pretrained, settings, 1, seed)
    state.load(checkpoint)
    return state.average.eval()


def _begin(
    pretrained: Pretrained, settings: Tuning, steps: int, seed: int, device: str = "cpu"
) -> State[AttentionDecoder]:
    """The published decoder, about to be tuned."""

    def make() -> AttentionDecoder:
        torch.manual_seed(stable_seed("transcriber", seed))
        decoder = deepcopy(pretrained.decoder)
        adapt(decoder, settings.adapt)
        return decoder

    return State(
        make, [Rate(prefix, settings.rate) for prefix in pretrained.decoder.learned],
        weight_decay=settings.weight_decay, average=settings.average,
        schedule=lambda step: share_at(step, max(1, steps // 10), steps), device=device,
    )  # fmt: skip


def _batch(
    rows: Sequence[Spoken], pretrained: Pretrained, hidden: float, rng: np.random.Generator
) -> Batch:
    frames, lengths = padded([np.asarray(row.frames, np.float32) for row in rows])
    for row, length in zip(frames, lengths, strict=True):
        _hide(row[:length], hidden, rng)
    start, end = pretrained.start, pretrained.end
    most = max(len(row.tokens) for row in rows) + len(start)
    ids = torch.full((len(rows), most), end)
    targets = torch.full((len(rows), most), _NOTHING)
    for i, row in enumerate(rows):
        last = len(start) + len(row.tokens)
        ids[i, :last] = torch.tensor([*start, *row.tokens])
        targets[i, len(start) - 1 : last] = torch.tensor([*row.tokens, end])
    real = torch.arange(frames.shape[1]) < torch.from_numpy(lengths)[:, None]
    return Batch(torch.from_numpy(frames), real, ids, targets)


def _hide(row: npt.NDArray[np.float32], share: float, rng: np.random.Generator) -> None:
    """Blank about `share` of the frames in place, in runs of up to 0.4 s (Park et al. 2019)."""
    left = int(rng.uniform(0, 2 * share) * len(row))
    while left > 0:
        run = int(rng.integers(1, 17))
        start = int(rng.integers(max(1, len(row) - run)))
        row[start : start + run] = 0.0
        left -= run


def _loss(
    network: AttentionDecoder, batch: Batch, generator: torch.Generator, *, smooth: float
) -> Loss:
    """Nats a token."""
    del generator
    with in_16_bits(batch.ids.device.type):
        states = network(batch.ids, batch.frames, batch.real)
        wanted = batch.targets != _NOTHING
        scores = network.scores(states[wanted])
    targets = batch.targets[wanted]
    whole = functional.cross_entropy(scores.float(), targets, label_smoothing=smooth)
    with torch.no_grad():
        plain = functional.cross_entropy(scores.float(), targets)
    return Loss(whole, plain)


__all__ = ["Spoken", "Tuning", "decoder_in", "tune"]
