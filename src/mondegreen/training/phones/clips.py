"""Synthetic speech for the phone reader: clips with the phones that were spoken, in shards.

Each clip depends on its own seed alone, so any number of workers makes the same bytes; a shard is
written under a temporary name and renamed, so a killed run resumes where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

from ...audio.samples import RATE
from ...jobs.progress import track
from ...jobs.seeds import stable_seed
from ...phonetics.inventory import from_misaki
from ...voices import kokoro
from ...voices.voice import ESPEAK_ACCENTS, ESPEAK_VARIANTS, PhonemeVoice
from ...voices.voice import voice as voice_named

SHARD = 400
UNSEEN_VOICE = "flite-slt"
"""Never trained on, and of another make than any natural voice that is."""
UNSEEN_SPEAKERS = ("af_nova", "af_sky", "am_onyx", "am_santa", "bf_isabella", "bm_george")
"""Kokoro's speakers never trained on; drawn by chance, half of them men, one in three British."""

SPEAKERS_SHARD = 5_000
"""Shards from this number on were spoken by Kokoro's speakers."""

# Spoken forms that people use and dictionaries omit; the voice reads the phonemes as written.
_CASUAL: dict[str, tuple[str, ...]] = {
    "ænd": ("ənd", "ən", "n"), "ʌv": ("əv", "ə"), "kæn": ("kən", "kɪn"), "fɔɹ": ("fəɹ",),
    "tu": ("tə",), "tə": ("tu",), "ɐ": ("A", "ʌ"), "ðə": ("ði",), "sˌʌm": ("səm", "sˈʌm"),
    "wɪð": ("wɪθ", "wɪt"), "æt": ("ət",), "hæv": ("əv", "həv"), "ðæt": ("ðət",), "ɔɹ": ("əɹ",),
    "fɹʌm": ("fɹəm",), "ɪz": ("z",), "ɑɹ": ("əɹ",), "jɔɹ": ("jəɹ",), "ju": ("jə",),
}  # fmt: skip
_TAPS = {"T": ("t", "d"), "ɾ": ("t", "d")}


@dataclass(frozen=True)
class Clip:
    """One utterance: `audio (N,) int16` at 16 kHz and its phones."""

    text: str
    voice: str
    phones: tuple[int, ...]
    audio: npt.NDArray[np.int16]


def draw_voice(rng: np.random.Generator) -> str:
    """A training voice: natural ones often, robotic ones for their variety."""
    draw = rng.random()
    if draw < 0.55:
        return "hibari"
    if draw < 0.80:
        return str(rng.choice(["flite-rms", "flite-rms", "flite-awb", "flite-kal16"]))
    accent = rng.choice(ESPEAK_ACCENTS, p=[0.45, 0.15, 0.15, 0.1, 0.1, 0.05])
    return f"espeak-{accent}+{rng.choice(ESPEAK_VARIANTS)}"


def draw_speaker(rng: np.random.Generator) -> str:
    """A voice of Kokoro's speakers of English, or two of them mixed: 253 people."""
    known = [n for n in kokoro.speakers().names if n[0] in "ab" and n not in UNSEEN_SPEAKERS]
    mixed = rng.choice(known, size=1 if rng.random() < 0.4 else 2, replace=False)
    return kokoro.PREFIX + "+".join(sorted(map(str, mixed)))


def draw_unseen_speaker(rng: np.random.Generator) -> str:
    """One of the speakers that training never hears."""
    return kokoro.PREFIX + str(rng.choice(UNSEEN_SPEAKERS))


@dataclass(frozen=True)
class Unseen:
    """Held-out sentences in voices that training never hears."""

    name: str
    folder: str
    """Where their shards lie in a working folder."""
    draw: Callable[[np.random.Generator], str]
    clips: int
    """400 are 11,000 phones: +-0.6 % at an error of 10 %."""


UNSEEN = (
    Unseen("unseen speakers", "unseen-speakers", draw_unseen_speaker, 100),
    Unseen("unseen voice", "unseen", lambda _: UNSEEN_VOICE, 400),
)


def _casual(phonemes: str, rng: np.random.Generator) -> str:
    words = phonemes.split(" ")
    for i, word in enumerate(words):
        forms = _CASUAL.get(word)
        if forms and rng.random() < 0.35:
            words[i] = str(rng.choice(forms))
    text = " ".join(words)
    for tap, forms in _TAPS.items():
        if tap in text and rng.random() < 0.15:
            text = text.replace(tap, str(rng.choice(forms)))
    return text


