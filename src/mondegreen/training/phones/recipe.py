"""The whole recipe of the phone reader, each step resumable: text, speech, noise, fit, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import MissingExtra, SettingsError
from ...model.phone_network import PhoneNetwork
from ...phonetics.distance import confusions_of_reader
from ...phonetics.phonotactics import Phonotactics
from ...speech.encoder import SpeechEncoder, load_encoder
from ...voices import kokoro
from . import clips as corpus
from . import export, fit, measure, texts, tune
from . import noisy_frames as noisy
from . import phone_ngrams as phonotactics

PROSE, RANDOM_RUNS = 7_000, 9_000
"""Sentences from encyclopaedic pages, and runs of random words, beside 19,000 commands."""
SPEAKERS_CLIPS = 800
"""Sentences spoken by Kokoro's many speakers, at 1.7 times real time a core: 13 minutes on two."""
SPEECH = 2
"""Version of what is said and by whom; raise it when that changes, for no run to mix two."""
CONFUSION_PRIOR = 0.3
"""Share of the label prior taken out before the best phones are picked, as in the search."""


@dataclass(frozen=True)
class Job:
    """What to train on, where, and for how long."""

    data: Path
    """Folder with the text sets, noise and recordings that docs/formats.md names."""
    work: Path
    """Speech, frames and checkpoints are kept here (7 GB with one version)."""
    out: Path
    """Folder that gets the finished reader."""
    encoder: str
    versions: int
    """Noisy versions of every clip."""
    workers: int
    settings: fit.Settings
    tuning: tune.Tuning
    """With no steps the encoder stays as it is; only Moonshine tiny can be tuned."""
    start: Path | None = None
    """Folder of a reader to begin from; None begins with random weights."""


def _speech(job: Job) -> None:
    for program in ("flite", "espeak-ng"):
        if shutil.which(program) is None:
            raise SettingsError(
                f"training speech needs the program {program!r}, which is not installed "
                f"(Debian and Ubuntu: apt install {program})"
            )
    if not kokoro.installed():
        raise MissingExtra("speech of many speakers", "voices")
    seed, workers = job.settings.seed, job.workers
    held_out = texts.held_out(job.data)
    for unseen in corpus.UNSEEN:
        folder, few = job.work / unseen.folder, held_out[: unseen.clips]
        corpus.build(few, folder, seed=seed + 1, workers=workers, draw=unseen.draw)
    said = texts.gather(job.data, prose=PROSE, random_runs=RANDOM_RUNS, seed=seed)
    speech = job.work / "speech"
    corpus.build(
        said[:SPEAKERS_CLIPS], speech, seed=seed, workers=workers, draw=corpus.draw_speaker,
        first=corpus.SPEAKERS_SHARD,
    )  # fmt: skip
    corpus.build(said[SPEAKERS_CLIPS:], speech, seed=seed, workers=workers)


def _one_source(job: Job, ear: SpeechEncoder) -> None:
    """Note whose frames of which speech `job.work` holds; a run resumed with others would mix
    two."""
    note, wanted = job.work / "encoder.txt", f"{ear.name} {ear.digest} speech {SPEECH}\n"
    if not note.exists():
        job.work.mkdir(parents=True, exist_ok=True)
        note.write_text(wanted, encoding="utf-8")
    found = note.read_text(encoding="utf-8")
    if found != wanted:
        raise SettingsError(
            f"{job.work} holds frames of another encoder or other speech (found {found.strip()!r}, "
            f"expected {wanted.strip()!r}); give another --work folder"
        )


def train(job: Job, say: Callable[[str], None]) -> list[measure.Score]:
    """Run the recipe, taking up whatever a stopped run left in `job.work`; the final scores.

    Raises DataError or SettingsError when data or a program is missing.
    """
    ear = load_encoder(job.encoder)
    _one_source(job, ear)
    _speech(job)
    recipe = noisy.Recipe(job.data, job.encoder, job.settings.seed)
    folder = job.work / "frames"
    noisy.build(job.work / "speech", folder, recipe, versions=job.versions, workers=job.workers)
    tests = measure.tests(job.work, job.data, ear, None, corpus.UNSEEN)
    start = export.weights_of(job.start) if job.start else None
    settings = replace(job.settings, shape=replace(job.settings.shape, frame=ear.size))
    scores = fit.fit(folder, job.work, settings, tests, say, start)
    network = fit.average_of(job.work / fit.CHECKPOINT)
    if not job.tuning.steps:
        frames = export.frozen_frames(folder, noisy.shards(folder), settings.seed)
        prior = export.log_prior(fit.reader(network), frames)
        about = export.card(scores, _facts(job, network))
        confusions = _confusions(tests, fit.reader(network), prior)
        export.export(network, job.out, ear, prior, about, _phonotactics(job), confusions)
        return scores
    weights = network.state_dict()
    tuned, scores = tune.tune(
        job.work / "speech", recipe, job.work, job.tuning, weights, say,
        workers=max(1, job.workers - 1),
    )  # fmt: skip
    finish_tuned(job, recipe, tuned, scores)
    return scores


def finish_tuned(
    job: Job, recipe: noisy.Recipe, tuned: tune.ListeningNetwork, scores: list[measure.Score]
) -> None:
    """Export a tuned encoder and its reader to `job.out`, with label prior and confusions."""
    ear, read = tune.TorchEncoder(tuned.encoder.eval()), fit.reader(tuned.phones.eval())
    seed = job.settings.seed
    frames = tune.noisy_frames(tuned, job.work / "speech", recipe, export.PRIOR_CLIPS, seed)
    prior = export.log_prior(read, frames)
    about = export.card(scores, _facts(job, tuned.phones))
    tests = measure.tests(job.work, job.data, ear, None, corpus.UNSEEN)
    export.export(
        tuned.phones, job.out, ear, prior, about, _phonotactics(job),
        _confusions(tests, read, prior), tuned.encoder,
    )  # fmt: skip


def _phonotactics(job: Job) -> Phonotactics:
    """Which phones follow which in the training speech, as the voices said it."""
    return phonotactics.fit(clip.phones for clip in corpus.read(job.work / "speech"))


def _facts(job: Job, network: PhoneNetwork) -> export.Facts:
    return export.Facts(
        encoder=job.encoder,
        parameters=sum(p.numel() for n, p in network.named_parameters() if "middle" not in n),
        steps=job.settings.steps,
        tune_steps=job.tuning.steps,
        seed=job.settings.seed,
    )


def _confusions(
    tests: list[measure.Test], read: measure.Read, prior: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Counts (42, 42) of what the reader takes each phone for, over the held-out sentences, clean
    and in noise."""
    spoken = (
        (phones, read(frames))
        for test in tests
        for frames, phones in zip(test.frames, test.phones, strict=True)
    )
    return confusions_of_reader(spoken, prior.astype(np.float32), CONFUSION_PRIOR)
