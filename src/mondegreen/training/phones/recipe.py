"""The whole recipe of the phone reader, each step resumable: text, speech, noise, fit, export."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import SettingsError
from ...speech.encoder import SpeechEncoder, encoder
from . import corpus, export, fit, measure, texts
from . import frames as noisy

UNSEEN_CLIPS = 400
"""Held-out sentences spoken by the held-out voice: 10,000 phones, +-0.6 % at an error of 10 %."""
PROSE, RANDOM_RUNS = 7_000, 9_000
"""Sentences from encyclopaedic pages, and runs of random words, beside 19,000 commands."""


@dataclass(frozen=True)
class Job:
    """What to train on, where, and for how long."""

    data: Path
    """Folder with the text sets, noise and recordings that docs/how-it-works.md names."""
    work: Path
    """Speech, frames and checkpoints are kept here (12 GB with two versions)."""
    out: Path
    """Folder that gets the finished reader."""
    encoder: str
    versions: int
    """Noisy versions of every clip."""
    workers: int
    settings: fit.Settings
    start: Path | None = None
    """Folder of a reader to begin from; None begins with random weights."""


def _speech(job: Job) -> None:
    for program in ("flite", "espeak-ng"):
        if shutil.which(program) is None:
            raise SettingsError(
                f"training speech needs the program {program!r}, which is not installed "
                f"(Debian and Ubuntu: apt install {program})"
            )
    seed = job.settings.seed
    held_out = texts.held_out(job.data)[:UNSEEN_CLIPS]
    corpus.build(
        held_out, job.work / "unseen", seed=seed + 1, workers=job.workers, voice=corpus.UNSEEN_VOICE
    )
    said = texts.gather(job.data, prose=PROSE, random_runs=RANDOM_RUNS, seed=seed)
    corpus.build(said, job.work / "speech", seed=seed, workers=job.workers)


def _one_encoder(job: Job, ear: SpeechEncoder) -> None:
    """Note whose frames `job.work` holds; a run resumed with another encoder would mix two."""
    note, wanted = job.work / "encoder.txt", f"{ear.name} {ear.digest}\n"
    if not note.exists():
        job.work.mkdir(parents=True, exist_ok=True)
        note.write_text(wanted, encoding="utf-8")
    found = note.read_text(encoding="utf-8")
    if found != wanted:
        raise SettingsError(
            f"{job.work} holds frames of another encoder (found {found[:28].strip()}…, expected "
            f"{wanted[:28].strip()}…); give another --work folder"
        )


def train(job: Job, say: Callable[[str], None]) -> list[measure.Score]:
    """Run the recipe, taking up whatever a stopped run left in `job.work`; the final scores.

    Raises DataError or SettingsError when data or a program is missing.
    """
    ear = encoder(job.encoder)
    _one_encoder(job, ear)
    _speech(job)
    recipe = noisy.Recipe(job.data, job.encoder, job.settings.seed)
    folder = job.work / "frames"
    noisy.build(job.work / "speech", folder, recipe, versions=job.versions, workers=job.workers)
    tests = measure.tests(job.work / "unseen", job.data, ear, None)
    start = export.weights_of(job.start) if job.start else None
    settings = replace(job.settings, shape=replace(job.settings.shape, frame=ear.size))
    scores = fit.fit(folder, job.work, settings, tests, say, start)
    finish(job, scores)
    return scores


def finish(job: Job, scores: list[measure.Score]) -> None:
    """Export the checkpoint in `job.work` to `job.out` with its label prior and its card."""
    ear = encoder(job.encoder)
    checkpoint = job.work / "checkpoint.safetensors"
    network = fit.average_of(checkpoint)
    folder = job.work / "frames"
    names = noisy.shards(folder)
    prior = export.log_prior(network, folder, names, job.settings.seed)
    frames = sum(len(e.frames) for e in noisy.read(folder, names))
    about = export.card(
        scores,
        parameters=sum(p.numel() for n, p in network.named_parameters() if "middle" not in n),
        steps=fit.checkpoint_position(checkpoint)["step"],
        hours=frames * ear.frame_seconds / 3600,
        seed=job.settings.seed,
    )
    export.export(network, job.out, ear, prior, about)
