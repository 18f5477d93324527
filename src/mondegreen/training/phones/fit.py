"""Fitting the phone reader: one loop over the noisy frames, resumable to the step."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ...data.voices import stable_seed
from ...errors import DataError, ModelError
from . import frames as noisy
from .batches import collate, plan
from .measure import Read, Score, Test, score
from .network import PhoneNetwork, Shape, ctc, masked

MIDDLE_SHARE = 0.3
"""Weight of the half-way reading in the loss."""


@dataclass(frozen=True)
class Settings:
    """How long and how fast to learn."""

    steps: int = 8_000
    """Batches; 8,000 are about five passes over 80 h, 80 minutes on two cores with bfloat16."""
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


class State:
    """Everything that a resumed run needs: network, average, optimiser, position."""

    def __init__(self, settings: Settings) -> None:
        torch.manual_seed(stable_seed("network", settings.seed))
        self.network = PhoneNetwork(settings.shape)
        self.average = PhoneNetwork(settings.shape)
        self.average.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.step = 0
        self.epoch = 0
        self.position = 0
        """Batches of this epoch already seen."""
        self.shards: list[str] = []
        """The shards this epoch is made of; shards that appear later join in the next one."""

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            kept = self.optimiser.state.get(parameter, {})
            for part in ("exp_avg", "exp_avg_sq"):
                if part in kept:
                    tensors[f"{part}.{name}"] = kept[part]
        return {k: v.detach().contiguous().clone() for k, v in tensors.items()}

    def start_from(self, weights: dict[str, Tensor]) -> None:
        """Begin with another reader's weights; what they lack keeps its random start.

        Raises ModelError when the shapes differ.
        """
        for network in (self.network, self.average):
            try:
                network.load_state_dict(weights, strict=False)
            except RuntimeError as error:
                raise ModelError(
                    f"the reader to start from has other sizes than this one ({error})"
                ) from error

    def save(self, folder: Path, settings: Settings) -> None:
        """Write `checkpoint.safetensors`, with the position in its header, in one rename."""
        folder.mkdir(parents=True, exist_ok=True)
        position = {
            "step": self.step, "epoch": self.epoch, "position": self.position,
            "shards": self.shards, "settings": asdict(settings),
        }  # fmt: skip
        temporary = folder / "checkpoint.tmp"
        save_file(self._tensors(), temporary, metadata={"mondegreen": json.dumps(position)})
        temporary.replace(folder / "checkpoint.safetensors")

    def load(self, path: Path) -> None:
        """Take up what `save` wrote. Raises ModelError when the shapes differ."""
        tensors = load_file(path)
        position = checkpoint_position(path)

        def part(name: str) -> dict[str, Tensor]:
            return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(name + ".")}

        try:
            self.network.load_state_dict(part("network"))
            self.average.load_state_dict(part("average"))
        except RuntimeError as error:
            raise ModelError(
                f"{path}: made with other sizes; use another --work folder ({error})"
            ) from error
        first, second = part("exp_avg"), part("exp_avg_sq")
        for name, parameter in self.network.named_parameters():
            if name in first:
                self.optimiser.state[parameter] = {
                    "step": torch.tensor(float(position["step"])),
                    "exp_avg": first[name], "exp_avg_sq": second[name],
                }  # fmt: skip
        self.step, self.epoch = position["step"], position["epoch"]
        self.position, self.shards = position["position"], position["shards"]


def checkpoint_position(path: Path) -> dict[str, Any]:
    """Step, epoch, shards and settings of a checkpoint. Raises ModelError when it is not ours."""
    from safetensors import safe_open

    if not path.is_file():
        raise ModelError(f"{path} is missing: no training has saved a checkpoint there yet")
    with safe_open(path, framework="pt") as file:
        text = (file.metadata() or {}).get("mondegreen")
    if text is None:
        raise ModelError(f"{path} is not a checkpoint of the phone reader")
    return dict(json.loads(text))


def average_of(path: Path) -> PhoneNetwork:
    """The averaged network of a checkpoint, ready to read."""
    settings = checkpoint_position(path)["settings"]
    state = State(Settings(**{**settings, "shape": Shape(**settings["shape"])}))
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


def rate_at(step: int, settings: Settings) -> float:
    """Learning rate of a step: a linear rise, then a cosine down to a hundredth."""
    if step < settings.warmup:
        return settings.learning_rate * (step + 1) / settings.warmup
    done = min(1.0, (step - settings.warmup) / max(1, settings.steps - settings.warmup))
    return settings.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))


def _learn(state: State, settings: Settings, examples: list[noisy.Heard]) -> float:
    """One step on one batch; returns the loss of the last layer."""
    # Dropout draws from torch's global generator: seeding it by the step makes a resumed run exact.
    torch.manual_seed(stable_seed("step", settings.seed, state.step))
    generator = torch.Generator().manual_seed(stable_seed("mask", settings.seed, state.step))
    frames, lengths, phones, counts = collate(examples)
    with torch.autocast("cpu", torch.bfloat16):
        logits, middle = state.network(masked(frames, lengths, generator), lengths)
    loss = ctc(logits, lengths, phones, counts)
    total = (1 - MIDDLE_SHARE) * loss + MIDDLE_SHARE * ctc(middle, lengths, phones, counts)
    for group in state.optimiser.param_groups:
        group["lr"] = rate_at(state.step, settings)
    state.optimiser.zero_grad()
    total.backward()  # type: ignore[no-untyped-call]
    torch.nn.utils.clip_grad_norm_(state.network.parameters(), settings.clip)
    state.optimiser.step()
    state.step += 1
    # Early on a long average would drag the random start along.
    decay = min(settings.average, (1 + state.step) / (10 + state.step))
    with torch.no_grad():
        pairs = zip(state.average.parameters(), state.network.parameters(), strict=True)
        for kept, fresh in pairs:
            kept.lerp_(fresh, 1 - decay)
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

    `say` gets a line of progress now and then. Returns the last scores. What to expect with the
    defaults: a loss per phone of 1.0 after 500 steps, 0.5 after 2,000, 0.35 at the end.
    """
    state = State(settings)
    path = work / "checkpoint.safetensors"
    if path.exists():
        state.load(path)
        say(f"resumed at step {state.step}")
    elif start is not None:
        state.start_from(start)
    saved = shown = time.monotonic()
    recent: list[float] = []
    while state.step < settings.steps:
        if state.position == 0:
            state.shards = noisy.shards(folder)
        examples = noisy.read(folder, state.shards)
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
                state.save(work, settings)
                saved = now
            if now - shown > 20:
                pace = (now - shown) / len(recent)
                say(f"step {state.step}: loss {np.mean(recent):.3f}, {pace:.2f} s/step")
                shown, recent = now, []
            if state.step % settings.measure_every == 0:
                _measure(state, tests, say)
            if state.step >= settings.steps:
                break
        else:
            state.epoch, state.position = state.epoch + 1, 0
    state.save(work, settings)
    return _measure(state, tests, say)


def _measure(state: State, tests: list[Test], say: Callable[[str], None]) -> list[Score]:
    read = reader(state.average.eval())
    scores = [score(test, read) for test in tests]
    for s in scores:
        say(
            f"step {state.step}: PER {s.error_rate:.1%} (uncorrected {s.uncorrected:.1%}), {s.name}"
        )
    return scores
