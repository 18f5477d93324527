"""How early and how well parts of meanings are decided: figures of a rule over traces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from statistics import mean, median
from typing import Any

import numpy as np

from ..early.policy import Policy
from ..types import ALL, INTENT, SLOT, Decided, PartValue, Seconds
from .intervals import Interval, wilson
from .traces import Trace

SILENCE: Seconds = 0.7
"""What a silence detector waits, that nothing else is known to."""
SOON: Seconds = 0.2
STEPS = 20
"""Places of a curve between nothing heard and all."""


@dataclass(frozen=True)
class Timed:
    """A trace with the times of its words, and what an oracle needs of them."""

    trace: Trace
    starts: tuple[Seconds, ...]
    """When each word begins; empty where that is not known."""
    ends: tuple[Seconds, ...]
    needed: dict[str, int]
    """By part, the words that an oracle must hear; see engines/grammar/oracle."""

    def words_by(self, time: Seconds) -> int:
        """Words that have begun by then."""
        return sum(start < time for start in self.starts)


@dataclass(frozen=True)
class Commitment:
    """What was committed to first."""

    time: Seconds
    right: bool
    flips: int
    """How often it was taken back, for another value or for none."""


@dataclass(frozen=True)
class PartFigures:
    """How one part was decided, over the utterances that have it; times against speech's end."""

    part: str
    utterances: int
    decided: float
    """Share decided before the result was known."""
    before_end: float | None
    """Of the utterances that an oracle decides before their last word, the share decided before
    the speech ended."""
    soon: float | None
    """Of the other utterances, the share decided at most 0.2 s after it."""
    median_after_end: Seconds | None
    p90_after_end: Seconds | None
    beyond_oracle: float | None
    """Median of the words that began beyond those that an oracle needs."""
    share_of_words: float | None
    """Mean share of the words that had begun."""
    flips: int
    risk: Interval
    """Share whose first decision is wrong, with its interval."""


def commitments(trace: Trace, policy: Policy) -> dict[str, Commitment]:
    """The first commitment to each part."""
    first: dict[str, Commitment] = {}
    for event in trace.decisions(policy):
        if isinstance(event, Decided):
            first[event.part] = Commitment(event.time, trace.right(event.value), 0)
        else:
            before = first[event.part]
            first[event.part] = replace(before, flips=before.flips + 1)
    return first


def after_silence(trace: Trace) -> dict[str, Commitment]:
    """The same for a detector that takes the result after a fixed silence."""
    meaning = None if trace.final is None else trace.final.meaning
    if meaning is None or trace.ended is None:
        return {}
    values: dict[str, PartValue] = {INTENT: meaning.intent, ALL: meaning}
    values.update({SLOT + slot.name: slot for slot in meaning.slots})
    time = trace.ended + SILENCE
    return {part: Commitment(time, trace.right(value), 0) for part, value in values.items()}


def figures(
    utterances: Sequence[Timed], commitments_of: Sequence[dict[str, Commitment]]
) -> list[PartFigures]:
    """One line for the intent, for each slot, and for all of the meaning."""
    by_part: defaultdict[str, list[tuple[Timed, Commitment | None]]] = defaultdict(list)
    for timed, commitment in zip(utterances, commitments_of, strict=True):
        for part in sorted(_parts(timed.trace) | set(commitment)):
            by_part[part].append((timed, commitment.get(part)))
    order = sorted(by_part, key=lambda part: (part != INTENT, part == ALL, part))
    return [_figures(part, by_part[part]) for part in order]


def by_intent(
    utterances: Sequence[Timed], commitments_of: Sequence[dict[str, Commitment]]
) -> list[PartFigures]:
    """How the intent was decided where it is which; `part` is its name. The most frequent first."""
    rows: defaultdict[str, list[tuple[Timed, Commitment | None]]] = defaultdict(list)
    for timed, commitment in zip(utterances, commitments_of, strict=True):
        meant = timed.trace.meant
        if meant is not None:
            rows[meant.intent].append((timed, commitment.get(INTENT)))
    order = sorted(rows, key=lambda intent: (-len(rows[intent]), intent))
    return [replace(_figures(INTENT, rows[intent]), part=intent) for intent in order]


def _parts(trace: Trace) -> set[str]:
    meant = trace.meant
    if meant is None:
        return set()
    return {INTENT, ALL, *(SLOT + slot.name for slot in meant.slots)}


def _figures(part: str, rows: Sequence[tuple[Timed, Commitment | None]]) -> PartFigures:
    decided_rows = [(timed, one) for timed, one in rows if one is not None]
    after = [
        one.time - timed.trace.ended for timed, one in decided_rows if timed.trace.ended is not None
    ]
    beyond = [
        max(0, timed.words_by(one.time) - min(timed.needed[part], len(timed.starts)))
        for timed, one in decided_rows
        if part in timed.needed and timed.starts
    ]
    early = [row for row in rows if _decidable_early(row[0], part)]
    late = [row for row in rows if row[0].starts and not _decidable_early(row[0], part)]
    shares = [
        timed.words_by(one.time) / len(timed.starts) for timed, one in decided_rows if timed.starts
    ]
    return PartFigures(
        part=part,
        utterances=len(rows),
        decided=len(decided_rows) / len(rows),
        before_end=_share(_made_by(row, 0.0) for row in early),
        soon=_share(_made_by(row, SOON) for row in late),
        median_after_end=round(median(after), 3) if after else None,
        p90_after_end=round(float(np.quantile(after, 0.9)), 3) if after else None,
        beyond_oracle=median(beyond) if beyond else None,
        share_of_words=mean(shares) if shares else None,
        flips=sum(one.flips for _, one in decided_rows),
        risk=wilson(sum(not one.right for _, one in decided_rows), len(rows)),
    )


def _decidable_early(timed: Timed, part: str) -> bool:
    return part in timed.needed and timed.needed[part] < len(timed.starts)


def _made_by(row: tuple[Timed, Commitment | None], after: Seconds) -> bool:
    timed, one = row
    ended = timed.trace.ended
    return one is not None and ended is not None and one.time <= ended + after


def _share(flags: Iterable[bool]) -> float | None:
    listed = list(flags)
    return sum(listed) / len(listed) if listed else None


def accuracy_curve(utterances: Sequence[Timed], part: str, *, of_words: bool) -> list[float]:
    """How often the likeliest value of a part is right, by the share heard: STEPS + 1 figures.

    The share is of the words, or of the time from the first word to the end of the last one. What
    has no value yet counts as wrong. Utterances without word times or without the part are left
    out.
    """
    rows = [timed for timed in utterances if timed.starts and part in _parts(timed.trace)]
    curve = []
    for step in range(STEPS + 1):
        right = 0
        for timed in rows:
            share = step / STEPS
            first, last = timed.starts[0], timed.ends[-1]
            if of_words:
                words = round(share * len(timed.ends))
                until = timed.ends[words - 1] if words else first
            else:
                until = first + share * (last - first)
            right += _guess_is_right(timed.trace, part, until)
        curve.append(right / len(rows) if rows else 0.0)
    return curve


def _guess_is_right(trace: Trace, part: str, until: Seconds) -> bool:
    outlooks = [look.outlook for look in trace.looks if look.time <= until]
    likeliest = outlooks[-1].likeliest(part) if outlooks else None
    return likeliest is not None and trace.right(likeliest.value)


def to_json(rows: Sequence[PartFigures]) -> list[dict[str, Any]]:
    """The figures, ready for JSON."""
    return [asdict(row) for row in rows]
