"""Tuning the encoder and the phone reader together, on noisy speech made while it learns.

A reader over a frozen encoder can use only what the encoder kept, and an encoder that learned to
write English keeps little of a phone in a clattering kitchen. Here the gradient goes all the way to
the samples. Every clip gets a new room and noise each time it is heard.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from ...audio.samples import Samples, levelled
from ...data.batching import plan
from ...jobs.seeds import stable_seed
from ...model.moonshine_network import MoonshineNetwork, frame_counts, pretrained
from ...model.phone_network import PhoneNetwork, Shape, ctc, masked
from ...speech.encoder import Frames
from ..checkpoint import Rate, State, share_at
from . import noisy_frames as noisy
from .clips import SPEAKERS_SHARD, UNSEEN, Clip, read_shard
from .fit import MIDDLE_SHARE, reader
from .measure import Score, Test, score, tests

_SAMPLES_PER_FRAME = 384
_AHEAD = 6
"""Batches that the workers prepare in advance."""
_LEVELS = (0.3, 0.7)
"""Peaks of the clips: the ear brings all it hears to 0.5, a stream to 0.5 of what came so far."""


@dataclass(frozen=True)
class Tuning:
    """How long and how fast to tune."""

    steps: int = 800
    """Batches of 100 s: 800 hear 22 hours, 40 minutes on two quiet cores with bfloat16."""
    batch_frames: int = 4_096
    encoder_rate: float = 2e-4
    """Highest learning rate of the encoder, which knows speech already."""
    reader_rate: float = 6e-4
    warmup: int = 100
    weight_decay: float = 0.01
    clip: float = 5.0
    """Largest norm of the gradient."""
    average: float = 0.997
    seed: int = 0
    save_every: float = 180.0
    """Seconds between checkpoints."""
    measure_every: int = 350
    measured_clips: int = 120
    shape: Shape = field(default_factory=Shape)


class ListeningNetwork(nn.Module):
    """Samples to phone logits: the encoder, and the reader on its frames."""

    def __init__(self, encoder: MoonshineNetwork, phones: PhoneNetwork) -> None:
        super().__init__()
        self.encoder, self.phones = encoder, phones

    def forward(
        self, samples: Tensor, counts: Tensor, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Logits `(B, T, 42)` at the end and half-way, and lengths `(B,)`, for training."""
        lengths = frame_counts(counts)
        frames = self.encoder(samples, counts).float()
        end, middle = self.phones(masked(frames, lengths, generator), lengths)
        return end, middle, lengths


