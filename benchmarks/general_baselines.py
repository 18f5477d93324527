"""What the general model is compared with: two ways to meaning that are fitted on the same speech.

`general.py measure WORK --baselines TRAINING` fits and measures them, `general.py rivals` does for
several seeds, and `general.py amounts` fits the direct one on parts of the speech.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from general_figures import VOICES, Figures, answers_of, over_seeds, some, spoken_tests
from mondegreen.audio.read import read_audio
from mondegreen.data.make.frame_cache import FrameCache, build
from mondegreen.data.manifest import Manifest
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.evaluate.intervals import mcnemar
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.jobs.files import digest
from mondegreen.speech.beam import MEMORY, STEP, BeamTranscriber
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.speech.transcriber import Transcriber
from mondegreen.training.baselines import fit_frames_gru
from mondegreen.training.baselines.fit_transcript_first import Reader, fit
from mondegreen.training.interpreter.export_transcriber import transcriber_onnx
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.interpreter.work_folder import TRAINING
from mondegreen.types import Meaning, Understanding

_MOST_DEV = 400
"""Recordings on which the direct network chooses its threshold."""
_PARTS = (8, 4, 2, 1)
"""Of the speech: one in so many recordings."""
_EPOCHS = 8
"""Of the decoder that writes transcript and meaning: four times those of a transcriber, for after
two its loss was still falling."""


def answered(meaning: Meaning | None) -> Answer:
    """An answer without a confidence."""
    if meaning is None:
        return Answer(Understanding("not_understood"))
    return Answer(Understanding("understood", meaning.intent, meaning.slots, 1.0))


@dataclass(frozen=True)
class TranscriptFirst:
    """One decoder that writes the transcript, then the meaning."""

    transcriber: Transcriber
    decoder: BeamTranscriber
    reader: Reader

    @classmethod
    def fit(cls, training: Path, work: Path, seed: int = 1) -> TranscriptFirst:
        """Fit it on the speech in the working folder of a training."""
        listed = training / "train" / "speech" / "manifest.jsonl"
        speech = Manifest.open(listed)
        place = work / f"transcript-first-{seed}-{digest(listed.read_bytes())[:8]}"
        place.mkdir(exist_ok=True)
        decoder, reader = fit(
            speech, training / "frames", Tuning(epochs=_EPOCHS), print,
            seed=seed, checkpoint=place / "fit.safetensors",
        )  # fmt: skip
        for name, data in zip((MEMORY, STEP), transcriber_onnx(decoder), strict=True):
            (place / name).write_bytes(data)
        beam = BeamTranscriber.load(place / MEMORY, place / STEP, "run the benchmark again")
        return cls(Transcriber.load(), beam, reader)

    def trials(self, manifest: Manifest) -> Iterator[Trial]:
        """What it makes of the recordings; a meaning takes more tokens than speech has."""
        for row in manifest:
            samples = read_audio(manifest.root / str(row.audio)).samples
            frames = self.transcriber.attend(samples)
            texts = self.decoder.hypotheses(frames, 2, longest=120)
            meaning = self.reader.meaning(texts[0].text) if texts else None
            yield Trial(row, row.duration or 0.0, (answered(meaning),))


@dataclass(frozen=True)
class Direct:
    """A network that goes from frames to meaning, with no words between."""

    network: fit_frames_gru.Reader
    frames: Path
    """Cache of the tests' frames."""

    @classmethod
    def fit(cls, training: Path, work: Path, part: int = 1, seed: int = 1) -> Direct:
        """Fit it on the speech in the working folder of a training, on one recording in `part`."""
        speech = Manifest.open(training / "train" / "speech" / "manifest.jsonl")
        cache = FrameCache.open(training / "frames", speech, name=MoonshineEncoder.name)
        rows = list(speech)
        settings = fit_frames_gru.Settings(seed=seed)
        train, dev = rows[:-_MOST_DEV:part], rows[-_MOST_DEV:]
        network = fit_frames_gru.fit(train, dev, cache, settings, print)
        return cls(network, work / "frames")

    def trials(self, manifest: Manifest) -> Iterator[Trial]:
        """What it makes of the recordings."""
        build(manifest, self.frames, name=MoonshineEncoder.name)
        cache = FrameCache.open(self.frames, manifest, name=MoonshineEncoder.name)
        rows = list(manifest)
        for row, meaning in zip(rows, self.network.read(cache, rows), strict=True):
            yield Trial(row, row.duration or 0.0, (answered(meaning),))


def compare_rivals(work: Path, trainings: Sequence[Path], most: int | None) -> None:
    """Print the figures of both, fitted on the speech of each training by its seed, and their
    means."""
    figures: defaultdict[str, list[Figures]] = defaultdict(list)
    for training in trainings:
        seed = int(json.loads((training / TRAINING).read_text(encoding="utf-8"))["recipe"]["seed"])
        systems: dict[str, Direct | TranscriptFirst] = {
            "direct": Direct.fit(training, work, seed=seed),
            "transcript first": TranscriptFirst.fit(training, work, seed),
        }
        for name in VOICES:
            for split in ("seen", "unseen"):
                rows = some(spoken_tests(work, name).where(split=split), most)
                for system, rival in systems.items():
                    part = f"{name}, {split}, n {len(rows)}: {system}"
                    figures[part].append(Figures.of(list(rival.trials(rows))))
                    print(figures[part][-1].line(f"{part}, seed {seed}"), flush=True)
    for part, some_figures in figures.items():
        print(f"{part}: exact {over_seeds([one.exact.value for one in some_figures])}")


def compare_amounts(work: Path, model: str, training: Path) -> None:
    """Print the figures of the direct network by how much speech it was fitted on, beside those of
    the model, whose transcriber was tuned on all of it, and behind one that was on none."""
    whole = GeneralEngine.load(model, refuse_below=0.0)
    systems = {
        "model, all of its speech": whole,
        "model, none (cascade)": replace(whole, knowledge=replace(whole.knowledge, writer=None)),
    }
    rows = {name: spoken_tests(work, name).where(split="seen") for name in VOICES}
    right: dict[tuple[str, str], list[bool]] = {}
    for system, engine in systems.items():
        for voice, manifest in rows.items():
            trials = list(answers_of(engine, manifest, written=False))
            right[system, voice] = [trial.right() for trial in trials]
            print(f"{voice}: {Figures.of(trials).line(system)}", flush=True)
    for part in _PARTS:
        network = Direct.fit(training, work, part)
        for voice, manifest in rows.items():
            trials = list(network.trials(manifest))
            direct = [trial.right() for trial in trials]
            print(f"{voice}: {Figures.of(trials).line(f'direct, 1 in {part}')}")
            for system in systems:
                ours = right[system, voice]
                print(
                    f"  {system}: {sum(ours) / max(1, sum(direct)) - 1:+.0%} relative, McNemar p = "
                    f"{mcnemar(ours, direct):.2g}", flush=True,
                )  # fmt: skip


__all__ = ["Direct", "TranscriptFirst", "answered", "compare_amounts", "compare_rivals"]
