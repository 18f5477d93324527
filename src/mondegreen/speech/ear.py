"""The ear: an encoder and the phone reader trained on it, as one thing that listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .encoder import DEFAULT_ENCODER, Frames, Samples, SpeechEncoder, encoder
from .phones import LogPosteriors, PhoneReader

# The reader was trained on peaks from 0.05 to 1; levelling costs nothing and saves whispered input.
_PEAK = 0.5
_SILENCE = 1e-5
"""Peak under which there is nothing to lift: one step of 16-bit audio is 3e-5."""


@dataclass(frozen=True)
class Posteriors:
    """What the ear heard."""

    log_posteriors: LogPosteriors
    """(T, 42) natural log-probabilities; column 0 is the CTC blank."""
    log_prior: LogPosteriors
    """(42,) how likely each label is before anything is heard."""
    frame_seconds: float


@dataclass(frozen=True)
class Ear:
    """Listens to 16 kHz mono audio. Make one with `load`."""

    encoder: SpeechEncoder
    reader: PhoneReader

    @classmethod
    def load(
        cls, name: str = DEFAULT_ENCODER, phones: str | Path | None = None, *, threads: int = 1
    ) -> Ear:
        """The named encoder with the phone reader in folder `phones` (None: the one that ships).

        Raises SettingsError for an unknown encoder, ModelError when the weights do not fit.
        """
        # Only our own encoder counts threads; others bring a runtime of their own.
        options = {"threads": threads} if name == DEFAULT_ENCODER else {}
        ear = cls(encoder(name, **options), PhoneReader.load(phones, threads=threads))
        ear.reader.check(ear.encoder)
        return ear

    @property
    def frame_seconds(self) -> float:
        """Seconds from one frame to the next."""
        return self.encoder.frame_seconds

    def encode(self, samples: Samples) -> Frames:
        """The encoder's frames `(T, size)` of `samples (N,)`, brought to one level."""
        peak = float(np.max(np.abs(samples), initial=0.0))
        gain = np.float32(_PEAK / peak) if peak > _SILENCE else np.float32(1.0)
        return self.encoder.encode(samples * gain)

    def listen(self, samples: Samples) -> Posteriors:
        """Phone posteriors of `samples (N,)` float32 at 16 kHz, one row every `frame_seconds`."""
        read = self.reader.log_posteriors(self.encode(samples))
        return Posteriors(read, self.reader.log_prior, self.frame_seconds)
