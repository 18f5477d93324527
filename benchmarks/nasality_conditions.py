"""What changes the sound of speech and not its velum, for benchmarks/nasality.py."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mondegreen.audio.samples import RATE, Samples, levelled
from mondegreen.audio.worse import effects, noises
from mondegreen.audio.worse.rooms import room_response

Change = Callable[[Samples, np.random.Generator], Samples]


def _noisy(snr: float) -> Change:
    def change(samples: Samples, rng: np.random.Generator) -> Samples:
        kind = ("coloured", "clatter", "water")[int(rng.integers(3))]
        return effects.mix(samples, noises.PROCEDURAL[kind](len(samples), rng), snr)

    return change


def _microphone(decibels: float) -> Change:
    """A tilt of so many dB an octave around 1 kHz."""

    def change(samples: Samples, rng: np.random.Generator) -> Samples:
        del rng
        size = 1 << (len(samples) - 1).bit_length()
        octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 60.0) / 1_000)
        spectrum = np.fft.rfft(samples, size) * 10 ** (decibels * octaves / 20)
        return np.asarray(np.fft.irfft(spectrum, size)[: len(samples)], np.float32)

    return change


def _in_room(samples: Samples, rng: np.random.Generator) -> Samples:
    response = room_response(int(rng.integers(400)))
    return np.asarray(np.convolve(samples, response)[: len(samples)], np.float32)


def _mu_law(samples: Samples, rng: np.random.Generator) -> Samples:
    del rng
    line = levelled(effects.telephone(samples), 0.5)
    steps = np.round(np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255, np.float32)


CONDITIONS: dict[str, tuple[Change, float]] = {
    "telephone, mu-law": (_mu_law, 0.10),
    "microphone, -4 dB an octave": (_microphone(-4.0), 0.10),
    "microphone, +4 dB an octave": (_microphone(4.0), 0.10),
    "noise, 20 dB": (_noisy(20.0), 0.10),
    "20 dB softer": (lambda samples, _: samples * np.float32(0.1), 0.10),
    "noise, 10 dB": (_noisy(10.0), 0.20),
    "room": (_in_room, 0.20),
}
"""What changes the sound and not the velum, with the largest drift hoped for."""
KINDS = {"high-pitch": 0.10, "slow": 0.10, "breathy": 0.20}
"""What the synthesiser itself can do otherwise."""
