"""Sample rates and channels: everything downstream hears 16 kHz mono float32."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import AudioError

Samples = npt.NDArray[np.float32]
"""Mono audio, shape (N,), in [-1, 1]."""

RATE = 16_000
"""Samples per second of all audio inside mondegreen."""

# Below 4 kHz a recording holds nothing above 2 kHz: vowels blur and every "s" is gone. The upper
# end is what studio converters and ultrasound recorders deliver.
LOWEST_RATE, HIGHEST_RATE = 4_000, 768_000


def check_rate(rate: int, what: str) -> None:
    """Raise AudioError unless `rate` (Hz) is one that speech can be heard at."""
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise AudioError(
            f"{what}: found a sample rate of {rate} Hz, expected {LOWEST_RATE} to {HIGHEST_RATE}; "
            "record speech at 16000 Hz or more"
        )


_LOUDEST = 64.0
"""Float samples belong in [-1, 1]; mixes overshoot a little, 16-bit values by four digits."""


def check_samples(samples: npt.NDArray[np.float32], what: str) -> None:
    """Raise AudioError when float samples (any shape) hold NaN, infinity or absurd levels."""
    if not np.isfinite(samples).all():
        bad = int(np.count_nonzero(~np.isfinite(samples)))
        raise AudioError(not_finite(what, bad, samples.size))
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > _LOUDEST:
        raise AudioError(
            f"{what}: found float samples up to {peak:.4g}, expected -1 to 1; scale them "
            "(16-bit values: divide by 32768)"
        )


def not_finite(what: str, bad: int, total: int) -> str:
    """The message for samples of which some are no numbers."""
    return (
        f"{what}: found {bad} of {total} samples that are NaN or infinite, expected numbers in "
        "[-1, 1]; export the recording again"
    )


def resample(samples: Samples, rate: int, to: int = RATE) -> Samples:
    """Mono `samples` (N,) at `rate` Hz, brought to `to` Hz (band-limited, so nothing aliases)."""
    if rate == to or not len(samples):
        return np.asarray(samples, np.float32)
    import soxr  # a native library, and most sound is at 16 kHz

    return np.asarray(soxr.resample(samples, rate, to), np.float32)


class Resampler:
    """Resamples a stream of mono blocks to 16 kHz without seams between the blocks."""

    def __init__(self, rate: int) -> None:
        self._stream: Any = None
        if rate != RATE:
            import soxr

            self._stream = soxr.ResampleStream(rate, RATE, 1, dtype="float32")

    def feed(self, block: Samples, *, last: bool = False) -> Samples:
        """What is ready after `block` (N,); `last` also returns what the filter still held back."""
        if self._stream is None:
            return block
        return np.asarray(self._stream.resample_chunk(block, last=last), np.float32)


def to_mono(block: npt.NDArray[np.float32]) -> Samples:
    """One channel from (N, C) samples: the average of the channels that carry sound.

    Channels 30 dB below the loudest are left out, since a dead channel would only halve the level.
    When the channels cancel each other (one wired out of phase), the loudest is taken alone.
    """
    if block.shape[1] == 1 or not len(block):
        return np.ascontiguousarray(block[:, 0])
    power = np.mean(np.square(block, dtype=np.float64), axis=0)
    alive = power >= power.max() * 1e-3
    mixed: Samples = block[:, alive].mean(axis=1, dtype=np.float32)
    # Unrelated channels average to 1/C of their mean power; a quarter of that is cancellation.
    unrelated = power[alive].mean() / alive.sum()
    if np.mean(np.square(mixed, dtype=np.float64)) < unrelated / 4:
        return np.ascontiguousarray(block[:, int(power.argmax())])
    return mixed


_SILENCE = 1e-5
"""Peak under which there is nothing to lift: one step of 16-bit audio is 3e-5."""


def levelled(samples: Samples, peak: float = 0.5) -> Samples:
    """`samples (N,)` brought to `peak`; silence stays silence.

    0.5 is the peak at which speech encoders are trained and heard with.
    """
    largest = float(np.max(np.abs(samples), initial=0.0))
    return samples * np.float32(peak / largest) if largest > _SILENCE else samples
