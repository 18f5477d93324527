"""Recordings out: a file appears under its name only when it is complete."""

from __future__ import annotations

import errno
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import soundfile as sf

from ..errors import AudioError
from .resample import Samples

_PREFIX, _SUFFIX = ".mondegreen-", ".part"
_FORMATS = {".wav": "WAV", ".flac": "FLAC", ".ogg": "OGG", ".mp3": "MP3", ".aiff": "AIFF"}


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """A temporary path beside `path` that takes its name when the block ends without an error.

    Raises AudioError when nothing can be written there.
    """
    target = Path(path)
    temporary = _temporary(target)
    try:
        yield temporary
        # mkstemp makes private files; the result gets the permissions any new file would.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files below `folder` that writers left which were killed.

    Only for a folder that nobody else writes to at this moment.
    """
    for path in folder.rglob(f"{_PREFIX}*{_SUFFIX}"):
        path.unlink(missing_ok=True)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise AudioError when `write_audio` could not write `path`: worth asking before long work."""
    target = Path(path)
    if target.suffix.lower() not in _FORMATS:
        raise AudioError(
            f"{target}: found the ending {target.suffix or '(none)'!r}, expected one of "
            f"{', '.join(_FORMATS)}"
        )
    _temporary(target).unlink()


def _temporary(target: Path) -> Path:
    """A new file beside `target`. Raises AudioError, with the name of `target`, if none can be."""
    _check_place(target)
    try:
        handle, name = tempfile.mkstemp(prefix=_PREFIX, suffix=_SUFFIX, dir=target.parent)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise  # the command line says what to do about a full disk
        raise AudioError(
            f"{target}: cannot write in {target.parent.absolute()} ({error.strerror}); name a file "
            "in another folder"
        ) from error
    os.close(handle)
    return Path(name)


def _check_place(target: Path) -> None:
    if target.parent.exists() and not target.parent.is_dir():
        raise AudioError(f"{target}: {target.parent} is a file, not a folder; name another place")
    if not target.parent.is_dir():
        raise AudioError(
            f"{target}: the folder {target.parent} does not exist; create it first "
            f"(mkdir -p {target.parent})"
        )
    if target.is_dir():
        raise AudioError(f"{target}: found a folder, expected the name of a file to write")


def write_audio(path: str | os.PathLike[str], samples: Samples, rate: int) -> None:
    """Write mono samples (N,) in [-1, 1] at `rate` Hz; the ending of `path` chooses the format.

    Raises AudioError for an unknown ending or a folder that does not exist.
    """
    check_writable(path)
    encoded = io.BytesIO()
    try:
        sf.write(encoded, samples, rate, format=_FORMATS[Path(path).suffix.lower()])
    except sf.LibsndfileError as error:
        raise AudioError(f"{path}: could not be encoded ({error}); write a .wav instead") from error
    with replacing(path) as temporary:
        # Python writes the bytes, not libsndfile, so that a full disk is reported as one.
        temporary.write_bytes(encoded.getbuffer())
