"""Data that is divided in more than one way: which division an import follows.

An importer gives the official division in `split`, and others in `meta["splits"]`: {"unseen":
"train", "challenge": "speaker_test"}.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

from ....errors import DataError
from ...utterance import Utterance

OFFICIAL = "official"
SPLITS = "splits"
"""The key in `meta`."""


def by_split_set(rows: Iterable[Utterance], name: str, folder: Path) -> Iterator[Utterance]:
    """The utterances of a split set, with its splits; the official one moves to `meta`.

    Raises DataError where no utterance belongs to it.
    """
    if name == OFFICIAL:
        yield from rows
        return
    set_names: set[str] = set()
    for utterance in rows:
        sets: dict[str, str] = utterance.meta.get(SPLITS, {})
        set_names.update(sets)
        if name in sets:
            others = {key: split for key, split in sets.items() if key != name}
            if utterance.split is not None:
                others[OFFICIAL] = utterance.split
            meta = {**utterance.meta, SPLITS: others}
            yield msgspec.structs.replace(utterance, split=sets[name], meta=meta)
    if name not in set_names:
        there = ", ".join([OFFICIAL, *sorted(set_names)])
        raise DataError(f"{folder}: found no split set {name!r}; expected one of {there}")


def only_splits(
    rows: Iterable[Utterance], splits: Sequence[str], folder: Path
) -> Iterator[Utterance]:
    """The utterances of the wanted splits. Raises DataError where one of them has none."""
    counts: Counter[str] = Counter()
    for utterance in rows:
        counts[utterance.split or ""] += 1
        if utterance.split in splits:
            yield utterance
    for name in splits:
        if not counts[name]:
            there = ", ".join(sorted(filter(None, counts))) or "none"
            raise DataError(f"{folder}: found no split {name!r}; its splits are {there}")


__all__ = ["OFFICIAL", "SPLITS", "by_split_set", "only_splits"]
