"""How many passages a server must give for the answers to stay those of the folder.

python benchmarks/answers_narrowed.py INDEX QUESTIONS.json … [--take 25 50 100 200] [--every 4]

For each question the so-many best passages by BM25 and the so-many nearest by their vectors are
picked out of the folder, made into the rows that a server keeps, and asked as `ask -i http://…`
asks them. A server's own choice is nearly that: it keeps the lengths of passages in a byte and
looks for neighbours in a graph. Prints how often the answer is the folder's and how often the right
passage is first, with 95 % intervals, and how large the rows of a question are.
"""

from __future__ import annotations

import argparse
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import process_time

import msgspec
import numpy as np

from mondegreen.answers.answer import Answer
from mondegreen.answers.answerer import Answerer
from mondegreen.answers.opensearch.few_passages import FewPassages
from mondegreen.answers.opensearch.passage_row import PassageRow, SentRow, passage_row
from mondegreen.answers.opensearch.upload import about_of
from mondegreen.answers.question import Question, read_question
from mondegreen.answers.search import Searcher
from mondegreen.answers.stored import StoredIndex
from mondegreen.answers.vectors import cosines
from mondegreen.evaluate.answering import Passages, is_answered, read_questions
from mondegreen.evaluate.intervals import wilson
from mondegreen.jobs.progress import track


@dataclass
class Seen:
    """What became of the questions with so many passages of each kind."""

    same: list[bool] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    sizes: list[tuple[int, int]] = field(default_factory=list)
    """Bytes of the rows, and of the same packed."""
    seconds: list[float] = field(default_factory=list)
    """Of the processor, beside the server's."""


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("questions", type=Path, nargs="+")
    parser.add_argument("--take", type=int, nargs="+", default=[25, 50, 100, 200])
    parser.add_argument("--every", type=int, default=1)
    given = parser.parse_args()
    index = StoredIndex(given.index)
    print(f"{len(index):,} passages")
    for path in given.questions:
        report(index, path, given.take, given.every)


def report(index: StoredIndex, path: Path, takes: Sequence[int], every: int) -> None:
    """Print a line for the folder and one for each number of passages."""
    answerer, passages, rows = Answerer(index), Passages(index), read_questions(path)[::every]
    folder, seen = Seen(), {take: Seen() for take in takes}
    for asked in track(rows, total=len(rows), what=path.stem):
        question, texts = read_question(asked.text), passages.of(asked)
        begin = process_time()
        answer = answerer.answered(question)
        folder.seconds.append(process_time() - begin)
        folder.right.append(is_answered(answerer, answer, asked, texts))
        for take, some in seen.items():
            sent = msgspec.json.encode(rows_for(index, answerer.searcher, question, take))
            begin = process_time()
            other = narrowed(answerer, question, sent)
            some.seconds.append(process_time() - begin)
            some.same.append(other == answer)
            some.right.append(is_answered(answerer, other, asked, texts))
            some.sizes.append((len(sent), len(zlib.compress(sent, 6))))
    print(f"{path.stem}: right {share(folder.right)}, {np.mean(folder.seconds):.3f} s")
    for take, some in seen.items():
        plain, packed = np.mean(some.sizes, axis=0) / 1e6
        print(
            f"  {take}: the same {share(some.same)}, right {share(some.right)}, "
            f"{plain:.2f} MB, {packed:.2f} packed, {np.mean(some.seconds):.3f} s"
        )


def rows_for(
    index: StoredIndex, searcher: Searcher, question: Question, take: int
) -> list[SentRow]:
    """The rows of the passages that a server would choose, in their order."""
    words = searcher.lexical.scores(Counter(question.terms))
    chosen = {int(n) for n in np.argsort(-words, kind="stable")[:take] if words[n] > 0}
    vector = searcher.vector(question.written)
    if vector is not None:
        near = cosines(index.array("passage_vectors"), vector)
        chosen |= {int(n) for n in np.argsort(-near, kind="stable")[:take]}
    return [passage_row(index, number) for number in sorted(chosen)]


def narrowed(answerer: Answerer, question: Question, sent: bytes) -> Answer:
    """The answer out of rows as they come from a server."""
    asked = {term: answerer.searcher.lexical.frequency(term) for term in question.terms}
    rows = msgspec.json.decode(sent, type=list[PassageRow])
    assert isinstance(answerer.index, StoredIndex)
    few = FewPassages("server", about_of(answerer.index), rows, asked)
    return answerer.over(few).answered(question)


def share(flags: Sequence[bool]) -> str:
    """In percent, with the interval."""
    interval = wilson(sum(flags), len(flags))
    return (
        f"{100 * interval.value:.1f} % [{100 * interval.low:.1f}, {100 * interval.high:.1f}] "
        f"of {len(flags)}"
    )


if __name__ == "__main__":
    main()
