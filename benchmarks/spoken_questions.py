"""Questions spoken by voices, alone and in noise, and what the ear makes of them.

Recordings and what was heard lie in a work folder; a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.fitting import unbroken
from mondegreen.answers.question import Question, read_question
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples, resample
from mondegreen.audio.worse.effects import mix
from mondegreen.audio.write import write_audio
from mondegreen.evaluate.answering import Asked
from mondegreen.jobs.files import replacing
from mondegreen.jobs.seeds import stable_seed
from mondegreen.speech.hearing import Hearing
from mondegreen.voices.voice import voice

VOICES = "hibari", "flite-rms", "flite-slt", "kokoro-af_nova"
"""Two that the phone reader was trained on, and two that it was not."""
CONDITIONS = "clean", "10 dB"
_DECIBELS = 10.0


@dataclass(frozen=True)
class Spoken:
    """A question as one voice said it and as it was heard."""

    asked: Asked
    """With the text that was spoken."""
    voice: str
    condition: str
    text: str
    """As it was written down; empty where no speech was heard."""
    phones: tuple[int, ...]
    """That the ear heard."""

    def question(self, *, ear: bool = True) -> Question:
        """What is asked for the search; without the phones of the `ear`, the transcript alone."""
        question = read_question(self.text)
        return replace(question, by_ear=unbroken(self.phones)) if ear else question


@dataclass(frozen=True)
class Recordings:
    """Speech by voice and question, in a work folder."""

    work: Path
    noises: Path
    """Folder of MS-SNSD's clips; 1 to 49 by number are taken, which are kept apart for this."""
    heard_only: bool = False
    """Whether what was not heard before is left out."""

    def samples(self, asked: Asked, by: str, condition: str) -> Samples:
        """(N,) at 16 kHz; spoken now where it was not before."""
        place = self.work / "speech" / f"{asked.identity}@{by}.wav"
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            sound, rate = voice(by).speak(asked.text)
            write_audio(place, resample(sound, rate), RATE)
        speech = read_audio(place).samples
        if condition == "clean":
            return speech
        rng = np.random.default_rng(stable_seed("noise", asked.identity, by))
        clip = read_audio(self.noises / f"noise{rng.integers(1, 50)}.opus").samples
        clip = np.tile(clip, len(speech) // len(clip) + 2)
        start = int(rng.integers(len(clip) - len(speech)))
        return mix(speech, clip[start : start + len(speech)], _DECIBELS)

    def of(self, answerer: Answerer, asked: Asked, by: str) -> list[Spoken]:
        """What is heard in each condition; heard now where it was not before."""
        place = self._place(asked, by)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            rows = {c: _row(answerer.hear(self.samples(asked, by, c))) for c in CONDITIONS}
            with replacing(place) as temporary:
                temporary.write_text(json.dumps(rows), encoding="utf-8")
        rows = json.loads(place.read_text(encoding="utf-8"))
        return [Spoken(asked, by, c, rows[c][0], tuple(rows[c][1])) for c in CONDITIONS]

    def _place(self, asked: Asked, by: str) -> Path:
        return self.work / "heard" / f"{asked.identity}@{by}.json"

    def all(
        self, answerer: Answerer, questions: Sequence[Asked], voices: Sequence[str]
    ) -> Iterator[Spoken]:
        """Every question by every voice in every condition."""
        for asked in questions:
            for by in voices:
                if self.heard_only and not self._place(asked, by).exists():
                    continue
                yield from self.of(answerer, asked, by)


def _row(spoken: tuple[Question, Hearing] | None) -> tuple[str, list[int]]:
    if spoken is None:
        return "", []
    question, _ = spoken
    phones = question.by_ear.phones.tolist() if question.by_ear is not None else []
    return question.text, phones


def drawn(questions: Sequence[Asked], count: int) -> list[Asked]:
    """So many of the questions by a hash of their names: fewer are among more."""
    return sorted(questions, key=lambda asked: stable_seed("spoken", asked.identity))[:count]
