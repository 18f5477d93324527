"""The training loop: the same weights however often it was stopped, and in how many processes.

Under torchrun this file is what each of two processes does.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch")

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from mondegreen.errors import ModelError
from mondegreen.jobs.seeds import stable_seed
from mondegreen.training.checkpoint import Rate, State
from mondegreen.training.loop import Batches, Course, Loss, Position, endless, learn, moved
from mondegreen.training.together import Processes, processes, several

COURSE = Course(
    steps=23, batch_frames=40, warmup=3, weight_decay=0.01, clip=1.0, average=0.9,
    measure_every=5, save_every=0.0,
)  # fmt: skip
LENGTHS = [3, 9, 4, 7, 12, 5, 5, 8]


def state(width: int = 4) -> State[nn.Module]:
    torch.manual_seed(0)

    def make() -> nn.Module:
        layers = nn.Sequential(nn.Linear(1, width), nn.Dropout(0.5), nn.Linear(width, 1))
        layers.register_parameter("unused", nn.Parameter(torch.ones(2)))  # has no gradient
        return layers

    return State(
        make, [Rate("", 0.05)], weight_decay=0.01, average=0.9, schedule=lambda step: 1 / (1 + step)
    )


def batches(start: Position) -> Iterator[tuple[Position, Tensor]]:
    for position, members in endless(LENGTHS, COURSE.batch_frames, 1, start):
        yield position, torch.tensor([[float(LENGTHS[i])] for i in members])


def loss(network: nn.Module, batch: Tensor, generator: torch.Generator) -> Loss:
    noisy = batch + torch.rand(batch.shape, generator=generator)
    cost = (network(noisy) - batch).square().mean()
    return Loss(cost, cost)


class Pair(NamedTuple):
    values: Tensor
    more: tuple[Tensor, str]


def interrupted(after: int) -> Batches[Tensor]:
    """The batches, until so many were seen."""

    def some(start: Position) -> Iterator[tuple[Position, Tensor]]:
        yield from islice(batches(start), after)
        raise KeyboardInterrupt

    return some


@settings(max_examples=12)
@given(parts=st.lists(st.integers(1, 7), max_size=3))
def test_a_stopped_training_takes_the_same_steps(
    tmp_path_factory: pytest.TempPathFactory, parts: list[int]
) -> None:
    whole = state()
    learn(whole, batches, loss, COURSE, seed=7, say=lambda _: None)
    path = tmp_path_factory.mktemp("loop") / "checkpoint.safetensors"
    for part in parts:
        with pytest.raises(KeyboardInterrupt):
            learn(
                state(), interrupted(part), loss, COURSE, seed=7, say=lambda _: None,
                checkpoint=path,
            )  # fmt: skip
    lines: list[str] = []
    resumed = state()
    learn(resumed, batches, loss, COURSE, seed=7, say=lines.append, checkpoint=path)
    assert lines == ([f"resumed at step {sum(parts)}"] if parts else [])
    assert (resumed.step, resumed.epoch, resumed.position) == (
        whole.step, whole.epoch, whole.position,
    )  # fmt: skip
    for one, other in ((whole.network, resumed.network), (whole.average, resumed.average)):
        for name, weights in one.state_dict().items():
            assert torch.equal(weights, other.state_dict()[name]), name


def test_measuring_has_its_turns_and_a_finished_training_takes_no_step(tmp_path: Path) -> None:
    measured: list[int] = []
    learned = state()
    path = tmp_path / "checkpoint.safetensors"

    def measure() -> dict[str, float]:
        measured.append(learned.step)
        return {}

    for _ in range(2):
        learn(
            learned, batches, loss, COURSE, seed=7, say=lambda _: None, checkpoint=path,
            measure=measure,
        )  # fmt: skip
    assert measured == [5, 10, 15, 20]
    assert learned.step == COURSE.steps


def test_a_training_ends_where_it_gets_no_better_with_the_weights_of_the_best(
    tmp_path: Path,
) -> None:
    course = replace(COURSE, patience=2, measure_every=3)
    path = tmp_path / "checkpoint.safetensors"
    figures = {3: 0.5, 6: 0.7, 9: 0.6, 12: 0.7, 15: 0.9}
    best: dict[int, dict[str, Tensor]] = {}

    def run(begun: State[nn.Module], some: Batches[Tensor]) -> list[str]:
        def measure() -> dict[str, float]:
            weights = begun.average.state_dict()
            best[begun.step] = {name: tensor.clone() for name, tensor in weights.items()}
            return {"exact": figures[begun.step], "other": 1.0 - figures[begun.step]}

        lines: list[str] = []
        learn(begun, some, loss, course, seed=7, say=lines.append, checkpoint=path, measure=measure)
        return lines

    with pytest.raises(KeyboardInterrupt):
        run(state(), interrupted(8))  # after the best, so that this comes out of the checkpoint
    stopped = state()
    assert run(stopped, batches)[1:] == ["no better since step 6: the weights of then are kept"]
    assert sorted(best) == [3, 6, 9, 12]
    again = state()
    run(again, batches)
    assert again.step == stopped.step == 12
    for network in (stopped.average, again.average):
        for name, weights in network.state_dict().items():
            assert torch.equal(weights, best[6][name]), name
            assert name == "unused" or not torch.equal(weights, best[12][name]), name


def test_a_training_with_nothing_to_measure_on_takes_all_its_steps() -> None:
    course = replace(COURSE, patience=1, measure_every=2)
    learned = state()
    learn(learned, batches, loss, course, seed=7, say=lambda _: None, measure=dict)
    assert learned.step == course.steps


def test_batches_are_put_where_the_network_is() -> None:
    pair = Pair(torch.ones(2), (torch.zeros(1), "said"))
    put = moved(pair, "meta")
    assert isinstance(put, Pair)
    assert (put.values.device.type, put.more[0].device.type) == ("meta", "meta")
    assert put.more[1] == "said"


@given(st.integers(0, 9), st.integers(0, 2))
def test_batches_go_on_from_any_position(skipped: int, seed: int) -> None:
    start = Position(0, 0)
    drawn_batches = list(islice(endless(LENGTHS, 20, seed, start), 12))
    after = drawn_batches[skipped][0]
    assert (
        list(islice(endless(LENGTHS, 20, seed, after), 2))
        == drawn_batches[skipped + 1 : skipped + 3]
    )
    first = [members for position, members in drawn_batches if position <= (1, 0)]
    assert sorted(i for members in first for i in members) == list(range(len(LENGTHS)))


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "checkpoint.safetensors"
    state(width=5).save(path)
    with pytest.raises(ModelError, match="other sizes or outputs"):
        state().load(path)
    for data in (b"", b"not a checkpoint", path.read_bytes()[:200]):
        path.write_bytes(data)
        with pytest.raises(ModelError, match="not a checkpoint of ours"):
            state().load(path)


class Both(Processes):
    """Two processes in one: gradients are of both batches already."""

    def average_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """They are."""


def step(learned: State[nn.Module], group: Processes, weight: float = 1.0) -> None:
    torch.manual_seed(learned.step)
    batch = torch.tensor([[1.0], [2.0], [4.0]])
    learned.descend(weight * (learned.network(batch) - batch).square().mean(), COURSE.clip, group)


@pytest.mark.parametrize(
    ("group", "weights", "counted"),
    [(Processes(), (1.0, 1.0, math.inf, 1.0), 4), (Both(0, 2), (1.0, 1.0, 1.0), 6)],
    ids=["a spoilt batch", "two processes"],
)
def test_the_optimiser_goes_on_from_the_steps_that_it_took(
    tmp_path: Path, group: Processes, weights: tuple[float, ...], counted: int
) -> None:
    whole, resumed = state(), state()
    for weight in weights:
        step(whole, group, weight)
    assert whole.step == counted
    whole.save(tmp_path / "checkpoint.safetensors")
    resumed.load(tmp_path / "checkpoint.safetensors")
    for learned in (whole, resumed):
        step(learned, group)
    assert resumed.step == whole.step
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[name], tensor), name


def test_a_checkpoint_without_the_optimisers_own_step_is_gone_on_from(tmp_path: Path) -> None:
    whole, resumed = state(), state()
    for _ in range(3):
        step(whole, Processes())
    path = tmp_path / "checkpoint.safetensors"
    whole.save(path)
    with safe_open(path, framework="pt") as file:
        header = file.metadata()
    tensors = load_file(path)
    older = {name: tensor for name, tensor in tensors.items() if not name.startswith("step.")}
    assert len(older) < len(tensors)
    save_file(older, path, metadata=header)
    resumed.load(path)
    for learned in (whole, resumed):  # no batch was spoilt: both counts are the same
        step(learned, Processes())
    for name, tensor in whole.network.state_dict().items():
        assert torch.equal(resumed.network.state_dict()[name], tensor), name


@pytest.mark.slow
def test_two_processes_step_down_the_mean_of_their_gradients(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--standalone",
         "--local-addr", "127.0.0.1", __file__, str(tmp_path)],
        check=False, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [f"the first measured at {n}" for n in (6, 10, 16, 20)]
    learned = load_file(tmp_path / "0.safetensors")
    other = load_file(tmp_path / "1.safetensors")
    assert not (tmp_path / "fit-1.safetensors").exists()
    reference, source = state(), batches(Position(0, 0))
    while reference.step < COURSE.steps:
        costs = []
        for rank in range(2):
            torch.manual_seed(stable_seed("step", 7, reference.step + rank))
            generator = torch.Generator()
            generator.manual_seed(stable_seed("mask", 7, reference.step + rank))
            costs.append(loss(reference.network, next(source)[1], generator).whole)
        reference.descend((costs[0] + costs[1]) / 2, COURSE.clip, Both(0, 2))
    assert reference.step == 24
    for name, weights in reference.network.state_dict().items():
        assert torch.equal(learned[name], other[name]), name
        assert torch.allclose(learned[name], weights, atol=1e-6), name


def test_a_single_process_is_alone() -> None:
    alone = processes()
    assert (alone.rank, alone.count, alone.first) == (0, 1, True)
    with alone.in_turn():
        assert alone.as_the_first(0.5) == 0.5


def main(place: Path) -> None:
    """Learn, and write the weights of this process."""
    torch.set_num_threads(1)
    with several() as group:
        learned = state()

        def measure() -> dict[str, float]:
            print(f"the first measured at {learned.step}", flush=True)
            return {"right": 0.0}

        learn(
            learned, batches, loss, COURSE, seed=7, say=lambda _: None, measure=measure,
            checkpoint=place / f"fit-{group.rank}.safetensors",
        )  # fmt: skip
        save_file(learned.network.state_dict(), place / f"{group.rank}.safetensors")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
