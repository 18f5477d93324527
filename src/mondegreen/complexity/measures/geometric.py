"""How widely sentences are strewn in meaning: tree, spread and volume of their embeddings.

Points are the embeddings of the *unique* transcripts, each of length 1; distances are Euclidean.
Formulae are ours, of known quantities; `dimension` is trace(C)² / trace(C²) of the covariance C,
the participation ratio.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...language.embedder import Embedder, Vectors, checked_vectors
from ...text.tokens import Ids
from ..corpus import Corpus
from .lexical import Rarefied, summaries
from .spanning_tree import EXACT_LIMIT, Floats, extrapolated_length, spanning_tree

LEADING = 10
"""Components of the log-volume. A fixed number: volumes of unequal dimension cannot be compared."""
REFERENCE_SIZE = 1_000
"""Transcripts of a part, for values that corpora of different sizes can be compared by."""
_RAREFIED = (
    "tree_length", "tree_edge", "tree_adjusted", "dimension", "spread", "log_volume",
    "confusability",
)  # fmt: skip
_SHOWN = 50
"""Pairs of intents that are kept."""
_NO_EXTENT = 1e-12
"""Variance under which points of length 1 are equal: 32-bit numbers differ by 1e-14 at random."""
_BLOCK = 16_384


@dataclass(frozen=True)
class IntentPair:
    """Two intents, some sentences of which are nearest to one of the other."""

    first: str
    second: str
    count: int
    """Sentences of either whose nearest neighbour has the other intent."""
    share: float
    """The same as a share of the sentences of both that were looked at."""
    example: tuple[str, str]
    """The closest of them, a sentence of the first and one of the second."""
    distance: float
    """Between the two; 0 to 2."""


@dataclass(frozen=True)
class Geometric:
    """The geometric measures; None where there is no defined value, and `notes` say why."""

    embedding: str
    """Name of the embedder; numbers of different embedders cannot be compared."""
    digest: str
    transcripts: int
    """Unique transcripts with at least one word: n."""
    tree_length: float | None
    """Length L of the minimum spanning tree."""
    tree_edge: float | None
    """L / (n - 1)."""
    tree_adjusted: float | None
    """L / n^((d - 1) / d), d the dimension: what n does not explain in the theorem of Beardwood,
    Halton and Hammersley (1959), for n independent points in d dimensions."""
    dimension: float | None
    """Participation ratio: over how many directions the variance is spread; at least 1."""
    spread: float | None
    """Mean distance from the centroid."""
    variance: float | None
    """Sum of the variances along all axes."""
    log_volume: float | None
    """Sum of ln(standard deviation) over the ten leading principal components."""
    confusability: float | None
    """Share of the transcripts whose nearest neighbour has another intent."""
    pairs: tuple[IntentPair, ...]
    """The pairs of intents with the most such transcripts, 50 at most."""
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Embedded:
    """The unique transcripts of a corpus as points."""

    embedding: str
    digest: str
    texts: Sequence[str]
    points: Vectors
    """(n, E)."""
    intents: Sequence[str]
    """Of each, the one it has most often, "" without; empty where the corpus has no intents."""


def embedded(corpus: Corpus, embed: Embedder) -> Embedded:
    """The transcripts of `corpus` that have words, each once, as its words are counted.

    Raises DataError that names the sentence when its embedding is not a row of numbers.
    """
    tokens = corpus.tokens
    _, first = np.unique(tokens.transcripts, return_index=True)
    places = np.sort(first[tokens.lengths[first] > 0])
    texts = [
        " ".join(tokens.vocabulary[i] for i in tokens.ids[tokens.starts[d] : tokens.starts[d + 1]])
        for d in places.tolist()
    ]
    points = checked_vectors(embed.embed(texts), texts, embed.name)
    intents: list[str] = []
    if corpus.intents:
        votes: dict[int, Counter[str]] = {}
        for transcript, intent in zip(tokens.transcripts.tolist(), corpus.intents, strict=True):
            votes.setdefault(transcript, Counter())[intent] += 1
        intents = [votes[t].most_common(1)[0][0] for t in tokens.transcripts[places].tolist()]
    return Embedded(embed.name, embed.digest, texts, points, intents)


def measure(
    corpus: Corpus, embed: Embedder, *, limit: int = EXACT_LIMIT, seed: int = 1
) -> Geometric:
    """The geometric measures of `corpus`; `of_points` of its embeddings."""
    return of_points(embedded(corpus, embed), limit=limit, seed=seed)


def of_points(data: Embedded, *, limit: int = EXACT_LIMIT, seed: int = 1) -> Geometric:
    """The geometric measures, exact for up to `limit` transcripts.

    Of more, the tree's length is extrapolated (see `extrapolated_length`), and nearest neighbours
    are looked for among all, but of as many random transcripts as make as many distances.
    """
    count = len(data.points)
    notes: list[str] = []
    if not count:
        notes.append("no transcript has a word, and there is nothing to embed")
    shape = _Shape.of(data.points)
    if count <= limit:
        tree = spanning_tree(data.points) if count else None
        length = tree.length if tree else None
        near = _Near(np.arange(count), *tree.nearest()) if tree and count > 1 else None
    else:
        guess = extrapolated_length(data.points, limit=limit, seed=seed)
        length, near = guess.length, None
        notes.append(
            f"of {count:,} transcripts, the tree is extrapolated from parts of up to {limit:,}, "
            f"along which its length grew as n^{guess.exponent:.3f}"
        )
    confusability, pairs = _confusability(data, near, limit, seed, notes)
    if count and shape.dimension is None:
        what = "there is one transcript" if count == 1 else "all transcripts are one point"
        notes.append(f"{what}, which has no dimension, and no volume")
    elif count and shape.log_volume is None:
        notes.append(f"the transcripts span fewer than {LEADING} directions, and have no volume")
    return Geometric(
        data.embedding, data.digest, count,
        tree_length=length,
        tree_edge=None if length is None or count < 2 else length / (count - 1),
        tree_adjusted=_adjusted(length, count, shape.dimension),
        dimension=shape.dimension, spread=shape.spread, variance=shape.variance,
        log_volume=shape.log_volume, confusability=confusability, pairs=pairs, notes=tuple(notes),
    )  # fmt: skip


def _adjusted(length: float | None, count: int, dimension: float | None) -> float | None:
    if length is None or dimension is None:
        return None
    return float(length / count ** (1.0 - 1.0 / dimension))


@dataclass(frozen=True)
class _Shape:
    """What the covariance and the centroid say of points."""

    dimension: float | None
    spread: float | None
    variance: float | None
    log_volume: float | None

    @classmethod
    def of(cls, points: Vectors) -> _Shape:
        """The shape of `points (n, E)`; all None for none."""
        if not len(points):
            return cls(None, None, None, None)
        centre = points.mean(axis=0, dtype=np.float64)
        covariance = np.zeros((points.shape[1],) * 2)
        far = 0.0
        for start in range(0, len(points), _BLOCK):  # 64-bit copies of a part only
            moved = points[start : start + _BLOCK] - centre
            covariance += moved.T @ moved
            far += float(np.linalg.norm(moved, axis=1).sum())
        covariance /= len(points)
        total, spread = float(np.trace(covariance)), far / len(points)
        if total <= _NO_EXTENT:
            return cls(None, 0.0, 0.0, None)
        dimension = total**2 / float((covariance * covariance).sum())
        values = np.linalg.eigvalsh(covariance)[::-1][:LEADING]
        flat = len(values) < LEADING or values[-1] <= _NO_EXTENT * total
        volume = None if flat else float(0.5 * np.log(values).sum())
        return cls(dimension, spread, total, volume)


@dataclass(frozen=True)
class _Near:
    """Nearest neighbours."""

    queries: Ids
    """(Q,) the points whose neighbour was looked for."""
    nearest: Ids
    """(Q,) the neighbour of each."""
    distances: Floats
    """(Q,) how far it is."""


def _nearest(points: Vectors, queries: Ids) -> _Near:
    """The nearest other point of each of `queries`, by |y|² - 2xy, which orders as distances do."""
    nearest = np.empty(len(queries), np.int64)
    squares = np.einsum("nd,nd->n", points, points)
    rows = max(1, 50_000_000 // len(points))  # 200 MB of distances at once
    for start in range(0, len(queries), rows):
        part = queries[start : start + rows]
        far = (-2.0 * points[part]) @ points.T
        far += squares
        far[np.arange(len(part)), part] = np.inf
        nearest[start : start + rows] = far.argmin(axis=1)
    difference = points[queries].astype(np.float64) - points[nearest]
    return _Near(queries, nearest, np.linalg.norm(difference, axis=1))


def _confusability(
    data: Embedded, near: _Near | None, limit: int, seed: int, notes: list[str]
) -> tuple[float | None, tuple[IntentPair, ...]]:
    """The share of neighbours with another intent, and the pairs; notes say why there is none."""
    labelled = np.flatnonzero([bool(intent) for intent in data.intents])
    intents = {data.intents[i] for i in labelled.tolist()}
    if len(intents) < 2:
        what = "all transcripts have the same intent" if intents else "no transcript has an intent"
        notes.append(f"{what}, and none can be taken for another")
        return None, ()
    if near is None or len(labelled) < len(data.points):
        # Only those with an intent; the tree knows neighbours among all.
        count = len(labelled)
        queries = np.arange(count)
        if count > limit:
            rng = np.random.default_rng(seed)
            queries = np.sort(rng.choice(count, max(1, limit * limit // count), replace=False))
            notes.append(f"nearest sentences were looked for from a random {len(queries):,}")
        among = _nearest(data.points[labelled], queries)
        near = _Near(labelled[among.queries], labelled[among.nearest], among.distances)
    neighbours = zip(near.queries.tolist(), near.nearest.tolist(), strict=True)
    differs = np.array([data.intents[a] != data.intents[b] for a, b in neighbours])
    return float(differs.mean()), _pairs(data, near, differs)


def _pairs(data: Embedded, near: _Near, differs: npt.NDArray[np.bool_]) -> tuple[IntentPair, ...]:
    queries_by_intent = Counter(data.intents[i] for i in near.queries.tolist())
    counts: Counter[tuple[str, str]] = Counter()
    closest: dict[tuple[str, str], tuple[float, int, int]] = {}
    for at in np.flatnonzero(differs):
        one, two = int(near.queries[at]), int(near.nearest[at])
        if data.intents[two] < data.intents[one]:
            one, two = two, one
        pair = data.intents[one], data.intents[two]
        counts[pair] += 1
        candidate = (float(near.distances[at]), one, two)
        closest[pair] = min(closest.get(pair, candidate), candidate)
    ranked = sorted(counts, key=lambda pair: (-counts[pair], closest[pair]))[:_SHOWN]
    return tuple(
        IntentPair(
            *pair,
            count=counts[pair],
            share=counts[pair] / (queries_by_intent[pair[0]] + queries_by_intent[pair[1]]),
            example=(data.texts[closest[pair][1]], data.texts[closest[pair][2]]),
            distance=closest[pair][0],
        )
        for pair in ranked
    )


def rarefied(
    data: Embedded, size: int = REFERENCE_SIZE, *, rounds: int = 30, seed: int = 1
) -> dict[str, Rarefied]:
    """The measures over `rounds` random parts of `size` unique transcripts; see `Rarefied`.

    Trees grow, and neighbours come nearer, with n: only parts of equal size can be compared.
    Drawn without replacement; a measure without a value in some part is left out.
    """
    if not len(data.points):
        return {}
    rng = np.random.default_rng(seed)
    size = min(size, len(data.points))
    if size == len(data.points):
        rounds = 1  # the whole of it, every time
    by_measure: dict[str, list[float | None]] = {name: [] for name in _RAREFIED}
    for _ in range(rounds):
        indices = np.sort(rng.choice(len(data.points), size, replace=False))
        part = Embedded(
            data.embedding, data.digest, [data.texts[i] for i in indices.tolist()],
            data.points[indices],
            [data.intents[i] for i in indices.tolist()] if data.intents else [],
        )  # fmt: skip
        values = vars(of_points(part, limit=size, seed=seed))
        for name in _RAREFIED:
            by_measure[name].append(values[name])
    return summaries(by_measure, size)


__all__ = [
    "REFERENCE_SIZE", "Embedded", "Geometric", "IntentPair", "embedded", "measure", "of_points",
    "rarefied",
]  # fmt: skip
