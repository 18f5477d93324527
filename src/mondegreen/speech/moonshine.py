"""Moonshine tiny's encoder on ONNX Runtime, from the weights that install with mondegreen.

Moonshine (Jeffries et al. 2024, arXiv:2410.15608) hears audio of any length without padding it to
30 seconds: 8 ms of one CPU thread for a second of sound.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from ..audio.samples import RATE, Samples
from ..errors import ModelError
from ..weights.folder import checked_file
from ..weights.onnx_session import Port, open_session, runtime_and_processor
from ..weights.passed_files import once
from .encoder import Frames
from .phone_folder import REBUILD, TUNED, reader_folder

ENCODER_SHA256 = "94e90a4654fc45cdfedb77c4c08e1739f48862998e58fada384b25118134f221"
REINSTALL = "pip install --force-reinstall moonshine-voice==0.0.73"
_STRIDE = 64 * 3 * 2
"""Samples from one frame to the next: the strides of the three convolutions."""
_SHORTEST = 1_300
"""Samples below which the convolutions run dry (895 is their floor); shorter audio is padded."""

_TRIED = 8_000
"""Samples heard when a tuned encoder is loaded, to see that it works: 8 ms."""


def weights_folder() -> Path:
    """Folder of Moonshine tiny's files inside the `moonshine-voice` package.

    The package is located, not imported: importing it loads its native library.
    Raises ModelError when the package or the folder is missing.
    """
    spec = find_spec("moonshine_voice")
    if spec is None or not spec.submodule_search_locations:
        raise ModelError(
            "the package moonshine-voice, which carries the speech encoder's weights, is not "
            f"installed: {REINSTALL}"
        )
    folder = Path(spec.submodule_search_locations[0]) / "assets" / "tiny-en"
    if not folder.is_dir():
        raise ModelError(
            f"{folder} does not exist: this release of moonshine-voice carries no weights "
            f"(0.0.73 does): {REINSTALL}"
        )
    return folder


def published_file(name: str, sha256: str) -> Path:
    """A file of the `moonshine-voice` package, once its SHA-256 matches. Raises ModelError."""
    return checked_file(weights_folder() / name, sha256, REINSTALL)


class MoonshineEncoder:
    """Moonshine tiny as published: frames of 288 numbers every 24 ms. Satisfies `SpeechEncoder`."""

    name = "moonshine-tiny"
    size = 288
    frame_seconds = _STRIDE / RATE
    digest = ENCODER_SHA256

    def __init__(self, *, threads: int = 1) -> None:
        mask = Port("attention_mask", (1, "N"), "int64")
        self._session = open_session(
            published_file("encoder_model.ort", ENCODER_SHA256), REINSTALL, threads=threads,
            inputs=(Port("input_values", (1, "N")), mask),
            outputs=(Port("last_hidden_state", (1, "T", self.size)),),
        )  # fmt: skip

    def encode(self, samples: Samples) -> Frames:
        """Frames `(T, 288)` of `samples (N,)`; see SpeechEncoder. T is about N / 384 - 1.5."""
        audio = np.asarray(samples, np.float32)
        if audio.ndim != 1:
            raise ValueError(f"samples have shape {audio.shape}; expected one channel (N,)")
        if len(audio) < _SHORTEST:
            audio = np.pad(audio, (0, _SHORTEST - len(audio)))
        return self._frames(audio[None])

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
