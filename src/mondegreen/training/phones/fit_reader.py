"""Fitting the phone reader over the noisy frames, resumable to the step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...errors import DataError, ModelError
from ...jobs.seeds import stable_seed
from ...model.phone_network import PhoneNetwork, Shape, ctc, masked
from ..checkpoint import Rate, State, share_at
from ..device import fastest
from ..loop import Course, Loss, Position, endless, learn
from .batches import Batch, collate
from .noisy_frames import Example
from .phone_error import Read, Score, Test, score

MIDDLE_SHARE = 0.3
"""Weight of the half-way reading in the loss."""
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Settings(Course):
    """How long and how fast the reader learns over the frozen encoder."""

    steps: int = 1_200
    """Batches of 200 s: 1,200 hear 64 hours."""
    batch_frames: int = 8_192
    warmup: int = 300
    weight_decay: float = 0.02
    clip: float = 5.0
    average: float = 0.999
    measure_every: int = 1_000
    learning_rate: float = 2e-3
    """At its highest."""
    shape: Shape = field(default_factory=Shape)


def start_from(network: PhoneNetwork, weights: dict[str, Tensor]) -> None:
    """Give a network another reader's weights; what they lack keeps its random start.

    Raises ModelError when the shapes differ.
    """
    try:
        network.load_state_dict(weights, strict=False)
    except RuntimeError as error:
        raise ModelError(
            f"the reader to start from has other sizes than this one ({error})"
        ) from error


def reader(network: PhoneNetwork) -> Read:
    """The network as a function from frames (T, size) to log posteriors (T, 42)."""

    device = network.leave.weight.device

    def read(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            batch = torch.from_numpy(np.asarray(frames, np.float32))[None].to(device)
            logits, _ = network(batch, torch.tensor([batch.shape[1]], device=device))
            return np.asarray(logits[0].log_softmax(-1).cpu().numpy(), np.float32)

    return read


def _loss(network: PhoneNetwork, batch: Batch, generator: torch.Generator) -> Loss:
    frames, lengths, phones, counts = batch
    end, middle = network(masked(frames, lengths, generator), lengths)
    return phone_loss(end, middle, lengths, phones, counts)


def phone_loss(
    end: Tensor, middle: Tensor, lengths: Tensor, phones: Tensor, counts: Tensor
) -> Loss:
    """CTC of the last and the half-way reading, `(B, T, 42)` each; see `ctc`."""
    last = ctc(end, lengths, phones, counts)
    half = ctc(middle, lengths, phones, counts)
    return Loss((1 - MIDDLE_SHARE) * last + MIDDLE_SHARE * half, last)


def fit(
    examples: Sequence[Example],
    work: Path,
    settings: Settings,
    tests: Sequence[Test],
    say: Callable[[str], None],
    *,
    seed: int,
    start: dict[str, Tensor] | None = None,
) -> tuple[PhoneNetwork, list[Score]]:
    """Train on the examples, from the checkpoint in `work` when there is one.

    Without a checkpoint, `start` gives the first weights (see export_reader.weights_of). `say` gets
    a line of progress now and then. Returns the averaged network and its scores. What to expect: a
    loss per phone of 1.0 after 500 steps. Raises DataError when there is no example.
    """
    if not examples:
        raise DataError(f"{work}: found no frames to train on; delete the folder and begin again")
    torch.manual_seed(stable_seed("network", seed))
    state = State(
        lambda: PhoneNetwork(settings.shape),
        [Rate("", settings.learning_rate)],
        weight_decay=settings.weight_decay,
        average=settings.average,
        schedule=lambda step: share_at(step, settings.warmup, settings.steps),
        device=fastest(),
    )
    if start is not None:
        start_from(state.network, start)
        start_from(state.average, start)
    lengths = [len(example.frames) for example in examples]
    seed = stable_seed("fit", seed)

    def batches(start: Position) -> Iterator[tuple[Position, Batch]]:
        for position, members in endless(lengths, settings.batch_frames, seed, start):
            yield position, collate([examples[i] for i in members])

    def measure() -> list[Score]:
        return say_scores(state.step, tests, reader(state.average.eval()), say)

    say(f"learning from {len(examples)} clips")
    learn(
        state, batches, _loss, settings, seed=seed, say=say, checkpoint=work / CHECKPOINT,
        measure=lambda: figures_of(measure()),
    )  # fmt: skip
    scores = measure()
    return state.average.cpu().eval(), scores


def figures_of(scores: Sequence[Score]) -> dict[str, float]:
    """Scores as the training's loop takes them: the phones that are right, on average, then the
    phone error of each test."""
    mean = sum(one.error_rate for one in scores) / max(1, len(scores))
    return {"right": 1.0 - mean} | {one.name: one.error_rate for one in scores}


def say_scores(
    step: int, tests: Sequence[Test], read: Read, say: Callable[[str], None]
) -> list[Score]:
    """The phone error of `read` on each test, a line each."""
    scores = [score(test, read) for test in tests]
    for one in scores:
        say(f"step {step}: PER {one.error_rate:.1%}, {one.name}")
    return scores
