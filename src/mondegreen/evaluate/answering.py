"""How well questions are answered: the right passage, the right sentence, and how sure it is.

Questions come in SQuAD's format (see `question_set`), written, or as a recogniser heard them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..answers.answer import Answer
from ..answers.answerer import Answerer
from ..answers.pages.page import one_line
from ..answers.passage_index import PassageIndex
from ..answers.question import Question, read_question
from ..errors import DataError
from .intervals import Interval, bootstrap, bootstrap_statistic, wilson
from .question_set import Asked, read_questions
from .ranking import calibration_by_chance, calibration_error
from .short_answers import exact, overlap

NOWHERE = 1_000
"""Rank of a passage that is not among those that were found."""


@dataclass(frozen=True)
class Outcome:
    """What became of a question."""

    identity: str
    article: str
    question: str
    by_words: int
    """Rank, from 0, of the right passage by BM25 alone."""
    rank: int
    """The same among what was found."""
    status: str
    confidence: float
    answer: str
    answered: bool
    """Whether the answer is in what is said, out of the right passage."""
    within_passage: bool
    """The same were the right passage given."""
    short: str
    """The few words that are named as the answer."""
    exact: bool
    """Whether they are the answer; see `short_answers`."""
    overlap: float
    """F1 of their words and the answer's, from 0 to 1."""
    exact_in_passage: bool
    """The same were the right passage given."""
    overlap_in_passage: float
    meant: tuple[tuple[str, str], ...]
    """What was heard, and what it was taken for."""


class Passages:
    """Finds the passages that a paragraph of a question set became."""

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self._texts = [one_line(index.texts[n]) for n in range(len(index))]

    def of(self, asked: Asked) -> list[int]:
        """Numbers of the passages that lie in its paragraph, the one with the answer first.

        Raises DataError when the index does not have it.
        """
        paragraph = one_line(asked.paragraph)
        numbers = [
            n for n, text in enumerate(self._texts) if text in paragraph or paragraph in text
        ]
        if not numbers:
            raise DataError(
                f"the paragraph of the question {asked.identity!r} is not in the index; make the "
                "index of the same file, or of pages with the same text"
            )
        answer = one_line(asked.answers[0])
        before = one_line(asked.paragraph[: asked.place] + asked.answers[0])[-60:]
        # What stands before it may be in the passage before.
        holding = [n for n in numbers if before in self._texts[n]]
        holding = holding or [n for n in numbers if answer in self._texts[n]]
        if not holding:
            raise DataError(
                f"the answer of the question {asked.identity!r}, {answer!r}, is in none of the "
                "passages of its paragraph; take the question out of the file"
            )
        return [*holding, *(n for n in numbers if n not in holding)]


def ask_all(
    answerer: Answerer,
    questions: Sequence[Asked],
    *,
    passages: Passages | None = None,
    advance: Callable[[], None] = lambda: None,
) -> list[Outcome]:
    """Ask every question. Raises DataError when the index does not have their paragraphs."""
    passages = passages or Passages(answerer.index)
    outcomes = []
    for asked in questions:
        outcomes.append(_outcome(answerer, asked, passages.of(asked)))
        advance()
    return outcomes


def _outcome(answerer: Answerer, asked: Asked, right: Sequence[int]) -> Outcome:
    question = read_question(asked.text)
    searcher = answerer.searcher
    first = order_by_words(answerer, question)
    hits = searcher.search(question)
    answer = answerer.judged(question, hits)
    best = answer.candidates[0] if answer.candidates else None
    given = answerer.judged(question, searcher.explained(question, right[:1]))
    inside = given.candidates[0].text if given.candidates else ""
    short = best.short if best else ""
    short_inside = given.candidates[0].short if given.candidates else ""
    return Outcome(
        asked.identity, asked.article, asked.text, rank_of(first, right),
        rank_of([hit.passage for hit in hits], right), answer.status, answer.confidence,
        best.text if best else "",
        is_answered(answerer, answer, asked, right),
        has_answer(inside, asked),
        short, exact(short, asked.answers), overlap(short, asked.answers),
        exact(short_inside, asked.answers), overlap(short_inside, asked.answers),
        tuple((m.transcribed, m.word) for m in best.meant) if best else (),
    )  # fmt: skip


def is_answered(answerer: Answerer, answer: Answer, asked: Asked, right: Sequence[int]) -> bool:
    """Whether the answer is in what is said first, out of one of the `right` passages."""
    if not answer.candidates:
        return False
    best = answer.candidates[0]
    return best.passage in {answerer.index.texts[n] for n in right} and has_answer(best.text, asked)


