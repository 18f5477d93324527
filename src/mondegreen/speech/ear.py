"""The ear: an encoder and the phone reader trained on it, as one thing that listens."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Lock

from ..audio.samples import Samples, levelled
from ..errors import ModelError
from .encoder import ENCODERS, Frames, SpeechEncoder, load_encoder
from .forced import Forced
from .hearing import Hearing
from .moonshine import TunedMoonshineEncoder, published
from .phone_reader import PhoneReader
from .transcriber import Transcriber


@lru_cache(maxsize=1)
def shipped_ear() -> Ear:
    """The ear that ships, one for all the work of a process."""
    return Ear.load()


@dataclass
class Ear:
    """Listens to 16 kHz mono audio. Make one with `load`; safe to share between threads."""

    encoder: SpeechEncoder
    reader: PhoneReader
    threads: int = 1
    """Of one call."""
    _transcriber: Transcriber | None = field(default=None, repr=False)
    _opening: Lock = field(default_factory=Lock, repr=False)

    @classmethod
    def load(
        cls, phones: str | Path | None = None, name: str | None = None, *, threads: int = 1
    ) -> Ear:
        """The phone reader in folder `phones` (None: the one that ships) and its encoder.

        `name` says where the encoder is found when the reader's own word for it does not suffice
        (`transformers:FOLDER`). `threads` are those of one call. Raises SettingsError for an
        unknown encoder, ModelError when the weights do not fit.
        """
        published()  # the transcriber's, which the first doubt opens: say now if it is missing
        reader = PhoneReader.load(phones, threads=threads)
        encoder: SpeechEncoder
        if name is None and reader.encoder == TunedMoonshineEncoder.name:
            encoder = TunedMoonshineEncoder(phones, threads=threads)
        elif name is None and reader.encoder not in ENCODERS:
            raise ModelError(
                f"the phone reader was trained on the encoder {reader.encoder!r}, which is not "
                "installed; install the package that adds it, or use another reader"
            )
        else:
            encoder = load_encoder(name or reader.encoder, threads=threads)
        reader.check(encoder)
        return cls(encoder, reader, threads)

    @property
    def frame_seconds(self) -> float:
        """Seconds from one frame to the next."""
        return self.encoder.frame_seconds

    @property
    def transcriber(self) -> Transcriber:
        """Writes down words without a grammar; opened when it is first needed."""
        with self._opening:
            if self._transcriber is None:
                self._transcriber = Transcriber.load(threads=self.threads)
        return self._transcriber

    def attend(self, samples: Samples) -> Frames:
        """What the transcriber hears in `samples (N,)`; see Transcribes."""
        return self.transcriber.attend(samples)

    def write_down(self, frames: Frames, expected: str = "") -> str:
        """The words said; see Transcribes."""
        return self.transcriber.write_down(frames, expected)

    def forced(self, frames: Frames) -> Forced:
        """Asks how likely texts would be written down; see Transcribes."""
        return self.transcriber.forced(frames)

    def encode(self, samples: Samples) -> Frames:
        """The encoder's frames `(T, size)` of `samples (N,)`, brought to one level."""
        return self.encoder.encode(levelled(samples))

    def listen(self, samples: Samples) -> Hearing:
        """What is heard in a whole utterance, `samples (N,)` float32 at 16 kHz."""
        frames = self.encode(samples)
        return Hearing(
            samples=samples,
            frames=frames,
            log_posteriors=self.reader.log_posteriors(frames),
            log_prior=self.reader.log_prior,
            frame_seconds=self.frame_seconds,
            settled=len(frames),
            transcriber=self,
        )
