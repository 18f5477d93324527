"""Keeps what C decoders write about a damaged mp3 or ALAC file off our standard error.

libmpg123 and libsndfile print lines of their own, and there is no switch for it. What they say is
in the error or the note that we give.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

_LOCK = threading.RLock()
_LINES = re.compile(
    rb"(?m)^(?:\[[^\n\]]*libmpg123|Note: |Warning: (?:Xing|Encountered)|compressed frame too)"
    rb"[^\n]*\n?"
)
"""How the decoders' lines begin."""


@contextmanager
def decoder_lines_dropped() -> Iterator[None]:
    """While this lasts, lines of decoders on standard error are dropped.

    Lines that other threads write meanwhile come through when it ends.
    """
    with _LOCK:
        if sys.__stderr__ is None:  # closed: what is open as number 2 may be the recording
            yield
            return
        ours = os.dup(2)
        lines = _lines_file(os.getpid())
        os.dup2(lines, 2)
        try:
            yield
        finally:
            os.dup2(ours, 2)
            os.close(ours)
            size = os.lseek(lines, 0, os.SEEK_CUR)
            if size:
                os.lseek(lines, 0, os.SEEK_SET)
                others = _LINES.sub(b"", os.read(lines, size))
                os.lseek(lines, 0, os.SEEK_SET)
                os.write(2, others)


@lru_cache(maxsize=1)
def _lines_file(_process: int) -> int:
    """One file for the process: a decoder is called four times a second of sound."""
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
