"""Making clean speech sound as it does in a kitchen, a hall or over a telephone.

Functions take mono float32 samples `(N,)` at 16 kHz and return new samples; nothing is changed in
place, and only `padded` and `sped` change the length.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt
import soxr

from ..samples import RATE, Samples, levelled
from .rooms import room_response

Measure = Literal["rms", "loudest-frame"]
LOUDEST_FRAME = 2_048
"""Samples of the frame by which Picovoice's speech-to-intent benchmark compares loudness."""


def active_power(samples: Samples) -> float:
    """Mean power of the parts within 30 dB of the loudest 32 ms: speech without its pauses."""
    powers = _frame_powers(samples, 512)
    loud = powers[powers >= powers.max(initial=0.0) * 1e-3]
    return float(loud.mean()) if len(loud) else 0.0


def loudest_power(samples: Samples) -> float:
    """Mean power of the loudest frame of 2048 samples."""
    return float(_frame_powers(samples, LOUDEST_FRAME).max(initial=0.0))


def _frame_powers(samples: Samples, size: int) -> npt.NDArray[np.float64]:
    if len(samples) < size:
        samples = np.pad(samples, (0, size - len(samples)))
    whole = samples[: len(samples) // size * size].astype(np.float64)
    return np.asarray(np.square(whole).reshape(-1, size).mean(axis=1))


def mix(speech: Samples, noise: Samples, snr_db: float, *, measure: Measure = "rms") -> Samples:
    """Speech plus noise of the same length, `snr_db` decibels below it.

    `rms` compares the mean power of the speech while it is active with the mean power of the
    noise; `loudest-frame` compares the loudest frames of both, as the speech-to-intent benchmark
    does. Silent speech or noise is returned unmixed. The result is not clipped.
    """
    if len(noise) != len(speech):
        raise ValueError(
            f"noise has {len(noise)} samples, speech {len(speech)}; cut it to fit first"
        )
    if measure == "rms":
        loud = active_power(speech)
        quiet = float(np.mean(np.square(noise, dtype=np.float64))) if len(noise) else 0.0
    else:
        loud, quiet = loudest_power(speech), loudest_power(noise)
    if loud <= 0.0 or quiet <= 0.0:
        return np.asarray(speech + (noise if loud <= 0.0 else 0.0), np.float32)
    gain = np.sqrt(loud / quiet * 10 ** (-snr_db / 10))
    return np.asarray(speech + np.float32(gain) * noise, np.float32)


def _convolve(samples: Samples, response: Samples) -> Samples:
    length = len(samples)
    size = 1 << max(8, (length + len(response) - 2).bit_length())
    product = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(product, size)[:length], np.float32)


def in_room(samples: Samples, rng: np.random.Generator, *, rooms: int = 400) -> Samples:
    """The speech as heard across one of `rooms` imaginary rooms."""
    return _convolve(samples, room_response(int(rng.integers(rooms))))


def _filtered(samples: Samples, gain: npt.NDArray[np.float64], size: int) -> Samples:
    return np.asarray(
        np.fft.irfft(np.fft.rfft(samples, size) * gain, size)[: len(samples)], np.float32
    )


def band(samples: Samples, low: float, high: float) -> Samples:
    """Only what lies between `low` and `high` hertz (24 dB an octave outside); 0 to 8000 is all."""
    size = 1 << max(8, (len(samples) - 1).bit_length())
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1e-3)
    gain = 1 / np.sqrt(1 + (low / hertz) ** 8)
    if high < RATE / 2:
        gain = gain / np.sqrt(1 + (hertz / high) ** 8)
    return _filtered(samples, gain, size)


def telephone(samples: Samples) -> Samples:
    """A telephone's band, 300 to 3400 Hz."""
    return band(samples, 300.0, 3400.0)


def tilted(samples: Samples, rng: np.random.Generator) -> Samples:
    """A microphone's colour: a tilt of up to 4 dB an octave and two gentle bumps or dips."""
    size = 1 << max(8, (len(samples) - 1).bit_length())
    octaves = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 60.0) / 1000)
    decibels = rng.uniform(-4, 4) * octaves
    for _ in range(2):
        centre, width = rng.uniform(-3, 3), rng.uniform(0.3, 1.2)
        decibels = decibels + rng.uniform(-8, 8) * np.exp(-0.5 * ((octaves - centre) / width) ** 2)
    return _filtered(samples, 10 ** (decibels / 20), size)


def channel(samples: Samples, rng: np.random.Generator) -> Samples:
    """A random microphone or line: telephone, low-pass, high-pass or tilt."""
    kind = rng.random()
    if kind < 0.15:
        return telephone(samples)
    if kind < 0.35:
        return band(samples, 0.0, rng.uniform(2800, 7500))
    if kind < 0.5:
        return band(samples, rng.uniform(60, 450), RATE / 2)
    return tilted(samples, rng)


def clipped(samples: Samples, rng: np.random.Generator) -> Samples:
    """Overdriven by up to 10 dB and cut off at full scale."""
    loud = levelled(samples, float(rng.uniform(1.05, 3.2)))
    return np.clip(loud, -1.0, 1.0)


def sped(samples: Samples, speed: float) -> Samples:
    """Played `speed` times as fast, with the pitch that goes with it."""
    return np.asarray(soxr.resample(samples, RATE * speed, RATE, quality="MQ"), np.float32)


def padded(samples: Samples, before: float, after: float) -> Samples:
    """Silence of `before` and `after` seconds around the samples, which alone lengthens them."""
    return np.pad(samples, (int(before * RATE), int(after * RATE)))
