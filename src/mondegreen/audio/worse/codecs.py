"""What a call or a stream does to speech: coded and decoded again with libsndfile's codecs."""

from __future__ import annotations

import io
from typing import NamedTuple

import numpy as np
import soundfile as sf
import soxr

from ...errors import SettingsError
from ..samples import RATE, Samples


class _Codec(NamedTuple):
    format: str
    subtype: str
    rate: int
    """Hz at which it codes."""
    level: float | None = None
    """libsndfile's compression level: 0 is the most bits, 1 the fewest."""


CODECS: dict[str, _Codec] = {
    "mp3": _Codec("MP3", "MPEG_LAYER_III", RATE, 0.6),
    "mp3-low": _Codec("MP3", "MPEG_LAYER_III", RATE, 0.95),
    "vorbis": _Codec("OGG", "VORBIS", RATE, 0.7),
    "opus": _Codec("OGG", "OPUS", RATE, 0.9),
    "gsm": _Codec("WAV", "GSM610", 8_000),
    "mu-law": _Codec("WAV", "ULAW", 8_000),
    "a-law": _Codec("WAV", "ALAW", 8_000),
    "adpcm": _Codec("WAV", "IMA_ADPCM", 8_000),
}
"""By name: music formats, and those of telephones at 8 kHz."""


def coded(samples: Samples, name: str) -> Samples:
    """`samples (N,)` at 16 kHz after the codec: same length, same times.

    Raises SettingsError for an unknown codec.
    """
    if name not in CODECS:
        raise SettingsError(f"unknown codec {name!r}; known codecs: {', '.join(CODECS)}")
    codec = CODECS[name]
    limited = np.clip(samples, -1.0, 1.0)
    sent = soxr.resample(limited, RATE, codec.rate, quality="MQ")
    file = io.BytesIO()
    level = {} if codec.level is None else {"compression_level": codec.level}
    sf.write(file, sent, codec.rate, format=codec.format, subtype=codec.subtype, **level)
    file.seek(0)
    received, rate = sf.read(file, dtype="float32")
    decoded = np.asarray(soxr.resample(received, rate, RATE, quality="MQ"), np.float32)
    # libsndfile takes out what a codec delays; only the last block is filled up.
    return np.pad(decoded[: len(samples)], (0, max(0, len(samples) - len(decoded))))


__all__ = ["CODECS", "coded"]
