"""Hearing speech while it is spoken: a window that grows with it, encoded again and again.

The encoder is not causal, so what it makes of the last moments changes with what follows. Frames
far enough from the end no longer change; those count as settled.
"""

from __future__ import annotations

from dataclasses import replace
from math import inf

from ..audio.samples import RATE, Samples
from ..types import Seconds
from .ear import Ear
from .hearing import Hearing

WINDOW = 125
"""Frames encoded at once (3 s); older ones are settled long before. Encoding takes two thirds of a
look, and grows with it."""
UNSETTLED = 20
"""Frames (0.48 s) before the end that more sound may still change."""


class Listener:
    """Hears one utterance as it grows."""

    def __init__(self, ear: Ear) -> None:
        self._ear = ear
        self._frame = round(ear.frame_seconds * RATE)  # samples
        self._settled = 0

    def listen(self, samples: Samples, silent: Seconds = inf) -> Hearing:
        """What can be heard of the utterance `samples` (N,) at 16 kHz, as far as it has come.

        `silent` is for how long the voice detector has heard nobody.
        """
        frames = len(samples) // self._frame
        first = max(0, min(self._settled, frames - WINDOW))
        hearing = self._ear.listen(samples[first * self._frame :])
        self._settled = max(self._settled, frames - UNSETTLED)
        return replace(hearing, samples=samples, settled=self._settled, first=first, silent=silent)
