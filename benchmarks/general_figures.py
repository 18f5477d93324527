"""What the benchmarks of the general model share: its test speech, and how figures are counted."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt
from pathlib import Path

import numpy as np

from mondegreen.audio.read import read_audio
from mondegreen.data.make.synthesize import Manner, synthesize
from mondegreen.data.manifest import Manifest
from mondegreen.engines.general.choice import Written
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.turn import HYPOTHESES
from mondegreen.evaluate.intervals import Interval, wilson
from mondegreen.evaluate.metrics import exact_match, intent_correct, slu_f1
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.jobs.files import replacing
from mondegreen.speech.beam import STEP
from mondegreen.training.interpreter.fit_certainty import listen
from mondegreen.types import Meaning

NATURAL = tuple(
    f"kokoro-{name}"
    for name in ("af_heart", "am_michael", "bf_emma", "bm_george", "af_bella", "am_fenrir")
)
VOICES = {"slt": ("flite-slt",), "kokoro": NATURAL}
STUDENT = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776}
"""The 97.5 % quantile of Student's t for the mean of so many values."""


def spoken_tests(work: Path, name: str) -> Manifest:
    """The tests as the voices of that name say them; natural ones, which are slow, say two in
    five."""
    rows = list(Manifest.open(work / "tests.jsonl"))
    if name == "kokoro":
        rows = [row for i, row in enumerate(rows, 1) if i % 5 < 2]
    manner = Manner(VOICES[name], speed=(0.9, 1.15), shift=(1.0, 1.0), pauses=0.0, fillers=0.0)
    return synthesize(
        Manifest.of(rows), work / f"spoken-{name}", manner, timed=False, workers=os.cpu_count() or 1
    )


def answers_of(engine: GeneralEngine, manifest: Manifest, written: bool) -> Iterator[Trial]:
    """What the engine makes of the recordings, or of their texts."""
    for row in manifest:
        result = (
            engine.read(row.text)
            if written
            else engine.understand(read_audio(manifest.root / str(row.audio)))
        )
        yield Trial(row, row.duration or 0.0, (Answer(result),))


@dataclass(frozen=True)
class Figures:
    """How well some utterances were understood; shares from 0 to 1."""

    exact: Interval
    intent: float
    slu_f1: float
    refused: float

    @classmethod
    def of(cls, trials: Sequence[Trial]) -> Figures:
        """Those of some trials."""
        truth = [trial.reference for trial in trials]
        meanings: list[Meaning | None] = [trial.meaning() for trial in trials]
        right = exact_match(truth, meanings)
        return cls(
            wilson(int(right.sum()), len(right)),
            float(intent_correct(truth, meanings).mean()),
            slu_f1(truth, meanings).f1,
            float(np.mean([meaning is None for meaning in meanings])),
        )

    def line(self, name: str) -> str:
        """All of them."""
        exact = self.exact
        return (
            f"{name:24s} exact {exact.value:.1%} ({exact.low:.1%} to {exact.high:.1%})  "
            f"intent {self.intent:.1%}  SLU-F1 {self.slu_f1:.1%}  refused {self.refused:.1%}"
        )


def some(rows: Manifest, most: int | None) -> Manifest:
    """At most so many of the rows, evenly out of all."""
    if most is None or len(rows) <= most:
        return rows
    return Manifest.of([rows[i * len(rows) // most] for i in range(most)], rows.root)


def over_seeds(values: Sequence[float]) -> str:
    """The mean with Student's 95 % interval over seeds."""
    mean = float(np.mean(values))
    if len(values) not in STUDENT:
        return f"{mean:.1%}"
    half = STUDENT[len(values)] * float(np.std(values, ddof=1)) / sqrt(len(values))
    return f"mean {mean:.1%} +/- {half:.1%} over {len(values)} seeds"


def written_down(
    work: Path, voice: str, engine: GeneralEngine, rows: Manifest
) -> list[list[Written]]:
    """What the engine's transcriber may have been told in each recording, kept in `work`."""
    writer = engine.described.about.files.get(STEP, "published")
    path = work / f"written-{voice}-{writer[:12]}-{HYPOTHESES}.json"
    kept: dict[str, list[tuple[str, float, float]]] = {}
    if path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
    for row in rows:
        if row.id not in kept:
            kept[row.id] = [
                (" ".join(one.words), one.log_probability, one.sounds)
                for trial in listen(engine, Manifest.of([row], rows.root))
                for one in trial.written
            ]
    with replacing(path) as temporary:
        temporary.write_text(json.dumps(kept), encoding="utf-8")
    return [
        [Written(tuple(text.split()), score, sounds=sounds) for text, score, sounds in kept[row.id]]
        for row in rows
    ]
