"""Synthetic speech for the phone reader: clips with the phones that were spoken.

Each clip depends on its own seed alone, so any number of workers makes the same bytes, and a run
that was stopped goes on with the next clip.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import soxr

from ...audio.samples import RATE
from ...errors import DataError
from ...jobs.job import Job, Result
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...jobs.shards import Mapped, Place, make_shards, read_index
from ...phonetics.inventory import from_misaki
from ...voices import kokoro
from ...voices.voice import ESPEAK_ACCENTS, ESPEAK_VARIANTS, PhonemeVoice
from ...voices.voice import voice as voice_named

SPEECH = 2
"""Version of what is said and by whom; raise it when that changes, for no run to mix two."""
UNSEEN_VOICE = "flite-slt"
"""Never trained on, and of another make than any natural voice that is."""
UNSEEN_SPEAKERS = ("af_nova", "af_sky", "am_onyx", "am_santa", "bf_isabella", "bm_george")
"""Of Kokoro's speakers, none of whom is trained on, those that measure; drawn by chance, half of
them men, one in three British."""
_LONGEST, _SHORTEST = 12.0, 0.25
"""Seconds of a clip: the memory that a batch needs grows with its longest."""

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


def draw_unseen_speaker(rng: np.random.Generator) -> str:
    """One of the speakers that training never hears."""
    return kokoro.PREFIX + str(rng.choice(UNSEEN_SPEAKERS))


@dataclass(frozen=True)
class Always:
    """Draws one voice every time."""

    voice: str

    def __call__(self, rng: np.random.Generator) -> str:
        """The voice; `rng` stays as it is."""
        del rng
        return self.voice


@dataclass(frozen=True)
class Unseen:
    """Held-out sentences in voices that training never hears."""

    name: str
    folder: str
    """Where they lie in a working folder."""
    draw: Callable[[np.random.Generator], str]
    clips: int
    """400 are 11,000 phones: +-0.6 % at an error of 10 %."""


UNSEEN = (
    Unseen("unseen speakers", "unseen-speakers", draw_unseen_speaker, 100),
    Unseen("unseen voice", "unseen", Always(UNSEEN_VOICE), 400),
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


@dataclass(frozen=True)
class Speak:
    """Speaks one text, whose number fixes its voice and manner."""

    seed: int
    draw: Callable[[np.random.Generator], str]
    varied: bool

    def __call__(self, item: tuple[int, str]) -> Result:
        number, text = item
        seed = stable_seed("clip", self.seed, number)
        name = self.draw(np.random.default_rng(seed + 1))
        clip = speak(text, name, seed, varied=self.varied)
        seconds = len(clip.audio) / RATE
        if len(clip.phones) < 2 or not _SHORTEST < seconds < _LONGEST:
            return Result({"left_out": f"{len(clip.phones)} phones in {seconds:.1f} s by {name}"})
        return Result(
            {"text": text, "voice": name, "phones": list(clip.phones)}, clip.audio.tobytes()
        )


def build(
    texts: Sequence[str],
    folder: Path,
    lock: Path,
    *,
    seed: int,
    workers: int,
    draw: Callable[[np.random.Generator], str] = draw_voice,
    first: int = 0,
    varied: bool = True,
) -> None:
    """Speak every text once into `folder`; what is there is kept. Clips that are too long or too
    short to learn from are left out.

    `lock` is the lock file of the working folder. `draw`, which can be imported by name, picks each
    text's voice; `first` is the number of the first clip. For `varied` see `speak`. Raises
    DataError when the folder holds other clips, or no text could be spoken.
    """
    recipe = {
        "made_by": f"mondegreen train phones, speech {SPEECH}",
        "texts": digest_of(texts),
        "seed": seed,
        "voices": getattr(draw, "__name__", repr(draw)),
        "first": first,
        "varied": varied,
        "hibari": package_version("hibari-tts"),
    }
    work, what = Speak(seed, draw, varied), f"speech {folder.name}"
    job = Job(folder, recipe, enumerate(texts, first), len(texts), work, what, keeps_data=True)
    if not make_shards(job, lock, workers=workers, problems=Problems()):
        raise DataError(
            f"{folder}: none of {len(texts)} texts became a clip of {_SHORTEST} to {_LONGEST} s"
        )


def digest_of(texts: Iterable[str]) -> str:
    """A hash (BLAKE2b, 128 bits) of texts in their order."""
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=16).hexdigest()


class Clips(Sequence[Clip]):
    """The clips in a folder, in order, their sound still on disk."""

    def __init__(self, rows: list[tuple[Mapping[str, Any], Place]], files: Mapped) -> None:
        """Use `open`."""
        self._rows = rows
        self._files = files

    @classmethod
    def open(cls, folder: Path) -> Clips:
        """The clips that `build` made in `folder`."""
        return cls(list(read_index(folder)), Mapped())

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Clip: ...
    @overload
    def __getitem__(self, index: slice) -> Clips: ...
    def __getitem__(self, index: int | slice) -> Clip | Clips:
        if isinstance(index, slice):
            return Clips(self._rows[index], self._files)
        row, place = self._rows[index]
        audio = self._files[place].view(np.int16)
        return Clip(row["text"], row["voice"], tuple(row["phones"]), audio)
