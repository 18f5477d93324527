"""The conditions under which speech is heard, drawn at random: place, noise, microphone, line.

One recipe for data sets that are made worse on disk and for training that does it on the fly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..samples import RATE, Samples, levelled
from . import effects, noises
from .codecs import coded
from .noises import NoiseBank

Babble = Callable[[np.random.Generator], Sequence[Samples]]
"""Gives some clips of other speech (mono, 16 kHz) to talk in the background."""


@dataclass(frozen=True)
class Conditions:
    """How often, and how strongly, a clip is made worse in each way.

    What the phone reader is trained under differs a little (`training/phones/noisy_frames.py`).
    """

    padding: tuple[float, float] = (0.1, 1.5)
    """Seconds of silence before and after, each four times in five."""
    tilt: float = 0.3
    """Share of clips with a microphone's colour."""
    room: float = 0.4
    """Share heard across a room."""
    noise: float = 0.75
    """Share with noise."""
    second_noise: float = 0.25
    """Share of those with a second noise under the first."""
    snr: tuple[float, float] = (0.0, 22.0)
    """Decibels from the speech down to the noise, loudest frames compared; see `effects.mix`."""
    mean_snr: tuple[float, float] = (-3.0, 20.0)
    """The same where mean powers are compared, which is done half of the time."""
    recorded: float = 0.30
    """Share of noises cut from recordings, where there are any."""
    babble: float = 0.15
    """Share of noises that are people talking, where there is other speech."""
    channel: float = 0.25
    """Share through a limited line: telephone, low-pass, high-pass, tilt."""
    codecs: tuple[str, ...] = ()
    """Names of `codecs.CODECS`, one of which `codec` of the clips go through."""
    codec: float = 0.0
    clipping: float = 0.05
    """Share overdriven."""
    peak: tuple[float, float] = (0.05, 1.0)
    """The loudest sample, drawn evenly on a logarithmic scale."""
    speed: tuple[float, float] = (1.0, 1.0)
    """Tempo and pitch together, as a tape runs."""


@dataclass
class Applied:
    """What happened to one clip."""

    offset: float = 0.0
    """Seconds by which the speech begins later than in the clip."""
    speed: float = 1.0
    """How many times shorter it became."""
    noise: str | None = None
    """Kinds of noise and their distance: `babble+music 6 dB`."""
    effects: list[str] = field(default_factory=list)
    """Everything else, in order."""


def _noise(
    length: int,
    rng: np.random.Generator,
    conditions: Conditions,
    bank: NoiseBank | None,
    babble: Babble | None,
) -> tuple[str, Samples]:
    draw = rng.random()
    if draw < conditions.recorded and bank is not None and bank.paths:
        noise = bank.draw(length, rng)
        if noise.any():
            return "recorded", noise
    elif draw < conditions.recorded + conditions.babble and babble is not None:
        voices = babble(rng)
        if voices:
            return "babble", noises.babble(length, rng, voices)
    kinds, odds = ("clatter", "water", "coloured", "music", "hum"), (0.36, 0.12, 0.22, 0.24, 0.06)
    kind = str(rng.choice(kinds, p=odds))
    return kind, noises.PROCEDURAL[kind](length, rng)


def _with_noise(
    samples: Samples,
    rng: np.random.Generator,
    conditions: Conditions,
    bank: NoiseBank | None,
    babble: Babble | None,
) -> tuple[str, Samples]:
    kind, noise = _noise(len(samples), rng, conditions, bank, babble)
    if rng.random() < conditions.second_noise:
        other, more = _noise(len(samples), rng, conditions, bank, babble)
        kind, noise = f"{kind}+{other}", noise + np.float32(rng.uniform(0.2, 1.0)) * more
    measure: effects.Measure = "rms" if rng.random() < 0.5 else "loudest-frame"
    decibels = rng.uniform(*(conditions.mean_snr if measure == "rms" else conditions.snr))
    mixed = effects.mix(samples, noise, decibels, measure=measure)
    return f"{kind} {decibels:.0f} dB", mixed


def worsened(
    speech: Samples,
    rng: np.random.Generator,
    conditions: Conditions,
    bank: NoiseBank | None = None,
    babble: Babble | None = None,
) -> tuple[Samples, Applied]:
    """`speech (N,)` at 16 kHz as heard under drawn conditions, and what was drawn.

    `bank` holds recorded noise, `babble` gives other speech; without them noise is made from
    nothing. The same generator state gives the same samples.
    """
    applied = Applied()
    if conditions.speed != (1.0, 1.0):
        applied.speed = float(np.exp(rng.uniform(*np.log(conditions.speed))))
        speech = effects.sped(speech, applied.speed)
    before, after = rng.uniform(*conditions.padding, 2) * (rng.random(2) < 0.8)
    samples = effects.padded(speech, float(before), float(after))
    applied.offset = int(before * RATE) / RATE
    if rng.random() < conditions.tilt:
        samples = effects.tilted(samples, rng)
        applied.effects.append("tilt")
    if rng.random() < conditions.room:
        samples = effects.in_room(samples, rng)
        applied.effects.append("room")
    if rng.random() < conditions.noise:
        applied.noise, samples = _with_noise(samples, rng, conditions, bank, babble)
    elif rng.random() < 0.7:  # no recording is digitally silent
        samples = effects.mix(samples, noises.coloured(len(samples), rng), rng.uniform(25, 55))
    if rng.random() < conditions.channel:
        samples = effects.channel(samples, rng)
        applied.effects.append("channel")
    if conditions.codecs and rng.random() < conditions.codec:
        codec = str(rng.choice(conditions.codecs))
        samples = coded(samples, codec)
        applied.effects.append(codec)
    if rng.random() < conditions.clipping:
        samples = effects.clipped(samples, rng)
        applied.effects.append("clipped")
    low, high = np.log(conditions.peak)
    return levelled(samples, float(np.exp(rng.uniform(low, high)))), applied


__all__ = ["Applied", "Babble", "Conditions", "worsened"]
