"""Whether a recording is fit to be judged: level, noise, clipping, band."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..audio.samples import RATE, Samples

_FRAME = 320
"""Samples: 20 ms."""
_FLAT = 3
"""Samples in a row at the same extreme that no voice makes by chance."""
_CHUNK = 1_024
"""Frames whose spectra are in memory at once: 4 MB."""
_ABOVE = (4_900.0, 7_800.0)
"""Hz in which only wide recordings have anything: above what simple resamplers let through."""
_SHARPEST = 0.99
"""Quantile of the frames by what lies there: those of "s", "t" and "k", which are in any speech."""
_NOTHING = 1e-6
"""Power there, of that of the strongest half octave, up to which it is nothing: -60 dB. Of 1,169
recordings of people at 16 kHz, in 13 sets, one is below (the word "nine" alone); brought to 8 kHz
and back to 16 bit, all but one are, and all but four by a filter as short as scipy's."""
_TELEPHONE = 4_000.0
"""Hz."""
_MOST_SNR = 60.0
"""dB; a synthesiser's silence is no better than a good room's."""

Floats = npt.NDArray[np.float64]
_HERTZ = np.fft.rfftfreq(1_024, 1 / RATE)


@dataclass(frozen=True)
class Quality:
    """What a recording is like."""

    seconds: float
    snr_db: float
    """Level of the loud frames over that of the quietest ones."""
    clipped: float
    """Share of samples that are cut off at the top or the bottom."""
    low_hz: float
    high_hz: float
    """Between which frequencies speech is sounding."""
    wide: bool = True
    """Whether anything lies above 4 kHz: not by telephone, and not in what was ever at 8 kHz."""


class Gauge:
    """Follows a recording block by block; memory stays flat."""

    def __init__(self) -> None:
        self._samples = 0
        self._clipped = 0
        self._levels: list[Floats] = []
        self._spectrum = np.zeros(513)
        self._sharp: list[Floats] = []
        """Power of each frame where only wide recordings have any."""
        self._loud = 0
        """Frames in the spectrum."""
        self._rest: Samples = np.zeros(0, np.float32)

    def feed(self, block: Samples) -> Samples:
        """Take note of `block (N,)` and give it back."""
        self._samples += len(block)
        self._clipped += _clipped(block)
        samples = np.concatenate([self._rest, block])
        whole = len(samples) // _FRAME * _FRAME
        frames = samples[:whole].reshape(-1, _FRAME).astype(np.float64)
        self._rest = samples[whole:]
        levels = np.square(frames).mean(axis=1)
        self._levels.append(levels)
        if len(levels):
            loud = levels >= np.quantile(levels, 0.5)
            self._loud += int(loud.sum())
            above = slice(*np.searchsorted(_HERTZ, _ABOVE))
            for start in range(0, len(frames), _CHUNK):
                part = frames[start : start + _CHUNK] * np.hanning(_FRAME)
                power = np.square(np.abs(np.fft.rfft(part, 1_024)))
                self._spectrum += power[loud[start : start + _CHUNK]].sum(axis=0)
                self._sharp.append(power[:, above].mean(axis=1))
        return block

    def quality(self) -> Quality:
        """Of all that was fed."""
        levels = np.concatenate([np.zeros(0), *self._levels])
        sounding = levels[levels > 0.0]
        snr = 0.0
        if len(sounding):
            loud, quiet = np.quantile(sounding, (0.9, 0.05))
            silent = len(sounding) < 0.95 * len(levels)  # digital silence: no noise at all
            snr = _MOST_SNR if silent else float(10 * np.log10(loud / quiet))
        low, high, wide = self._band()
        clipped = self._clipped / max(1, self._samples)
        return Quality(self._samples / RATE, min(snr, _MOST_SNR), clipped, low, high, wide)

    def _band(self) -> tuple[float, float, bool]:
        """Hz between which the loud frames are within 50 dB of their strongest half octave, and
        whether the sharpest have anything above a telephone's band."""
        edges = 62.5 * 2.0 ** (np.arange(15) / 2)
        bands = [slice(*np.searchsorted(_HERTZ, (a, b))) for a, b in pairwise(edges)]
        levels = np.array([self._spectrum[band].mean() for band in bands])
        if levels.max() <= 0.0:
            return 0.0, 0.0, True
        audible = np.flatnonzero(levels > levels.max() * 1e-5)
        low, high = float(edges[audible[0]]), float(edges[audible[-1] + 1])
        sharpest = np.quantile(np.concatenate(self._sharp), _SHARPEST)
        wide = bool(sharpest > _NOTHING * levels.max() / self._loud)
        return low, high if wide else min(high, _TELEPHONE), wide


def _clipped(block: Samples) -> int:
    """Samples in runs at the extremes of the block."""
    peak = float(np.abs(block).max(initial=0.0))
    if peak < 0.05:  # so quiet a block is cut off by nothing but its last bits
        return 0
    flat = np.abs(block) >= 0.9995 * peak
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(np.int8), [0]])))
    lengths = edges[1::2] - edges[::2]
    return int(lengths[lengths >= _FLAT].sum())
