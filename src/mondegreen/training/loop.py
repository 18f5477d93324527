"""The one training loop: batches, steps, checkpoints, measurements, exact after any stop.

A run that is stopped and started again takes the same steps on the same batches as one that is not:
what is random in a step follows from the seed and the step's number, the order of an epoch from the
seed and the epoch's number. A loss may be computed in 16 bits where the processor has units for
them (see `device.in_16_bits`); weights and gradients always have 32.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import numpy as np
import torch
from msgspec import Meta
from torch import Tensor, nn

from ..data.batching import plan
from ..jobs.seeds import stable_seed
from .checkpoint import State

Network = TypeVar("Network", bound=nn.Module)
Batch = TypeVar("Batch")

_SHOWN_EVERY = 20.0
"""Seconds between lines of progress."""


@dataclass(frozen=True)
class Course:
    """How long and how carefully to learn."""

    steps: Annotated[int, Meta(ge=0)]
    """Batches."""
    batch_frames: Annotated[int, Meta(ge=1)]
    """Padded frames in each."""
    warmup: Annotated[int, Meta(ge=1)]
    """Steps in which the learning rates rise; then they fall along a cosine to a hundredth."""
    weight_decay: Annotated[float, Meta(ge=0)]
    clip: Annotated[float, Meta(gt=0)]
    """Largest norm of the gradient."""
    average: Annotated[float, Meta(ge=0, lt=1)]
    """Decay of the running average of the weights, which is what is measured and kept."""
    measure_every: Annotated[int, Meta(ge=1)]
    """Steps between measurements."""
    save_every: Annotated[float, Meta(ge=0)] = 180.0
    """Seconds between checkpoints."""


class Position(NamedTuple):
    """How far the data has been gone through."""

    epoch: int
    batches: int
    """Of this epoch, already seen."""


Batches = Callable[[Position], Iterator[tuple[Position, Batch]]]
"""Endless batches from a position on, each with the position after it."""


@dataclass(frozen=True)
class Loss:
    """What a batch costs."""

    whole: Tensor
    """What is learned from."""
    comparable: Tensor
    """What lines of progress say: the part of it that can be compared between runs."""


def endless(
    lengths: Sequence[int], batch_frames: int, seed: int, start: Position
) -> Iterator[tuple[Position, list[int]]]:
    """Who makes up each batch, epoch after epoch, each in its own order; see `batching.plan`."""
    epoch, batches = start
    while True:
        order = plan(lengths, frames=batch_frames, seed=stable_seed("epoch", seed, epoch))
        for number in range(batches, len(order)):
            last = number + 1 == len(order)
            yield Position(epoch + last, 0 if last else number + 1), order[number]
        epoch, batches = epoch + 1, 0


def batches_in_epoch(lengths: Sequence[int], batch_frames: int, seed: int) -> int:
    """How many batches the first pass of `endless` has."""
    return len(plan(lengths, frames=batch_frames, seed=stable_seed("epoch", seed, 0)))


class _Log:
    """A line now and then: how far, how well, how fast."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._losses: list[float] = []
        self._since = time.monotonic()

    def add(self, step: int, loss: float) -> None:
        self._losses.append(loss)
        seconds = time.monotonic() - self._since
        if seconds > _SHOWN_EVERY:
            pace = seconds / len(self._losses)
            self._say(f"step {step}: loss {np.nanmean(self._losses):.3f}, {pace:.2f} s/step")
            self._losses, self._since = [], time.monotonic()


def learn(
    state: State[Network],
    batches: Batches[Batch],
    loss: Callable[[Network, Batch, torch.Generator], Loss],
    course: Course,
    *,
    seed: int,
    say: Callable[[str], None],
    checkpoint: Path | None = None,
    measure: Callable[[], Any] = lambda: None,
) -> None:
    """Take the steps of `course` that `state` has not taken yet, from `checkpoint` on when there is
    one; it is written now and then, and at the end.

    `loss` draws from its generator, or from torch's own, and from nothing else. `measure` is called
    now and then. Raises ModelError as `State.load` and `State.descend` do.
    """
    if checkpoint is not None and checkpoint.exists():
        state.load(checkpoint)
        say(f"resumed at step {state.step}")
    log, saved = _Log(say), time.monotonic()
    if state.step < course.steps:
        for position, batch in batches(Position(state.epoch, state.position)):
            # Dropout draws from torch's own generator.
            torch.manual_seed(stable_seed("step", seed, state.step))
            generator = torch.Generator(state.device)
            generator.manual_seed(stable_seed("mask", seed, state.step))
            cost = loss(state.network, batch, generator)
            state.descend(cost.whole, course.clip)
            state.epoch, state.position = position
            log.add(state.step, float(cost.comparable.detach()))
            if checkpoint is not None and time.monotonic() - saved > course.save_every:
                state.save(checkpoint)
                saved = time.monotonic()
            if state.step % course.measure_every == 0:
                measure()
            if state.step >= course.steps:
                break
    if checkpoint is not None:
        state.save(checkpoint)


__all__ = ["Batches", "Course", "Loss", "Position", "batches_in_epoch", "endless", "learn"]