@dataclass
class TorchEncoder:
    """The network's encoder as a SpeechEncoder, for measuring it before it is exported."""

    network: MoonshineNetwork
    name: str = "tuning"
    size: int = 288
    frame_seconds: float = _SAMPLES_PER_FRAME / 16_000
    digest: str = ""

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, 288)` of `samples (N,)`; see SpeechEncoder."""
        with torch.inference_mode():
            given = torch.from_numpy(np.asarray(samples, np.float32))[None]
            return np.asarray(self.network(given)[0].numpy(), np.float32)


@dataclass(frozen=True)
class Place:
    """Where a clip lies: a speech shard, or "people", and its number there."""

    shard: str
    index: int
    samples: int


@dataclass(frozen=True)
class NoisyBatch:
    """A batch: `samples (B, N) int16`, `counts (B,)` of them real, and each row's phones."""

    samples: npt.NDArray[np.int16]
    counts: npt.NDArray[np.int64]
    phones: list[tuple[int, ...]]


@lru_cache(maxsize=256)
def _clips(speech: Path, shard: str, data: Path) -> list[Clip]:
    if shard == "people":
        return noisy.people(data, held_out=False)
    return read_shard(speech / f"{shard}.npy")


def places(speech: Path, data: Path) -> list[Place]:
    """Every clip there is to learn from; those of people and of many speakers, which are few,
    several times."""
    found = []
    paths = [p for p in sorted(speech.glob("[0-9]*.npy")) if not p.name.endswith(".tmp.npy")]
    for path in paths:
        times = noisy.SPEAKERS_VERSIONS if int(path.stem) >= SPEAKERS_SHARD else 1
        clips = read_shard(path)
        found += times * [Place(path.stem, i, len(c.audio)) for i, c in enumerate(clips)]
    people = _clips(speech, "people", data)
    for _ in range(noisy.PEOPLE_VERSIONS):
        found += [Place("people", i, len(c.audio)) for i, c in enumerate(people)]
    return found


def hear(speech: Path, recipe: noisy.Recipe, batch: list[tuple[Place, int]]) -> NoisyBatch:
    """One batch with its noise; each clip's depends on its own seed alone."""
    bank = noisy.noise_bank(tuple(recipe.noise_folders))
    rows: list[Samples] = []
    phones: list[tuple[int, ...]] = []
    for place, seed in batch:
        rng = np.random.default_rng(seed)
        clips = _clips(speech, place.shard, recipe.data)
        said, labels = noisy.utterance(clips, place.index, rng)
        sound = noisy.worsen(said, rng, bank, clips)
        rows.append(levelled(sound, float(rng.uniform(*_LEVELS))))
        phones.append(labels)
    counts = np.array([len(r) for r in rows])
    samples = np.zeros((len(rows), int(counts.max())), np.int16)
    for i, row in enumerate(rows):
        samples[i, : len(row)] = np.round(row * 32767)
    return NoisyBatch(samples, counts, phones)


def _stream(
    found: list[Place],
    speech: Path,
    recipe: noisy.Recipe,
    settings: Tuning,
    start: tuple[int, int],
    pool: ProcessPoolExecutor,
) -> Iterator[tuple[int, int, NoisyBatch]]:
    """Endless batches with the epoch and position after each, made a few ahead by the pool."""
    waiting: deque[tuple[int, int, Future[NoisyBatch]]] = deque()
    epoch, position = start
    lengths = [p.samples // _SAMPLES_PER_FRAME + 60 for p in found]  # and about 1.4 s of silence
    while True:
        seed = stable_seed("tune-epoch", settings.seed, epoch)
        order = plan(lengths, frames=settings.batch_frames, seed=seed)
        for number in range(position, len(order)):
            batch = [
                (found[i], stable_seed("tune", settings.seed, epoch, i)) for i in order[number]
            ]
            after = (epoch, number + 1) if number + 1 < len(order) else (epoch + 1, 0)
            waiting.append((*after, pool.submit(hear, speech, recipe, batch)))
            if len(waiting) > _AHEAD:
                ready = waiting.popleft()
                yield ready[0], ready[1], ready[2].result()
        epoch, position = epoch + 1, 0


def _learn(state: State[ListeningNetwork], settings: Tuning, batch: NoisyBatch) -> float:
    """One step on one batch; returns the loss of the last layer."""
    torch.manual_seed(stable_seed("tune-step", settings.seed, state.step))
    generator = torch.Generator().manual_seed(stable_seed("tune-mask", settings.seed, state.step))
    samples = torch.from_numpy(batch.samples).float() / 32767
    spoken = torch.tensor([len(p) for p in batch.phones])
    phones = torch.zeros(len(batch.phones), max(1, int(spoken.max())), dtype=torch.long)
    for i, row in enumerate(batch.phones):
        phones[i, : len(row)] = torch.tensor(row, dtype=torch.long)
    with torch.autocast("cpu", torch.bfloat16):
        end, middle, lengths = state.network(samples, torch.from_numpy(batch.counts), generator)
    loss = ctc(end, lengths, phones, spoken)
    total = (1 - MIDDLE_SHARE) * loss + MIDDLE_SHARE * ctc(middle, lengths, phones, spoken)
    state.descend(total, settings.clip)
    return float(loss.detach())


def begin(settings: Tuning, weights: dict[str, Tensor] | None) -> State[ListeningNetwork]:
    """The published encoder with a reader of the given weights, about to be tuned."""
    torch.manual_seed(stable_seed("tune-network", settings.seed))

    def make() -> ListeningNetwork:
        network = ListeningNetwork(pretrained(), PhoneNetwork(settings.shape))
        if weights is not None:
            network.phones.load_state_dict(weights, strict=False)
        return network

    rates = [Rate("encoder.", settings.encoder_rate), Rate("phones.", settings.reader_rate)]
    return State(
        make, rates, weight_decay=settings.weight_decay, average=settings.average,
        schedule=lambda step: share_at(step, settings.warmup, settings.steps),
    )  # fmt: skip


def tune(
    speech: Path,
    recipe: noisy.Recipe,
    work: Path,
    settings: Tuning,
    weights: dict[str, Tensor] | None,
    say: Callable[[str], None],
    *,
    workers: int,
) -> tuple[ListeningNetwork, list[Score]]:
    """Tune from `weights` on the speech shards, resuming `work`'s checkpoint when there is one.

    The voices to measure with lie in `work` as well (see corpus.UNSEEN).

    Returns the averaged network and its scores. What to expect: a loss per phone of 0.75 at first
    and 0.57 after 600 steps.
    """
    state = begin(settings, weights)
    path = work / "tuning.safetensors"
    if path.exists():
        state.load(path)
        say(f"resumed at step {state.step}")
    found = places(speech, recipe.data)
    saved = shown = time.monotonic()
    recent: list[float] = []
    with ProcessPoolExecutor(workers) as pool:
        start = (state.epoch, state.position)
        for epoch, position, heard in _stream(found, speech, recipe, settings, start, pool):
            if state.step >= settings.steps:
                pool.shutdown(wait=False, cancel_futures=True)
                break
            recent.append(_learn(state, settings, heard))
            state.epoch, state.position = epoch, position
            now = time.monotonic()
            if now - saved > settings.save_every:
                state.save(path)
                saved = now
            if now - shown > 20:
                pace = (now - shown) / len(recent)
                say(f"step {state.step}: loss {np.nanmean(recent):.3f}, {pace:.2f} s/step")
                shown, recent = now, []
            if state.step % settings.measure_every == 0:
                _measure(state, work, recipe.data, settings.measured_clips, say)
    state.save(path)
    return state.average, _measure(state, work, recipe.data, None, say)


def noisy_frames(
    network: ListeningNetwork, speech: Path, recipe: noisy.Recipe, count: int, seed: int
) -> Iterator[Frames]:
    """Frames that the tuned encoder makes of `count` training clips in noise."""
    found = places(speech, recipe.data)
    ear = TorchEncoder(network.encoder.eval())
    for i in np.random.default_rng(seed).permutation(len(found))[:count]:
        batch = hear(speech, recipe, [(found[i], stable_seed("prior", seed, i))])
        yield ear.encode(batch.samples[0].astype(np.float32) / np.float32(32767))


def _measure(
    state: State[ListeningNetwork],
    work: Path,
    data: Path,
    clips: int | None,
    say: Callable[[str], None],
) -> list[Score]:
    network = state.average.eval()
    made: list[Test] = tests(work, data, TorchEncoder(network.encoder), clips, UNSEEN)
    scores = [score(test, reader(network.phones)) for test in made]
    for s in scores:
        say(f"step {state.step}: PER {s.error_rate:.1%}, {s.name}")
    return scores
