"""How long the geometric measures take, what memory they need, and how well trees extrapolate.

    python benchmarks/geometry.py MANIFEST_OR_TEXTS... [--count 20000] [--embedding static]

Of the texts, `count` unique transcripts are used. Lengths from parts of a half, a quarter and an
eighth are compared with the exact one, beside what the participation ratio alone would say. Every
figure is by one process; memory is its largest resident size, before and after.
"""

from __future__ import annotations

import argparse
import resource
import time
from pathlib import Path

import numpy as np

from mondegreen.complexity.corpus import Corpus, from_manifest, from_text
from mondegreen.complexity.measures.geometric import Embedded, embedded, of_points, rarefied
from mondegreen.complexity.measures.spanning_tree import extrapolated_length, spanning_tree
from mondegreen.errors import DataError
from mondegreen.language.embedder import embedder


def megabytes() -> float:
    """The largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def gathered(paths: list[Path]) -> Corpus:
    """The transcripts of several files, with their intents where all have them."""
    parts = [from_manifest(p) if p.suffix == ".jsonl" else from_text(p) for p in paths]
    texts = [text for part in parts for text in part.texts]
    intents = [intent for part in parts for intent in part.intents]
    if len(intents) < len(texts):
        intents = []
    return Corpus("all", texts, intents, intents)


def points(corpus: Corpus, embedding: str, count: int) -> Embedded:
    """The embeddings of `count` random unique transcripts, timed."""
    embed = embedder(embedding)
    began = time.monotonic()
    data = embedded(corpus, embed)
    took = time.monotonic() - began
    print(f"{len(data.texts):,} unique transcripts embedded by {embed.name} in {took:.1f} s")
    if len(data.texts) < count:
        raise DataError(f"found {len(data.texts)} unique transcripts, expected {count}")
    chosen = np.sort(np.random.default_rng(1).choice(len(data.texts), count, replace=False))
    return Embedded(
        data.embedding,
        data.digest,
        [data.texts[i] for i in chosen.tolist()],
        data.points[chosen],
        [data.intents[i] for i in chosen.tolist()] if data.intents else [],
    )


def exact(data: Embedded) -> None:
    """All measures at once, and rarefied."""
    before = megabytes()
    began, busy = time.monotonic(), time.process_time()
    measures = of_points(data, limit=len(data.points))
    took, busy = time.monotonic() - began, time.process_time() - busy
    count, size = data.points.shape
    print(
        f"all measures of {count:,} points in {size} dimensions, exactly: {took:.1f} s "
        f"({busy:.1f} s of processors), {megabytes():.0f} MB resident ({before:.0f} before)"
    )
    for name, value in vars(measures).items():
        if isinstance(value, float):
            print(f"  {name} {value:.4f}")
    began = time.monotonic()
    parts = rarefied(data)
    print(f"rarefied to {parts['tree_length'].size:,}, 30 parts: {time.monotonic() - began:.1f} s")
    for name, part in parts.items():
        print(f"  {name} {part.mean:.4f} [{part.low:.4f}, {part.high:.4f}]")


def approximate(data: Embedded) -> None:
    """Extrapolated lengths against the exact one."""
    count = len(data.points)
    length = spanning_tree(data.points).length
    dimension = of_points(data, limit=count).dimension
    for share in (2, 4, 8):
        limit = count // share
        began = time.monotonic()
        guesses = [extrapolated_length(data.points, limit=limit, seed=seed) for seed in range(3)]
        took = (time.monotonic() - began) / 3
        errors = [guess.length / length - 1 for guess in guesses]
        print(
            f"from parts of up to {limit:,}: errors {', '.join(f'{e:+.2%}' for e in errors)} "
            f"(n^{guesses[0].exponent:.3f}), {took:.1f} s each"
        )
        if dimension is not None:
            drawn = np.random.default_rng(1).choice(count, limit, replace=False)
            part = spanning_tree(data.points[drawn]).length
            plain = part * share ** (1 - 1 / dimension) / length - 1
            print(f"  by the participation ratio {dimension:.1f} alone: {plain:+.2%}")


def main() -> None:
    """Print time, memory and errors."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("texts", type=Path, nargs="+", help="manifests (.jsonl) or a text a line")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--embedding", default="static")
    options = parser.parse_args()
    data = points(gathered(options.texts), options.embedding, options.count)
    exact(data)
    approximate(data)


if __name__ == "__main__":
    main()
