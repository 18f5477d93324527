"""Recordings out: a file appears under its name only when it is complete."""

from __future__ import annotations

import io
import os
from pathlib import Path

import soundfile as sf

from ..errors import AudioError
from ..jobs.files import _temporary, replacing
from .samples import Samples

_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3", ".aiff": "AIFF"}
_BLOCK = 1 << 16
"""Samples encoded at a time: libsndfile's Vorbis encoder overflows its stack at some millions."""


def check_writable(path: str | os.PathLike[str]) -> None:
    """Ask whether `write_audio` could write `path`, before long work.

    Raises AudioError for an unknown ending, OutputError where nothing can be written.
    """
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise AudioError(
            f"{target}: found the ending {target.suffix or '(none)'!r}, expected one of "
            f"{', '.join(_FORMATS)}"
        )
    _temporary(target).unlink()


def write_audio(
    path: str | os.PathLike[str], samples: Samples, rate: int, *, lasting: bool = True
) -> None:
    """Write mono samples (N,) in [-1, 1] at `rate` Hz; the ending of `path` chooses the format.

    For `lasting` see `replacing`. Raises AudioError for an unknown ending, OutputError for a folder
    that does not exist or takes no files.
    """
    check_writable(path)
    encoded = io.BytesIO()
    try:
        kind = _FORMATS[Path(path).suffix.lower()]
        with sf.SoundFile(encoded, "w", samplerate=rate, channels=1, format=kind) as file:
            for start in range(0, len(samples), _BLOCK):
                file.write(samples[start : start + _BLOCK])
    except sf.LibsndfileError as error:
        raise AudioError(f"{path}: could not be encoded ({error}); write a .wav instead") from error
    with replacing(path, lasting=lasting) as temporary:
        # Python writes the bytes, not libsndfile, so that a full disk is reported as one.
        temporary.write_bytes(encoded.getbuffer())
