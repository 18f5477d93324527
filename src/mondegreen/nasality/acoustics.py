"""The measures of nasality that phoneticians read off a spectrum, frame by frame.

A1-P0 and A1-P1: the first formant's strongest harmonic over the nasal peaks near 250 and 950 Hz
(Chen 1997). VLHR: power under 600 Hz over power above (Lee et al. 2009). Third-octave levels, of
which the one at 1 kHz has been proposed by itself (Novotný et al. 2016).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..audio.samples import RATE, Samples
from .sound_classes import FIRST_FORMANT

Floats = npt.NDArray[np.float64]
NAMES = ("A1-P0", "A1-P1", "VLHR", *(f"third octave {k}" for k in range(16)))
"""What `Spectra.of` measures, in order; all in dB."""
WIDTH = len(NAMES)

_WINDOW = 640
"""Samples: 40 ms hold three periods of a voice at 80 Hz, so that harmonics stand apart."""
_SIZE = 2_048
_HERTZ = np.fft.rfftfreq(_SIZE, 1 / RATE)
_LOWEST, _HIGHEST = 65.0, 420.0
"""Hz, of a voice."""
_CENTRES = 200.0 * 2.0 ** (np.arange(16) / 3)
"""Hz: from 200 to 6,400 in thirds of an octave."""
_BANDS = np.array(
    [(c * 2 ** (-1 / 6) <= _HERTZ) & (c * 2 ** (1 / 6) > _HERTZ) for c in _CENTRES], np.float64
)
_REFERENCE = slice(1, 12)
"""Bands (250 to 2,500 Hz) that every telephone passes: levels are told against their mean."""
_QUIET = 1e-12


@dataclass(frozen=True)
class Spectra:
    """Power spectra of an utterance, one for each frame of the encoder."""

    power: Floats
    """(T, 1025)"""
    pitch: Floats
    """(T,) Hz; NaN where there is no voice."""

    @classmethod
    def of(cls, samples: Samples, frames: int, stride: int) -> Spectra:
        """Spectra of `samples (N,)` around the middle of each of `frames` frames of `stride`."""
        half = _WINDOW // 2
        padded = np.pad(samples.astype(np.float64), (half, half + frames * stride))
        starts = np.arange(frames) * stride + stride // 2
        cut = padded[starts[:, None] + np.arange(_WINDOW)] * np.hanning(_WINDOW)
        power = np.square(np.abs(np.fft.rfft(cut, _SIZE)))
        return cls(power, _pitch(power))

    def measure(self, phone: int, first: int, last: int) -> Floats:
        """(19,) means over the frames from `first` up to `last`, in dB; see NAMES."""
        power = self.power[first:last]
        pitch = self.pitch[first:last]
        bands = 10 * np.log10(power @ _BANDS.T + _QUIET)
        bands -= bands[:, _REFERENCE].mean(axis=1, keepdims=True)
        low = power[:, (_HERTZ > 60) & (_HERTZ < 600)].sum(axis=1)
        high = power[:, (_HERTZ >= 600) & (_HERTZ < 4_000)].sum(axis=1)
        vlhr = 10 * np.log10((low + _QUIET) / (high + _QUIET))
        peaks = np.array([_peaks(p, f, phone) for p, f in zip(power, pitch, strict=True)])
        values = np.column_stack([peaks, vlhr, bands])
        return np.asarray(np.nan_to_num(values.mean(axis=0)))


def _pitch(power: Floats) -> Floats:
    """(T,) Hz by the autocorrelation that the power spectrum gives; NaN without a voice."""
    low = np.where(_HERTZ < 1_500, power, 0.0)
    correlation = np.fft.irfft(low, _SIZE, axis=1)[:, : _SIZE // 2]
    # The window's own correlation falls off with the lag and would favour high voices.
    taper = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(_WINDOW), _SIZE))), _SIZE)
    lags = np.arange(int(RATE / _HIGHEST), int(RATE / _LOWEST))
    normal = correlation[:, lags] / np.maximum(correlation[:, :1], _QUIET)
    normal = normal / (taper[lags] / taper[0])
    best = normal.argmax(axis=1)
    pitch = RATE / lags[best]
    return np.where(normal[np.arange(len(best)), best] > 0.5, pitch, np.nan)


def _peaks(power: Floats, pitch: float, phone: int) -> tuple[float, float]:
    """A1-P0 and A1-P1 of one frame, in dB."""
    step = 200.0 if np.isnan(pitch) else pitch
    formant = FIRST_FORMANT.get(phone, 500.0)
    a1 = _strongest(power, max(0.75 * formant, step * 0.75), max(1.35 * formant, step * 1.5))
    p0 = _strongest(power, 0.7 * step, max(350.0, 1.3 * step))
    p1 = _strongest(power, 950.0 - max(120.0, step / 2), 950.0 + max(120.0, step / 2))
    return a1 - p0, a1 - p1


def _strongest(power: Floats, low: float, high: float) -> float:
    """The level in dB of the strongest line between two frequencies."""
    edges = np.searchsorted(_HERTZ, (low, high))
    return float(10 * np.log10(power[edges[0] : edges[1] + 1].max() + _QUIET))
