"""Ladders of virtual data sets: ever simpler ones, made by leaving out what holds rare words.

A rung keeps the utterances whose rarest word (or n-gram) is frequent enough in training. Every rung
has the same number of utterances, evenly from the speakers, so that only complexity differs. The
control ladder leaves out as many utterances at random.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np

from ...data.manifest import Manifest
from ...data.utterance import Utterance
from ...errors import DataError
from ...jobs.seeds import stable_seed
from ...text.tokens import words

TRAIN = "train"
FEWEST = 20
"""Utterances of a split under which an accuracy says nothing."""


@dataclass(frozen=True)
class Rung:
    """One virtual data set."""

    number: int
    """0 is the whole data set's complexity."""
    control: bool
    threshold: int
    """The rarest n-gram of every utterance occurs at least so often in training; 0 for a control,
    and where nothing is left out."""
    share: float
    """Share of the training utterances that the threshold keeps, before sizes are made equal."""
    rows: tuple[Utterance, ...]

    @property
    def name(self) -> str:
        """`rung-3` or `control-3`."""
        return f"{'control' if self.control else 'rung'}-{self.number}"


def grams(text: str, size: int) -> list[tuple[str, ...]]:
    """Runs of `size` words; the whole text where it is shorter."""
    sequence = words(text)
    if len(sequence) <= size:
        return [tuple(sequence)]
    return [tuple(sequence[i : i + size]) for i in range(len(sequence) - size + 1)]


def rarities(manifest: Manifest, *, ngram: int = 1) -> list[int]:
    """How often the rarest n-gram of each utterance occurs in the transcripts of training.

    Each different transcript counts once: a sentence that forty people read is one use of a word.
    """
    counts: Counter[tuple[str, ...]] = Counter()
    counted: set[str] = set()
    for utterance in manifest:
        transcript = " ".join(words(utterance.text))
        if utterance.split in (None, TRAIN) and transcript not in counted:
            counted.add(transcript)
            counts.update(set(grams(utterance.text, ngram)))
    return [min(counts[g] for g in grams(u.text, ngram)) for u in manifest]


def thresholds(train: Sequence[int], rungs: int, smallest: float) -> list[int]:
    """Rising thresholds, the first of which keeps all and the last the `smallest` share.

    Raises DataError when the rarities do not allow so many different ones.
    """
    levels = [0]
    ordered = np.sort(np.asarray(train))
    for share in np.linspace(1, smallest, rungs)[1:]:
        # The rarity of the first utterance that stays; ties stay together.
        value = int(ordered[min(len(ordered) - 1, round((1 - share) * len(ordered)))])
        # A threshold of 1 would leave out nothing of training.
        levels.append(max(value, levels[-1] + 1, 2))
    last = float(np.mean(np.asarray(train) >= levels[-1]))
    if last < smallest / 2:
        raise DataError(
            f"rare words allow fewer than {rungs} rungs: the last would keep {last:.0%} of the "
            f"utterances, {smallest:.0%} are wanted"
        )
    return levels


def build(
    manifest: Manifest,
    *,
    rungs: int = 8,
    ngram: int = 1,
    smallest: float = 0.25,
    seed: int = 1,
    control: bool = True,
) -> list[Rung]:
    """The ladder of a manifest whose rows are in splits, and its control ladder.

    Raises DataError when there is too little to make it from.
    """
    if rungs < 2:
        raise DataError(f"a ladder of {rungs} rungs shows nothing; expected 2 or more")
    rows = list(manifest)
    rare = rarities(manifest, ngram=ngram)
    train = [r for r, u in zip(rare, rows, strict=True) if u.split in (None, TRAIN)]
    if not train:
        raise DataError(f"{manifest.name}: no utterance is in the split 'train'; split it first")
    levels, rows_by_level, sizes = _divided(manifest.name, rows, rare, train, (rungs, smallest))
    shares = [float(np.mean(np.asarray(train) >= level)) for level in levels]
    ladder = [
        Rung(i, False, level, shares[i], tuple(_sample(rows_by_level[i], sizes, seed, f"rung-{i}")))
        for i, level in enumerate(levels)
    ]
    if control:
        for i, utterances in enumerate(rows_by_level):
            random = _at_random(rows, len(utterances), sizes, stable_seed("control", seed, i))
            ladder.append(
                Rung(i, True, 0, shares[i], tuple(_sample(random, sizes, seed, f"control-{i}")))
            )
    return ladder


