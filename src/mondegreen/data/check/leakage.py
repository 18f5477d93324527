"""Leakage: what occurs in several splits, so that a test is easier than it looks."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from itertools import groupby

import numpy as np
import numpy.typing as npt

Column = npt.NDArray[np.int64]

SHARED = 0.05
"""Seconds that two parts of a recording may share: neighbours are cut with a little margin."""


class Names:
    """Numbers for strings; 0 is for None."""

    def __init__(self) -> None:
        self._numbers: dict[str | None, int] = {None: 0}
        self.names: list[str | None] = [None]

    def number(self, name: str | None) -> int:
        """The number of a name, a new one when it is new."""
        number = self._numbers.setdefault(name, len(self.names))
        if number == len(self.names):
            self.names.append(name)
        return number


class Columns:
    """What is kept of every row: numbers only, 88 bytes a row."""

    def __init__(self) -> None:
        self.line, self.sentence, self.audio = array("q"), array("q"), array("q")
        self.speaker, self.split, self.intent = array("q"), array("q"), array("q")
        self.channel, self.text = array("q"), array("q")
        self.start, self.end = array("d"), array("d")
        self.speakers, self.splits, self.intents = Names(), Names(), Names()

    def add(
        self,
        line: int,
        sentence: str,
        audio: str | None,
        span: tuple[float, float],
        labels: tuple[str | None, str | None, str | None],
        channel: int | None = None,
        *,
        declared: bool = False,
    ) -> None:
        """Add one row. `labels` are speaker, split and intent; `span` is in seconds.

        `declared` says that its sound is another row's too, on purpose.
        """
        self.channel.append(0 if channel is None else channel + 1)
        self.text.append(0 if declared or not sentence else hash(sentence))
        self.line.append(line)
        # 64 bits: two of a million different sentences share one with probability 3e-8.
        self.sentence.append(hash(sentence) if sentence else 0)
        self.audio.append(hash(audio) if audio else 0)
        self.start.append(span[0])
        self.end.append(span[1])
        self.speaker.append(self.speakers.number(labels[0]))
        self.split.append(self.splits.number(labels[1]))
        self.intent.append(self.intents.number(labels[2]))


def across(keys: Column, splits: Column) -> Iterator[list[int]]:
    """Of every key that occurs in several splits, the first row of each split.

    `keys` and `splits` (N,); 0 stands for none. Keys come in the order of their first row.
    """
    rows = np.flatnonzero((keys != 0) & (splits != 0))
    order = rows[np.lexsort((rows, splits[rows], keys[rows]))]
    key, split = keys[order], splits[order]
    first = np.ones(len(order), bool)
    first[1:] = (key[1:] != key[:-1]) | (split[1:] != split[:-1])
    order, key = order[first], key[first]
    several = np.zeros(len(order), bool)
    same = key[1:] == key[:-1]
    several[1:] |= same
    several[:-1] |= same
    order, key = order[several], key[several]
    ends = np.flatnonzero(np.append(key[1:] != key[:-1], True))
    groups = [sorted(group.tolist()) for group in np.split(order, ends[:-1] + 1) if len(group)]
    yield from sorted(groups)


def two_texts(columns: Columns) -> Iterator[tuple[int, int]]:
    """Pairs of rows with different texts for exactly the same stretch of the same channel."""
    sounds = np.array(columns.audio)
    start, end = np.array(columns.start), np.array(columns.end)
    text, channel = np.array(columns.text), np.array(columns.channel)
    rows = np.flatnonzero((sounds != 0) & (text != 0))
    order = rows[np.lexsort((rows, end[rows], start[rows], channel[rows], sounds[rows]))]
    one, other = order[:-1], order[1:]
    same = (sounds[one] == sounds[other]) & (channel[one] == channel[other])
    same &= (start[one] == start[other]) & (end[one] == end[other]) & (text[one] != text[other])
    yield from zip(one[same].tolist(), other[same].tolist(), strict=True)


def by_channel(columns: Columns, sounds: Column) -> Column:
    """`sounds`, told apart by channel as well: two people on two channels share no sound."""
    channel = np.array(columns.channel)
    return np.where(sounds == 0, 0, sounds ^ (channel << 40))


def overlapping(
    sounds: Column, start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], splits: Column
) -> Iterator[tuple[int, int]]:
    """Pairs of rows (earlier, later in the recording) that hold the same stretch of sound.

    `sounds` (N,) says which rows share a recording, 0 for rows without; times are in seconds. A
    row is paired with one row of its split and one of another split, if there are such.
    """
    used, counts = np.unique(sounds[sounds != 0], return_counts=True)
    rows = np.flatnonzero(np.isin(sounds, used[counts > 1]))
    order = rows[np.lexsort((rows, start[rows], sounds[rows]))].tolist()
    for _, group in groupby(order, lambda row: int(sounds[row])):
        latest: dict[int, int] = {}
        """Of every split, the row that reaches furthest so far."""
        for row in group:
            split = int(splits[row])
            before = {s: r for s, r in latest.items() if end[r] > start[row] + SHARED}
            if split in before:
                yield before.pop(split), row
            if before:
                yield min(before.values()), row
            if split not in latest or end[row] > end[latest[split]]:
                latest[split] = row


__all__ = ["Column", "Columns", "Names", "across", "by_channel", "overlapping", "two_texts"]
