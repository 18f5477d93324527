"""Everything that a resumed training needs, in one file: network, average, optimiser, position."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import ModelError
from ..jobs.files import replacing
from .together import Processes

Network = TypeVar("Network", bound=nn.Module)
MOST_SPOILT = 10
_MOMENTS = ("step", "exp_avg", "exp_avg_sq")
"""What AdamW keeps of each parameter. Its `step` counts the gradients that the parameter took:
those of spoilt batches are not among them, and several processes take one together."""
ALONE = Processes()


@dataclass(frozen=True)
class Rate:
    """The highest learning rate of the parameters whose names begin with `prefix`."""

    prefix: str
    rate: float


def share_at(step: int, warmup: int, steps: int) -> float:
    """Share of the highest learning rate: a linear rise, then a cosine down to a hundredth."""
    if step < warmup:
        return (step + 1) / warmup
    progress = min(1.0, (step - warmup) / max(1, steps - warmup))
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * progress))


class State(Generic[Network]):
    """A network in training and the running average of its weights, which is what counts."""

    def __init__(
        self,
        make: Callable[[], Network],
        rates: list[Rate],
        *,
        weight_decay: float,
        average: float,
        schedule: Callable[[int], float],
        device: str = "cpu",
    ) -> None:
        """`schedule` gives the share of the highest rates for a step, `average` the decay; all is
        computed on `device`."""
        self.device = device
        self.network, self.average = make().to(device), make().to(device)
        self.average.load_state_dict(self.network.state_dict())
        named = list(self.network.named_parameters())
        groups = [
            {"params": [p for n, p in named if n.startswith(r.prefix)], "lr": r.rate} for r in rates
        ]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=weight_decay)
        self.step = self.epoch = self.position = 0
        """Steps taken; passes over the data; batches of this pass already seen."""
        self.spoilt = 0
        """Batches in a row whose gradient was not finite."""
        self.rate = 0.0
        """The highest learning rate of the last step."""
        self.best, self.best_step, self.worse = -math.inf, 0, 0
        """The best figure so far, the step it is from, and how many since were no better."""
        self._kept: dict[str, Tensor] = {}
        """The average of then."""
        self._rates, self._decay, self._schedule = rates, average, schedule

    def descend(self, loss: Tensor, clip: float, group: Processes = ALONE) -> None:
        """One step down the gradient of `loss`, or of the mean of those of a group of processes,
        its norm held below `clip`. It counts as many steps as there are processes.

        A batch whose gradient is not finite is passed over: one such step would spoil every weight.
        Raises ModelError when MOST_SPOILT of them come in a row.
        """
        share = self._schedule(self.step)
        for parameters, rate in zip(self.optimiser.param_groups, self._rates, strict=True):
            parameters["lr"] = rate.rate * share
        self.rate = share * max(rate.rate for rate in self._rates)
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        group.average_gradients(self.network.parameters())
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), clip)
        self.step += group.count
        if not torch.isfinite(norm):
            self.spoilt += 1
            if self.spoilt >= MOST_SPOILT:
                raise ModelError(
                    f"the loss has been infinite for {self.spoilt} batches: the training has "
                    "diverged; begin again in another --work folder with another --seed"
                )
            return
        self.spoilt = 0
        self.optimiser.step()
        # Early on a long average would drag the start along.
        decay = min(self._decay, (1 + self.step) / (10 + self.step))
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.network.parameters(), strict=True)
            for averaged, fresh in pairs:
                averaged.lerp_(fresh, 1 - decay)

    def judge(self, figure: float, patience: int) -> None:
        """Take note of how good the average is; with `patience` the best one is kept."""
        if figure > self.best:
            self.best, self.best_step, self.worse = figure, self.step, 0
            if patience:
                state = self.average.state_dict()
                self._kept = {name: tensor.detach().clone() for name, tensor in state.items()}
        else:
            self.worse += 1

    def ended(self, patience: int) -> bool:
        """Whether it has not been getting better for as long."""
        return 0 < patience <= self.worse

    def take_the_best(self) -> bool:
        """Make the average what it was when it was best; False where that is what it is."""
        if not self._kept or not self.worse:
            return False
        self.average.load_state_dict(self._kept)
        return True

    def _tensors(self) -> dict[str, Tensor]:
        tensors = {f"network.{k}": v for k, v in self.network.state_dict().items()}
        tensors |= {f"average.{k}": v for k, v in self.average.state_dict().items()}
        for name, parameter in self.network.named_parameters():
            moments = self.optimiser.state.get(parameter, {})
            for part in _MOMENTS:
                if part in moments:
                    tensors[f"{part}.{name}"] = moments[part]
        tensors |= {f"best.{name}": tensor for name, tensor in self._kept.items()}
        return {k: v.detach().contiguous().clone() for k, v in tensors.items()}

    def save(self, path: Path) -> None:
        """Write the checkpoint, with the position in its header; it appears when it is whole."""
        path.parent.mkdir(parents=True, exist_ok=True)
        position: dict[str, float] = {
            "step": self.step, "epoch": self.epoch, "position": self.position,
        }  # fmt: skip
        if self.best_step:
            position |= {"best": self.best, "best_step": self.best_step, "worse": self.worse}
        with replacing(path) as temporary:
            save_file(self._tensors(), temporary, metadata={"mondegreen": json.dumps(position)})

    def load(self, path: Path) -> None:
        """Take up what `save` wrote. Raises ModelError when it is not ours or the shapes differ."""
        header = _read_header(path)
        tensors = load_file(path, device=self.device)

        def part(name: str) -> dict[str, Tensor]:
            return {k[len(name) + 1 :]: v for k, v in tensors.items() if k.startswith(name + ".")}

        try:
            self.network.load_state_dict(part("network"))
            self.average.load_state_dict(part("average"))
        except RuntimeError as error:  # torch names every tensor, on a line each
            raise ModelError(
                f"{path} is of a network of other sizes or outputs: give the --work folder that "
                "belongs to these data, this recipe and this model, or another to begin again"
            ) from error
        taken, first, second = map(part, _MOMENTS)
        for name, parameter in self.network.named_parameters():
            if name in first:
                # Checkpoints of before have no step of AdamW's own: ours is the nearest there is.
                own = taken[name].item() if name in taken else header["step"]
                self.optimiser.state[parameter] = {
                    "step": torch.tensor(float(own)),  # not on a graphics card, as AdamW has it
                    "exp_avg": first[name].to(parameter.device),
                    "exp_avg_sq": second[name].to(parameter.device),
                }
        self.step, self.epoch = int(header["step"]), int(header["epoch"])
        self.position = int(header["position"])
        self.best = header.get("best", -math.inf)
        self.best_step, self.worse = int(header.get("best_step", 0)), int(header.get("worse", 0))
        self._kept = part("best")


def steps_in(path: Path) -> int:
    """Steps that were taken before a checkpoint. Raises ModelError when it is not ours."""
    return int(_read_header(path)["step"])


def _read_header(path: Path) -> dict[str, float]:
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get("mondegreen", "")
        return dict(json.loads(text))
    except (OSError, SafetensorError, ValueError) as error:
        raise ModelError(
            f"{path}: not a checkpoint of ours ({error}); delete it to begin again"
        ) from error


__all__ = ["MOST_SPOILT", "Rate", "State", "share_at", "steps_in"]
