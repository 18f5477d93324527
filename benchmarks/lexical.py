"""How long all lexical measures of a million transcripts take, and what memory they need.

    python benchmarks/lexical.py TEXTS.jsonl [--count 1000000]

TEXTS holds a `text` on each line; each is used again and again with a number after it, so that
there are as many different transcripts and a larger vocabulary.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

from data_sets import texts_of
from mondegreen.complexity.corpus import Corpus
from mondegreen.complexity.measures.lexical import measure, rarefied


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path)
    parser.add_argument("--count", type=int, default=1_000_000)
    options = parser.parse_args()
    texts = texts_of(options.texts)
    # 4,999 is no divisor of the texts' number: every pair of text and number is another one.
    many = [f"{texts[i % len(texts)]} {i % 4_999} {i // 5_000_000}" for i in range(options.count)]
    began = time.monotonic()
    corpus = Corpus("many", many, many, many)
    measures = measure(corpus)
    rarefied(corpus.tokens, 10_000)
    took = time.monotonic() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{measures.utterances:,} transcripts ({measures.unique:,} different, "
        f"{measures.words:,} words, {measures.vocabulary:,} different): all lexical measures and "
        f"30 parts of 10,000 in {took:.1f} s; {memory:.0f} MB resident at most"
    )


if __name__ == "__main__":
    main()
