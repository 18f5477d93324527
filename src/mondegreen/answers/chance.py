"""How surprising it is that a pronunciation fits so well: short words fit well by accident.

The table holds, for each length, the cost a phone that one pronunciation in ten fits at, one in
thirty, and so on. It is made of the collection itself: its words fitted into other sentences of it,
without any question or label.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .fitting import PhoneString, Readings, fitted

SHORTEST, LONGEST = 3, 14
"""Phones of a pronunciation; longer ones count as the longest."""
SURPRISE = np.arange(0.5, 4.01, 0.25)
"""-log10 of the share of words that fit as well: 0.5 is one in three, 4 one in ten thousand."""
_FEW = 3_000
"""Fits of a length below which the collection cannot tell, and the usual costs are taken: those of
250 pages of facts; of 24 articles they differ by 0.02 at most up to a surprise of 3."""
_USUAL_SHORTEST = (0.41, 0.345, 0.315, 0.267, 0.233, 0.2, 0.17, 0.14, 0.1, 0.1, 0.09, 0.06, 0, 0, 0)
_USUAL = (
    0.39, 0.362, 0.338, 0.314, 0.29, 0.266, 0.242, 0.22, 0.2, 0.178, 0.155, 0.135, 0.115, 0.095,
    0.075,
)  # fmt: skip
Table = npt.NDArray[np.float32]
"""(lengths, len(SURPRISE)) cost a phone; falls along a row."""


def chance_table(readings: Sequence[npt.ArrayLike], strings: Sequence[PhoneString]) -> Table:
    """The table of `readings` fitted into `strings` that have none of their words."""
    by_length: dict[int, list[float]] = {n: [] for n in range(SHORTEST, LONGEST + 1)}
    if readings and strings:
        sorted_readings, _ = Readings.of(readings)
        lengths = np.clip(sorted_readings.lengths, SHORTEST, LONGEST)
        for string in strings:
            costs, _ = fitted(sorted_readings, string)
            per_phone = costs / sorted_readings.lengths
            for length in np.unique(lengths):
                by_length[int(length)] += per_phone[lengths == length].tolist()
    return np.stack([_row(length, np.array(costs)) for length, costs in by_length.items()])


def surprise(table: Table, costs: npt.ArrayLike, lengths: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """(R,) -log10 of how often a pronunciation of each length fits at that cost or below."""
    size = np.asarray(lengths)
    per_phone = np.asarray(costs, np.float64) / size
    rows = np.clip(size, SHORTEST, LONGEST) - SHORTEST
    out = np.zeros(len(per_phone))
    for row in np.unique(rows):
        chosen = rows == row
        # From the cheapest and most surprising to the dearest.
        out[chosen] = np.interp(per_phone[chosen], table[row, ::-1], SURPRISE[::-1], right=0.0)
    return out


def _row(length: int, costs: npt.NDArray[np.float64]) -> Table:
    if len(costs) < _FEW:
        row = np.array(_USUAL_SHORTEST if length == SHORTEST else _USUAL)
    else:
        row = np.quantile(costs, np.minimum(1.0, 10.0**-SURPRISE))
    # Beyond what was sampled the row goes on falling: equal costs are no more surprising.
    row = np.minimum.accumulate(row - 1e-6 * np.arange(len(row)))
    return np.asarray(row, np.float32)


__all__ = ["SURPRISE", "Table", "chance_table", "surprise"]
