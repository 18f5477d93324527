"""A slot of 100,000 names: time to add it, time to understand it, and how often the name is right.

    python benchmarks/catalogue.py [--names 100000] [--spoken 200] [--voice flite-slt]

Names are made from the pronunciation lexicon (two or three words each, seeded), so that anybody can
rebuild the list; they are spoken by a voice the phone reader was never trained on.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from mondegreen.audio.samples import resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.intervals import wilson
from mondegreen.phonetics.pronouncer import lexicon_words
from mondegreen.voices import voice

GRAMMAR = """
context:
  expressions:
    Call: ["[call, dial, ring] $name:name"]
  slots:
    name: ["nobody"]
"""


def make_names(count: int, seed: int) -> list[str]:
    """Distinct names of two or three lexicon words."""
    rng = np.random.default_rng(seed)
    words = np.array([w for w in lexicon_words() if w.isascii() and w.isalpha() and len(w) > 2])
    names: dict[str, None] = {}
    while len(names) < count:
        size = int(rng.integers(2, 4))
        names[" ".join(str(w) for w in rng.choice(words, size)).title()] = None
    return list(names)


def main() -> None:
    """Build, speak, understand, report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--names", type=int, default=100_000)
    parser.add_argument("--spoken", type=int, default=200)
    parser.add_argument("--voice", default="flite-slt")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    names = make_names(options.names, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "call.yaml")
        path.write_text(GRAMMAR, encoding="utf-8")
        engine = GrammarEngine.load(str(path))
    began = time.perf_counter()
    engine.set_slot("name", names)
    states = engine.graph.states
    print(f"added {len(names):,} names in {time.perf_counter() - began:.1f} s ({states:,} states)")
    engine.ear.transcriber  # noqa: B018  (opened by the first reading in doubt: once, not per name)
    speaker = voice(options.voice)
    rng = np.random.default_rng(options.seed + 1)
    right, times = 0, []
    for name in rng.choice(np.array(names), options.spoken, replace=False):
        samples, rate = speaker.speak(f"call {name}")
        speech = resample(samples, rate)
        began = time.perf_counter()
        result = engine.understand(speech)
        times.append((time.perf_counter() - began) * 3 / (len(speech) / 16_000))
        right += result.values().get("name") == name
    recall = wilson(right, options.spoken)
    print(
        f"recall@1 {recall.value:.1%} [{recall.low:.1%}, {recall.high:.1%}], "
        f"n={options.spoken}, voice {options.voice}"
    )
    middle, worst = 1000 * statistics.median(times), 1000 * max(times)
    print(f"per 3 s of audio: median {middle:.0f} ms, worst {worst:.0f} ms")


if __name__ == "__main__":
    main()
