"""Speech with a known share of stops said as nasals, by a voice that says what it is given."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.audio.samples import Samples, resample
from mondegreen.nasality.nasometer import Nasometer, shipped_nasometer
from mondegreen.voices.hibari import HibariVoice

COGNATES = {"p": "m", "b": "m", "t": "n", "d": "n", "k": "ŋ", "ɡ": "ŋ"}


@pytest.fixture(scope="session")
def nasometer() -> Nasometer:
    """The nasometer that ships."""
    return shipped_nasometer()


@pytest.fixture(scope="session")
def say_nasally() -> Callable[[str, float], Samples]:
    """`say_nasally(text, share)`: 16 kHz samples in which that share of stops are nasals."""

    def speak(text: str, share: float) -> Samples:
        phonemes = list(HibariVoice().phonemes(text))
        places = [i for i, sign in enumerate(phonemes) if sign in COGNATES]
        order = np.random.default_rng(len(text)).permutation(len(places))
        for i in order[: round(share * len(places))]:
            phonemes[places[i]] = COGNATES[phonemes[places[i]]]
        samples, rate = HibariVoice().speak_phonemes("".join(phonemes), seed=1)
        return resample(samples, rate)

    return speak
