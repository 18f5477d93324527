"""One utterance being understood: all that is known about it, and nothing that outlives it."""

from __future__ import annotations

from abc import ABC, abstractmethod

from ..speech.hearing import Hearing
from ..types import Outlook, Partial, Understanding


class Turn(ABC):
    """One utterance being understood by one engine; `Engine.begin` makes one.

    It is told what the ear made of the utterance, once when it is over or again and again while it
    grows, and asked what that means. All its times count from the utterance's start.
    """

    @abstractmethod
    def hear(self, hearing: Hearing) -> None:
        """Take in what has settled since the last time, and look ahead over the rest."""

    @abstractmethod
    def conclude(self, n_best: int = 1) -> Understanding:
        """What the utterance means, `n_best` readings at most; `hear` was given all of it.

        Only status, intent, slots, confidence, transcript, alternatives and decided_at are filled
        in; the engine adds the rest.
        """

    def prepare(self) -> None:  # noqa: B027 - most have nothing to prepare
        """Work out what is the same for all utterances; asked for before anybody speaks."""

    def so_far(self) -> Partial | None:
        """What an unfinished utterance is compatible with; None: this engine does not say."""
        return None

    def outlook(self) -> Outlook | None:
        """How settled the meaning is; None while there is nothing to decide, or ever."""
        return None
