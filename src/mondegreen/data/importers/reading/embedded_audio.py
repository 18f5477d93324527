"""Recordings that lie inside tables, written out as files so that a manifest can name them."""

from __future__ import annotations

import errno
import re
from pathlib import Path, PurePosixPath

from ....errors import OutputError
from ....jobs.files import replacing

FOLDER = "recordings"
_KINDS = (
    (b"RIFF", ".wav"),
    (b"fLaC", ".flac"),
    (b"OggS", ".ogg"),
    (b"FORM", ".aiff"),
    (b"ID3", ".mp3"),
    (b"\xff\xfb", ".mp3"),
    (b"\xff\xf3", ".mp3"),
)
"""First bytes of sound files, and the ending by which they are known."""


def store(root: Path, content: bytes, name: str | None, split: str | None, identity: str) -> str:
    """Write a recording to `recordings/SPLIT/` in `root`; returns its path relative to `root`.

    It keeps its own name, where it has one that no other recording took; else it is named by the
    utterance. A file with the same content is left as it is. Raises OutputError where nothing can
    be written.
    """
    ending = next((e for start, e in _KINDS if content.startswith(start)), ".audio")
    original_name = PurePosixPath(name.replace("\\", "/")).name if name else ""
    file = _plain(original_name) if original_name not in ("", "..") else _plain(identity + ending)
    folder = PurePosixPath(FOLDER, _plain(split or "all"))
    for place in (folder / file, folder / f"{_plain(identity)}-{file}"):
        path = root / place
        if path.is_file() and path.read_bytes() == content:
            return str(place)
        if not path.exists():
            break
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # One of thousands, and it lies in the table as well: the next import misses what is not
        # whole.
        with replacing(path, lasting=False) as temporary:
            temporary.write_bytes(content)
    except (OSError, OutputError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise  # the command line says what to do about a full disk
        raise OutputError(
            f"{path.parent}: the recordings inside the table cannot be written there ({error}); "
            "import from a folder that you may write to"
        ) from error
    return str(place)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "_", name)


__all__ = ["FOLDER", "store"]
