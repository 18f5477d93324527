"""Audio in and out: reading, resampling, cutting by voice activity, making it worse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .microphone import listen
    from .read import Recording, from_array, read_audio, read_blocks
    from .samples import Resampler, resample
    from .utterances import Piece, Segment, SegmentSettings, pieces, whole
    from .voice_activity import has_speech
    from .write import write_audio

__all__ = [
    "Piece",
    "Recording",
    "Resampler",
    "Segment",
    "SegmentSettings",
    "from_array",
    "has_speech",
    "listen",
    "pieces",
    "read_audio",
    "read_blocks",
    "resample",
    "whole",
    "write_audio",
]

__getattr__ = when_used(
    __name__,
    {
        "Piece": "utterances",
        "Recording": "read",
        "Resampler": "samples",
        "Segment": "utterances",
        "SegmentSettings": "utterances",
        "from_array": "read",
        "has_speech": "voice_activity",
        "listen": "microphone",
        "pieces": "utterances",
        "read_audio": "read",
        "read_blocks": "read",
        "resample": "samples",
        "whole": "utterances",
        "write_audio": "write",
    },
)
