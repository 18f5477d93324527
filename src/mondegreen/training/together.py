"""Several processes that train one network, as torchrun begins them: each step of the network is
down the mean of their gradients, and all of them have the same weights.

The first one prepares, measures, saves and says; the others follow it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn

_PATIENCE = timedelta(days=1)
"""For a process that prepares what the others need: speech of a large task takes hours."""


@dataclass(frozen=True)
class Processes:
    """Which of how many processes this one is."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether it is the one that prepares, measures, saves and says."""
        return self.rank == 0

    @contextmanager
    def in_turn(self) -> Iterator[None]:
        """A block that the first process goes through before the others, which find its work."""
        if not self.first:
            distributed.barrier()
        yield
        if self.first and self.count > 1:
            distributed.barrier()

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """Give each process the mean of all gradients. A parameter that none has one of keeps
        none."""
        if self.count == 1:
            return
        learned = [p for p in parameters if p.requires_grad]
        there = torch.tensor([float(p.grad is not None) for p in learned])
        distributed.all_reduce(there)
        used = [p for p, processes in zip(learned, there.tolist(), strict=True) if processes]
        rows = [torch.zeros_like(p) if p.grad is None else p.grad for p in used]
        whole = torch.cat([row.flatten() for row in rows]).cpu()
        distributed.all_reduce(whole)
        means = torch.split_with_sizes(whole / self.count, [p.numel() for p in used])
        for parameter, mean in zip(used, means, strict=True):
            parameter.grad = mean.view_as(parameter).to(parameter.device)

    def as_the_first(self, number: float) -> float:
        """The number that the first process has."""
        if self.count == 1:
            return number
        shared = torch.tensor([number], dtype=torch.float64)
        distributed.broadcast(shared, src=0)
        return float(shared)


def processes() -> Processes:
    """Those that `several` has joined; else this one alone."""
    if not distributed.is_available() or not distributed.is_initialized():
        return Processes()
    return Processes(distributed.get_rank(), distributed.get_world_size())


def wanted() -> int:
    """How many processes torchrun began."""
    return int(os.environ.get("WORLD_SIZE", "1"))


def beside() -> int:
    """How many of them run on this machine."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


@contextmanager
def several() -> Iterator[Processes]:
    """Join the processes that torchrun began; where it began none this one is alone.

    Gradients go through the processors' memory, also those of graphics processors, of which each
    process takes one.
    """
    if wanted() < 2:
        yield Processes()
        return
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    distributed.init_process_group("gloo", timeout=_PATIENCE)
    try:
        yield processes()
    finally:
        distributed.destroy_process_group()


__all__ = ["Processes", "beside", "processes", "several", "wanted"]
