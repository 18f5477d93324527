"""How soon the general model knows the intent of a written sentence: a limit of deciding early.

    python benchmarks/general_beginnings.py WORK [--model MODEL]

WORK is that of `general.py split`; of its tests the `seen` sentences are read word by word, by what
the model learned of beginnings, and as if each beginning were all. The highest doubt at which the
intent is decided is chosen on one half of the sentences, by a hash of the text, so that a share of
them is decided wrongly, and the other half is measured; then the halves change places. Nothing is
misheard here, and every word is known as soon as it begins.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import numpy.typing as npt

from general import share
from mondegreen.data.manifest import Manifest
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import Reading, words_of
from mondegreen.evaluate.intervals import bootstrap, wilson

DOUBTS = np.geomspace(1e-4, 0.7, 80)
RISKS = (0.01, 0.05, 0.1)


@dataclass(frozen=True)
class Followed:
    """A sentence, word by word."""

    shares: npt.NDArray[np.float64]
    """(words, I) how likely each intent is after each word."""
    intent: int
    first_half: bool

    def decided(self, doubt: float) -> tuple[float, bool] | None:
        """The share of the words that are needed, and whether the decision is wrong."""
        sure = np.flatnonzero(self.shares.max(axis=1) >= 1.0 - doubt)
        if not len(sure):
            return None
        place = int(sure[0])
        wrong = int(self.shares[place].argmax()) != self.intent
        return (place + 1) / len(self.shares), wrong


def followed(engine: GeneralEngine, work: Path, way: Callable[[Reading], npt.NDArray[np.float64]]
             ) -> list[Followed]:  # fmt: skip
    """The sentences, as `way` reads their beginnings."""
    interpreter = engine.knowledge.interpreter
    rows = []
    for row in Manifest.open(work / "tests.jsonl"):
        words = words_of(row.text)
        if row.split == "seen" and words and row.intent in interpreter.intents:
            readings = [interpreter.read(words[: n + 1]) for n in range(len(words))]
            shares = np.exp(np.stack([way(reading) for reading in readings]))
            intent = interpreter.intents.index(row.intent)
            rows.append(Followed(shares, intent, share("half" + row.text) < 0.5))
    return rows


def chosen(rows: Sequence[Followed], risk: float) -> float:
    """The highest doubt at which at most a share `risk` of the sentences is decided wrongly."""
    doubts = [0.0]
    for doubt in DOUBTS.tolist():
        decisions = [row.decided(doubt) for row in rows]
        if np.mean([decision is not None and decision[1] for decision in decisions]) <= risk:
            doubts.append(doubt)
    return max(doubts)


def report(name: str, rows: Sequence[Followed]) -> None:
    """Print how soon and how often wrongly intents are decided."""
    for risk in RISKS:
        decisions = []
        for half in (False, True):
            doubt = chosen([row for row in rows if row.first_half != half], risk)
            decisions += [row.decided(doubt) for row in rows if row.first_half == half]
        settled = [decision for decision in decisions if decision is not None]
        wrong = wilson(sum(decision[1] for decision in settled), len(rows))
        of_all = bootstrap([1.0 if decision is None else decision[0] for decision in decisions])
        print(
            f"{name}, n = {len(rows)}, {risk:.0%}: decided {len(settled) / len(rows):.1%}, after "
            f"{np.mean([decision[0] for decision in settled]):.1%} of the words, of all {of_all}, "
            f"wrong {wrong}",
            flush=True,
        )


def main() -> None:
    """Print the figures of both ways."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("--model", default="general")
    options = parser.parse_args()
    engine = GeneralEngine.load(options.model)
    report("as wholes", followed(engine, options.work, lambda reading: reading.intents))
    report("as beginnings", followed(engine, options.work, lambda reading: reading.begun))


if __name__ == "__main__":
    main()
