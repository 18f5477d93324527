"""Two processes that torchrun begins take the steps of one that sees both of their batches.

Under torchrun this file is what each of them does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mondegreen.jobs.seeds import stable_seed
from mondegreen.training.checkpoint import Rate, State
from mondegreen.training.loop import Course, Loss, Position, endless, learn
from mondegreen.training.together import Processes, processes, several

COURSE = Course(
    steps=11, batch_frames=20, warmup=2, weight_decay=0.01, clip=1.0, average=0.9, measure_every=5,
    save_every=0.0,
)  # fmt: skip
SEED = 7
LENGTHS = [3, 9, 4, 7, 12, 5, 5, 8]


def state() -> State[nn.Module]:
    """A small network with a layer that nothing goes through."""

    def make() -> nn.Module:
        torch.manual_seed(0)
        layers = nn.Sequential(nn.Linear(1, 4), nn.Dropout(0.5), nn.Linear(4, 1))
        layers.add_module("unused", nn.Identity())
        layers.unused.bias = nn.Parameter(torch.ones(2))
        return layers

    return State(
        make, [Rate("", 0.05)], weight_decay=0.01, average=0.9, schedule=lambda step: 1 / (1 + step)
    )


def batches(start: Position) -> Iterator[tuple[Position, Tensor]]:
    """Endless ones."""
    for position, members in endless(LENGTHS, COURSE.batch_frames, 1, start):
        yield position, torch.tensor([[float(LENGTHS[i])] for i in members])


def loss(network: nn.Module, batch: Tensor, generator: torch.Generator) -> Loss:
    """A loss with chance in it."""
    noisy = batch + torch.rand(batch.shape, generator=generator)
    cost = (network(noisy) - batch).square().mean()
    return Loss(cost, cost)


def main(place: Path) -> None:
    """Learn, and write the weights of this process."""
    torch.set_num_threads(1)
    with several() as group:
        learned = state()

        def measure() -> dict[str, float]:
            print(f"the first measured at {learned.step}", flush=True)
            return {"right": 0.0}

        learn(
            learned, batches, loss, COURSE, seed=SEED, say=lambda _: None, measure=measure,
            checkpoint=place / f"fit-{group.rank}.safetensors",
        )  # fmt: skip
        save_file(learned.network.state_dict(), place / f"{group.rank}.safetensors")


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Two processes of a module or a script."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--standalone", "--local-addr", "127.0.0.1", *arguments]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, check=False, capture_output=True, text=True, env=settings)


class Both(Processes):
    """Two processes in one: gradients are of both batches already."""

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """They are."""


@pytest.mark.slow
def test_two_processes_step_down_the_mean_of_their_gradients(tmp_path: Path) -> None:
    done = torchrun(__file__, str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["the first measured at 6", "the first measured at 10"]
    learned = load_file(tmp_path / "0.safetensors")
    other = load_file(tmp_path / "1.safetensors")
    assert not (tmp_path / "fit-1.safetensors").exists()
    reference, source = state(), batches(Position(0, 0))
    while reference.step < COURSE.steps:
        costs = []
        for rank in range(2):
            torch.manual_seed(stable_seed("step", SEED, reference.step + rank))
            generator = torch.Generator()
            generator.manual_seed(stable_seed("mask", SEED, reference.step + rank))
            costs.append(loss(reference.network, next(source)[1], generator).whole)
        reference.descend((costs[0] + costs[1]) / 2, COURSE.clip, Both(0, 2))
    assert reference.step == 12
    for name, weights in reference.network.state_dict().items():
        assert torch.equal(learned[name], other[name]), name
        assert torch.allclose(learned[name], weights, atol=1e-6), name


def test_a_single_process_is_alone() -> None:
    alone = processes()
    assert (alone.rank, alone.count, alone.first) == (0, 1, True)
    with alone.in_turn():
        assert alone.as_the_first(0.5) == 0.5


if __name__ == "__main__":
    main(Path(sys.argv[1]))
