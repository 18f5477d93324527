"""Noises of the places where people talk: made from nothing, or cut from recordings.

Every maker takes a length in samples and a random generator, and gives float32 samples at 16 kHz
with an RMS near 0.1; only the ratio to the speech it is mixed with matters (see `augment.mix`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..formats import SUFFIXES
from ..read import read_audio
from ..samples import RATE, Samples

Hertz = npt.NDArray[np.float64]
Maker = Callable[[int, np.random.Generator], Samples]


def _scaled(samples: npt.NDArray[np.floating]) -> Samples:
    rms = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    return np.asarray(samples * (0.1 / max(rms, 1e-9)), np.float32)


def _fft_length(length: int) -> int:
    """The next power of two: long prime lengths make an FFT slow."""
    return 1 << max(8, (length - 1).bit_length())


def shaped(length: int, rng: np.random.Generator, gain: Callable[[Hertz], Hertz]) -> Samples:
    """Gaussian noise whose spectrum follows `gain(hertz)` (amplitude)."""
    size = _fft_length(length)
    spectrum = np.fft.rfft(rng.standard_normal(size, np.float32))
    hertz = np.fft.rfftfreq(size, 1 / RATE).astype(np.float64)
    return _scaled(np.fft.irfft(spectrum * gain(hertz), size)[:length])


def coloured(length: int, rng: np.random.Generator) -> Samples:
    """Steady noise between white and brown, with up to three random bumps: fans, cars, rain."""
    slope = rng.uniform(0.0, 1.1)
    centres = np.exp(rng.uniform(np.log(80), np.log(6000), size=int(rng.integers(0, 4))))
    widths = rng.uniform(0.1, 0.8, len(centres))
    heights = rng.uniform(0.5, 6.0, len(centres))

    def gain(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        octaves = np.log2(np.maximum(hertz, 20.0))
        curve = np.maximum(hertz, 40.0) ** -slope
        for centre, width, height in zip(centres, widths, heights, strict=True):
            curve = curve * (1 + height * np.exp(-0.5 * ((octaves - np.log2(centre)) / width) ** 2))
        return np.asarray(curve)

    noise = shaped(length, rng, gain)
    if rng.random() < 0.5:
        noise = noise * _swell(length, rng, rate=rng.uniform(0.2, 4.0), depth=rng.uniform(0.2, 0.9))
    return _scaled(noise)


def _swell(length: int, rng: np.random.Generator, *, rate: float, depth: float) -> Samples:
    """A slow random loudness curve around 1; `rate` in knots a second."""
    knots = 2 + int(length / RATE * rate)
    values = 1 - depth * rng.random(knots)
    return np.interp(np.linspace(0, knots - 1, length), np.arange(knots), values).astype(np.float32)


def hum(length: int, rng: np.random.Generator) -> Samples:
    """Mains hum or a motor: harmonics of a steady tone, over a little hiss."""
    base = float(rng.choice([50.0, 60.0, rng.uniform(70, 300)]))
    time = np.arange(length) / RATE
    wobble = 2 * np.pi * base * time + rng.uniform(0, 3) * np.sin(
        2 * np.pi * rng.uniform(0.1, 3) * time
    )
    tone = np.zeros(length)
    for harmonic in range(1, int(rng.integers(4, 24))):
        if base * harmonic < 7500:
            level = rng.random() * harmonic ** -rng.uniform(0.3, 1.2)
            tone += level * np.sin(harmonic * wobble + rng.uniform(0, 6.28))
    return _scaled(_scaled(tone) + rng.uniform(0.05, 0.6) * coloured(length, rng))


def _strike(
    length: int, rng: np.random.Generator, *, low: float, high: float, ring: float, modes: int
) -> Samples:
    """One hit on something hard: damped sinusoids, and a click at the start."""
    time = np.arange(length, dtype=np.float32) / np.float32(RATE)
    tone = np.zeros(length, np.float32)
    for hertz in np.exp(rng.uniform(np.log(low), np.log(high), modes)):
        decay = ring * rng.uniform(0.3, 1.0) * (1500 / hertz) ** 0.3
        phase = np.float32(2 * np.pi * hertz) * time + np.float32(rng.uniform(0, 6.28))
        tone += (
            np.float32(rng.uniform(0.2, 1.0)) * np.exp(-time / np.float32(decay)) * np.sin(phase)
        )
    click = min(length, int(rng.integers(16, 200)))
    fade = np.linspace(1, 0, click, dtype=np.float32)
    tone[:click] += (
        np.float32(rng.uniform(0.3, 2.0)) * rng.standard_normal(click, np.float32) * fade
    )
    return tone


def clatter(length: int, rng: np.random.Generator) -> Samples:
    """Dishes, cutlery and glasses: bursts of hits, often over running water or a sizzling pan."""
    ring = float(np.exp(rng.uniform(np.log(0.01), np.log(0.15))))
    low, high = rng.uniform(300, 1500), rng.uniform(3000, 7500)
    objects = [
        _strike(
            int(ring * 5 * RATE),
            rng,
            low=low,
            high=high,
            ring=ring,
            modes=int(rng.integers(3, 10)),
        )
        for _ in range(int(rng.integers(3, 9)))
    ]
    out = np.zeros(length, np.float32)
    # Hits come in bursts: each burst is a handling of the dishes, with its own rate.
    position = 0.0
    while position < length:
        rate, burst_left = np.exp(rng.uniform(np.log(2), np.log(40))), rng.exponential(0.5) * RATE
        while burst_left > 0 and position < length:
            struck = objects[int(rng.integers(len(objects)))][: length - int(position)]
            level = np.float32(np.exp(rng.normal(0, 0.8)))
            out[int(position) : int(position) + len(struck)] += level * struck
            step = rng.exponential(RATE / rate) + 1
            position, burst_left = position + step, burst_left - step
        position += rng.exponential(0.3) * RATE
    if rng.random() < 0.6:
        return _scaled(_scaled(out) + rng.uniform(0.1, 1.2) * water(length, rng))
    return _scaled(out + 1e-5 * rng.standard_normal(length, np.float32))


def water(length: int, rng: np.random.Generator) -> Samples:
    """A running tap or a sizzling pan: bright noise, crackling by the millisecond."""
    low, high = np.exp(rng.uniform(np.log(200), np.log(2500))), rng.uniform(3500, 8000)
    steep = rng.uniform(0.5, 2.0)

    def gain(hertz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        safe = np.maximum(hertz, 1.0)
        return np.asarray(1 / (1 + (low / safe) ** (2 * steep)) / (1 + (safe / high) ** 4))

    noise = shaped(length, rng, gain)
    step = int(rng.integers(40, 400))
    crackle = np.repeat(rng.gamma(rng.uniform(0.5, 4.0), size=length // step + 1), step)[:length]
    return _scaled(noise * crackle * _swell(length, rng, rate=1.0, depth=rng.uniform(0, 0.6)))


def _note(
    hertz: float, length: int, rng: np.random.Generator, *, bright: float, hold: float
) -> Samples:
    time = np.arange(length, dtype=np.float32) / np.float32(RATE)
    tone = np.zeros(length, np.float32)
    for harmonic in range(1, 12):
        if hertz * harmonic > 7000:
            break
        level = np.float32(harmonic**-bright * rng.uniform(0.5, 1.0))
        tone += level * np.sin(np.float32(2 * np.pi * hertz * harmonic) * time)
    attack = np.minimum(time / np.float32(0.01), 1)
    return np.asarray(tone * attack * np.exp(-time / np.float32(hold)))


def music(length: int, rng: np.random.Generator) -> Samples:
    """Chords, a tune, a bass and drums in a random key and tempo: a radio in the corner."""
    out = np.zeros(length, np.float32)
    beat = int(RATE * 60 / rng.uniform(70, 160))
    key = 110 * 2 ** rng.uniform(0, 1)
    scale = np.array([0, 2, 4, 5, 7, 9, 11] if rng.random() < 0.6 else [0, 2, 3, 5, 7, 8, 10])
    bright, hold = rng.uniform(0.7, 2.2), rng.uniform(0.15, 1.5)
    drums, tune = rng.uniform(0, 1.5) * (rng.random() < 0.7), rng.uniform(0.2, 1.2)

    def add(at: int, sound: Samples, level: float) -> None:
        part = sound[: max(0, length - at)]
        out[at : at + len(part)] += np.float32(level) * part

    kick = _strike(beat // 2, rng, low=45, high=90, ring=0.12, modes=2)
    snare = _scaled(rng.standard_normal(beat // 2)) * np.exp(-np.arange(beat // 2) / 1500) * 8
    root = 0
    for number, at in enumerate(range(-int(rng.integers(beat)), length, beat)):
        start = max(0, at)
        if number % 4 == 0:
            root = int(rng.integers(7))
            for step in (0, 2, 4):
                semitones = scale[(root + step) % 7] + 12 * ((root + step) // 7)
                add(
                    start,
                    _note(key * 2 ** (semitones / 12), beat * 4, rng, bright=bright, hold=hold * 2),
                    0.5,
                )
        add(start, _note(key / 2 * 2 ** (scale[root] / 12), beat, rng, bright=2.0, hold=0.4), 0.8)
        for part in range(int(rng.integers(0, 4))):
            hertz = key * 2 ** (1 + scale[int(rng.integers(7))] / 12)
            add(start + part * beat // 4, _note(hertz, beat, rng, bright=bright, hold=hold), tune)
        if drums:
            add(start, np.asarray(snare if number % 2 else kick, np.float32), drums)
    return _scaled(out + 1e-5 * rng.standard_normal(length, np.float32))


def fitted(samples: Samples, length: int, rng: np.random.Generator) -> Samples:
    """`length` samples of a recording from a random place, going round when it is too short."""
    if len(samples) == 0:
        return np.zeros(length, np.float32)
    start = int(rng.integers(len(samples)))
    return np.asarray(np.take(samples, np.arange(start, start + length), mode="wrap"), np.float32)


def babble(length: int, rng: np.random.Generator, voices: Sequence[Samples]) -> Samples:
    """Three to eight of `voices` (mono speech) talking at once, some nearer than others."""
    out = np.zeros(length, np.float32)
    if voices:
        for _ in range(int(rng.integers(3, 9))):
            voice = fitted(voices[int(rng.integers(len(voices)))], length, rng)
            out += np.float32(rng.uniform(0.3, 1.0)) * _scaled(voice)
    return _scaled(out)


PROCEDURAL: dict[str, Maker] = {
    "coloured": coloured, "hum": hum, "clatter": clatter, "water": water, "music": music,
}  # fmt: skip


@lru_cache(maxsize=1_024)
def _recording(path: Path) -> Samples:
    return read_audio(path).samples


class NoiseBank:
    """Recordings of noise, found in folders and read when first used."""

    def __init__(self, folders: Iterable[Path], *, exclude: Sequence[str] = ()) -> None:
        """Every audio file under `folders`, but those whose path contains a word of `exclude`.

        Raises DataError when a folder is missing or nothing is left.
        """
        folders = list(folders)
        for folder in folders:
            if not folder.is_dir():
                raise DataError(f"{folder} is not a folder; expected one with recordings of noise")
        candidates = (p for folder in folders for p in sorted(folder.rglob("*")))
        self.paths = [
            p
            for p in candidates
            if p.suffix.lower() in SUFFIXES
            and p.is_file()  # a pipe would be waited for
            and not any(word in str(p) for word in exclude)
        ]
        if folders and not self.paths:
            names = ", ".join(map(str, folders))
            raise DataError(f"{names}: no recording found ({', '.join(sorted(SUFFIXES))})")
        by_folder: dict[Path, list[Path]] = {}
        for path in self.paths:
            by_folder.setdefault(path.parent, []).append(path)
        self._folders = [by_folder[folder] for folder in sorted(by_folder)]

    def draw(self, length: int, rng: np.random.Generator) -> Samples:
        """`length` samples from a random recording.

        A folder is as likely as the square root of how many recordings it has: few long ones are
        heard often, and many short ones more often still.
        """
        odds = np.sqrt([len(paths) for paths in self._folders])
        inside = self._folders[int(rng.choice(len(odds), p=odds / odds.sum()))]
        return _scaled(fitted(_recording(inside[int(rng.integers(len(inside)))]), length, rng))