Steps = tuple[list[int], list[list[Utterance]], Mapping[str, int]]
"""Thresholds, the utterances that each keeps, and how many of each split every rung gets."""


def _divided(
    name: str,
    rows: Sequence[Utterance],
    rare: Sequence[int],
    train: Sequence[int],
    wanted: tuple[int, float],
) -> Steps:
    """The steps of a ladder of so many rungs, and that smallest share.

    Raises DataError where the data do not allow it, which says how many rungs they do.
    """

    def divided(rungs: int) -> Steps:
        levels = thresholds(train, rungs, smallest)
        kept = [[u for u, r in zip(rows, rare, strict=True) if r >= level] for level in levels]
        return levels, kept, _equal_sizes(kept, name)

    rungs, smallest = wanted
    try:
        return divided(rungs)
    except DataError as error:
        # Thresholds rise by one or more, so no ladder has more rungs than the most frequent word.
        for fewer in range(min(rungs - 1, max(train)), 1, -1):
            try:
                divided(fewer)
            except DataError:
                continue
            raise DataError(f"{error}; ask for {fewer} rungs, which are possible") from error
        raise DataError(
            f"{error}, and not even 2 rungs are possible; take more data, or another smallest "
            "share (ladder: --smallest, study: --set smallest=)"
        ) from error


def _at_random(
    rows: Sequence[Utterance], count: int, sizes: Mapping[str, int], seed: int
) -> list[Utterance]:
    """`count` of the rows, in their order; a few more where a split would come out too small."""
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    indices, spare = order[:count], order[count:]
    counts = Counter(rows[i].split or TRAIN for i in indices)
    for i in spare:
        split = rows[i].split or TRAIN
        if counts[split] < sizes[split]:
            indices.append(i)
            counts[split] += 1
    return [rows[i] for i in sorted(indices)]


def _equal_sizes(ladder: Sequence[Sequence[Utterance]], name: str) -> Mapping[str, int]:
    """Utterances of each split that every rung can give, less a tenth: so no rung is forced to use
    all it has, and speakers can take turns."""
    counts = [Counter(u.split or TRAIN for u in rung) for rung in ladder]
    sizes = {split: int(min(c[split] for c in counts) * 0.9) for split in counts[0]}
    for split, size in sizes.items():
        if size < FEWEST:
            raise DataError(
                f"{name}: the simplest rung has only {size} utterances in {split!r}, {FEWEST} are "
                "the fewest"
            )
    return sizes


def _sample(
    rows: Sequence[Utterance], sizes: Mapping[str, int], seed: int, name: str
) -> Iterator[Utterance]:
    """As many utterances of each split as `sizes` says, the speakers taking turns."""
    ids: set[str] = set()
    for split, size in sizes.items():
        inside = [u for u in rows if (u.split or TRAIN) == split]
        if len(inside) < size:
            raise DataError(f"{name}: only {len(inside)} utterances in {split!r}, {size} wanted")
        rng = np.random.default_rng(stable_seed("ladder", seed, name, split))
        turns: dict[str | None, list[str]] = {}
        for i in rng.permutation(len(inside)):
            turns.setdefault(inside[int(i)].speaker, []).append(inside[int(i)].id)
        rounds = chain.from_iterable(zip_longest(*turns.values()))
        identities = (identity for identity in rounds if identity is not None)
        ids.update(identity for identity, _ in zip(identities, range(size), strict=False))
    return (u for u in rows if u.id in ids)


__all__ = ["FEWEST", "TRAIN", "Rung", "build", "rarities", "thresholds"]
