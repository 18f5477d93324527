"""The whole recipe of the phone reader, each step resumable: text, speech, noise, fit, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from ...errors import MissingExtra, SettingsError
from ...jobs.lock import alone
from ...model.phone_network import PhoneNetwork
from ...phonetics.confusions import confusions_of_reader
from ...phonetics.phonotactics import Phonotactics
from ...speech.encoder import DEFAULT_ENCODER, Frames, SpeechEncoder, load_encoder
from ...voices import kokoro
from . import clips as corpus
from . import export_reader, fit_reader, phone_error, recordings, texts, tune
from . import noisy_frames as noisy
from . import phone_ngrams as phonotactics

CONFUSION_PRIOR = 0.3
"""Share of the label prior taken out before the best phones are picked, as in the search."""


@dataclass(frozen=True)
class Speech:
    """What voices say to learn from, beside what people said."""

    commands: Annotated[int, Meta(ge=1)] = 4_500
    """Sentences that are said to assistants."""
    prose: Annotated[int, Meta(ge=0)] = 2_000
    """Sentences from encyclopaedic pages."""
    random_runs: Annotated[int, Meta(ge=0)] = 1_500
    """Runs of random words."""


@dataclass(frozen=True)
class Recipe:
    """All that a reader depends on beside the data. `training/recipes/phones.toml` holds the same
    numbers."""

    seed: int = 1
    """Everything random follows from it."""
    encoder: str = DEFAULT_ENCODER
    versions: Annotated[int, Meta(ge=1)] = 1
    """Noisy versions of every clip."""
    speech: Speech = field(default_factory=Speech)
    fit: fit_reader.Settings = field(default_factory=fit_reader.Settings)
    tune: tune.Tuning = field(default_factory=tune.Tuning)
    """Only for the default encoder; any other stays as it is."""

    @property
    def tunes(self) -> bool:
        """Whether the encoder learns as well."""
        return self.encoder == DEFAULT_ENCODER and self.tune.steps > 0

    def going_on(self) -> Recipe:
        """The recipe for weights that read already; a high rate would throw them away."""
        return replace(self, fit=replace(self.fit, learning_rate=1.5e-3, warmup=100))


@dataclass(frozen=True)
class Job:
    """What to train on, where, and with how much of the machine."""

    recipe: Recipe
    data: Path
    """Folder with the text sets, noise and recordings that docs/formats.md names."""
    work: Path
    """Speech, frames and checkpoints are kept here (7 GB with one version)."""
    out: Path
    """Folder that gets the finished reader."""
    workers: int
    start: Path | None = None
    """Folder of a reader to begin from; None begins with random weights."""

    @property
    def noise(self) -> noisy.NoiseRecipe:
        """How clips are made noisy."""
        return noisy.NoiseRecipe(self.data, self.recipe.encoder, self.recipe.seed)


def _speech(job: Job, lock: Path) -> None:
    for program in ("flite", "espeak-ng"):
        if shutil.which(program) is None:
            raise SettingsError(
                f"training speech needs the program {program!r}, which is not installed "
                f"(Debian and Ubuntu: apt install {program})"
            )
    if not kokoro.installed():
        raise MissingExtra("speech of many speakers", "voices")
    seed, workers, amounts = job.recipe.seed, job.workers, job.recipe.speech
    held_out = texts.held_out(job.data)
    for unseen in corpus.UNSEEN:
        folder, few = job.work / unseen.folder, held_out[: unseen.clips]
        corpus.build(few, folder, lock, seed=seed + 1, workers=workers, draw=unseen.draw)
    sentences = texts.gather(
        job.data, commands=amounts.commands, prose=amounts.prose, random_runs=amounts.random_runs,
        seed=seed,
    )  # fmt: skip
    corpus.build(sentences, job.work / noisy.SPEECH, lock, seed=seed, workers=workers)
    if (job.data / recordings.FOLDER).is_dir():
        people, unseen_people = job.work / noisy.PEOPLE, job.work / recordings.MEASURED
        recordings.build(job.data, people, lock, measured=False, workers=workers)
        recordings.build(job.data, unseen_people, lock, measured=True, workers=workers)


def train(job: Job, say: Callable[[str], None]) -> list[phone_error.Score]:
    """Run the recipe, taking up whatever a stopped run left in `job.work`; the final scores.

    Raises DataError or SettingsError when data or a program is missing, DataError when `job.work`
    holds something made otherwise, Busy when another process works there.
    """
    with alone(job.work, folder=True) as lock:
        return _train(job, lock, say)


def _train(job: Job, lock: Path, say: Callable[[str], None]) -> list[phone_error.Score]:
    recipe, ear = job.recipe, load_encoder(job.recipe.encoder)
    start = export_reader.weights_of(job.start) if job.start else None
    _speech(job, lock)
    if not recipe.fit.steps and recipe.tunes:
        network = PhoneNetwork(recipe.fit.shape)
        fit_reader.start_from(network, start or {})
        return _tuned(job, lock, network, say)
    folder = job.work / "frames"
    noisy.build(job.work, folder, lock, job.noise, versions=recipe.versions, workers=job.workers)
    examples = noisy.read(folder, ear.size)
    tests = phone_error.tests(job.work, job.data, ear, phone_error.MOST_CLIPS, corpus.UNSEEN)
    settings = replace(recipe.fit, shape=replace(recipe.fit.shape, frame=ear.size))
    network, scores = fit_reader.fit(
        examples, job.work, settings, tests, say, seed=recipe.seed, start=start
    )
    if not recipe.tunes:
        frames = export_reader.frozen_frames(examples, recipe.seed)
        _finish(job, network, ear, frames, tests, scores)
        return scores
    return _tuned(job, lock, network, say)


def _tuned(
    job: Job, lock: Path, network: PhoneNetwork, say: Callable[[str], None]
) -> list[phone_error.Score]:
    """Tune the encoder together with the reader `network`, and export both."""
    recipe = job.recipe
    tuned, scores = tune.tune(
        job.noise, job.work, lock, recipe.tune, network, say, workers=max(1, job.workers - 1)
    )
    listening = tune.TorchEncoder(tuned.encoder)
    frames = tune.noisy_frames(tuned, job.work, job.noise, export_reader.PRIOR_CLIPS)
    tests = phone_error.tests(job.work, job.data, listening, phone_error.MOST_CLIPS, corpus.UNSEEN)
    _finish(job, tuned.phones, listening, frames, tests, scores, tuned)
    return scores


def _finish(
    job: Job,
    network: PhoneNetwork,
    ear: SpeechEncoder,
    frames: Iterable[Frames],
    tests: list[phone_error.Test],
    scores: list[phone_error.Score],
    tuned: tune.ListeningNetwork | None = None,
) -> None:
    """Export the reader, with its encoder where that was tuned, its label prior over `frames`, and
    its confusions over the tests."""
    read = fit_reader.reader(network)
    prior = export_reader.log_prior(read, frames)
    about = export_reader.card(scores, _facts(job, network))
    encoder = tuned.encoder if tuned is not None else None
    export_reader.export(
        network, job.out, ear, prior, about, _phonotactics(job), _confusions(tests, read, prior),
        encoder,
    )  # fmt: skip


def _phonotactics(job: Job) -> Phonotactics:
    """Which phones follow which in the training speech, as the voices said it."""
    sources = noisy.material(job.work, job.data).sources
    return phonotactics.fit(
        clip.phones for name in (noisy.SPEECH, noisy.PEOPLE) for clip in sources.get(name, ())
    )


def _facts(job: Job, network: PhoneNetwork) -> export_reader.Facts:
    recipe = job.recipe
    return export_reader.Facts(
        encoder=recipe.encoder,
        parameters=sum(p.numel() for n, p in network.named_parameters() if "middle" not in n),
        steps=recipe.fit.steps,
        tune_steps=recipe.tune.steps if recipe.tunes else 0,
        seed=recipe.seed,
    )


def _confusions(
    tests: list[phone_error.Test], read: phone_error.Read, prior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Counts (42, 42) of what the reader takes each phone for, over the held-out sentences, clean
    and in noise."""
    readings = (
        (phones, read(frames))
        for test in tests
        for frames, phones in zip(test.frames, test.phones, strict=True)
    )
    return confusions_of_reader(readings, prior.astype(np.float32), CONFUSION_PRIOR)
