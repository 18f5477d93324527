"""The starter grammar and the general model asked in that order, beside each alone.

    python benchmarks/general_together.py WORK [--most N] [--seed N]

WORK is that of `general.py split`. Two kinds of sentences are heard by all three: commands that the
starter has, as `flite-slt` says them, and sentences of the general model's tests, as natural voices
do. Right is the meaning of the labels, or what the words said mean to the starter: a sentence of
the tests may well be the grammar's too.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mondegreen
from general_figures import some, spoken_tests
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples
from mondegreen.data.utterance import Utterance
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.grammar.analysis.sample import sample
from mondegreen.types import Meaning, Understanding
from outcomes import outcome, report
from rejection import spoken

ENGINES = ("starter", "general", "starter+general")


@dataclass(frozen=True)
class Clip:
    """A recording, and what it may mean."""

    samples: Samples
    to_starter: Meaning | None
    labelled: Utterance | None = None

    def right(self, result: Understanding) -> bool:
        """Whether that is what was meant."""
        if result.meaning is None:
            return False
        if self.to_starter is not None and result.meaning.key == self.to_starter.key:
            return True
        return self.labelled is not None and Trial(self.labelled, 0.0, (Answer(result),)).right()


def commands(starter: GrammarEngine, count: int, seed: int) -> Iterator[Clip]:
    """Sentences of the starter."""
    texts = [one.text for one in sample(starter.grammar, count, seed)]
    for text, samples in zip(texts, spoken(texts, "flite-slt"), strict=True):
        yield Clip(samples, starter.read(text).meaning)


def tests(starter: GrammarEngine, work: Path, count: int) -> Iterator[Clip]:
    """Sentences that the general model never met, whose values it may have."""
    rows = some(spoken_tests(work, "kokoro").where(split="seen"), count)
    for row in rows:
        samples = read_audio(rows.root / str(row.audio)).samples
        yield Clip(samples, starter.read(row.text).meaning, row)


def main() -> None:
    """Hear all, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--most", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    starter = GrammarEngine.load("starter")
    kinds = {
        "the starter's commands": list(commands(starter, options.most, options.seed)),
        "the model's tests": list(tests(starter, options.work, options.most)),
    }
    for name in ENGINES:
        engine = mondegreen.load(name)
        for kind, clips in kinds.items():
            counts: Counter[str] = Counter()
            for one in clips:
                result = engine.understand(one.samples)
                counts[outcome(result, right=one.right(result))] += 1
            report(counts, f"{name}, {kind}: ")


if __name__ == "__main__":
    main()
