"""Spoken questions in doubt, heard a second time: answers with it and without.

python benchmarks/second_hearing.py QUESTIONS.json --noises FOLDER --work FOLDER [--count 120]
    [--skip 200] [--voice flite-slt]

The questions are spoken by one voice, alone and with noise at 10 dB, and asked of an index of their
paragraphs: as they are heard once, and as the product does. Recordings are kept in the work folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mondegreen.answers.answerer import IN_DOUBT, Answerer
from mondegreen.answers.build import build_index
from mondegreen.evaluate.answering import Passages, is_answered, read_questions
from mondegreen.evaluate.intervals import mcnemar, wilson
from mondegreen.jobs.progress import track
from spoken_questions import CONDITIONS, Recordings, drawn


def main() -> None:
    """Speak, ask twice, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--noises", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument(
        "--skip", type=int, default=200, help="questions, drawn first, to leave out"
    )
    parser.add_argument("--voice", default="flite-slt")
    given = parser.parse_args()
    answerer = Answerer(build_index([given.questions], given.work / "index").index)
    passages = Passages(answerer.index)
    recordings = Recordings(given.work, given.noises)
    every = drawn(read_questions(given.questions), given.skip + given.count)[given.skip :]
    for condition in CONDITIONS:
        rows = []
        for asked in track(every, total=len(every), what=condition):
            samples = recordings.samples(asked, given.voice, condition)
            spoken = answerer.hear(samples)
            once = None if spoken is None else answerer.answered(spoken[0])
            both = once, answerer.ask(samples)
            right = passages.of(asked)
            answered = [a is not None and is_answered(answerer, a, asked, right) for a in both]
            rows.append([once is not None and once.confidence < IN_DOUBT, *answered])
        report(condition, np.array(rows, np.bool_))


def report(condition: str, rows: np.ndarray) -> None:
    """`rows (N, 3)`: whether it was in doubt, and whether the answer was said once and at last."""
    again, once, last = rows.T
    first, second = wilson(int(once.sum()), len(rows)), wilson(int(last.sum()), len(rows))
    print(
        f"{condition}: heard again {int(again.sum())} of {len(rows)}; answer said {first}, "
        f"then {second}; mended {int((last & ~once).sum())}, harmed {int((once & ~last).sum())}, "
        f"McNemar p={mcnemar(once, last):.3g}",
        flush=True,
    )


if __name__ == "__main__":
    main()
