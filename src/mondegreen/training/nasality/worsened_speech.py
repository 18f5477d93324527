"""The same speech as other microphones, lines and rooms give it, for scales that do not mind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ...audio.samples import levelled
from ...audio.worse import effects, noises
from ...jobs.seeds import stable_seed
from .examples import Speech

_SNR = (8.0, 30.0)
"""dB."""


def versions(speech: Speech, count: int, seed: int) -> Iterator[Speech]:
    """The speech as it is, then `count` times worsened; which way depends on its name alone."""
    yield speech
    for number in range(1, count + 1):
        name = (speech.speaker, speech.sentence, speech.area, speech.kind)
        rng = np.random.default_rng(stable_seed("nasality", seed, number, *name))
        samples = speech.samples
        if rng.random() < 0.3:
            samples = effects.in_room(samples, rng)
        if rng.random() < 0.6:
            noise = noises.PROCEDURAL[str(rng.choice(["coloured", "clatter", "water"]))]
            samples = effects.mix(samples, noise(len(samples), rng), float(rng.uniform(*_SNR)))
        if rng.random() < 0.6:
            samples = effects.channel(samples, rng)
        yield replace(speech, samples=levelled(samples, 0.3), version=number)
