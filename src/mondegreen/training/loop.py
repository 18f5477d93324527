"""The one training loop: batches, steps, checkpoints, measurements, exact after any stop.

A run that is stopped and started again takes the same steps on the same batches as one that is not:
what is random in a step follows from the seed and the step's number, the order of an epoch from the
seed and the epoch's number. A loss may be computed in 16 bits where the processor has units for
them (see `device.in_16_bits`); weights and gradients always have 32.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar, cast

import torch
from msgspec import Meta
from torch import Tensor, nn

from ..data.batching import plan
from ..jobs.seeds import stable_seed
from .checkpoint import State
from .learning_log import LearningLog
from .together import Processes, processes

Network = TypeVar("Network", bound=nn.Module)
Batch = TypeVar("Batch")


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
    patience: Annotated[int, Meta(ge=0)] = 0
    """Measurements in a row that are no better than the best after which it ends, with the weights
    of the best; 0: it takes all steps."""


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


def learn(
    state: State[Network],
    batches: Batches[Batch],
    loss: Callable[[Network, Batch, torch.Generator], Loss],
    course: Course,
    *,
    seed: int,
    say: Callable[[str], None],
    checkpoint: Path | None = None,
    measure: Callable[[], Mapping[str, float]] = dict,
) -> None:
    """Take the steps of `course` that `state` has not taken yet, from `checkpoint` on when there is
    one; it is written now and then, and at the end, with a log beside it (see `LearningLog`).

    `loss` draws from its generator, or from torch's own, and from nothing else. `measure` is called
    now and then; of its figures, if there are any, the first tells how good the average of the
    weights is, the larger the better. Where several processes learn together (see `together`), each
    takes a batch of its own, and so many batches are a step. Raises ModelError as `State.load` and
    `State.descend` do.
    """
    group = processes()
    if checkpoint is not None and checkpoint.exists():
        state.load(checkpoint)
        say(f"resumed at step {state.step}")
    log = LearningLog(say, course.steps, state.step, checkpoint if group.first else None)
    saved = time.monotonic()
    try:
        for position, batch in _own(batches, state, group, course):
            # Dropout draws from torch's own generator.
            torch.manual_seed(stable_seed("step", seed, state.step + group.rank))
            generator = torch.Generator(state.device)
            generator.manual_seed(stable_seed("mask", seed, state.step + group.rank))
            cost = loss(state.network, batch, generator)
            before = state.step
            state.descend(cost.whole, course.clip, group)
            state.epoch, state.position = position
            log.add(state.step, float(cost.comparable.detach()), state.rate)
            if state.step // course.measure_every > before // course.measure_every:
                figures = measure() if group.first else {}
                log.measured(state.step, figures)
                figure = group.as_the_first(next(iter(figures.values()), math.nan))
                if not math.isnan(figure):  # without anything to measure on nothing is worse
                    state.judge(figure, course.patience)
            if checkpoint is not None and time.monotonic() - saved > course.save_every:
                _save(state, checkpoint, group)
                saved = time.monotonic()
    finally:
        log.close()
    if state.take_the_best():
        say(f"no better since step {state.best_step}: the weights of then are kept")
    if checkpoint is not None:
        _save(state, checkpoint, group)


def _own(
    batches: Batches[Batch], state: State[Network], group: Processes, course: Course
) -> Iterator[tuple[Position, Batch]]:
    """Of as many batches as there are processes the one of this, with the position after all of
    them, as long as there is a step to take."""
    if state.step >= course.steps or state.ended(course.patience):
        return
    endless_batches = batches(Position(state.epoch, state.position))
    while state.step < course.steps and not state.ended(course.patience):
        some = list(islice(endless_batches, group.count))
        yield some[-1][0], moved(some[group.rank][1], state.device)


def moved(batch: Batch, device: str) -> Batch:
    """The batch with its tensors, wherever they stand in it, on a device."""
    if isinstance(batch, Tensor):
        return cast(Batch, batch.to(device))
    if isinstance(batch, tuple):
        parts: Any = [moved(part, device) for part in batch]
        kind: Any = type(batch)
        return cast(Batch, kind(*parts) if hasattr(batch, "_fields") else kind(parts))
    return batch


def _save(state: State[Network], checkpoint: Path, group: Processes) -> None:
    if group.first:
        state.save(checkpoint)


__all__ = ["Batches", "Course", "Loss", "Position", "batches_in_epoch", "endless", "learn", "moved"]
