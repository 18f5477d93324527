"""What is in a manifest: how much, how long, which words, intents, slots and speakers."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...audio.read import seconds_of
from ...errors import AudioError
from ...jobs.problems import Problems
from ...text.tokens import words
from ..manifest import Manifest
from ..utterance import Utterance

ALL = "all"
"""The column of all splits together."""


@dataclass
class Stats:
    """Counts over utterances; those of two sets add up, see `together`."""

    utterances: int = 0
    durations: array[float] = field(default_factory=lambda: array("d"))
    """Seconds of each utterance that has audio of known length."""
    unknown_durations: int = 0
    """Recordings that state no length and cannot be opened."""
    lengths: array[int] = field(default_factory=lambda: array("H"))
    """Words of each utterance that has a text."""
    words: Counter[str] = field(default_factory=Counter)
    sentences: array[int] = field(default_factory=lambda: array("q"))
    """A hash of the normalised words of each utterance that has a text."""
    intents: Counter[str] = field(default_factory=Counter)
    slots: dict[str, Counter[str]] = field(default_factory=dict)
    """Of each slot name, how often each value occurs."""
    speakers: Counter[str] = field(default_factory=Counter)

    def add(self, utterance: Utterance, seconds: float | None, spoken_words: list[str]) -> None:
        """Add one utterance with its length (None: no audio, or unknown) and normalised words."""
        self.utterances += 1
        if seconds is not None:
            self.durations.append(seconds)
        elif utterance.audio is not None:
            self.unknown_durations += 1
        if spoken_words:
            self.lengths.append(min(len(spoken_words), 65_535))
            self.words.update(spoken_words)
            self.sentences.append(hash(" ".join(spoken_words)))
        if utterance.intent is not None:
            self.intents[utterance.intent] += 1
        if utterance.speaker is not None:
            self.speakers[utterance.speaker] += 1
        for slot in utterance.slots:
            self.slots.setdefault(slot.name, Counter())[str(slot.value)] += 1

    @property
    def hours(self) -> float:
        """Hours of audio."""
        return float(np.sum(self.durations) / 3600)

    @property
    def unique_sentences(self) -> int:
        """Different normalised texts."""
        return len(np.unique(np.asarray(self.sentences)))

    @property
    def mean_seconds(self) -> float | None:
        """Mean length; None without audio."""
        return float(np.mean(self.durations)) if self.durations else None

    @property
    def effective_intents(self) -> float:
        """exp(entropy): this many intents of equal size would be as diverse (Hill 1973)."""
        return effective(np.fromiter(self.intents.values(), np.int64))

    def quantile(self, share: float) -> float | None:
        """Seconds that this share of the utterances is not longer than; None without audio."""
        return float(np.quantile(self.durations, share)) if self.durations else None

    def to_json(self) -> dict[str, Any]:
        """Every count, with the intents and slots by name, the most frequent first."""
        return {
            "utterances": self.utterances,
            "hours": round(self.hours, 4),
            "seconds": {
                "mean": _round(self.mean_seconds),
                "median": _round(self.quantile(0.5)),
                "max": _round(self.quantile(1)),
            },
            "unknown_durations": self.unknown_durations,
            "words": self.words.total(),
            "vocabulary": len(self.words),
            "sentences": self.unique_sentences,
            "speakers": len(self.speakers),
            "intents": dict(self.intents.most_common()),
            "effective_intents": _round(self.effective_intents),
            "slots": {
                name: {"mentions": values.total(), "values": len(values)}
                for name, values in sorted(
                    self.slots.items(), key=lambda item: (-item[1].total(), item[0])
                )
            },
        }


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


def effective(counts: npt.NDArray[np.int64]) -> float:
    """exp(entropy) of counts (N,) above 0: 1 if all is in one, N if all are equal; 0 for none."""
    if not len(counts):
        return 0.0
    shares = counts / counts.sum()
    return float(np.exp(-(shares * np.log(shares)).sum()))


@dataclass(frozen=True)
class Described:
    """What is in one manifest."""

    name: str
    splits: dict[str, Stats]
    """By split, in the order of their first utterance; empty where no row has one."""
    whole: Stats
    skipped: int
    """Rows that cannot be used."""

    def columns(self) -> dict[str, Stats]:
        """The counts of all, then of every split, by name."""
        return {ALL: self.whole, **self.splits}


def describe(path: str | os.PathLike[str]) -> Described:
    """Count what is in a manifest, as a whole and by split.

    Rows that cannot be used are counted and left out; `check` lists them. A recording whose row
    states no length is opened to learn it. Raises DataError when the file is no manifest at all.
    """
    problems = Problems(skip=True)
    manifest = Manifest.open(path).checked(problems)
    splits: dict[str | None, Stats] = {}
    for utterance in manifest:
        stats = splits.setdefault(utterance.split, Stats())
        stats.add(utterance, _seconds(manifest, utterance), words(utterance.text))
    named = {name: stats for name, stats in splits.items() if name is not None}
    if named and None in splits:
        named["(none)"] = splits[None]
    return Described(str(path), named, together(splits.values()), len(problems.rows))


def _seconds(manifest: Manifest, utterance: Utterance) -> float | None:
    if utterance.duration is not None or utterance.audio is None:
        return utterance.duration if utterance.audio is not None else None
    try:
        return max(0.0, seconds_of(manifest.audio_path(utterance), pipes=False) - utterance.start)
    except AudioError:
        return None


def together(parts: Iterable[Stats]) -> Stats:
    """The counts of several sets as of one."""
    whole = Stats()
    for part in parts:
        whole.utterances += part.utterances
        whole.unknown_durations += part.unknown_durations
        whole.durations.extend(part.durations)
        whole.lengths.extend(part.lengths)
        whole.sentences.extend(part.sentences)
        whole.words.update(part.words)
        whole.intents.update(part.intents)
        whole.speakers.update(part.speakers)
        for name, values in part.slots.items():
            whole.slots.setdefault(name, Counter()).update(values)
    return whole


def short_names(manifests: Sequence[Described]) -> list[str]:
    """Names that tell the manifests apart: the file's, with its folder where files share one."""
    paths = [Path(manifest.name) for manifest in manifests]
    stems = Counter(path.stem for path in paths)
    return [p.stem if stems[p.stem] == 1 else str(p.parent / p.stem) for p in paths]


def histogram(values: npt.ArrayLike, edges: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Share of `values` (N,) in each bin; what lies beyond the last edge counts in the last bin."""
    clipped = np.minimum(np.asarray(values, np.float64), edges[-1])
    counts, _ = np.histogram(clipped, edges)
    return np.asarray(counts / max(1, counts.sum()))


__all__ = [
    "ALL",
    "Described",
    "Stats",
    "describe",
    "effective",
    "histogram",
    "short_names",
    "together",
]
