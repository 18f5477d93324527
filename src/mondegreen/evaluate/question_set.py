"""Questions in SQuAD's format: articles with paragraphs, each with questions and where the answer
stands in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..answers.pages.page import one_line
from ..errors import DataError
from ..jobs.files import read_json

_EXPECTED = (
    "expected data, title, paragraphs, context, qas, id, question, answers, text, answer_start"
)


@dataclass(frozen=True)
class Asked:
    """A question with its answer."""

    identity: str
    article: str
    text: str
    answers: tuple[str, ...]
    """Any of them is right."""
    paragraph: str
    """What the answer stands in."""
    place: int
    """Where the first answer begins in it."""


@dataclass(frozen=True)
class QuestionSet:
    """What is in a file of questions."""

    asked: list[Asked]
    unanswerable: int
    """Questions without an answer, as SQuAD 2 has them: they are not asked."""


def read_question_set(path: Path) -> QuestionSet:
    """The questions of a file in SQuAD's format.

    Raises DataError for another format, no question with an answer, or an answer that its paragraph
    does not have.
    """
    value = read_json(path, "expected questions in SQuAD's format")
    try:
        rows = list(_rows(value))
    except KeyError as error:
        raise DataError(
            f"{path} is not in SQuAD's format (no {error.args[0]!r}); {_EXPECTED}"
        ) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise DataError(
            f"{path} is not in SQuAD's format (a field holds another kind of value); {_EXPECTED}"
        ) from error
    asked = [_asked(path, *row) for row in rows if row[2]["answers"]]
    if not asked:
        raise DataError(f"{path} holds no question with an answer")
    return QuestionSet(asked, len(rows) - len(asked))


def read_questions(path: Path) -> list[Asked]:
    """Those that have an answer. Raises DataError as `read_question_set` does."""
    return read_question_set(path).asked


def _rows(value: Any) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """The article, the paragraph and the fields of each question, all of the right kinds."""
    for article in value["data"]:
        for paragraph in article["paragraphs"]:
            for qa in paragraph["qas"]:
                answers = [
                    {"text": str(answer["text"]), "answer_start": int(answer["answer_start"])}
                    for answer in qa["answers"]
                ]
                fields = {"id": str(qa["id"]), "question": str(qa["question"]), "answers": answers}
                yield str(article["title"]), _text(paragraph["context"]), fields


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _asked(path: Path, article: str, paragraph: str, fields: Mapping[str, Any]) -> Asked:
    answers = fields["answers"]
    first, stated = answers[0]["text"], answers[0]["answer_start"]
    place = _nearest(paragraph, first, stated)
    if place is None:
        raise DataError(
            f"{path}: the answer {first!r} of the question {fields['id']!r} is not in its paragraph"
        )
    texts = tuple(answer["text"] for answer in answers)
    return Asked(fields["id"], article, one_line(fields["question"]), texts, paragraph, place)


def _nearest(paragraph: str, answer: str, stated: int) -> int | None:
    """Where the answer stands: where the file says, or the nearest place that has its letters."""
    before = paragraph.rfind(answer, 0, max(0, stated) + len(answer))
    after = paragraph.find(answer, max(0, stated))
    places = [place for place in (before, after) if place >= 0]
    return min(places, key=lambda place: abs(place - stated), default=None)


__all__ = ["Asked", "QuestionSet", "read_question_set", "read_questions"]
