"""Tuning the encoder and the phone reader together, on noisy speech made while it learns.

A reader over a frozen encoder can use only what the encoder kept, and an encoder that learned to
write English keeps little of a phone in a clattering kitchen. Here the gradient goes all the way to
the samples. Every clip gets a new room and noise each time it is heard.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Meta
from torch import Tensor, nn

from ...audio.samples import Samples
from ...jobs.lock import join
from ...jobs.processes import processes
from ...jobs.seeds import stable_seed
from ...model.moonshine_network import LAYERS, MoonshineNetwork, frame_counts, pretrained
from ...model.phone_network import PhoneNetwork, Shape, masked
from ...speech.encoder import Frames
from ..checkpoint import Rate, State, share_at
from ..device import fastest, in_16_bits
from ..loop import Course, Loss, Position, endless, learn
from .clips import UNSEEN
from .fit_reader import figures_of, phone_loss, reader, say_scores, start_from
from .noisy_frames import (
    ClipVersion,
    NoiseRecipe,
    NoisyBatch,
    hear,
    material,
)
from .phone_error import MOST_CLIPS, Score, tests

_SAMPLES_PER_FRAME = 384
CHECKPOINT = "tuning.safetensors"
_GROUPS = 4
"""Groups of clips of like length in a batch: a step takes half of the time that it takes in one."""
_AHEAD = 6
"""Batches that the workers prepare in advance."""


@dataclass(frozen=True)
class Tuning(Course):
    """How long and how fast encoder and reader learn together."""

    steps: int = 2_500
    """Batches of 100 s: 2,500 hear 69 hours, two hours on a core that multiplies in 16 bits. With
    none the encoder stays as it is."""
    batch_frames: int = 4_096
    warmup: int = 100
    weight_decay: float = 0.01
    clip: float = 5.0
    average: float = 0.997
    measure_every: int = 600
    encoder_rate: float = 2e-4
    """Highest learning rate of the encoder, which knows speech already."""
    reader_rate: float = 6e-4
    still: Annotated[int, Meta(ge=0, le=LAYERS)] = 1
    """The encoder's first layers that stay as they are, with the convolutions below them: they hear
    sounds, not phones, and without their gradients a step takes three quarters of the time."""
    measured_clips: int = 30
    """Of each kind of voice, until the last measurement."""


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
        sounds = masked(self.encoder.sounds(samples, counts).float(), lengths, generator)
        frames = self.encoder.attend(sounds, lengths).float()
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
            batch = torch.from_numpy(np.asarray(samples, np.float32))[None]
            frames = self.network(batch.to(self.network.conv1.weight.device))[0]
            return np.asarray(frames.cpu().numpy(), np.float32)


def clip_versions(work: Path, data: Path) -> list[ClipVersion]:
    """Every clip there is to learn from, some several times."""
    return list(material(work, data).clip_versions())


@dataclass(frozen=True)
class Listening:
    """Endless batches of new noise, made a few ahead by other processes."""

    work: Path
    recipe: NoiseRecipe
    lock: Path
    batch_frames: int
    seed: int
    workers: int

    def batches(self, start: Position) -> Iterator[tuple[Position, NoisyBatch]]:
        """Batches from a position on, each with the position after it."""
        learned = clip_versions(self.work, self.recipe.data)
        sources = material(self.work, self.recipe.data).sources
        lengths = [  # and about 1.4 s of silence
            len(sources[item.source][item.clip].audio) // _SAMPLES_PER_FRAME + 60
            for item in learned
        ]
        waiting: deque[tuple[Position, Future[NoisyBatch]]] = deque()
        with processes(self.workers, join, self.lock) as pool:
            for after, members in endless(lengths, self.batch_frames, self.seed, start):
                batch = [(learned[i], stable_seed("tune", self.seed, *after, i)) for i in members]
                waiting.append((after, pool.submit(hear, self.work, self.recipe, batch)))
                if len(waiting) > _AHEAD:
                    position, ready = waiting.popleft()
                    yield position, ready.result()


def _loss(network: ListeningNetwork, batch: NoisyBatch, generator: torch.Generator) -> Loss:
    """The loss per phone of a batch, computed in groups of clips of like length.

    How long a clip is with its pauses is only known once it is made; side by side a batch would be
    half padding.
    """
    phones = [max(1, len(row)) for row in batch.phones]
    device = generator.device
    whole, comparable = torch.zeros((), device=device), torch.zeros((), device=device)
    for rows in np.array_split(np.argsort(batch.counts, kind="stable"), _GROUPS):
        if not len(rows):
            continue
        share = sum(phones[row] for row in rows) / sum(phones)
        part = _group_loss(network, batch, rows, generator)
        whole = whole + share * part.whole
        comparable = comparable + share * part.comparable
    return Loss(whole, comparable)


def _group_loss(
    network: ListeningNetwork,
    batch: NoisyBatch,
    rows: npt.NDArray[np.int64],
    generator: torch.Generator,
) -> Loss:
    counts, spoken_phones = batch.counts[rows], [batch.phones[row] for row in rows]
    phone_counts = torch.tensor([len(row) for row in spoken_phones])
    phones = torch.zeros(len(spoken_phones), max(1, int(phone_counts.max())), dtype=torch.long)
    for i, row in enumerate(spoken_phones):
        phones[i, : len(row)] = torch.tensor(row, dtype=torch.long)
    device = generator.device
    samples = torch.from_numpy(batch.samples[rows, : int(counts.max())]).to(device).float() / 32767
    with in_16_bits(device.type):
        end, middle, lengths = network(samples, torch.from_numpy(counts).to(device), generator)
    return phone_loss(end, middle, lengths, phones.to(device), phone_counts.to(device))


def begin(
    settings: Tuning, shape: Shape, weights: dict[str, Tensor] | None, seed: int
) -> State[ListeningNetwork]:
    """The published encoder with a reader of the given weights, about to be tuned."""
    torch.manual_seed(stable_seed("tune-network", seed))

    def make() -> ListeningNetwork:
        network = ListeningNetwork(pretrained(), PhoneNetwork(shape))
        network.encoder.hold(settings.still)
        if weights is not None:
            start_from(network.phones, weights)
        return network

    rates = [Rate("encoder.", settings.encoder_rate), Rate("phones.", settings.reader_rate)]
    return State(
        make, rates, weight_decay=settings.weight_decay, average=settings.average,
        schedule=lambda step: share_at(step, settings.warmup, settings.steps),
        device=fastest(),
    )  # fmt: skip


def tune(
    recipe: NoiseRecipe,
    work: Path,
    lock: Path,
    settings: Tuning,
    start: PhoneNetwork,
    say: Callable[[str], None],
    *,
    workers: int,
) -> tuple[ListeningNetwork, list[Score]]:
    """Tune the encoder and the reader `start` on the clips in `work`, resuming its checkpoint when
    there is one.

    The voices to measure with lie in `work` as well (see clips.UNSEEN), `lock` is its lock file.
    Returns the averaged network and its scores. What to expect: a loss per phone of 0.75 at first
    and 0.57 after 600 steps.
    """
    state = begin(settings, start.shape, start.state_dict(), recipe.seed)
    seed = stable_seed("tune", recipe.seed)
    listening = Listening(work, recipe, lock, settings.batch_frames, seed, workers)

    def measure(clips: int = settings.measured_clips) -> list[Score]:
        network = state.average.eval()
        test_sets = tests(work, recipe.data, TorchEncoder(network.encoder), clips, UNSEEN)
        return say_scores(state.step, test_sets, reader(network.phones), say)

    learn(
        state, listening.batches, _loss, settings, seed=seed, say=say,
        checkpoint=work / CHECKPOINT, measure=lambda: figures_of(measure()),
    )  # fmt: skip
    scores = measure(MOST_CLIPS)
    return state.average.cpu().eval(), scores


def noisy_frames(
    network: ListeningNetwork, work: Path, recipe: NoiseRecipe, count: int
) -> Iterator[Frames]:
    """Frames that the tuned encoder makes of `count` training clips in noise."""
    learned = clip_versions(work, recipe.data)
    ear = TorchEncoder(network.encoder.eval())
    for i in np.random.default_rng(recipe.seed).permutation(len(learned))[:count]:
        batch = hear(work, recipe, [(learned[i], stable_seed("prior", recipe.seed, i))])
        yield ear.encode(batch.samples[0].astype(np.float32) / np.float32(32767))
