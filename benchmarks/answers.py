"""Questions over a collection: how often the right paragraph and the right sentence are found.

python benchmarks/answers.py QUESTIONS.json [HEARD.json …] [--pages MORE …] [--write FOLDER]

The index is made of the paragraphs of QUESTIONS, and of MORE where it is given. Weights are fitted
in eight folds over the articles, so that no question is asked of weights which have seen its
article; --write fits them on all and writes them.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
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
from mondegreen.evaluate.intervals import mcnemar, paired_bootstrap, wilson
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
    report_nowhere(every)
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


def folds(every: Sequence[Example]) -> Iterator[tuple[set[str], Tuned]]:
    """Some of the articles, and weights that have not seen them."""
    articles = sorted({e.asked.article for e in every})
    for fold in range(FOLDS):
        apart = set(articles[fold::FOLDS])
        rest = [e for e in every if e.asked.article not in apart]
        yield apart, Tuned(format=Tuned.FORMAT, kind=Tuned.KIND, files={}, **fit(rest))


def cross_validated(examples: Sequence[Example], every: Sequence[Example]) -> list[Outcome]:
    """Every question, under weights that have not seen its article."""
    outcomes: list[Outcome] = []
    for apart, tuned in folds(every):
        outcomes += [e.outcome(tuned) for e in examples if e.asked.article in apart]
    return outcomes


def report_nowhere(every: Sequence[Example]) -> None:
    """What becomes of questions whose article is left out of the collection."""
    statuses: Counter[str] = Counter()
    for apart, tuned in folds(every):
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
