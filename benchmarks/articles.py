"""People who say an article that the grammar lacks: "turn on the lamp" where it has "turn on lamp".

    python benchmarks/articles.py --data DIR [--utterances 150] [--listed 30]

Each utterance is a recording of people that training never hears, of at most ten words of which one
or two are articles, against a list of sentences of the same set, all written without articles.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mondegreen
from data_sets import people_of
from mondegreen.audio.read import read_audio
from mondegreen.text.read_aloud import spoken_words
from outcomes import outcome, report
from streams import grammar_of

SETS = ("common-voice", "common-voice-2", "librispeech-many", "speechocean762", "crema-d")
ARTICLES = ("a", "an", "the")


def main() -> None:
    """Understand, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=150)
    parser.add_argument("--listed", type=int, default=30)
    options = parser.parse_args()
    spoken = []
    for name in SETS:
        for row in people_of(options.data, name):
            words = spoken_words(row.text or "")
            articles = sum(word in ARTICLES for word in words)
            if len(words) - articles >= 3 and len(words) <= 10 and articles in (1, 2):
                spoken.append((row.path, " ".join(w for w in words if w not in ARTICLES)))
    spoken = spoken[:: max(1, len(spoken) // options.utterances)][: options.utterances]
    texts = list(dict.fromkeys(text for _, text in spoken))
    outcomes: Counter[str] = Counter()
    for path, text in spoken:
        at = texts.index(text)
        listed = [texts[(at + i) % len(texts)] for i in range(min(options.listed, len(texts)))]
        with tempfile.TemporaryDirectory() as place:
            engine = mondegreen.load(str(grammar_of(listed, [], Path(place))))
        result = engine.understand(read_audio(str(path)).samples)
        outcomes[outcome(result, right=result.intent == "s0")] += 1
    report(outcomes)


if __name__ == "__main__":
    main()
