"""Seconds of recordings, read from their headers: nothing is decoded."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import msgspec
import soundfile as sf

from ...utterance import Utterance


def with_duration(utterance: Utterance, root: Path) -> Utterance:
    """The utterance with its `duration`: the rest of its recording, where none is given.

    `root` is the folder that its audio is relative to. Raises ValueError for a recording that
    cannot be opened, and for an utterance that begins at its end or after it.
    """
    if utterance.audio is None or utterance.duration is not None:
        return utterance
    seconds = _seconds(root / utterance.audio)
    # Microseconds: finer than a sample at any rate that speech is recorded with.
    duration = round(seconds - utterance.start, 6)
    if duration <= 0:
        raise ValueError(
            f"begins at {utterance.start:g} s, but {utterance.audio} has {seconds:g} s of sound"
        )
    return msgspec.structs.replace(utterance, duration=duration)


@lru_cache(maxsize=2)  # the utterances of one long recording follow each other
def _seconds(path: Path) -> float:
    try:
        header = sf.info(path)
    except (sf.LibsndfileError, OSError) as error:
        raise ValueError(
            f"its recording {path.name} cannot be opened ({error}); download it again"
        ) from error
    return float(header.frames / header.samplerate)


__all__ = ["with_duration"]
