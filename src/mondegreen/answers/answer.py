"""What an answer is: a sentence or two of a page, where it stands, and how sure it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from .disagreement import contradicting

Status = Literal["answered", "unsure", "nothing", "no_speech"]
"""answered: sure enough to be said. unsure: one of the best two or three may be it. nothing: no
page says anything about it. no_speech: there was no question."""


@dataclass(frozen=True)
class Meant:
    """What was heard, and what it was taken for."""

    transcribed: str
    word: str


@dataclass(frozen=True)
class Candidate:
    """One possible answer."""

    text: str
    """One or two sentences of the page, as they stand there."""
    short: str
    """The few words of them that answer, so far as the span reader can tell; empty in an index
    without vectors."""
    confidence: float
    """How likely it is that the answer is in them."""
    title: str
    section: str
    path: str
    """Of the page's file."""
    link: str
    """Where to read on: the page's own address, or the file, with the section's anchor."""
    passage: str
    """The text around them."""
    meant: tuple[Meant, ...] = ()

    @property
    def source(self) -> str:
        """Page and section, as a person would name them."""
        return f"{self.title}, {self.section}" if self.section else self.title


@dataclass(frozen=True)
class Answer:
    """What became of a question."""

    status: Status
    question: str
    """As it was heard or written."""
    candidates: tuple[Candidate, ...] = ()
    """The best first: the answer, or two or three of which it may be one."""

    @property
    def text(self) -> str:
        """What to say."""
        if self.status == "no_speech":
            return ""
        if not self.candidates:
            return "I found nothing about that."
        if self.status == "answered":
            other = self.other
            also = f" Another page, {other.source}, says: {other.text}" if other else ""
            return f"{self.candidates[0].text}{also}"
        each = [f"from {candidate.source}: {candidate.text}" for candidate in self.candidates]
        return f"I am not sure. It may be this, {' Or this, '.join(each)}"

    @property
    def other(self) -> Candidate | None:
        """Of an answer, what another page says that is nearly as sure and disagrees."""
        return contradicting(self.candidates) if self.status == "answered" else None

    @property
    def short(self) -> str:
        """The few words of the answer that are asked for; empty where none is sure."""
        return self.candidates[0].short if self.status == "answered" else ""

    @property
    def confidence(self) -> float:
        """Of the best candidate; 0 without one."""
        return self.candidates[0].confidence if self.candidates else 0.0

    def to_json(self) -> dict[str, Any]:
        """The JSON object of the command line."""
        rows = [{**asdict(c), "confidence": round(c.confidence, 3)} for c in self.candidates]
        return {
            "status": self.status, "question": self.question, "answer": self.text,
            "short": self.short, "confidence": round(self.confidence, 3), "candidates": rows,
        }  # fmt: skip


__all__ = ["Answer", "Candidate", "Meant", "Status"]
