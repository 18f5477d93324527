"""Noisy copies of the training clips, heard by the frozen encoder: its frames, kept on disk.

A clip's noise depends on its own seed alone, so any number of workers makes the same bytes, and a
run that was stopped goes on with the next clip.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...audio.read import read_audio
from ...audio.samples import RATE, Samples, levelled
from ...audio.worse import noises
from ...audio.worse.conditions import Conditions, worsened
from ...jobs.job import Job, Result
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...jobs.shards import Mapped, make_shards, read_index
from ...phonetics.inventory import from_misaki
from ...phonetics.pronouncer import sentence_phonemes
from ...speech.encoder import DEFAULT_ENCODER, SpeechEncoder, load_encoder
from .clips import Clip, Clips, digest_of

HELD_OUT_NOISE = ("doing_the_dishes", *(f"noise-ms-snsd/noise{n}." for n in range(50)))
"""Recordings of noise that training never hears: robustness is measured with them."""
NOISE_FOLDERS = ("noise-esc10", "noise-speech-commands", "noise-ms-snsd")
WORD_FOLDERS = ("speech-commands-mini", "wake-words")
SPEECH, WORDS, PEOPLE = "speech", "words", "people"
"""Where clips come from: a few voices, single words of people, and their sentences."""
TIMES = {
    WORDS: 4, "common-voice": 2, "common-voice-2": 2, "librispeech": 2, "speechocean762": 2,
}  # fmt: skip
"""Noisy versions of each clip of a source or a set of recordings, where one synthetic clip has one.
Of the recordings the most varied count twice; with those people are four fifths of what is heard.
"""
AS_SPOKEN = Conditions(recorded=0.5)
AS_RECORDED = Conditions(
    tilt=0.2, room=0.25, noise=0.6, snr=(3.0, 25.0), mean_snr=(0.0, 25.0), channel=0.15,
    recorded=0.5, speed=(0.9, 1.12),
)  # fmt: skip
"""People were recorded in rooms, with noise: less is added. Faster is higher, as children are."""
_LEVELS = (0.3, 0.7)
"""Peaks of clips in tuning: the ear brings all it hears to 0.5, a stream to 0.5 of what came so
far."""
_LONGEST = 15.0
"""Seconds of two clips that are heard one after the other."""
_AROUND = 400
"""Clips among which a clip finds those that follow it, or babble behind it."""


@dataclass(frozen=True)
class NoiseRecipe:
    """How the noisy versions are made; all that a worker needs."""

    data: Path
    """Folder with the noise and the recordings of people (see NOISE_FOLDERS, PEOPLE_FOLDERS)."""
    encoder: str = DEFAULT_ENCODER
    seed: int = 0

    @property
    def noise_folders(self) -> list[Path]:
        """Those folders of recorded noise that exist."""
        return [self.data / name for name in NOISE_FOLDERS if (self.data / name).is_dir()]


@lru_cache(maxsize=1)
def _encoder(name: str) -> SpeechEncoder:
    return load_encoder(name)


@lru_cache(maxsize=1)
def noise_bank(folders: tuple[Path, ...]) -> noises.NoiseBank:
    """Recordings of noise in `folders` that training may hear; DataError where they hold none."""
    return noises.NoiseBank(folders, exclude=HELD_OUT_NOISE)


def _floats(clip: Clip) -> Samples:
    return np.asarray(clip.audio.astype(np.float32) / np.float32(32768))


def worsen(
    speech: Samples,
    rng: np.random.Generator,
    conditions: Conditions,
    bank: noises.NoiseBank,
    others: Sequence[Clip],
) -> Samples:
    """The clip under drawn conditions; `others` are clips for babble."""

    def babble(rng: np.random.Generator) -> list[Samples]:
        return [_floats(others[int(i)]) for i in rng.integers(len(others), size=8)]

    return worsened(speech, rng, conditions, bank, babble if others else None)[0]


def utterance(
    clips: Sequence[Clip], i: int, rng: np.random.Generator
) -> tuple[Samples, tuple[int, ...]]:
    """Clip `i`; one time in ten with another after a pause; one time in thirty nothing at all."""
    draw = rng.random()
    if draw < 0.03:
        return np.zeros(int(rng.uniform(0.5, 4.0) * RATE), np.float32), ()
    speech, phones = _floats(clips[i]), clips[i].phones
    if draw < 0.13:
        other = clips[int(rng.integers(len(clips)))]
        if len(speech) + len(other.audio) < _LONGEST * RATE:
            pause = np.zeros(int(rng.uniform(0.05, 0.8) * RATE), np.float32)
            loudness = np.float32(rng.uniform(0.5, 1.0))
            speech = np.concatenate([speech, pause, loudness * _floats(other)])
            phones = (*phones, *other.phones)
    return speech, phones


def single_words(data: Path, *, held_out: bool) -> list[Clip]:
    """Words said by people: folder names are what they say; a fifth is kept for measuring."""
    clips = []
    for name in WORD_FOLDERS:
        for path in sorted((data / name).glob("*/*.flac")):
            if (stable_seed("person", path.parent.name, path.name) % 5 == 0) != held_out:
                continue
            samples = levelled(read_audio(path).samples, 0.7)
            word = path.parent.name
            phones = from_misaki(sentence_phonemes(word))
            audio = np.round(samples * 32767).astype(np.int16)
            clips.append(Clip(word, "person", phones, audio))
    return clips


class ClipVersion(NamedTuple):
    """Which clip, and which of its noisy versions."""

    source: str
    clip: int
    version: int


@dataclass(frozen=True)
class Material:
    """All clips that training learns from, by where they come from."""

    sources: Mapping[str, Sequence[Clip]]

    def clip_versions(self, versions: int = 1) -> Iterator[ClipVersion]:
        """Every clip in so many versions, or TIMES as many."""
        for source, clips in self.sources.items():
            for index, clip in enumerate(clips):
                often = TIMES.get(clip.voice, TIMES.get(source, 1))
                yield from (ClipVersion(source, index, n) for n in range(versions * often))

    def hear(
        self, item: ClipVersion, rng: np.random.Generator, bank: noises.NoiseBank
    ) -> tuple[Samples, tuple[int, ...]]:
        """What is heard there, in noise, and its phones."""
        clips = self.sources[item.source]
        first = item.clip - item.clip % _AROUND
        around = clips[first : first + _AROUND]
        speech, phones = utterance(around, item.clip - first, rng)
        conditions = AS_RECORDED if item.source == PEOPLE else AS_SPOKEN
        return worsen(speech, rng, conditions, bank, around), phones

    def digest(self) -> dict[str, str]:
        """A hash of each source."""
        return {
            source: digest_of(f"{clip.voice} {len(clip.audio)} {clip.text}" for clip in clips)
            for source, clips in self.sources.items()
        }


@lru_cache(maxsize=1)
def material(work: Path, data: Path) -> Material:
    """The clips in the folder `work`, and the single words in `data`."""
    sources: dict[str, Sequence[Clip]] = {
        name: Clips.open(work / name) for name in (SPEECH, PEOPLE) if (work / name).is_dir()
    }
    return Material({**sources, WORDS: single_words(data, held_out=False)})


@dataclass(frozen=True)
class NoisyBatch:
    """A batch: `samples (B, N) int16`, `counts (B,)` of them real, and each row's phones."""

    samples: npt.NDArray[np.int16]
    counts: npt.NDArray[np.int64]
    phones: list[tuple[int, ...]]


