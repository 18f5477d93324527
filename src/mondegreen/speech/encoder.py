"""What every speech encoder offers, and the registry that finds one by name.

Third parties add encoders through the entry-point group `mondegreen.encoders`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from ..errors import SettingsError

SAMPLE_RATE = 16_000
"""Hz: what every encoder hears."""
DEFAULT_ENCODER = "moonshine-tiny"

Samples = npt.NDArray[np.float32]
Frames = npt.NDArray[np.float32]


class SpeechEncoder(Protocol):
    """Turns samples into a sequence of vectors, one every `frame_seconds`."""

    name: str
    """The name under which the registry knows it."""
    size: int
    """Length of one frame's vector."""
    frame_seconds: float
    """Seconds from one frame to the next."""
    digest: str
    """SHA-256 of the weights: a reader trained on one encoder refuses another."""

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, size)` of mono `samples (N,)` in [-1, 1] at 16 kHz; T >= 1 for any N."""
        ...


def known_encoders() -> list[str]:
    """The names that `encoder` accepts."""
    return sorted({point.name for point in entry_points(group="mondegreen.encoders")})


def encoder(name: str = DEFAULT_ENCODER, **options: Any) -> SpeechEncoder:
    """The encoder of that name, loaded; `options` go to its constructor.

    Raises SettingsError for an unknown name or an option it does not know, ModelError when its
    weights are missing or differ from what is expected.
    """
    for point in entry_points(group="mondegreen.encoders"):
        if point.name == name:
            make = point.load()
            try:
                return cast(SpeechEncoder, make(**options))
            except TypeError as error:
                raise SettingsError(
                    f"encoder {name!r} does not take these options: {error}"
                ) from error
    raise SettingsError(
        f"unknown encoder {name!r}; known encoders: {', '.join(known_encoders()) or 'none'}"
    )
