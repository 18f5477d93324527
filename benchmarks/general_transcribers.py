"""Transcribers before the same interpreter: how well each writes, and what is understood of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from general_baselines import answered
from general_figures import VOICES, Figures, some, spoken_tests
from mondegreen.audio.samples import RATE
from mondegreen.audio.utterances import whole
from mondegreen.data.manifest import Manifest
from mondegreen.data.recording import utterance_samples
from mondegreen.engines.general.choice import Written, choose
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import words_of
from mondegreen.engines.general.model_folder import (
    SHIPPED,
    InterpreterDescription,
    model_folder,
)
from mondegreen.engines.general.turn import meaning_of
from mondegreen.evaluate.error_rates import edit_distance
from mondegreen.evaluate.intervals import bootstrap, mcnemar
from mondegreen.evaluate.trial import Trial
from mondegreen.model.transcribers import TRANSCRIBERS, transcriber_of
from mondegreen.speech.beam import BeamTranscriber
from mondegreen.training.interpreter.export_interpreter import TRANSCRIBER_FILES
from mondegreen.training.interpreter.export_transcriber import transcriber_files, writer_of
from mondegreen.weights.folder import write_folder

_PUBLISHED = "moonshine"


@dataclass(frozen=True)
class _Writing:
    """What a transcriber made of some recordings."""

    trials: list[Trial]
    errors: np.ndarray
    """(N, 2) words that are wrong in the likeliest text, and words that were said."""
    seconds: float
    """Of processor time for three seconds of sound."""

    def line(self, name: str) -> str:
        """All of it."""
        rate = bootstrap(self.errors)
        return (
            f"{Figures.of(self.trials).line(name)}  word errors {rate.value:.1%} ({rate.low:.1%} "
            f"to {rate.high:.1%})  {1000 * self.seconds:.0f} ms for 3 s"
        )


def compare_transcribers(work: Path, names: Sequence[str], most: int | None) -> None:
    """Print the figures of each transcriber before the interpreter that ships.

    A name of the registry is that transcriber as published, a folder the one of a general model.
    """
    shipped = GeneralEngine.load(SHIPPED, refuse_below=0.0)
    for voice in VOICES:
        rows = some(spoken_tests(work, voice), most)
        print(f"\n{voice}: n {len(rows)}")
        right = {}
        for name in names:
            knowledge = replace(shipped.knowledge, writer=_writer(work, name))
            writing = _written(replace(shipped, knowledge=knowledge), rows)
            right[name] = [trial.right() for trial in writing.trials]
            print(writing.line(Path(name).name), flush=True)
        for name in names[1:]:
            p_value = mcnemar(right[name], right[names[0]])
            print(f"{Path(name).name} against {Path(names[0]).name}: McNemar p = {p_value:.2g}")


def _writer(work: Path, name: str) -> BeamTranscriber | None:
    """None for Moonshine as published, which is that of the ear and writes one text."""
    if name == _PUBLISHED:
        return None
    place = Path(name)
    if name.partition(":")[0] in TRANSCRIBERS:
        place = work / f"transcriber-{name.replace(':', '-').replace('/', '-')}"
        _with_the_shipped_interpreter(name, place)
    return GeneralEngine.load(place).knowledge.writer


def _with_the_shipped_interpreter(name: str, place: Path) -> None:
    """A model of the transcriber as published and the interpreter that ships."""
    shipped, published = model_folder(SHIPPED), transcriber_of(name)
    about = shipped.about
    files = {
        file: shipped.file(file).read_bytes()
        for file in about.files
        if file not in TRANSCRIBER_FILES
    } | transcriber_files(published, None)
    write_folder(
        place, InterpreterDescription, files, f"# {name}, for a benchmark\n", engine=about.engine,
        name=name, intents=about.intents, slots=about.slots, slots_of=about.slots_of,
        certainty=about.certainty, balance=about.balance, language_model=about.language_model,
        transcriber=writer_of(published),
    )  # fmt: skip


def _written(engine: GeneralEngine, rows: Manifest) -> _Writing:
    trials, errors, spent, sound = [], [], 0.0, 0.0
    engine.ear.attend(np.zeros(RATE, np.float32))  # opens what is opened late
    for row in rows:
        piece = whole(utterance_samples(rows.root, row))
        written: list[Written] = []
        if piece is not None:
            hearing = engine.ear.listen(piece.samples)
            turn = engine.begin()
            turn.hear(hearing)
            before = time.process_time()
            turn.hypotheses()
            spent += time.process_time() - before
            written = turn.written()
            sound += row.duration or 0.0
        reference = words_of(row.text)
        best = max(written, key=lambda one: one.log_probability).words if written else ()
        errors.append((edit_distance(reference, best), len(reference)))
        interpreter = engine.knowledge.interpreter
        meanings = choose(written, interpreter.read, engine.knowledge.balance)
        meaning = meaning_of(meanings[0].reading, interpreter) if meanings else None
        trials.append(Trial(row, row.duration or 0.0, (answered(meaning),)))
    return _Writing(trials, np.array(errors), 3 * spent / max(sound, 1e-9))
