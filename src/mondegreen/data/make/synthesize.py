"""Labelled text into speech: many voices, tempos and vocal tracts, with the time of each word.

What a clip sounds like follows from the seed, the utterance's id and the version alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import soxr
from msgspec import Meta

from ...audio.samples import RATE, Samples, levelled
from ...errors import DataError, SettingsError
from ...jobs.job import Result
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...text.spoken_text import SpokenWord, spoken_text, unspeakable
from ...version import __version__
from ...voices import kokoro
from ...voices.voice import VOICES, MissingProgram, speakers_of
from ...voices.voice import voice as voice_named
from ..manifest import Manifest
from ..utterance import Utterance, to_row, trains
from .align import align_words, ear_digest, mean_score
from .derive import Version, derive, identity_of, write_recording

LONGEST_TEXT = 4_000
"""Characters: about five minutes of speech, which is the most that can be aligned."""
_FILLERS = ("uh", "um", "er", "well", "so")
_FEWEST_SAMPLES = RATE // 10
_PAUSE = (0.1, 0.7)
"""Seconds: voices read a comma with hardly any."""

_DEFAULT_VOICES = (
    "hibari", "flite-rms", "flite-awb", "flite-slt", "flite-kal16", "espeak-en-us+f3",
    "espeak-en-us+m3", "espeak-en-gb+f2", "espeak-en-gb-x-rp+m5", "espeak-en-gb-scotland+f4",
)  # fmt: skip


@dataclass(frozen=True)
class Manner:
    """How texts are spoken."""

    voices: tuple[str, ...] = ()
    """Voices of utterances for training, and of those in no split; see choose_voices."""
    heldout: tuple[str, ...] = ()
    """Voices of every other split, and never of training; empty: `voices` speak all."""
    speed: tuple[float, float] = (0.8, 1.35)
    """Tempo, 1 is the voice's own."""
    shift: tuple[float, float] = (0.85, 1.18)
    """Pitch and formants together, by resampling: another vocal tract, another speaker."""
    pauses: Annotated[float, Meta(ge=0, le=1)] = 0.1
    """Share of the gaps between words where the speaker halts."""
    fillers: Annotated[float, Meta(ge=0, le=1)] = 0.05
    """Share of utterances with an "um" in them."""
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise SettingsError for a speed or shift that voices cannot have."""
        for name in ("speed", "shift"):
            low, high = getattr(self, name)
            if not 0.5 <= low <= high <= 2:
                raise SettingsError(f"{name}: found {low}:{high}, expected between 0.5 and 2")

    def voice_of(self, split: str | None, rng: np.random.Generator) -> str:
        """A voice for an utterance of that split."""
        may_train = split is None or trains(split)
        pool = self.voices if may_train or not self.heldout else self.heldout
        return str(rng.choice(list(pool)))


def choose_voices(
    names: Sequence[str], heldout: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """The voices for training and for the other splits, and a line about each that is missing.

    No `names` are a mix of all that is installed. Held-out voices are taken out of the others.
    Raises SettingsError for an unknown voice, or when no voice is left for either.
    """
    notes: list[str] = []
    heldout_speakers = {speaker for name in heldout for speaker in speakers_of(name)}
    training_names = [
        name
        for name in (names or _DEFAULT_VOICES)
        if heldout_speakers.isdisjoint(speakers_of(name))
    ]
    if names and len(training_names) < len(set(names)):
        both = ", ".join(name for name in names if name not in training_names)
        raise SettingsError(f"{both}: held out, and named for training; a voice can only be one")
    training_voices = tuple(name for name in dict.fromkeys(training_names) if _usable(name, notes))
    heldout_voices = tuple(name for name in dict.fromkeys(heldout) if _usable(name, notes))
    if not training_voices:
        raise SettingsError(f"no voice is left to speak with: {'; '.join(notes) or 'none named'}")
    if heldout and not heldout_voices:
        raise SettingsError(f"no held-out voice can speak: {'; '.join(notes)}")
    return training_voices, heldout_voices, notes


def _usable(name: str, notes: list[str]) -> bool:
    try:
        voice_named(name)
    except MissingProgram as error:
        notes.append(str(error))
        return False
    return True


@dataclass(frozen=True)
class Speaker:
    """Speaks one version of one utterance into a FLAC file."""

    folder: str
    manner: Manner
    versions: int
    timed: bool
    """Whether words get their times."""

    def __call__(self, item: Version) -> Result:
        utterance, version = item
        rng = np.random.default_rng(
            stable_seed("synthesize", self.manner.seed, utterance.id, version)
        )
        voice = self.manner.voice_of(utterance.split, rng)
        _check_language(utterance, voice)
        words = _halting(_words_of(utterance), self.manner, rng)
        speed = _draw_log_uniform(self.manner.speed, rng)
        shift = _draw_log_uniform(self.manner.shift, rng)
        text = " ".join(word + ("," if pause else "") for (word, _), pause in words)
        samples = _speech(utterance.id, voice, text.split(", "), speed, shift, rng)
        identity = identity_of(utterance, version, self.versions)
        audio = write_recording(Path(self.folder), identity, samples)
        meta = {
            **utterance.meta, "source": utterance.id, "voice": voice,
            "speed": round(speed, 3), "shift": round(shift, 3), "spoken": text,
        }  # fmt: skip
        if self.timed:
            meta.update(_times(samples, [word for word, _ in words]))
        recording = Utterance(
            id=identity,
            audio=audio,
            duration=len(samples) / RATE,
            text=utterance.text,
            intent=utterance.intent,
            slots=utterance.slots,
            speaker=voice,
            split=utterance.split,
            lang=utterance.lang,
            meta=meta,
        )
        return Result(to_row(recording))


def _draw_log_uniform(limits: tuple[float, float], rng: np.random.Generator) -> float:
    low, high = np.log(limits)
    return float(np.exp(rng.uniform(low, high)))


def _check_language(utterance: Utterance, voice: str) -> None:
    """Raise DataError where a voice that speaks English only is to read another language.

    The user's own voices, of Piper or of a plug-in, may speak any. English is en, en-GB, eng, …
    """
    ours = voice in VOICES.ours or voice.startswith(kokoro.PREFIX)
    if ours and not re.match(r"(?i)(en|eng|english)(?![a-z])", utterance.lang):
        raise DataError(
            f"{utterance.id}: its lang is {utterance.lang!r}, and {voice} speaks English only; "
            "leave such rows out with --skip-bad, mend lang where the text is English, or name a "
            "Piper voice of that language (--voices piper:MODEL.onnx)"
        )


def _words_of(utterance: Utterance) -> tuple[SpokenWord, ...]:
    text = utterance.text
    if len(text) > LONGEST_TEXT:
        raise DataError(
            f"{utterance.id}: the text has {len(text)} characters, {LONGEST_TEXT} at most are "
            "spoken at once; cut it into sentences"
        )
    reason = unspeakable(text)
    if reason:
        raise DataError(f"{utterance.id}: {reason}")
    return spoken_text(text)


def _halting(
    words: Sequence[SpokenWord], manner: Manner, rng: np.random.Generator
) -> list[tuple[SpokenWord, bool]]:
    """The words, each with whether a pause follows, and perhaps a filler among them."""
    out = [(word, bool(pause)) for word, pause in zip(
        words, rng.random(len(words)) < manner.pauses, strict=True
    )]  # fmt: skip
    out[-1] = (out[-1][0], False)
    if rng.random() < manner.fillers:
        filler = SpokenWord(str(rng.choice(_FILLERS)), None)
        out.insert(int(rng.integers(len(out))), (filler, True))
    return out


def _speech(
    identity: str,
    name: str,
    phrases: Sequence[str],
    speed: float,
    shift: float,
    rng: np.random.Generator,
) -> Samples:
    """The phrases by one voice, 0.1 to 0.7 s of silence between them."""
    voice = voice_named(name)
    # Resampling changes the tempo as well, which the voice makes up for.
    tempo = min(2.0, max(0.5, speed / shift))
    parts: list[Samples] = []
    for number, phrase in enumerate(phrases):
        try:
            samples, rate = voice.speak(phrase, speed=tempo, seed=int(rng.integers(2**31)))
        except DataError as error:
            raise DataError(f"{identity}: {error}") from error
        last = number == len(phrases) - 1
        parts.append(_trimmed(samples, rate, start=number > 0, end=not last))
        if not last:
            parts.append(np.zeros(int(rng.uniform(*_PAUSE) * rate), np.float32))
    whole = soxr.resample(np.concatenate(parts), rate * shift, RATE, quality="MQ")
    if len(whole) < _FEWEST_SAMPLES or not whole.any():
        raise DataError(f"{identity}: {name} said nothing for {' '.join(phrases)[:40]!r}")
    return levelled(whole.astype(np.float32), 0.7)


def _trimmed(samples: Samples, rate: int, *, start: bool, end: bool) -> Samples:
    """Without the voice's own silence before or after: 30 ms of it stay, for soft consonants."""
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max(initial=0.0))
    if not len(loud):
        return samples
    margin = int(0.03 * rate)
    first = max(0, loud[0] - margin) if start else 0
    return samples[first : loud[-1] + margin if end else None]


