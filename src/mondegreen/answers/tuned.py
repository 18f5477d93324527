"""The few numbers that were fitted: what evidence for a sentence weighs, and how sure an answer is.

They ship as `weights/answers/mondegreen.json`; see the model card there.
"""

from __future__ import annotations

from functools import lru_cache
from math import exp
from pathlib import Path
from typing import Annotated, ClassVar

import msgspec

from ..weights.folder import Description, open_folder, shipped

_REBUILD = "reinstall mondegreen"
_LARGEST = 1e3
"""Fitted weights are below 50."""
Weight = Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
SURE = ("margin", "close", "meaning", "explained", "repaired", "words", "bias")
"""Evidence for a passage, in the order of its weights; see `answerer`."""

SAID = (
    "odds", "sentence", "count", "unlisted", "by_words", "by_meaning", "by_closeness", "by_sound",
    "bias",
)  # fmt: skip
"""Evidence that the answer is in what is said, in the order of its weights; see `answerer`."""


class Tuned(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says."""

    FORMAT: ClassVar[int] = 2
    KIND: ClassVar[str] = "tuning of answers"

    sentence_weights: tuple[Weight, ...]
    """In the order of `selection.EVIDENCE`."""
    passage_weights: tuple[Weight, ...]
    """In the order of SURE."""
    said_weights: tuple[Weight, ...]
    """In the order of SAID: of the log odds that the answer is in what is said."""
    answered_from: Share
    """How likely an answer must be, where perhaps no page has it, to be given as one."""
    nothing_below: Share
    """The same below which nothing is offered."""

    def __post_init__(self) -> None:
        """Raise ValueError for weights of another number."""
        from .selection import EVIDENCE

        sizes = len(self.sentence_weights), len(self.passage_weights), len(self.said_weights)
        expected = len(EVIDENCE), len(SURE), len(SAID)
        if sizes != expected:
            raise ValueError(f"found {sizes} weights, expected {expected}")


@lru_cache(maxsize=1)
def shipped_tuning() -> Tuned:
    """The one that ships. Raises ModelError when it is damaged."""
    return read_tuning(shipped("answers"))


def read_tuning(folder: Path) -> Tuned:
    """The one in a folder. Raises ModelError when it is damaged."""
    return open_folder(folder, Tuned, _REBUILD).about


def logistic(x: float) -> float:
    """The probability of log odds."""
    return 1.0 / (1.0 + exp(-min(30.0, max(-30.0, x))))


__all__ = ["SAID", "SURE", "Tuned", "logistic", "read_tuning", "shipped_tuning"]
