"""Questions about the world, answered from an index of the user's own pages."""

from __future__ import annotations

from dataclasses import dataclass

from ...answers.answer import Candidate
from ...answers.answerer import MOST_CHARACTERS, Answerer
from ...types import Source
from .handler import Outcome, Request


@dataclass(frozen=True)
class AskPages:
    """The handler of `Ask` where there is an index: `Assistant.load(…, handlers={"Ask": …})`."""

    answerer: Answerer

    def __call__(self, request: Request) -> Outcome:
        """Say the answer, what it may be, or that nothing was found."""
        text = request.text("question")[:MOST_CHARACTERS]
        if not text.strip():
            return Outcome("What would you like to know?")
        answer = self.answerer.ask_text(text)
        shown = answer.candidates
        if answer.status == "answered":
            shown = (shown[0], *([answer.other] if answer.other else []))
        return Outcome(answer.text, sources=tuple(map(_source, shown)))


def _source(candidate: Candidate) -> Source:
    return Source(
        candidate.title,
        candidate.section,
        candidate.path,
        candidate.link,
        candidate.text,
        round(candidate.confidence, 3),
    )


__all__ = ["AskPages"]
