"""A spoken question as another decoder writes it down, for where the first answer is in doubt.

The decoder of the general model was tuned on other speech than the published one, and its beam
looks at several texts: what one of them loses the other often keeps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from ..speech import beam
from ..speech.beam import MEMORY, STEP, BeamTranscriber
from ..speech.hearing import Hearing
from ..weights.folder import Description, open_folder, shipped

_REMEDY = "reinstall mondegreen"
_BEAM = 6
"""Texts that are followed; only the likeliest is asked. Mixing the answers to all six, by how
likely each is, found no more."""


class _DecoderDescription(Description, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """As much of the general model's description as its decoder needs."""

    FORMAT: ClassVar[int] = beam.FORMAT
    KIND: ClassVar[str] = beam.KIND
    NEEDED: ClassVar[tuple[str, ...]] = (MEMORY, STEP)


def heard_otherwise(hearing: Hearing) -> str:
    """What the other decoder writes down; nothing of speech that is too long for it.

    Raises ModelError when it is damaged.
    """
    frames = hearing.attended()
    texts = [] if frames is None else _decoder().hypotheses(frames, _BEAM)
    return texts[0].text if texts else ""


@lru_cache(maxsize=1)
def _decoder() -> BeamTranscriber:
    folder = open_folder(shipped("general"), _DecoderDescription, _REMEDY)
    return BeamTranscriber.load(folder.file(MEMORY), folder.file(STEP), _REMEDY)


__all__ = ["heard_otherwise"]
