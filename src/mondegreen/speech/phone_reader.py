"""The phone reader: a small CTC network that reads phones off the encoder's frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..phonetics.inventory import PHONES
from ..weights.onnx_session import Port, Session, open_session, runtime_and_processor
from ..weights.passed_files import once
from .encoder import Frames, SpeechEncoder
from .phone_folder import NETWORK, REBUILD, reader_folder

_TRIED = 8
"""Frames read when a reader is loaded, to see that it works: 1 ms."""

LogPosteriors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PhoneReader:
    """Frames in, phone posteriors out. Make one with `load`."""

    encoder: str
    """Name of the encoder whose frames it was trained on."""
    encoder_digest: str
    frame_size: int
    """Length of one frame's vector."""
    log_prior: LogPosteriors
    """(42,) natural log of the mean posterior over training frames."""
    digest: str
    """SHA-256 of the network."""
    _session: Session

    @classmethod
    def load(cls, folder: str | Path | None = None, *, threads: int = 1) -> PhoneReader:
        """The reader in `folder`; None is the one that ships.

        Raises ModelError when a file is missing or damaged, or was made for another version or
        another phone inventory.
        """
        described = reader_folder(folder)
        network, about = described.file(NETWORK), described.about
        session = open_session(
            network, REBUILD, threads=threads, inputs=(Port("frames", (1, "T", None)),),
            outputs=(Port("log_posteriors", (1, "T", len(PHONES))),),
        )  # fmt: skip
        size = session.inputs[0].shape[2]
        if not isinstance(size, int):
            raise ModelError(f"{network} does not say how long a frame is; {REBUILD}")
        reader = cls(
            encoder=about.encoder.name,
            encoder_digest=about.encoder.digest,
            frame_size=size,
            log_prior=np.asarray(about.log_prior, np.float32),
            digest=about.files[NETWORK],
            _session=session,
        )
        once(network, f"reads {runtime_and_processor()}", lambda: reader._try(network))
        return reader

    def _try(self, network: Path) -> None:
        """Read a few frames once: shapes in a file are a promise, and weights may be no numbers."""
        frames = np.random.default_rng(0).normal(size=(_TRIED, self.frame_size))
        read = self.log_posteriors(frames.astype(np.float32))
        with np.errstate(all="ignore"):
            sums = np.exp(read.astype(np.float64)).sum(axis=-1)
        if read.shape != (_TRIED, len(PHONES)) or not np.allclose(sums, 1.0, atol=0.01):
            raise ModelError(
                f"{network} gives no log-probabilities of {len(PHONES)} labels a frame; {REBUILD}"
            )

    def check(self, encoder: SpeechEncoder) -> None:
        """Raise ModelError unless this reader was trained on `encoder`'s frames."""
        if (encoder.name, encoder.digest) != (self.encoder, self.encoder_digest):
            raise ModelError(
                f"the phone reader was trained on the encoder {self.encoder} "
                f"({self.encoder_digest[:12]}…), found {encoder.name} ({encoder.digest[:12]}…); "
                "train a reader for it with: mondegreen train phones --set encoder=NAME"
            )
        if encoder.size != self.frame_size:
            raise ModelError(
                f"the phone reader takes frames of {self.frame_size} numbers, and {encoder.name} "
                f"gives {encoder.size}; {REBUILD}"
            )

    def log_posteriors(self, frames: Frames) -> LogPosteriors:
        """Natural log-probabilities `(T, 42)` of the labels in each of `frames (T, size)`."""
        (out,) = self._session.run({"frames": np.asarray(frames, np.float32)[None]})
        return np.asarray(out[0], np.float32)
