"""Single words of people from a live stream: noticed, and understood for what they are.

    python benchmarks/words.py --data DIR

The words are those of DIR/people/speech-commands-more; a grammar has them all, each an intent of
its own, with some that nobody says. Each recording is streamed with a second of its own level of
quiet before and after it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np

import mondegreen
from data_sets import people_of
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.evaluate.intervals import wilson
from mondegreen.jobs.seeds import stable_seed
from streams import grammar_of, streamed

SET = "speech-commands-more"
OTHERS = ["pause", "next", "go back", "louder", "turn it off", "what time is it", "help"]


def with_quiet(samples: Samples, name: str) -> Samples:
    """The recording between two seconds of noise as loud as its quietest tenth."""
    rng = np.random.default_rng(stable_seed("quiet", name))
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    floor = float(np.quantile(np.sqrt(np.square(frames).mean(axis=1)), 0.1))
    quiet = rng.normal(0.0, max(floor, 1e-5), 2 * RATE).astype(np.float32)
    return np.concatenate([quiet[:RATE], samples, quiet[RATE:]])


def main() -> None:
    """Stream every word, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    rows = [(row.path, row.text) for row in people_of(options.data, SET) if row.text]
    words = sorted({text for _, text in rows})
    counts: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as place:
        engine = mondegreen.load(str(grammar_of(words, OTHERS, Path(place))))
        for path, text in rows:
            samples = with_quiet(read_audio(path).samples, path.name)
            intent = f"s{words.index(text)}"
            results = streamed(engine, samples)
            intents = [result.intent for result in results if result.status == "understood"]
            counts["noticed"] += bool(results)
            counts["right"] += intents == [intent]
            counts["wrong silently"] += any(other != intent for other in intents)
            if intents != [intent]:
                print(text, [(r.status, r.transcript, r.confidence) for r in results])
    for name in ("noticed", "right", "wrong silently"):
        share = wilson(counts[name], len(rows))
        print(f"{name}: {share.value:.1%} [{share.low:.1%}, {share.high:.1%}], n={len(rows)}")


if __name__ == "__main__":
    main()
