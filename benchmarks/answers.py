"""Questions over a collection: how often the right paragraph and the right sentence are found.

python benchmarks/answers.py QUESTIONS.json [HEARD.json …] [--pages MORE …] [--write FOLDER]

The index is made of the paragraphs of QUESTIONS, and of MORE where it is given. Weights are fitted
in eight folds over the articles, so that no question is asked of weights which have seen its
article; --write fits them on all and writes them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.tuned import Tuned
from mondegreen.evaluate.answering import (
    LABELS,
    Example,
    Outcome,
    Passages,
    example,
    figures,
    read_questions,
)
from mondegreen.evaluate.intervals import mcnemar, paired_bootstrap
from mondegreen.jobs.progress import track
from mondegreen.training.answers.fit import fit, write

FOLDS = 8
_OUTSIDE = 3
"""Of so many questions one is also asked with its article left out."""


def main() -> None:
    """Ask, fit, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--pages", type=Path, nargs="*", default=[])
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = build_index([given.questions[0], *given.pages], folder).index
        answerer = Answerer(index)
        sets = {path.stem: seen(answerer, path) for path in given.questions}
    every = [e for some in sets.values() for e in some]
    for name, examples in sets.items():
        report(name, cross_validated(examples, every))
    if given.write:
        card = (given.write / "README.md").read_text(encoding="utf-8")
        write(every, given.write, card)


def seen(answerer: Answerer, path: Path) -> list[Example]:
    """The evidence for every question of a file."""
    passages, questions = Passages(answerer.index), read_questions(path)
    return [
        example(answerer, asked, passages.of(asked), outside=number % _OUTSIDE == 0)
        for number, asked in enumerate(track(questions, total=len(questions), what=path.stem))
    ]


def cross_validated(examples: Sequence[Example], every: Sequence[Example]) -> list[Outcome]:
    """Every question, under weights that have not seen its article."""
    articles = sorted({e.asked.article for e in examples})
    outcomes: list[Outcome] = []
    for fold in range(FOLDS):
        apart = set(articles[fold::FOLDS])
        rest = [e for e in every if e.asked.article not in apart]
        tuned = Tuned(format=Tuned.FORMAT, kind=Tuned.KIND, files={}, **fit(rest))
        outcomes += [e.outcome(tuned) for e in examples if e.asked.article in apart]
    return outcomes


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
