"""The ear: a pretrained speech encoder, the phone reader on its frames, and a transcriber."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..exports import when_used

if TYPE_CHECKING:
    from .alignment import Alignment, align
    from .ear import Ear
    from .encoder import SpeechEncoder, load_encoder
    from .hearing import Hearing
    from .phone_folder import load_phonotactics
    from .phone_reading import read_phones
    from .transcriber import Transcriber

__all__ = [
    "Alignment", "Ear", "Hearing", "SpeechEncoder", "Transcriber", "align", "load_encoder",
    "load_phonotactics", "read_phones",
]  # fmt: skip

__getattr__ = when_used(
    __name__,
    {
        "Alignment": "alignment",
        "Ear": "ear",
        "Hearing": "hearing",
        "SpeechEncoder": "encoder",
        "Transcriber": "transcriber",
        "align": "alignment",
        "load_encoder": "encoder",
        "load_phonotactics": "phone_folder",
        "read_phones": "phone_reading",
    },
)
