"""Moonshine tiny's encoder on ONNX Runtime, from the weights that ship.

Moonshine (Jeffries et al. 2024, arXiv:2410.15608) hears audio of any length without padding it to
30 seconds: 8 ms of one CPU thread for a second of sound.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from ..audio.samples import RATE, Samples
from ..errors import ModelError
from ..weights.folder import Description, Folder, open_folder, shipped
from ..weights.onnx_session import Port, open_session, runtime_and_processor
from ..weights.passed_files import once
from .encoder import Frames, one_channel
from .phone_folder import REBUILD, TUNED, reader_folder

PUBLISHED = "moonshine"
"""Folder of Moonshine tiny as published, among the weights that ship."""
ENCODER, DECODER, PIECES = "encoder_model.ort", "decoder_model_merged.ort", "tokenizer.bin"
REINSTALL = "reinstall mondegreen"
_STRIDE = 64 * 3 * 2
"""Samples from one frame to the next: the strides of the three convolutions."""
_SHORTEST = 1_300
"""Samples below which the convolutions run dry (895 is their floor); shorter audio is padded."""

_TRIED = 8_000
"""Samples heard when a tuned encoder is loaded, to see that it works: 8 ms."""


class PublishedDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of Moonshine as published: nothing but its files."""

    FORMAT: ClassVar[int] = 1
    KIND: ClassVar[str] = "published speech recogniser"
    NEEDED: ClassVar[tuple[str, ...]] = (ENCODER, DECODER, PIECES)


def published() -> Folder[PublishedDescription]:
    """Moonshine tiny as it was published, its description checked.

    Raises ModelError when it is missing or from another release.
    """
    return open_folder(shipped(PUBLISHED), PublishedDescription, REINSTALL)


class MoonshineEncoder:
    """Moonshine tiny as published: frames of 288 numbers every 24 ms. Satisfies `SpeechEncoder`."""

    name = "moonshine-tiny"
    size = 288
    frame_seconds = _STRIDE / RATE

    def __init__(self, *, threads: int = 1) -> None:
        folder = published()
        self.digest = folder.about.files[ENCODER]
        mask = Port("attention_mask", (1, "N"), "int64")
        self._session = open_session(
            folder.file(ENCODER), REINSTALL, threads=threads,
            inputs=(Port("input_values", (1, "N")), mask),
            outputs=(Port("last_hidden_state", (1, "T", self.size)),),
        )  # fmt: skip

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, 288)` of `samples (N,)`; see SpeechEncoder. T is about N / 384 - 1.5."""
        return self._frames(one_channel(samples, _SHORTEST)[None])

    def _frames(self, audio: Samples) -> Frames:
        mask = np.ones(audio.shape, np.int64)
        (frames,) = self._session.run({"input_values": audio, "attention_mask": mask})
        return np.asarray(frames[0], np.float32)


class TunedMoonshineEncoder(MoonshineEncoder):
    """Moonshine tiny tuned together with a phone reader; both lie in the reader's folder."""

    name = "moonshine-tiny-tuned"

    def __init__(self, folder: str | Path | None = None, *, threads: int = 1) -> None:
        """Open the encoder in `folder`; None is the one that ships. Raises ModelError."""
        described = reader_folder(folder)
        network = described.file(TUNED)
        self.digest = described.about.files[TUNED]
        self._session = open_session(
            network, REBUILD, threads=threads,
            inputs=(Port("samples", (1, "N")),), outputs=(Port("frames", (1, "T", self.size)),),
        )  # fmt: skip
        once(network, f"gives frames {runtime_and_processor()}", lambda: self._try(network))

    def _try(self, network: Path) -> None:
        """Hear a moment once: shapes in a file are a promise, and weights may be no numbers."""
        noise = np.random.default_rng(0).normal(0, 0.1, _TRIED).astype(np.float32)
        frames = self.encode(noise)
        lasts = len(frames) * _STRIDE
        if abs(_TRIED - lasts) > 2 * _STRIDE or not np.isfinite(frames).all():
            raise ModelError(
                f"{network} gives no frame of {self.size} numbers every {_STRIDE} samples; "
                f"{REBUILD}"
            )

    def _frames(self, audio: Samples) -> Frames:
        return np.asarray(self._session.run({"samples": audio})[0][0], np.float32)