def speak(text: str, name: str, seed: int, *, varied: bool = True) -> Clip:
    """One clip of `text` by the named voice.

    Tempo, vocal-tract length and weak forms vary with `seed`, unless the voice is to be left as it
    speaks.
    """
    rng = np.random.default_rng(seed)
    # Resampling by s moves pitch and formants together: another speaker, at the same tempo.
    shift = float(np.exp(rng.uniform(np.log(0.85), np.log(1.18)))) if varied else 1.0
    speed = float(np.exp(rng.uniform(np.log(0.8), np.log(1.35)))) / shift if varied else 1.0
    voice = voice_named(name)
    if isinstance(voice, PhonemeVoice):
        phonemes = _casual(voice.phonemes(text), rng) if varied else voice.phonemes(text)
        samples, rate = voice.speak_phonemes(phonemes, speed=min(2.0, max(0.5, speed)), seed=seed)
        phones = from_misaki(phonemes)
    else:
        samples, rate = voice.speak(text, speed=speed, seed=seed)
        phones = voice.phones(text)
    audio = soxr.resample(samples, rate * shift, RATE, quality="MQ")
    peak = float(np.max(np.abs(audio), initial=1e-6))
    scaled = np.round(audio / peak * 0.7 * 32767).astype(np.int16)
    return Clip(text, name, phones, scaled)


def _write_shard(path: Path, jobs: list[tuple[str, str, int]], varied: bool) -> int:
    clips = [speak(*job, varied=varied) for job in jobs]
    good = [c for c in clips if len(c.phones) >= 2 and RATE // 4 < len(c.audio) < 12 * RATE]
    rows = [
        {"text": c.text, "voice": c.voice, "phones": list(c.phones), "samples": len(c.audio)}
        for c in good
    ]
    audio = np.concatenate([c.audio for c in good]) if good else np.zeros(0, np.int16)
    temporary = path.with_suffix(".tmp.npy")
    np.save(temporary, audio, allow_pickle=False)
    index = path.with_suffix(".tmp.json")
    index.write_text(json.dumps(rows), encoding="utf-8")
    index.replace(path.with_suffix(".json"))
    temporary.replace(path)  # the audio file last: its presence says the shard is whole
    return len(good)


def build(
    texts: list[str],
    folder: Path,
    *,
    seed: int,
    workers: int,
    draw: Callable[[np.random.Generator], str] = draw_voice,
    first: int = 0,
    varied: bool = True,
) -> None:
    """Speak every text once into `folder/NNNN.npy` + `.json`; shards already there are kept.

    `draw` picks each text's voice; `first` is the number of the first shard. For `varied` see
    `speak`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    work: list[tuple[Path, list[tuple[str, str, int]]]] = []
    for number, start in enumerate(range(0, len(texts), SHARD), first):
        path = folder / f"{number:04d}.npy"
        if path.exists():
            continue
        jobs = []
        for i, text in enumerate(texts[start : start + SHARD], start):
            clip_seed = stable_seed("clip", seed, first * SHARD + i)
            rng = np.random.default_rng(clip_seed + 1)
            jobs.append((text, draw(rng), clip_seed))
        work.append((path, jobs))
    with ProcessPoolExecutor(max_workers=workers) as pool:
        done = [pool.submit(_write_shard, *item, varied) for item in work]
        for future in track(as_completed(done), total=len(done), what=f"speech {folder.name}"):
            future.result()


def read(folder: Path) -> Iterator[Clip]:
    """Every clip of the shards in `folder`, in order."""
    for path in sorted(folder.glob("[0-9]*.npy")):
        if path.name.endswith(".tmp.npy"):
            continue
        yield from read_shard(path)


def read_shard(path: Path) -> list[Clip]:
    """The clips of one shard."""
    audio = np.load(path, mmap_mode="r", allow_pickle=False)
    clips = []
    start = 0
    for row in json.loads(path.with_suffix(".json").read_text(encoding="utf-8")):
        end = start + row["samples"]
        clips.append(Clip(row["text"], row["voice"], tuple(row["phones"]), audio[start:end]))
        start = end
    return clips
