"""The n-gram entropies of a manifest under other rules of counting words than ours.

    mondegreen data import fsc FOLDER -o fsc.jsonl --text-only
    python benchmarks/entropy_rules.py fsc.jsonl --expect 5.23 6.64 7.28

Published figures seldom say how words were counted. With the figures expected, the rules that give
them, to their last decimal, are marked.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import numpy as np

from mondegreen.data.manifest import Manifest
from mondegreen.text.tokens import words

Words = list[str]
RULES: dict[str, Callable[[str], Words]] = {
    "ours": words,
    "curly apostrophes between words": lambda text: re.findall(r"[a-z0-9']+", text.lower()),
    "apostrophes dropped": lambda text: words(text.replace("'", "").replace("’", "")),
    "apostrophes between words": lambda text: re.findall(r"[a-z0-9]+", text.lower()),
    "contractions in two": lambda text: re.findall(r"'[a-z]+|n't|[a-z0-9]+", _parted(text)),
    "between spaces": lambda text: text.lower().split(),
    "between spaces, case kept": str.split,
    "signs are words": lambda text: re.findall(r"[a-z0-9']+|[^\sa-z0-9']", text.lower()),
    "hyphens inside words": lambda text: re.findall(r"[a-z0-9'-]+", text.lower()),
    "case kept": lambda text: re.findall(r"[A-Za-z0-9']+", text),
}
"""Ways to take the words of a text."""


def _parted(text: str) -> str:
    return re.sub(r"n't\b", " n't", text.lower().replace("’", "'"))


def entropy(rows: Sequence[Words], n: int, *, padded: bool) -> float:
    """Bits of a run of `n` words; `padded` with a mark before and behind each text."""
    ends = ["<s>"] * (n - 1) if padded else []
    runs = Counter(
        run
        for row in rows
        for marked in [[*ends, *row, *ends]]
        for run in zip(*(marked[i:] for i in range(n)), strict=False)
    )
    counts = np.array(list(runs.values()), np.float64)
    shares = counts / counts.sum()
    return float(-(shares * np.log2(shares)).sum())


def main() -> None:
    """A line for each rule, over all rows, each split, and each text once."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--expect", type=float, nargs=3, metavar=("H1", "H2", "H3"))
    options = parser.parse_args()
    rows = [(row.split or "", row.text) for row in Manifest.open(options.manifest) if row.text]
    parts = {"all rows": [text for _, text in rows]}
    for split in dict.fromkeys(split for split, _ in rows if split):
        parts[split] = [text for one, text in rows if one == split]
    parts["each text once"] = list(dict.fromkeys(text for _, text in rows))
    for part, texts in parts.items():
        for rule, words_of in RULES.items():
            tokens = [words_of(text) for text in texts]
            count, vocabulary = sum(map(len, tokens)), len(set(chain.from_iterable(tokens)))
            for padded in (False, True):
                bits = [entropy(tokens, n, padded=padded) for n in (1, 2, 3)]
                same = options.expect and [round(b, 2) for b in bits] == options.expect
                figures = " / ".join(f"{b:.2f}" for b in bits)
                print(
                    f"{'* ' if same else '  '}{figures}  {part}, {rule}{', padded' * padded}: "
                    f"{count:,} words, {vocabulary:,} different"
                )


if __name__ == "__main__":
    main()
