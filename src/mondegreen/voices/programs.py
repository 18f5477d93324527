"""Voices of other programs, where they are installed: flite, espeak-ng and Piper."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import textwrap
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from ..audio.samples import Samples
from ..errors import DataError, SettingsError
from ..phonetics.inventory import Pronunciation, from_misaki
from ..phonetics.pronouncer import sentence_phonemes
from ..text.spoken_text import for_voices
from . import spoken_phones
from .voice import MissingProgram, Voice

PIPER = "piper:"
"""What the name of a Piper voice begins with; its model file follows."""


def _run_to_wav(command: list[str], text: str) -> tuple[Samples, int]:
    """What a program writes into {wav} when {text} is a file with the text, given to it as input
    as well. Raises DataError with the program's last words when it fails."""
    with tempfile.TemporaryDirectory() as folder:
        source, wav = Path(folder, "text"), Path(folder, "speech.wav")
        source.write_text(text, encoding="utf-8")
        filled = [part.format(text=source, wav=wav) for part in command]
        process = subprocess.run(filled, check=False, capture_output=True, input=text.encode())
        if process.returncode or not wav.exists():
            messages = process.stderr.decode("utf-8", "replace").strip().splitlines()
            reason = messages[-1] if messages else f"exit code {process.returncode}"
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
        return _run_to_wav(command, for_voices(text))

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        return spoken_phones.of_flite(for_voices(text))


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
        return _run_to_wav([*command, "-f", "{text}", "-w", "{wav}"], for_voices(text))

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        accent = self.name.removeprefix("espeak-").split("+")[0]
        return spoken_phones.of_espeak(for_voices(text), accent)


@dataclass(frozen=True)
class PiperVoice:
    """A Piper voice that the user has, named `piper:MODEL.onnx`; needs `pip install piper-tts`."""

    name: str

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice. `seed` changes nothing: Piper draws its own noise unless both
        noise scales are 0, and then it always says the same."""
        del seed
        model = self.name.removeprefix(PIPER)
        still = ["--noise-scale", "0", "--noise-w-scale", "0"]
        length = ["--length-scale", f"{1.0 / speed:.3f}"]
        command = ["piper", "--model", model, *length, *still, "-f", "{wav}"]
        return _run_to_wav(command, for_voices(text))

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice. Piper's dictionary is espeak's."""
        if shutil.which("espeak-ng"):
            return spoken_phones.of_espeak(for_voices(text), "en-us")
        return from_misaki(sentence_phonemes(text))


def flite(name: str) -> Voice:
    """The voice `flite-SPEAKER`. Raises MissingProgram without flite."""
    _require("flite", name)
    return FliteVoice(name)


def espeak(name: str) -> Voice:
    """The voice `espeak-ACCENT+VARIANT`. Raises MissingProgram without espeak-ng."""
    _require("espeak-ng", name)
    return EspeakVoice(name)


def piper(name: str) -> Voice:
    """The voice `piper:MODEL.onnx`. Raises SettingsError without that file, and MissingProgram
    without Piper."""
    model = Path(name.removeprefix(PIPER))
    if not model.is_file():
        raise SettingsError(f"voice {name!r}: no such file {model}; name a Piper model (.onnx)")
    _require("piper", name, "pip install piper-tts")
    return PiperVoice(name)


def _require(program: str, name: str, install: str = "") -> None:
    """Raise MissingProgram for the voice of that name unless the program is there."""
    if shutil.which(program) is None:
        how = install or f"Debian and Ubuntu: apt install {program}"
        raise MissingProgram(
            f"voice {name!r} needs the program {program!r}, which is not installed ({how})"
        )


__all__ = ["PIPER", "EspeakVoice", "FliteVoice", "PiperVoice", "espeak", "flite", "piper"]
