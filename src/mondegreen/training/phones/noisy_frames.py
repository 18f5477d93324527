"""Noisy copies of the training clips, heard by the frozen encoder: its frames, in shards on disk.

A shard `NNNN-V.npy` holds float16 frames (F, size) of the clips of speech shard NNNN in their V-th
noisy version, one after another; `NNNN-V.json` says how many frames and which phones each has.
A clip's noise depends on its own seed alone, so any number of workers makes the same bytes; a
killed run resumes at the first shard that is not there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...audio.read import read_audio
from ...audio.samples import RATE, Samples, levelled
from ...audio.worse import noises
from ...audio.worse.conditions import Conditions, worsened
from ...errors import DataError
from ...jobs.progress import track
from ...jobs.seeds import stable_seed
from ...phonetics.inventory import from_misaki
from ...phonetics.pronouncer import sentence_phonemes
from ...speech.encoder import DEFAULT_ENCODER, SpeechEncoder, load_encoder
from .clips import Clip, read_shard

HELD_OUT_NOISE = ("doing_the_dishes",)
"""Recordings of noise that training never hears: robustness is measured with them."""
NOISE_FOLDERS = ("noise-esc10", "noise-speech-commands")
PEOPLE_FOLDERS = ("speech-commands-mini", "wake-words")
PEOPLE_SHARD = 9000
"""Shard number of the recordings of people; synthetic shards count from 0."""
PEOPLE_VERSIONS = 4
"""Noisy versions of each recording of a person, for each version of a synthetic clip: there are
480 of the former and 35,000 of the latter."""
SPEAKERS_VERSIONS = 16
"""How often tuning hears each of the 800 clips of many speakers while it hears one of the 34,300 of
a few voices: they are then a quarter of what it hears."""


@dataclass(frozen=True)
class Recipe:
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
    return noises.NoiseBank(folders, exclude=HELD_OUT_NOISE)


def _floats(clip: Clip) -> Samples:
    return np.asarray(clip.audio.astype(np.float32) / np.float32(32768))


def worsen(
    speech: Samples, rng: np.random.Generator, bank: noises.NoiseBank, others: Sequence[Clip]
) -> Samples:
    """The clip under drawn conditions; `others` are clips for babble."""

    def babble(rng: np.random.Generator) -> list[Samples]:
        return [_floats(others[int(i)]) for i in rng.integers(len(others), size=8)]

    return worsened(speech, rng, Conditions(), bank, babble if others else None)[0]


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
        pause = np.zeros(int(rng.uniform(0.05, 0.8) * RATE), np.float32)
        loudness = np.float32(rng.uniform(0.5, 1.0))
        speech = np.concatenate([speech, pause, loudness * _floats(other)])
        phones = (*phones, *other.phones)
    return speech[: 15 * RATE], phones


def _encode_shard(
    recipe: Recipe, clips: Sequence[Clip], number: int, version: int, path: Path
) -> None:
    ear, bank = _encoder(recipe.encoder), noise_bank(tuple(recipe.noise_folders))
    frames: list[npt.NDArray[np.float16]] = []
    rows = []
    for i in range(len(clips)):
        rng = np.random.default_rng(stable_seed("frames", recipe.seed, number, i, version))
        speech, phones = utterance(clips, i, rng)
        heard = ear.encode(worsen(speech, rng, bank, clips)).astype(np.float16)
        if len(phones) > len(heard):  # CTC has no path through fewer frames than phones
            continue
        frames.append(heard)
        rows.append({"frames": len(heard), "phones": list(phones)})
    _write(path, np.concatenate(frames), rows)


def _write(path: Path, frames: npt.NDArray[np.float16], rows: list[dict[str, object]]) -> None:
    temporary, index = path.with_suffix(".tmp"), path.with_suffix(".json.tmp")
    index.write_text(json.dumps(rows), encoding="utf-8")
    index.replace(path.with_suffix(".json"))
    with temporary.open("wb") as file:
        np.save(file, frames, allow_pickle=False)
    temporary.replace(path)  # the frames last: their presence says the shard is whole


def people(data: Path, *, held_out: bool) -> list[Clip]:
    """The recordings of people: folder names are what they say; a fifth is kept for measuring."""
    clips = []
    for name in PEOPLE_FOLDERS:
        for path in sorted((data / name).glob("*/*.flac")):
            if (stable_seed("person", path.parent.name, path.name) % 5 == 0) != held_out:
                continue
            samples = levelled(read_audio(path).samples, 0.7)
            word = path.parent.name
            phones = from_misaki(sentence_phonemes(word))
            audio = np.round(samples * 32767).astype(np.int16)
            clips.append(Clip(word, "person", phones, audio))
    return clips


def _synthetic_job(recipe: Recipe, source: Path, version: int, path: Path) -> None:
    _encode_shard(recipe, read_shard(source), int(source.stem), version, path)


def _people_job(recipe: Recipe, version: int, path: Path) -> None:
    _encode_shard(recipe, people(recipe.data, held_out=False), PEOPLE_SHARD, version, path)


def build(speech: Path, folder: Path, recipe: Recipe, *, versions: int, workers: int) -> None:
    """Frames of every shard in `speech`, in `versions` noisy versions; shards there are kept.

    Raises DataError when `speech` holds no shard.
    """
    sources = [p for p in sorted(speech.glob("[0-9]*.npy")) if not p.name.endswith(".tmp.npy")]
    if not sources:
        raise DataError(f"{speech}: no speech shard (NNNN.npy) found; make the speech first")
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(max_workers=workers) as pool:
        done = []
        has_people = any((recipe.data / name).is_dir() for name in PEOPLE_FOLDERS)
        for version in range(versions):
            for extra in range(PEOPLE_VERSIONS if has_people else 0):
                number = version * PEOPLE_VERSIONS + extra
                path = folder / f"{PEOPLE_SHARD}-{number}.npy"
                if not path.exists():
                    done.append(pool.submit(_people_job, recipe, number, path))
            for source in sources:
                path = folder / f"{source.stem}-{version}.npy"
                if not path.exists():
                    done.append(pool.submit(_synthetic_job, recipe, source, version, path))
        for future in track(as_completed(done), total=len(done), what="noisy frames"):
            future.result()


@dataclass(frozen=True)
class Example:
    """One training example: frames `(T, size) float16`, still on disk, and its phones."""

    frames: npt.NDArray[np.float16]
    phones: npt.NDArray[np.int64]


def shards(folder: Path) -> list[str]:
    """Names of the whole shards in `folder`, sorted."""
    return sorted(path.stem for path in folder.glob("[0-9]*-*.npy"))


def read(folder: Path, names: Sequence[str]) -> list[Example]:
    """Every example of the named shards, memory-mapped, in order."""
    examples = []
    for name in names:
        path = folder / f"{name}.npy"
        frames = np.load(path, mmap_mode="r", allow_pickle=False)
        start = 0
        for row in json.loads(path.with_suffix(".json").read_text(encoding="utf-8")):
            end = start + row["frames"]
            examples.append(Example(frames[start:end], np.asarray(row["phones"], np.int64)))
            start = end
    return examples
