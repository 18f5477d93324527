"""What the weights of answers are fitted on: questions, their hits, and the evidence for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from ..answers.answerer import OFFERED, Answerer, agreed, passage_evidence, trusted
from ..answers.pages.page import one_line
from ..answers.passage_index import PassageIndex
from ..answers.question import Question, read_question
from ..answers.search import Hit
from ..answers.selection import evidence
from ..answers.span_evidence import Tokens, read_tokens
from ..answers.spans import SpanReader
from ..answers.tuned import Tuned
from .answering import Asked, Outcome, has_answer, order_by_words, rank_of
from .short_answers import exact, overlap

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shown:
    """A passage that may answer a question, as evidence alone."""

    evidence: Numbers
    """(7,) for the passage."""
    agreement: Numbers
    """(5,) what agrees on it."""
    right: bool
    sentences: Numbers
    """(sentences, 10) evidence."""
    holding: npt.NDArray[np.bool_]
    """(sentences,) whether the answer is in each; nowhere where the passage is not right."""
    texts: tuple[str, ...] = ()
    """The sentences."""
    tokens: Tokens | None = None
    """What the span reader sees of them."""

    def short(self, sentences: Sequence[int], spans: SpanReader | None) -> str:
        """The short answer within some of the sentences; empty without a reader."""
        if spans is None or self.tokens is None:
            return ""
        return spans.read(self.tokens, self.texts).short(sentences)


@dataclass(frozen=True)
class Example:
    """What the weights are fitted on: one question, its hits and their evidence."""

    asked: Asked
    by_words: int
    rank: int
    """See Outcome."""
    hits: tuple[Shown, ...]
    """The first ones."""
    given: Shown
    """The right passage."""
    place: int
    """Which of its sentences has the answer."""
    outside: Shown | None = None
    """The first hit where all of its article is left out: what is in no page must not be answered.
    None where that was not tried."""

    def outcome(self, tuned: Tuned, spans: SpanReader | None = None) -> Outcome:
        """What becomes of the question under other weights."""
        judged = [
            (*trusted(hit.evidence, hit.agreement, hit.sentences, tuned), hit) for hit in self.hits
        ]
        chosen, sure, chance, best = max(judged, key=lambda row: row[1])
        offered = chance >= tuned.nothing_below
        status = "answered" if chance >= tuned.answered_from else "unsure" if offered else "nothing"
        given = self.given
        within, _, _ = trusted(given.evidence, given.agreement, given.sentences, tuned)
        answers = self.asked.answers
        short = best.short(chosen.sentences, spans) if offered else ""
        inside = given.short(within.sentences, spans)
        return Outcome(
            self.asked.identity, self.asked.article, self.asked.text, self.by_words, self.rank,
            status, sure if offered else 0.0, "",
            offered and bool(best.holding[list(chosen.sentences)].any()),
            bool(given.holding[list(within.sentences)].any()), short,
            exact(short, answers), overlap(short, answers),
            exact(inside, answers), overlap(inside, answers), (),
        )  # fmt: skip


def example(
    answerer: Answerer, asked: Asked, right: Sequence[int], *, outside: bool = True
) -> Example:
    """The evidence for a question whose right passages are given, the one with the answer first."""
    searcher, question = answerer.searcher, read_question(asked.text)
    hits = searcher.search(question)
    shown = partial(_shown, answerer, asked, question)
    first = order_by_words(answerer, question)
    without = None
    if outside:
        pages = {int(answerer.index.array("passage_page")[n]) for n in right}
        others = searcher.search(question, without=pages)
        without = shown(others, 0, ()) if others else None
    return Example(
        asked, rank_of(first, right), rank_of([hit.passage for hit in hits], right),
        tuple(shown(hits, n, right) for n in range(min(OFFERED, len(hits)))),
        shown(searcher.explained(question, right[:1]), 0, right),
        _sentence_with_answer(answerer.index, right[0], asked), without,
    )  # fmt: skip


def _shown(
    answerer: Answerer,
    asked: Asked,
    question: Question,
    hits: Sequence[Hit],
    number: int,
    right: Sequence[int],
) -> Shown:
    hit = hits[number]
    sentences = answerer.index.sentences(hit.passage)
    is_right = hit.passage in right
    rows = evidence(question, hit, sentences)
    return Shown(
        passage_evidence(question, hits, number),
        agreed(question, hits, number, answerer.searcher.lexical),
        is_right, rows,
        np.array([is_right and has_answer(sentence, asked) for sentence in sentences]),
        tuple(sentences), read_tokens(question, hit, rows),
    )  # fmt: skip


def _sentence_with_answer(index: PassageIndex, passage: int, asked: Asked) -> int:
    """By the place of the answer: its words may stand in several sentences."""
    before = one_line(asked.paragraph[: asked.place] + asked.answers[0])[-60:]
    end = 0
    text = ""
    for number, sentence in enumerate(index.sentences(passage)):
        text = one_line(f"{text} {sentence}")
        if before in text:
            return number
        end = number
    return end


__all__ = ["Example", "Shown", "example"]
