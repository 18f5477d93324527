"""The voice that installs with mondegreen: hibari, a natural US one (24 kHz)."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from ..audio.samples import Samples
from ..phonetics.inventory import Pronunciation, from_misaki
from ..phonetics.pronouncer import sentence_phonemes
from ..text.spoken_text import for_voices


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
        parts = [tts(part, speed=speed, seed=seed) for part in _breaths(for_voices(text))]
        samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
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


__all__ = ["LONGEST_BREATH", "HibariVoice"]
