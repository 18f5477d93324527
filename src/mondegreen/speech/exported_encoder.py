"""The encoder of a transcriber that is not Moonshine, on ONNX Runtime: samples in, frames out.

Whatever stands before its first layer (Whisper's log-mel spectrum) is part of the file, so that one
way of running does for all of them.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..audio.samples import RATE, Samples
from ..errors import ModelError
from ..jobs.files import sha256_of
from ..weights.onnx_session import Port, open_session
from .encoder import Frames, one_channel

_SHORTEST = 4_000
"""Samples to which shorter audio is padded with silence, so that no convolution runs dry."""
_SPAN = 15_360
"""Samples over which the frames are counted: a multiple of all usual strides (320, 384, …)."""


class ExportedEncoder:
    """An encoder that `train interpreter` exported. Satisfies `SpeechEncoder`."""

    name = "exported"

    def __init__(
        self, network: str | Path, remedy: str = "export it again", *, threads: int = 1
    ) -> None:
        """Open the ONNX file `network` and listen to a moment of silence. Raises ModelError."""
        path = Path(network)
        try:
            self.digest = sha256_of(path)
        except OSError as error:
            raise ModelError(f"{path} cannot be read ({error.strerror}); {remedy}") from error
        self._session = open_session(
            path, remedy, threads=threads, inputs=(Port("samples", (1, "N")),),
            outputs=(Port("frames", (1, None, None)),),
        )  # fmt: skip
        short, long = (self.encode(np.zeros(_SHORTEST + n, np.float32)) for n in (0, _SPAN))
        grown = len(long) - len(short)
        if grown < 1 or not (np.isfinite(short).all() and np.isfinite(long).all()):
            raise ModelError(f"{path} gives no frames that grow with the sound; {remedy}")
        self.size = int(long.shape[1])
        self.frame_seconds = _SPAN / grown / RATE

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, size)` of `samples (N,)`; see SpeechEncoder."""
        audio = one_channel(samples, _SHORTEST)
        (frames,) = self._session.run({"samples": audio[None]})
        return np.asarray(frames[0], np.float32)


__all__ = ["ExportedEncoder"]
