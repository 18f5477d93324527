"""What the general model is compared with: two ways to meaning that are fitted on the same speech.

`general.py measure WORK --baselines TRAINING` fits and measures them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mondegreen.audio.read import read_audio
from mondegreen.data.make.frame_cache import FrameCache, build
from mondegreen.data.manifest import Manifest
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.speech.beam import MEMORY, STEP, BeamTranscriber
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.speech.transcriber import Transcriber
from mondegreen.training.baselines import fit_frames_gru
from mondegreen.training.baselines.fit_transcript_first import Reader, fit
from mondegreen.training.interpreter.export_transcriber import transcriber_onnx
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.types import Meaning, Understanding

_MOST_DEV = 400
"""Recordings on which the direct network chooses its threshold."""


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
    def fit(cls, training: Path, work: Path) -> TranscriptFirst:
        """Fit it on the speech in the working folder of a training, for as many epochs."""
        place = work / "transcript-first"
        place.mkdir(exist_ok=True)
        speech = Manifest.open(training / "train" / "speech" / "manifest.jsonl")
        decoder, reader = fit(
            speech, training / "frames", Tuning(), print, checkpoint=place / "fit.safetensors"
        )
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
    def fit(cls, training: Path, work: Path) -> Direct:
        """Fit it on the speech in the working folder of a training."""
        speech = Manifest.open(training / "train" / "speech" / "manifest.jsonl")
        cache = FrameCache.open(training / "frames", speech, name=MoonshineEncoder.name)
        rows = list(speech)
        settings = fit_frames_gru.Settings()
        network = fit_frames_gru.fit(rows[:-_MOST_DEV], rows[-_MOST_DEV:], cache, settings, print)
        return cls(network, work / "frames")

    def trials(self, manifest: Manifest) -> Iterator[Trial]:
        """What it makes of the recordings."""
        build(manifest, self.frames, name=MoonshineEncoder.name)
        cache = FrameCache.open(self.frames, manifest, name=MoonshineEncoder.name)
        rows = list(manifest)
        for row, meaning in zip(rows, self.network.read(cache, rows), strict=True):
            yield Trial(row, row.duration or 0.0, (answered(meaning),))


__all__ = ["Direct", "TranscriptFirst", "answered"]
