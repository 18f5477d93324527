"""Two engines on the same utterances: which is better, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .counts import Floats, counts
from .intervals import Interval, mcnemar, paired_bootstrap_of
from .scores import FIGURES, Figure
from .trial import Trial, sources_of

COMPARED = ("exact_match", "intent_accuracy", "slot_f1", "slu_f1", "semer")
LOWER_IS_BETTER = frozenset({"semer"})
ROUNDS = 5_000
"""Resamples of a difference; the least p-value is one in so many."""
CHANCE = 0.05
"""A difference that chance gives less often than this is called one."""


@dataclass(frozen=True)
class Compared:
    """One figure of two engines."""

    difference: Interval
    """The first engine's less the second's."""
    p_value: float
    test: str
    """How it was found: "McNemar" or "paired bootstrap"."""
    better: int | None
    """0: the first engine, 1: the second; None: no difference is shown."""


def compare(trials: Sequence[Trial], *, rounds: int = ROUNDS, seed: int = 0) -> dict[str, Compared]:
    """Figures of the first engine less those of the second, on the same utterances, paired.

    Shares of utterances are compared with McNemar's exact test, all else by the paired bootstrap;
    so are shares where several utterances are versions of one, which McNemar's test takes for
    independent. The order of the trials changes nothing.
    """
    trials = sorted(trials, key=lambda trial: trial.utterance.id)
    tables = counts(trials, 0), counts(trials, 1)
    sources = np.array(sources_of(trials))
    compared = {}
    for name in COMPARED:
        figure = FIGURES[name]
        among = tables[0][figure.among] > 0
        says = not figure.needs or any(table[figure.needs][among].any() for table in tables)
        if among.any() and says:
            rows = [figure.rows(table)[among] for table in tables]
            compared[name] = _compared(name, figure, rows, sources[among], rounds, seed)
    return compared


def _compared(
    name: str,
    figure: Figure,
    rows: Sequence[Floats],
    sources: npt.NDArray[np.str_],
    rounds: int,
    seed: int,
) -> Compared:
    bootstrap = paired_bootstrap_of(figure.of, *rows, groups=sources, rounds=rounds, seed=seed)
    p_value, test = bootstrap.p_value, "paired bootstrap"
    if figure.share and len(np.unique(sources)) == len(sources):
        p_value = mcnemar(*(side[:, figure.sums.index(figure.share)] > 0 for side in rows))
        test = "McNemar"
    better = None
    if p_value < CHANCE:
        first = (bootstrap.difference.value > 0) is not (name in LOWER_IS_BETTER)
        better = 0 if first else 1
    return Compared(bootstrap.difference, p_value, test, better)


__all__ = ["CHANCE", "COMPARED", "Compared", "compare"]
