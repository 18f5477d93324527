"""What every speech encoder offers, and the registry that finds one by name.

Third parties add encoders through the entry-point group `mondegreen.encoders`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt

from ..audio.samples import Samples
from ..registry import Registry

DEFAULT_ENCODER = "moonshine-tiny"
"""What a new reader is trained on."""

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


def one_channel(samples: Samples, shortest: int = 0) -> Samples:
    """The samples `(N,)` as float32, with zeros behind them up to the shortest that an encoder
    takes. Raises ValueError for another shape."""
    audio = np.asarray(samples, np.float32)
    if audio.ndim != 1:
        raise ValueError(f"samples have shape {audio.shape}; expected one channel (N,)")
    if len(audio) < shortest:
        audio = np.pad(audio, (0, shortest - len(audio)))
    return audio


ENCODERS: Registry[Callable[..., SpeechEncoder]] = Registry(
    "mondegreen.encoders",
    "encoder",
    {
        "moonshine-tiny": "mondegreen.speech.moonshine:MoonshineEncoder",
        "moonshine-tiny-tuned": "mondegreen.speech.moonshine:TunedMoonshineEncoder",
        "exported": "mondegreen.speech.exported_encoder:ExportedEncoder",
        "transformers": "mondegreen.speech.transformers_encoder:TransformersEncoder",
    },
)
"""What makes each encoder, by name."""


def load_encoder(name: str = DEFAULT_ENCODER, **options: Any) -> SpeechEncoder:
    """The encoder of that name, loaded; `options` go to its constructor.

    Where only a string is accepted, `NAME:ARGUMENT` gives the constructor's first argument:
    `transformers:FOLDER` is `load_encoder("transformers", model=FOLDER)`.

    Raises SettingsError for an unknown name or an option it does not know, ModelError when its
    weights are missing or differ from what is expected.
    """
    return cast(SpeechEncoder, ENCODERS.make(name, **options))
