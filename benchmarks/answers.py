"""Questions over a collection: how often the right paragraph and the right sentence are found.

python benchmarks/answers.py QUESTIONS.json [HEARD.json …] --pages MORE [--write FOLDER]

The index is made of the paragraphs of QUESTIONS, and of MORE where it is given. Weights are fitted
in eight folds over the articles, so that no question is asked of weights which have seen its
article; --write fits them on all and writes them.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.tuned import Tuned
from mondegreen.evaluate.answering import (
    LABELS,
    Asked,
    Example,
    Outcome,
    Passages,
    ask_all,
    examples,
    figures,
    read_questions,
)
from mondegreen.evaluate.intervals import mcnemar, paired_bootstrap
from mondegreen.jobs.progress import track
from mondegreen.training.answers.fit import fit, write

FOLDS = 8


def main() -> None:
    """Fit, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--pages", type=Path, nargs="*", default=[])
    parser.add_argument("--index", type=Path)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = given.index or Path(folder)
        index = build_index([given.questions[0], *given.pages], place).index
        answerer = Answerer(index)
        sets = {path.stem: read_questions(path) for path in given.questions}
        seen = {
            name: examples(answerer, list(track(some, total=len(some), what=name)))
            for name, some in sets.items()
        }
        for name, questions in sets.items():
            report(name, cross_validated(answerer, questions, seen))
        if given.write:
            card = (given.write / "README.md").read_text(encoding="utf-8")
            write([example for some in seen.values() for example in some], given.write, card)


def cross_validated(
    answerer: Answerer, questions: list[Asked], seen: dict[str, list[Example]]
) -> list[Outcome]:
    """Every question, asked of weights that have not seen its article."""
    passages = Passages(answerer.index)
    articles = sorted({asked.article for asked in questions})
    outcomes: list[Outcome] = []
    for fold in range(FOLDS):
        apart = set(articles[fold::FOLDS])
        rest = [e for some in seen.values() for e in some if e.article not in apart]
        tuned = Tuned(format=1, kind=Tuned.KIND, files={}, **fit(rest))
        one = answerer.tuned_otherwise(tuned)
        outcomes += ask_all(one, [q for q in questions if q.article in apart], passages=passages)
    return outcomes


def report(name: str, outcomes: list[Outcome]) -> None:
    """Every figure, and the difference to words alone."""
    for figure, interval in figures(outcomes).items():
        print(f"{name} | {LABELS[figure]} | {interval}", flush=True)
    ours = [float(o.rank == 0) for o in outcomes]
    words = [float(o.by_words == 0) for o in outcomes]
    difference = paired_bootstrap(ours, words).difference
    p_value = mcnemar([o > 0 for o in ours], [w > 0 for w in words])
    print(f"{name} | first, less words alone | {difference} p={p_value:.2g}", flush=True)
    print(json.dumps([o.meant for o in outcomes if o.meant and o.rank == 0 < o.by_words][:40]))


if __name__ == "__main__":
    main()
