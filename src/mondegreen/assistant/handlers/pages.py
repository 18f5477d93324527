"""Questions about the world, answered from an index of the user's own pages."""

from __future__ import annotations

from dataclasses import dataclass

from ...answers.answerer import MOST_CHARACTERS, Answerer
from .handler import Outcome, Request
from .talk import question


@dataclass(frozen=True)
class AskPages:
    """The handler of `Ask` where there is an index: `Assistant.load(…, handlers={"Ask": …})`."""

    answerer: Answerer

    def __call__(self, request: Request) -> Outcome:
        """Say the answer, what it may be, or that nothing was found."""
        text = question(request)[:MOST_CHARACTERS]
        if not text.strip():
            return Outcome("What would you like to know?")
        return Outcome(self.answerer.ask_text(text).text)


__all__ = ["AskPages"]
