"""Fitting the phone reader: one loop over the noisy frames, resumable to the step."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ...data.batching import plan
from ...errors import DataError, ModelError
from ...jobs.seeds import stable_seed
from ...model.phone_network import PhoneNetwork, Shape, ctc, masked
from ..checkpoint import Rate, State, read_header, share_at
from . import noisy_frames as noisy
from .batches import collate
from .measure import Read, Score, Test, score

MIDDLE_SHARE = 0.3
"""Weight of the half-way reading in the loss."""
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True)
class Settings:
    """How long and how fast to learn."""

    steps: int = 1_200
    """Batches of 200 s: 1,200 hear 64 hours."""
    batch_frames: int = 8_192
    learning_rate: float = 2e-3
    """At its highest, after `warmup`; it falls along a cosine to a hundredth."""
    warmup: int = 300
    weight_decay: float = 0.02
    clip: float = 5.0
    """Largest norm of the gradient."""
    average: float = 0.999
    """Decay of the running average of the weights, which is what is measured and exported."""
    seed: int = 0
    save_every: float = 180.0
    """Seconds between checkpoints."""
    measure_every: int = 1_000
    """Steps between measurements."""
    shape: Shape = field(default_factory=Shape)


def _state(settings: Settings) -> State[PhoneNetwork]:
    torch.manual_seed(stable_seed("network", settings.seed))
    return State(
        lambda: PhoneNetwork(settings.shape),
        [Rate("", settings.learning_rate)],
        weight_decay=settings.weight_decay,
        average=settings.average,
        schedule=lambda step: share_at(step, settings.warmup, settings.steps),
    )


def start_from(state: State[PhoneNetwork], weights: dict[str, Tensor]) -> None:
    """Begin with another reader's weights; what they lack keeps its random start.

    Raises ModelError when the shapes differ.
    """
    for network in (state.network, state.average):
        try:
            network.load_state_dict(weights, strict=False)
        except RuntimeError as error:
            raise ModelError(
                f"the reader to start from has other sizes than this one ({error})"
            ) from error


def average_of(path: Path) -> PhoneNetwork:
    """The averaged network of a checkpoint, ready to read."""
    settings = read_header(path)["settings"]
    state = _state(Settings(**{**settings, "shape": Shape(**settings["shape"])}))
    state.load(path)
    return state.average.eval()


def reader(network: PhoneNetwork) -> Read:
    """The network as a function from frames (T, size) to log posteriors (T, 42)."""

    def read(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        with torch.inference_mode():
            given = torch.from_numpy(np.asarray(frames, np.float32))[None]
            logits, _ = network(given, torch.tensor([given.shape[1]]))
            return np.asarray(logits[0].log_softmax(-1).numpy(), np.float32)

    return read


def _learn(state: State[PhoneNetwork], settings: Settings, examples: list[noisy.Example]) -> float:
    """One step on one batch; returns the loss of the last layer."""
    # Dropout draws from torch's global generator: seeding it by the step makes a resumed run exact.
    torch.manual_seed(stable_seed("step", settings.seed, state.step))
    generator = torch.Generator().manual_seed(stable_seed("mask", settings.seed, state.step))
    frames, lengths, phones, counts = collate(examples)
    with torch.autocast("cpu", torch.bfloat16):
        logits, middle = state.network(masked(frames, lengths, generator), lengths)
    loss = ctc(logits, lengths, phones, counts)
    total = (1 - MIDDLE_SHARE) * loss + MIDDLE_SHARE * ctc(middle, lengths, phones, counts)
    state.descend(total, settings.clip)
    return float(loss.detach())


def fit(
    folder: Path,
    work: Path,
    settings: Settings,
    tests: list[Test],
    say: Callable[[str], None],
    start: dict[str, Tensor] | None = None,
) -> list[Score]:
    """Train on the shards in `folder`, from the checkpoint in `work` when there is one.

    Without a checkpoint, `start` gives the first weights (see export.weights_of).

    `say` gets a line of progress now and then. Returns the last scores. What to expect: a
    loss per phone of 1.0 after 500 steps.
    """
    state = _state(settings)
    path = work / CHECKPOINT
    shards: list[str] = []  # those this epoch is made of; later ones join in the next
    if path.exists():
        shards = state.load(path)["shards"]
        say(f"resumed at step {state.step}")
    elif start is not None:
        start_from(state, start)
    saved = shown = time.monotonic()
    recent: list[float] = []

    def save() -> None:
        state.save(path, {"shards": shards, "settings": asdict(settings)})

    while state.step < settings.steps:
        if state.position == 0:
            shards = noisy.shards(folder)
        examples = noisy.read(folder, shards)
        if not examples:
            raise DataError(f"{folder}: found no frames to train on (NNNN-V.npy); make them first")
        seed = stable_seed("epoch", settings.seed, state.epoch)
        order = plan([len(e.frames) for e in examples], frames=settings.batch_frames, seed=seed)
        say(f"epoch {state.epoch}: {len(examples)} clips, {len(order)} batches")
        for batch in order[state.position :]:
            recent.append(_learn(state, settings, [examples[i] for i in batch]))
            state.position += 1
            now = time.monotonic()
            if now - saved > settings.save_every:
                save()
                saved = now
            if now - shown > 20:
                pace = (now - shown) / len(recent)
                say(f"step {state.step}: loss {np.nanmean(recent):.3f}, {pace:.2f} s/step")
                shown, recent = now, []
            if state.step % settings.measure_every == 0:
                _measure(state, tests, say)
            if state.step >= settings.steps:
                break
        else:
            state.epoch, state.position = state.epoch + 1, 0
    save()
    return _measure(state, tests, say)


def _measure(
    state: State[PhoneNetwork], tests: list[Test], say: Callable[[str], None]
) -> list[Score]:
    read = reader(state.average.eval())
    scores = [score(test, read) for test in tests]
    for s in scores:
        say(f"step {state.step}: PER {s.error_rate:.1%}, {s.name}")
    return scores
