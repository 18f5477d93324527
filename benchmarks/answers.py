"""Questions over a collection: how often the right paragraph and the right sentence are found.

python benchmarks/answers.py QUESTIONS.json [HEARD.json …] --work FOLDER [--pages MORE …]
    [--write FOLDER]

The index is made of the paragraphs of QUESTIONS, and of MORE where it is given. Weights and the
span reader are fitted in eight folds over the articles, so that no question is asked of weights
which have seen its article; readers are kept in the work folder, and a run that was stopped goes
on with them. --write fits them on all and writes `answers` and `spans` into FOLDER, as they ship.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.spans import SpanReader, read_spans
from mondegreen.answers.tuned import Tuned
from mondegreen.evaluate.answer_examples import Example, example
from mondegreen.evaluate.answering import LABELS, Outcome, Passages, figures, read_questions
from mondegreen.evaluate.intervals import mcnemar, paired_bootstrap, wilson
from mondegreen.jobs.progress import track
from mondegreen.training.answers.fit import fit, write
from mondegreen.training.answers.fit_spans import Lesson, fit_spans, lesson, write_spans
from mondegreen.weights.folder import DESCRIPTION

FOLDS = 8
_OUTSIDE = 3
"""Of so many questions one is also asked with its article left out."""


def main() -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--pages", type=Path, nargs="*", default=[])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = build_index([given.questions[0], *given.pages], folder).index
        answerer = Answerer(index, spans=SpanReader([]))
        sets = {path.stem: seen(answerer, path) for path in given.questions}
    every = [e for some in sets.values() for e in some]
    readers = Readers(given.work, every)
    folded = folds(every, readers)
    for name, examples in sets.items():
        report(name, cross_validated(examples, folded))
    report_nowhere(every, folded)
    if given.write:
        card = (given.write / "answers" / "README.md").read_text(encoding="utf-8")
        write(every, given.write / "answers", card)
        card = (given.write / "spans" / "README.md").read_text(encoding="utf-8")
        readers.write_all(given.write / "spans", card)


def seen(answerer: Answerer, path: Path) -> list[Example]:
    """The evidence for every question of a file."""
    passages, questions = Passages(answerer.index), read_questions(path)
    return [
        example(answerer, asked, passages.of(asked), outside=number % _OUTSIDE == 0)
        for number, asked in enumerate(track(questions, total=len(questions), what=path.stem))
    ]


class Readers:
    """Span readers by the articles that they have not seen, kept in a folder."""

    def __init__(self, work: Path, every: Sequence[Example]) -> None:
        self._work, self._every = work, every

    def without(self, fold: int, apart: set[str]) -> SpanReader:
        """One that has not seen some articles."""
        place = self._work / f"spans-{fold}"
        if not (place / DESCRIPTION).is_file():
            self._fit(place, [e for e in self._every if e.asked.article not in apart])
        return read_spans(place)

    def write_all(self, place: Path, card: str) -> None:
        """One of all questions."""
        self._fit(place, self._every, card)

    def _fit(self, place: Path, examples: Sequence[Example], card: str = "") -> None:
        by_question: dict[str, list[Lesson]] = {}
        for one in examples:
            shown = one.given
            if shown.tokens is not None:
                some = lesson(shown.tokens, one.place, one.asked.answers)
                by_question.setdefault(one.asked.identity, []).extend([some] if some else [])
        torch.set_num_threads(1)
        lessons = [some for some in by_question.values() if some]
        print(f"fitting {place.name} to {len(lessons)} questions", flush=True)
        write_spans(fit_spans(lessons), place, card)


Fold = tuple[set[str], Tuned, SpanReader]
"""Some of the articles, and weights and a reader that have not seen them."""


def folds(every: Sequence[Example], readers: Readers) -> list[Fold]:
    """Each article in one of them."""
    articles = sorted({e.asked.article for e in every})
    rows = []
    for fold in range(FOLDS):
        apart = set(articles[fold::FOLDS])
        rest = [e for e in every if e.asked.article not in apart]
        tuned = Tuned(format=Tuned.FORMAT, kind=Tuned.KIND, files={}, **fit(rest))
        rows.append((apart, tuned, readers.without(fold, apart)))
    return rows


def cross_validated(examples: Sequence[Example], folded: Sequence[Fold]) -> list[Outcome]:
    """Every question, under weights that have not seen its article."""
    return [
        e.outcome(tuned, spans)
        for apart, tuned, spans in folded for e in examples if e.asked.article in apart
    ]  # fmt: skip


def report_nowhere(every: Sequence[Example], folded: Sequence[Fold]) -> None:
    """What becomes of questions whose article is left out of the collection."""
    statuses: Counter[str] = Counter()
    for apart, tuned, _ in folded:
        for one in every:
            if one.outside is not None and one.asked.article in apart:
                statuses[replace(one, hits=(one.outside,)).outcome(tuned).status] += 1
    count = sum(statuses.values())
    for status, some in statuses.most_common():
        print(f"no page has the answer | {status} | {wilson(some, count)}", flush=True)


def report(name: str, outcomes: Sequence[Outcome]) -> None:
    """Every figure, and the difference to words alone."""
    for figure, interval in figures(outcomes).items():
        print(f"{name} | {LABELS[figure]} | {interval}", flush=True)
    ours = [float(o.rank == 0) for o in outcomes]
    words = [float(o.by_words == 0) for o in outcomes]
    difference = paired_bootstrap(ours, words).difference
    p_value = mcnemar([o > 0 for o in ours], [w > 0 for w in words])
    print(f"{name} | first, less words alone | {difference} p={p_value:.2g}", flush=True)


if __name__ == "__main__":
    main()
