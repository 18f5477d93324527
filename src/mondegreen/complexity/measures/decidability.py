"""How early a sentence is decided: the words that must be heard before its meaning is certain.

An oracle that knows every transcript of the corpus hears a sentence word by word. The words so far
decide its intent (a slot, everything) when all transcripts that begin with them agree on it. The
definition is ours; it is the earliest moment at which a system that hears perfectly could act. Each
unique transcript counts once.

In sorted order the transcripts that share a beginning stand side by side, so the nearest neighbours
that mean something else settle the question: linear time after the sort, and no tree of prefixes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...text.tokens import Ids, Tokens
from ..corpus import Corpus
from .lexical import numbered

Flags = npt.NDArray[np.bool_]

ABSENT = -1
"""Label of an utterance that lacks a slot."""


@dataclass(frozen=True)
class WordsNeeded:
    """When something is decided, over unique transcripts."""

    transcripts: int
    """Transcripts that were asked; for all slots together, one for each slot of each transcript."""
    mean: float | None
    """Share of a transcript's words that must be heard. None where every transcript is ambiguous;
    those are left out here, in the median and in `words`."""
    median: float | None
    words: float | None
    """Words that must be heard, on average."""
    at_end: float
    """Share of transcripts that nothing decides before their last word. One that also begins a
    longer transcript of another meaning is among them, and all of its words count."""
    ambiguous: float
    """Share of transcripts that are open even at the end: the same words, labelled differently."""


@dataclass(frozen=True)
class Decidability:
    """When the meanings of a corpus are decided; None without labels."""

    intent: WordsNeeded | None
    slots: WordsNeeded | None
    """All slots together. A slot is asked of the transcripts that have it, and decided when its
    value is; None where there are no slots."""
    everything: WordsNeeded | None
    """Intent and all slots."""
    by_slot: Mapping[str, WordsNeeded]


def measure(corpus: Corpus) -> Decidability:
    """When intent, slots and everything are decided. Transcripts without a word are left out.

    With one intent only, it is decided before the first word: 0.
    """
    prefixes = Prefixes.of(corpus.tokens)
    if not len(corpus.intents) or not len(prefixes.lengths):
        return Decidability(None, None, None, {})
    intent = prefixes.decisions(numbered(corpus.intents))
    everything = prefixes.decisions(numbered(corpus.interpretations))
    slots = {name: prefixes.decisions(labels) for name, labels in _slot_labels(corpus.slots)}
    return Decidability(
        intent=_summary([intent]),
        slots=_summary(slots.values()),
        everything=_summary([everything]),
        by_slot={
            name: summary for name, d in slots.items() if (summary := _summary([d])) is not None
        },
    )


def _slot_labels(slots: Sequence[Mapping[str, str]]) -> Iterator[tuple[str, Ids]]:
    """Each slot's name, and the number of its value in each utterance (ABSENT where it has none).

    One slot at a time: the labels of a hundred slots in a million utterances would take 800 MB.
    """
    occurrences: dict[str, tuple[list[int], list[str]]] = {}
    for i, filled in enumerate(slots):
        for name, value in filled.items():
            places, values = occurrences.setdefault(name, ([], []))
            places.append(i)
            values.append(value)
    for name, (places, values) in occurrences.items():
        labels = np.full(len(slots), ABSENT, np.int64)
        labels[places] = numbered(values)
        yield name, labels


@dataclass(frozen=True)
class _Decisions:
    """For each transcript asked: words that must be heard, of how many; whether ambiguous."""

    needed: Ids
    """One more than `lengths` where only silence after the last word decides."""
    lengths: Ids
    ambiguous: Flags


def _summary(parts: Iterable[_Decisions]) -> WordsNeeded | None:
    decisions = list(parts)
    total = sum(len(d.lengths) for d in decisions)
    if not total:
        return None
    ambiguous = np.concatenate([d.ambiguous for d in decisions])
    needed = np.concatenate([d.needed for d in decisions])[~ambiguous]
    lengths = np.concatenate([d.lengths for d in decisions])[~ambiguous]
    words = np.minimum(needed, lengths)
    some = len(words) > 0
    return WordsNeeded(
        transcripts=total,
        mean=float(np.mean(words / lengths)) if some else None,
        median=float(np.median(words / lengths)) if some else None,
        words=float(np.mean(words)) if some else None,
        at_end=int(np.sum(needed >= lengths)) / total,
        ambiguous=int(np.sum(ambiguous)) / total,
    )


@dataclass(frozen=True)
class Prefixes:
    """The U unique transcripts of a corpus that have words, sorted word by word."""

    lengths: Ids
    """(U,) words of each."""
    shared: Ids
    """(U - 1,) words that each has in common with the next at the beginning."""
    row: Ids
    """(D,) which of them each utterance is; -1 for one without words."""

    @classmethod
    def of(cls, tokens: Tokens) -> Prefixes:
        """The transcripts of a corpus."""
        _, first = np.unique(tokens.transcripts, return_index=True)
        # Big-endian bytes sort as the numbers do; comparing them is one call to memcmp.
        text = tokens.ids.astype(">u4").tobytes()
        begins, ends = tokens.starts[first], tokens.starts[first + 1]
        keys = [text[4 * a : 4 * b] for a, b in zip(begins.tolist(), ends.tolist(), strict=True)]
        order = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
        order = order[ends[order] > begins[order]]
        row = np.full(len(first), -1, np.int64)
        row[order] = np.arange(len(order))
        lengths = (ends - begins)[order]
        shared = _common(tokens.ids, begins[order], lengths)
        return cls(lengths, shared, row[tokens.transcripts])

    def decisions(self, labels: Ids) -> _Decisions:
        """When the label of each transcript is decided, from the labels (D,) of utterances.

        Asked of the transcripts that have one; ABSENT is a label like any other to its neighbours.
        """
        has_words = self.row >= 0
        low = np.full(len(self.lengths), np.iinfo(np.int64).max)
        high = np.full(len(self.lengths), np.iinfo(np.int64).min)
        np.minimum.at(low, self.row[has_words], labels[has_words])
        np.maximum.at(high, self.row[has_words], labels[has_words])
        ambiguous = low != high
        # An ambiguous transcript agrees with none, not even with another ambiguous one.
        labels_of_transcripts = np.where(ambiguous, -2 - np.arange(len(low)), low)
        before = _nearest_other(labels_of_transcripts, self.shared)
        after = _nearest_other(labels_of_transcripts[::-1], self.shared[::-1])[::-1]
        needed = 1 + np.maximum(before, after)
        labelled = high > ABSENT
        return _Decisions(needed[labelled], self.lengths[labelled], ambiguous[labelled])


def _common(ids: Ids, begins: Ids, lengths: Ids) -> Ids:
    """Words that each transcript has in common with the next, at the beginning: (U - 1,)."""
    shared = np.zeros(max(0, len(begins) - 1), np.int64)
    shorter = np.minimum(lengths[:-1], lengths[1:])
    alike = np.arange(len(shared))
    at = 0
    while len(alike := alike[shorter[alike] > at]):
        alike = alike[ids[begins[alike] + at] == ids[begins[alike + 1] + at]]
        at += 1
        shared[alike] = at
    return shared


def _nearest_other(labels: Ids, shared: Ids) -> Ids:
    """Words in common with the last transcript before that has another label; -1 without one.

    That is the least of `shared` from there on: a running minimum that begins anew with each run of
    equal labels, which an offset does that falls from run to run.
    """
    run = np.concatenate([[0], np.cumsum(labels[1:] != labels[:-1])])
    offset = run * (int(shared.max(initial=0)) + 2)
    with_last = np.concatenate([[-1], shared])
    return np.asarray(np.minimum.accumulate(with_last - offset) + offset)


__all__ = ["Decidability", "Prefixes", "WordsNeeded", "measure"]