def _times(samples: Samples, words: Sequence[SpokenWord]) -> dict[str, Any]:
    """`words` for meta; none when the voice was too fast for the aligner."""
    try:
        timed, _ = align_words(samples, words)
    except DataError as error:
        return {"unaligned": str(error)}
    return {"words": msgspec.to_builtins(timed), "score": round(mean_score(timed), 4)}


def _recipe(manner: Manner, timed: bool) -> dict[str, Any]:
    """Everything that the speech depends on beside the texts."""
    return {
        "made_by": f"mondegreen {__version__} data synthesize",
        "manner": asdict(manner),
        "hibari": package_version("hibari-tts"),
        "word_times": ear_digest() if timed else None,
    }


def synthesize(
    manifest: Manifest,
    folder: Path,
    manner: Manner,
    *,
    versions: int = 1,
    timed: bool = True,
    workers: int = 1,
    problems: Problems | None = None,
) -> Manifest:
    """Speak every text of a manifest `versions` times into `folder`, and return its manifest.

    A run that was stopped goes on where it was. Utterances that cannot be spoken go to `problems`.
    Raises DataError when the folder holds something made otherwise, or nothing could be spoken,
    and Busy when another process works there.
    """
    return derive(
        manifest,
        folder,
        _recipe(manner, timed),
        lambda: Speaker(str(folder), manner, versions, timed),
        versions=versions,
        what="speaking",
        workers=workers,
        problems=Problems() if problems is None else problems,
    )


__all__ = ["LONGEST_TEXT", "Manner", "Speaker", "choose_voices", "synthesize"]
