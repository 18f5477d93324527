"""The sound of one utterance, cut out of its recording and checked."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from ..audio.read import read_audio
from ..audio.samples import RATE, Samples
from ..errors import AudioError, DataError
from .manifest import outside
from .utterance import Utterance

LONGEST = 3_600.0
"""Seconds: an utterance of an hour is a recording that nobody has cut."""
SHORTEST = 0.024
"""Seconds: one frame of the speech encoder."""


@lru_cache(maxsize=2)  # the utterances of one long recording follow each other
def _recording(path: Path, changed: int, channel: int | None) -> Samples:
    del changed  # part of the key: a file that was replaced is read again
    return read_audio(path, pipes=False, channel=channel).samples


def _changed(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except (OSError, ValueError):  # reading it says what is wrong
        return 0


def utterance_samples(root: Path, utterance: Utterance) -> Samples:
    """`(N,)` float32 at 16 kHz of the utterance, whose audio path is relative to `root`.

    Raises DataError, with the utterance's id, when there is no recording or it cannot be read, and
    when the utterance is shorter than a frame, longer than an hour or not in its recording.
    """
    if utterance.audio is None:
        raise DataError(
            f"{utterance.id}: has no audio, only text; 'mondegreen data synthesize' speaks it"
        )
    reason = outside(utterance.audio)
    if reason:
        raise DataError(f"{utterance.id}: {reason}")
    if utterance.duration is not None:
        _check_seconds(utterance.id, utterance.duration)
    path = root / utterance.audio
    try:
        samples = _recording(path, _changed(path), utterance.channel)
    except AudioError as error:
        raise DataError(f"{utterance.id}: {error}") from error
    start = round(utterance.start * RATE)
    end = len(samples)
    if utterance.duration is not None:
        end = start + round(utterance.duration * RATE)
    # Headers and resampling round: a tenth of a second past the end is no mistake.
    if start >= len(samples) or end > len(samples) + RATE // 10:
        raise DataError(
            f"{utterance.id}: lies at {utterance.start:.2f} to {end / RATE:.2f} s, past the end of "
            f"{utterance.audio} ({len(samples) / RATE:.2f} s)"
        )
    cut = samples[start:end]
    _check_seconds(utterance.id, len(cut) / RATE)
    return cut


def _check_seconds(identity: str, seconds: float) -> None:
    if seconds < SHORTEST:
        raise DataError(
            f"{identity}: {seconds * 1000:.0f} ms of audio is less than a frame "
            f"({SHORTEST * 1000:.0f} ms); leave it out"
        )
    if seconds > LONGEST:
        raise DataError(
            f"{identity}: {seconds / 3600:.1f} hours of audio is no utterance (1 hour at most); "
            "cut it into sentences"
        )


__all__ = ["LONGEST", "SHORTEST", "utterance_samples"]
