"""The ear: an encoder and the phone reader trained on it, as one thing that listens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..audio.samples import Samples, levelled
from .encoder import Frames, SpeechEncoder, encoder
from .moonshine import TunedMoonshineEncoder
from .phone_reader import LogPosteriors, PhoneReader


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
        cls, phones: str | Path | None = None, name: str | None = None, *, threads: int = 1
    ) -> Ear:
        """The phone reader in folder `phones` (None: the one that ships) and its encoder.

        `name` says where the encoder is found when the reader's own word for it does not suffice
        (`transformers:FOLDER`). `threads` are those of one call. Raises SettingsError for an
        unknown encoder, ModelError when the weights do not fit.
        """
        reader = PhoneReader.load(phones, threads=threads)
        if name is None and reader.encoder == TunedMoonshineEncoder.name:
            ear = cls(TunedMoonshineEncoder(phones, threads=threads), reader)
        else:
            ear = cls(encoder(name or reader.encoder, threads=threads), reader)
        ear.reader.check(ear.encoder)
        return ear

    @property
    def frame_seconds(self) -> float:
        """Seconds from one frame to the next."""
        return self.encoder.frame_seconds

    def encode(self, samples: Samples) -> Frames:
        """The encoder's frames `(T, size)` of `samples (N,)`, brought to one level."""
        return self.encoder.encode(levelled(samples))

    def listen(self, samples: Samples) -> Posteriors:
        """Phone posteriors of `samples (N,)` float32 at 16 kHz, one row every `frame_seconds`."""
        read = self.reader.log_posteriors(self.encode(samples))
        return Posteriors(read, self.reader.log_prior, self.frame_seconds)
