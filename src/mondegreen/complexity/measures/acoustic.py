"""How close different meanings sound: phone strings of transcripts, and how far apart they are.

Distances are weighted edit distances between phone strings, with costs learned from what our phone
reader takes for what (`phonetics.confusions`): a phone that is never missed or mistaken costs about
1.
The two measures are ours: the length of the minimum spanning tree over the unique transcripts
(Borůvka 1926), and from each transcript the distance to the nearest that means something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...phonetics.distance import PhoneDistance
from ...phonetics.inventory import Pronunciation
from ...phonetics.pronouncer import Pronouncer
from ...speech.phone_folder import load_phone_distance
from ...text.read_aloud import is_latin
from ..corpus import Corpus
from .phone_pairs import Pairs, PhoneStrings, spanning_tree

Ints = npt.NDArray[np.int64]

MOST = 3_000
"""Unique transcripts that are all compared: 4.5 million pairs take some 20 s and 300 MB."""
LISTED = 20
"""Closest pairs that are named."""


@dataclass(frozen=True)
class Pair:
    """Two transcripts that sound alike and mean different things."""

    distance: float
    first: str
    second: str
    first_meaning: str
    second_meaning: str


@dataclass(frozen=True)
class Confusable:
    """How near the nearest transcript of another meaning sounds."""

    transcripts: int
    """Transcripts whose nearest was looked for, among all."""
    mean: float
    low: float
    """5 % of the transcripts have a nearer one."""
    closest: tuple[Pair, ...]
    """The nearest first; of each transcript at most its nearest."""


@dataclass(frozen=True)
class Acoustic:
    """The acoustic measures of a corpus; None where there is no defined value, `notes` say why."""

    transcripts: int
    """Unique transcripts that can be pronounced."""
    unpronounced: int
    """Unique transcripts that cannot, and are left out."""
    in_tree: int
    """Transcripts that the tree spans; a random part where it is fewer than `transcripts`."""
    tree_length: float | None
    tree_edge: float | None
    """Mean length of an edge of the tree."""
    meanings: Confusable | None
    """Between different interpretations (intent and slots)."""
    intents: Confusable | None
    """Between different intents."""
    notes: tuple[str, ...]


def measure(
    corpus: Corpus,
    *,
    pronouncer: Pronouncer | None = None,
    distance: PhoneDistance | None = None,
    most: int = MOST,
    seed: int = 1,
) -> Acoustic:
    """The acoustic measures of `corpus`, exact for up to `most` unique transcripts.

    Of more, the tree spans a random part of `most`; and nearest transcripts are looked for among
    all, but from as many random ones as make as many pairs. `notes` say so.
    """
    transcripts = _Transcripts.of(corpus, pronouncer or Pronouncer())
    count = len(transcripts.phones)
    notes = list(transcripts.notes)
    if count < 2:
        notes.append(f"{count} transcripts can be pronounced, and a distance needs two")
        return Acoustic(count, transcripts.unpronounced, 0, None, None, None, None, tuple(notes))
    costs = (distance or load_phone_distance()).symmetric()
    rng = np.random.default_rng(seed)
    strings = PhoneStrings(transcripts.phones, costs)
    if count <= most:
        pairs, queries = Pairs(strings), np.arange(count)
    else:
        queries = np.sort(rng.choice(count, max(1, most * most // (2 * count)), replace=False))
        pairs = Pairs(strings, queries)
        notes.append(
            f"of {count:,} transcripts, the tree spans a random {most:,}, and nearest ones were "
            f"looked for from a random {len(queries):,}"
        )
    meanings = _confusable(pairs, queries, transcripts, "meaning", notes)
    intents = _confusable(pairs, queries, transcripts, "intent", notes)
    if count > most:
        some = np.sort(rng.choice(count, most, replace=False))
        del pairs  # 100 MB, before as much again
        pairs = Pairs(PhoneStrings([transcripts.phones[i] for i in some], costs))
    edges = spanning_tree(pairs).astype(np.float64)
    return Acoustic(
        transcripts=count,
        unpronounced=transcripts.unpronounced,
        in_tree=len(edges) + 1,
        tree_length=float(edges.sum()),
        tree_edge=float(edges.mean()),
        meanings=meanings,
        intents=intents,
        notes=tuple(notes),
    )


def _confusable(
    pairs: Pairs, queries: Ints, transcripts: _Transcripts, what: str, notes: list[str]
) -> Confusable | None:
    """How near transcripts come to those of another meaning, or intent; None without two of it."""
    labels = transcripts.meanings if what == "meaning" else transcripts.intents
    texts = transcripts.texts
    if labels is None:
        return None
    numbers: dict[str, int] = {}
    label = np.array([numbers.setdefault(one, len(numbers)) for one in labels], np.int64)
    if len(numbers) < 2:
        notes.append(f"all transcripts have one {what}, so none is near another's")
        return None
    group = np.full(len(texts), -1, np.int64)
    group[queries] = np.arange(len(queries))
    near = pairs.nearest(label, group, len(queries))
    ranked = sorted(
        {
            (d, min(i, j), max(i, j))
            for d, i, j in zip(
                near.distance.tolist(), near.first.tolist(), near.second.tolist(), strict=True
            )
        }
    )
    return Confusable(
        transcripts=len(queries),
        mean=float(near.distance.mean(dtype=np.float64)),
        low=float(np.quantile(near.distance.astype(np.float64), 0.05)),
        closest=tuple(
            Pair(d, texts[i], texts[j], labels[i], labels[j]) for d, i, j in ranked[:LISTED]
        ),
    )


@dataclass(frozen=True)
class _Transcripts:
    """Unique transcripts that can be pronounced, with what they mean; None without labels."""

    texts: list[str]
    phones: list[Pronunciation]
    meanings: list[str] | None
    intents: list[str] | None
    unpronounced: int
    notes: tuple[str, ...]

    @classmethod
    def of(cls, corpus: Corpus, pronouncer: Pronouncer) -> _Transcripts:
        """The unique transcripts of `corpus` that can be pronounced."""
        tokens = corpus.tokens
        # The likeliest reading of each word: a sentence's readings multiply, and most are the same
        # sounds said more or less carefully.
        readings = [
            next(iter(pronouncer.word(word)), None) if is_latin(word) else None
            for word in tokens.vocabulary
        ]
        _, first = np.unique(tokens.transcripts, return_index=True)
        pronounceable: list[int] = []
        phones: list[Pronunciation] = []
        for number, at in enumerate(first.tolist()):
            ids = tokens.ids[tokens.starts[at] : tokens.starts[at + 1]].tolist()
            parts = [readings[i] for i in ids]
            if parts and None not in parts:
                pronounceable.append(number)
                phones.append(tuple(phone for part in parts for phone in part or ()))
        unpronounced = len(first) - len(pronounceable)
        notes = (
            f"{unpronounced:,} transcripts that cannot be pronounced in English were left out",
        )
        return cls(
            texts=[corpus.texts[first[number]] for number in pronounceable],
            phones=phones,
            meanings=_labels(corpus.interpretations, tokens.transcripts, pronounceable),
            intents=_labels(corpus.intents, tokens.transcripts, pronounceable),
            unpronounced=unpronounced,
            notes=notes if unpronounced else (),
        )


def _labels(labels: Sequence[str], transcripts: Ints, numbers: Sequence[int]) -> list[str] | None:
    """What each transcript means; all it can mean, where utterances of it are labelled in two ways.

    None without labels.
    """
    if not len(labels):
        return None
    label_sets: dict[int, set[str]] = {}
    for number, label in zip(transcripts.tolist(), labels, strict=True):
        label_sets.setdefault(number, set()).add(label)
    return [" | ".join(sorted(label_sets[number])) for number in numbers]


__all__ = ["Acoustic", "Confusable", "Pair", "measure"]
