"""Rooms that were never built: impulse responses of box-shaped rooms by the image method.

Every wall mirrors the source, and mirror images are mirrored again; each image is an echo with the
distance's delay and what the walls on its way left of it (Allen and Berkley 1979, "Image method for
efficiently simulating small-room acoustics").
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from ..samples import RATE, Samples

SOUND_SPEED = 343.0
"""Metres per second at 20 °C."""
CROSSOVER = 2_000.0
"""Hz above which the walls' second absorption counts: furniture swallows high tones first."""
_LOWEST = 60.0
"""Hz below which echoes are cut."""
_DECAY_DB = 45.0
"""Echoes are followed down to here; noise in any real recording hides the rest."""
_MOST_IMAGES = 200_000
"""Of a bare hall's echoes the first ones; its late ones are so dense that they sound alike."""

Triple = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Room:
    """A box with somebody speaking in it and a microphone; all in metres."""

    size: tuple[float, float, float]
    speaker: tuple[float, float, float]
    microphone: tuple[float, float, float]
    absorption: tuple[float, float]
    """Share of the energy that a wall takes, below and above CROSSOVER."""

    @property
    def reverberation(self) -> float:
        """Seconds until the sound has fallen by 60 dB below CROSSOVER (Eyring 1930)."""
        x, y, z = self.size
        surface = 2 * (x * y + y * z + z * x)
        return 0.161 * x * y * z / (-surface * float(np.log(1 - self.absorption[0])))


def draw_room(rng: np.random.Generator) -> Room:
    """A room of a home or an office, 8 to 200 cubic metres, the microphone 0.3 to 4 m away.

    Reverberation times run from 0.1 to 0.8 s, as measured in living rooms and kitchens.
    """
    size = np.array([rng.uniform(2.0, 8.0), rng.uniform(2.0, 7.0), rng.uniform(2.2, 3.6)])
    seconds = float(np.exp(rng.uniform(np.log(0.1), np.log(0.8))))
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    low = 1 - np.exp(-0.161 * np.prod(size) / (surface * seconds))
    low = float(np.clip(low, 0.05, 0.95))
    high = float(np.clip(1 - (1 - low) ** rng.uniform(1.0, 2.5), low, 0.98))
    margin = 0.3  # nobody speaks inside a wall
    microphone = rng.uniform(margin, size - margin)
    away = rng.standard_normal(3) * np.array([1.0, 1.0, 0.3])
    away *= np.exp(rng.uniform(np.log(0.3), np.log(4.0))) / np.linalg.norm(away)
    speaker = np.clip(microphone + away, margin, size - margin)
    if np.linalg.norm(speaker - microphone) < margin:
        speaker = size - microphone  # the opposite corner
    return Room(_triple(size), _triple(speaker), _triple(microphone), (low, high))


def _triple(values: Triple) -> tuple[float, float, float]:
    x, y, z = values.tolist()
    return x, y, z


def impulse_response(room: Room) -> Samples:
    """What the microphone hears of a click `(N,)` at 16 kHz, from the direct sound on.

    The direct sound is 1 at sample 0, so that speech keeps its level and its times.
    """
    distances, bounces = _images(room)
    nearest = distances.min()
    at = (distances - nearest) / SOUND_SPEED * RATE
    bands = []
    for absorption in room.absorption:
        gain = np.sqrt(1 - absorption) ** bounces * (nearest / distances)
        bands.append(_placed(at, gain))
    size = 2 * len(bands[0])  # room for the filters' ringing, which must not come round
    low, high = (np.fft.rfft(band, size) for band in bands)
    hertz = np.maximum(np.fft.rfftfreq(size, 1 / RATE), 1e-3)
    share = 1 / (1 + (CROSSOVER / hertz) ** 4)
    # Images are all of one sign and pile up below the room's first mode, where a box this small
    # carries no sound; Allen and Berkley cut there as well.
    audible = 1 / (1 + (_LOWEST / hertz) ** 4)
    response = np.fft.irfft((low * (1 - share) + high * share) * audible, size)[: len(bands[0])]
    return np.asarray(response, np.float32)


def _images(room: Room) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Distance in metres and number of reflections of every image that can still be heard."""
    seconds = room.reverberation * _DECAY_DB / 60
    volume = float(np.prod(room.size))
    # A sphere of radius r holds 4/3 pi r^3 / volume images.
    reach = min(seconds * SOUND_SPEED, (_MOST_IMAGES * volume * 3 / (4 * np.pi)) ** (1 / 3))
    reach = max(reach, 2 * float(np.linalg.norm(room.size)))
    axes = [
        _axis(size, speaker, microphone, reach)
        for size, speaker, microphone in zip(room.size, room.speaker, room.microphone, strict=True)
    ]
    squares = (
        axes[0][0][:, None, None] ** 2
        + axes[1][0][None, :, None] ** 2
        + axes[2][0][None, None] ** 2
    )
    bounces = axes[0][1][:, None, None] + axes[1][1][None, :, None] + axes[2][1][None, None]
    audible = squares <= reach**2
    return np.sqrt(squares[audible]), bounces[audible]


def _axis(
    size: float, speaker: float, microphone: float, reach: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Offsets along one axis from the microphone to every image, and the walls it met there."""
    most = int(reach / (2 * size)) + 1
    number = np.arange(-most, most + 1, dtype=np.float64)
    same = 2 * number * size + speaker - microphone
    mirrored = 2 * number * size - speaker - microphone
    walls = np.concatenate([2 * np.abs(number), np.abs(2 * number - 1)])
    return np.concatenate([same, mirrored]), walls


def _placed(at: npt.NDArray[np.float64], gain: npt.NDArray[np.float64]) -> Samples:
    """Echoes at fractional samples, each shared between its two neighbours."""
    size = int(at.max()) + 2
    whole = at.astype(np.int64)
    part = at - whole
    left = np.bincount(whole, gain * (1 - part), size)
    right = np.bincount(whole + 1, gain * part, size)
    return np.asarray(left + right, np.float32)


@lru_cache(maxsize=512)
def room_response(number: int) -> Samples:
    """The impulse response of imaginary room `number`; made once per process."""
    return impulse_response(draw_room(np.random.default_rng([0x700B, number])))


__all__ = ["Room", "draw_room", "impulse_response", "room_response"]