def hear(work: Path, recipe: NoiseRecipe, batch: Sequence[tuple[ClipVersion, int]]) -> NoisyBatch:
    """One batch with its noise; each clip's depends on the seed beside it alone."""
    bank = noise_bank(tuple(recipe.noise_folders))
    rows: list[Samples] = []
    phones: list[tuple[int, ...]] = []
    for item, seed in batch:
        rng = np.random.default_rng(seed)
        sound, labels = material(work, recipe.data).hear(item, rng, bank)
        rows.append(levelled(sound, float(rng.uniform(*_LEVELS))))
        phones.append(labels)
    counts = np.array([len(row) for row in rows])
    samples = np.zeros((len(rows), int(counts.max())), np.int16)
    for i, row in enumerate(rows):
        samples[i, : len(row)] = np.round(row * 32767)
    return NoisyBatch(samples, counts, phones)


@dataclass(frozen=True)
class Encode:
    """Encodes one noisy version of one clip."""

    work: Path
    recipe: NoiseRecipe

    def __call__(self, item: ClipVersion) -> Result:
        recipe = self.recipe
        rng = np.random.default_rng(stable_seed("frames", recipe.seed, *item))
        bank = noise_bank(tuple(recipe.noise_folders))
        sound, phones = material(self.work, recipe.data).hear(item, rng, bank)
        frames = _encoder(recipe.encoder).encode(sound).astype(np.float16)
        if len(phones) > len(frames):  # CTC has no path through fewer frames than phones
            return Result({"left_out": f"{len(phones)} phones in {len(frames)} frames"})
        return Result({"phones": list(phones)}, frames.tobytes())


def build(
    work: Path, folder: Path, lock: Path, recipe: NoiseRecipe, *, versions: int, workers: int
) -> None:
    """Frames of every clip in `work` and of the people, in `versions` noisy versions, in `folder`;
    what is there is kept.

    `lock` is the lock file of the working folder. Raises DataError when the folder holds other
    frames.
    """
    clips, ear = material(work, recipe.data), _encoder(recipe.encoder)
    about = {
        "made_by": "mondegreen train phones, noisy frames",
        "encoder": {"name": ear.name, "digest": ear.digest},
        "seed": recipe.seed,
        "versions": versions,
        "clips": clips.digest(),
        "noise": sorted(path.name for path in noise_bank(tuple(recipe.noise_folders)).paths),
    }
    items = list(clips.clip_versions(versions))
    job = Job(
        folder, about, items, len(items), Encode(work, recipe), "noisy frames",
        keeps_data=True, part=64,
    )  # fmt: skip
    make_shards(job, lock, workers=workers, problems=Problems())


@dataclass(frozen=True)
class Example:
    """What is learned from: frames `(T, size) float16`, still on disk, and their phones."""

    frames: npt.NDArray[np.float16]
    phones: npt.NDArray[np.int64]


def read(folder: Path, size: int) -> list[Example]:
    """Every example in the folder, in order; `size` is the length of a frame's vector."""
    files = Mapped()
    return [
        Example(
            files[place].view(np.float16).reshape(-1, size), np.asarray(row["phones"], np.int64)
        )
        for row, place in read_index(folder)
    ]
