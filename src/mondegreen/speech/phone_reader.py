"""The phone reader: a small CTC network that reads phones off the encoder's frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..phonetics.inventory import PHONES
from ..weights.folder import checked_file
from ..weights.session import Port, Session, open_session
from .encoder import Frames, SpeechEncoder
from .phone_folder import REBUILD, reader_folder

NETWORK = "phones.onnx"

LogPosteriors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PhoneReader:
    """Frames in, phone posteriors out. Make one with `load`."""

    encoder: str
    """Name of the encoder whose frames it was trained on."""
    encoder_digest: str
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
        place, about = reader_folder(folder)
        network = checked_file(place / NETWORK, about["sha256"], REBUILD)
        session = open_session(
            network, REBUILD, threads=threads, inputs=(Port("frames", (1, "T", None)),),
            outputs=(Port("log_posteriors", (1, "T", len(PHONES))),),
        )  # fmt: skip
        return cls(
            encoder=about["encoder"]["name"],
            encoder_digest=about["encoder"]["digest"],
            log_prior=np.asarray(about["log_prior"], np.float32),
            digest=about["sha256"],
            _session=session,
        )

    def check(self, encoder: SpeechEncoder) -> None:
        """Raise ModelError unless this reader was trained on `encoder`'s frames."""
        if (encoder.name, encoder.digest) != (self.encoder, self.encoder_digest):
            raise ModelError(
                f"the phone reader was trained on the encoder {self.encoder} "
                f"({self.encoder_digest[:12]}…), found {encoder.name} ({encoder.digest[:12]}…); "
                "train a reader for it with: mondegreen train phones --encoder NAME"
            )

    def log_posteriors(self, frames: Frames) -> LogPosteriors:
        """Natural log-probabilities `(T, 42)` of the labels in each of `frames (T, size)`."""
        (out,) = self._session.run({"frames": np.asarray(frames, np.float32)[None]})
        return np.asarray(out[0], np.float32)