def rank_of(numbers: Sequence[int], right: Sequence[int]) -> int:
    """The place of the first of `numbers` that is right, from 0; NOWHERE without one."""
    return next((i for i, number in enumerate(numbers) if number in right), NOWHERE)


def has_answer(text: str, asked: Asked) -> bool:
    """Whether one of the answers is in `text`, in whatever case and spacing."""
    lowered = one_line(text).lower()
    return any(one_line(answer).lower() in lowered for answer in asked.answers)


def figures(outcomes: Sequence[Outcome]) -> dict[str, Interval]:
    """Every figure with its interval; the confidence's are of whether what is said is right."""
    n = len(outcomes)
    share = _share(n)
    ranks = np.array([o.rank for o in outcomes])
    words = np.array([o.by_words for o in outcomes])
    sure = np.array([o.confidence for o in outcomes])
    right = np.array([o.answered for o in outcomes])
    order = np.argsort(-sure, kind="stable")[: max(1, round(0.8 * n))]
    answered_ones = [o for o in outcomes if o.status == "answered"]
    rows = {
        "r_at_1": share(ranks == 0),
        "r_at_5": share(ranks < 5),
        "mrr": bootstrap(1.0 / (1.0 + ranks)),
        "words_r_at_1": share(words == 0),
        "words_r_at_5": share(words < 5),
        "harmed": share((words == 0) & (ranks > 0)),
        "mended": share((words > 0) & (ranks == 0)),
        "sentence": share(np.array([o.within_passage for o in outcomes])),
        "answered_right": share(right),
        "exact": share(np.array([o.exact for o in outcomes])),
        "overlap": bootstrap(np.array([o.overlap for o in outcomes])),
        "exact_in_passage": share(np.array([o.exact_in_passage for o in outcomes])),
        "overlap_in_passage": bootstrap(np.array([o.overlap_in_passage for o in outcomes])),
        "passage_at_80": wilson(int((ranks[order] == 0).sum()), len(order)),
        "right_at_80": wilson(int(right[order].sum()), len(order)),
        "said": share(np.array([o.status == "answered" for o in outcomes])),
    }
    if answered_ones:
        rows["right_when_said"] = wilson(sum(o.answered for o in answered_ones), len(answered_ones))
    rows["ece"] = bootstrap_statistic(lambda drawn: calibration_error(sure[drawn], right[drawn]), n)
    rows["ece_by_chance"] = calibration_by_chance(sure)
    return rows


def _share(n: int) -> Callable[[Iterable[bool]], Interval]:
    return lambda flags: wilson(int(np.sum(np.asarray(flags))), n)


LABELS = {
    "r_at_1": "right passage first", "r_at_5": "right passage in the first five", "mrr": "MRR",
    "words_r_at_1": "by words alone (BM25): first", "words_r_at_5": "by words alone: first five",
    "harmed": "harmed against words alone", "mended": "mended against words alone",
    "sentence": "answer in what is said, passage given", "answered_right": "answer in what is said",
    "exact": "short answer is the right one (EM)",
    "overlap": "its words and the right answer's (F1)",
    "exact_in_passage": "short answer is the right one, passage given (EM)",
    "overlap_in_passage": "its words and the right answer's, passage given (F1)",
    "passage_at_80": "right passage, of the surest 80 %",
    "right_at_80": "answer in what is said, of the surest 80 %",
    "said": "given as the answer", "right_when_said": "answer in it, when given as the answer",
    "ece": "calibration error",
    "ece_by_chance": "calibration error that right confidences would have",
}  # fmt: skip
"""What each figure is called."""


def order_by_words(answerer: Answerer, question: Question) -> list[int]:
    """The first passages by BM25 alone."""
    words = answerer.searcher.lexical.scores(Counter(question.terms))
    return [int(n) for n in np.argsort(-words, kind="stable")[:NOWHERE]]


def rows_json(outcomes: Sequence[Outcome]) -> list[dict[str, Any]]:
    """The outcomes as JSON objects."""
    return [asdict(outcome) for outcome in outcomes]


__all__ = [
    "LABELS", "NOWHERE", "Asked", "Outcome", "Passages", "ask_all", "figures", "has_answer",
    "is_answered", "order_by_words", "rank_of", "read_questions", "rows_json",
]  # fmt: skip
