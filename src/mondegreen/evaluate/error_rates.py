"""Edit distance, and the error rates of words and phones that rest on it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from ..errors import DataError


@dataclass(frozen=True)
class ErrorRate:
    """Errors against reference units; `rate` may exceed 1 when much was inserted."""

    errors: int
    units: int

    @property
    def rate(self) -> float:
        """Errors per reference unit. Any error against an empty reference is a rate of 1."""
        if self.units == 0:
            return float(self.errors > 0)
        return self.errors / self.units


def edit_distance(reference: Sequence[Hashable], hypothesis: Sequence[Hashable]) -> int:
    """Fewest substitutions, insertions and deletions between the two (Levenshtein 1966)."""
    if not reference or not hypothesis:
        return len(reference) + len(hypothesis)
    codes: dict[Hashable, int] = {}
    ref = np.array([codes.setdefault(u, len(codes)) for u in reference])
    hyp = [codes.setdefault(u, len(codes)) for u in hypothesis]
    steps = np.arange(len(ref) + 1)
    row = steps.copy()
    for j, unit in enumerate(hyp, 1):
        best = np.minimum(row[1:] + 1, row[:-1] + (ref != unit))
        row = np.concatenate(([j], best))
        # Deletions run along the row: min over k <= i of row[k] + (i - k), as one running minimum.
        row = np.minimum.accumulate(row - steps) + steps
    return int(row[-1])


def _rate(pairs: list[tuple[Sequence[Hashable], Sequence[Hashable]]]) -> ErrorRate:
    return ErrorRate(sum(edit_distance(r, h) for r, h in pairs), sum(len(r) for r, _ in pairs))


def _paired(what: str, references: Sequence[object], hypotheses: Sequence[object]) -> None:
    if len(references) != len(hypotheses):
        raise DataError(
            f"found {len(references)} reference {what} and {len(hypotheses)} hypotheses; expected "
            "one hypothesis each: put None where the system gave nothing"
        )


def word_error_rate(references: Sequence[str], hypotheses: Sequence[str | None]) -> ErrorRate:
    """WER over a test set: all errors by all reference words; None counts as nothing recognised.

    Words are split at white space and compared as they are: normalise both sides first.
    Raises DataError when the two lists differ in length.
    """
    _paired("texts", references, hypotheses)
    pairs = zip(references, hypotheses, strict=True)
    return _rate([(r.split(), (h or "").split()) for r, h in pairs])


def phone_error_rate(
    references: Sequence[Sequence[int]], hypotheses: Sequence[Sequence[int] | None]
) -> ErrorRate:
    """PER over a test set of phone index sequences. Raises as word_error_rate."""
    _paired("phone sequences", references, hypotheses)
    return _rate([(r, h or ()) for r, h in zip(references, hypotheses, strict=True)])


def pronounced_error_rate(
    references: Sequence[Sequence[Sequence[Sequence[int]]]],
    hypotheses: Sequence[Sequence[int] | None],
) -> ErrorRate:
    """PER of utterances whose words may be pronounced in several ways, the nearest of which counts.

    A reference is a list of words, each a list of pronunciations (phone indices), of which there
    must be one. Raises as word_error_rate.
    """
    _paired("utterances", references, hypotheses)
    pairs = zip(references, hypotheses, strict=True)
    nearest = [_nearest_pronunciation(words, hypothesis or ()) for words, hypothesis in pairs]
    return ErrorRate(sum(e for e, _ in nearest), sum(n for _, n in nearest))


def _nearest_pronunciation(
    words: Sequence[Sequence[Sequence[int]]], hypothesis: Sequence[int]
) -> tuple[int, int]:
    """Errors against the pronunciation of all words nearest to `hypothesis`, and its phones."""
    # (errors, phones) of what was said so far against the first j phones heard.
    row = [(j, 0) for j in range(len(hypothesis) + 1)]
    for pronunciations in words:
        rows = [_with_phones(row, phones, hypothesis) for phones in pronunciations]
        row = [min(ends) for ends in zip(*rows, strict=True)]
    return row[-1]


def _with_phones(
    row: list[tuple[int, int]], phones: Sequence[int], hypothesis: Sequence[int]
) -> list[tuple[int, int]]:
    for phone in phones:
        errors, length = row[0]
        longer = [(errors + 1, length + 1)]
        for j, other in enumerate(hypothesis):
            missed, units = row[j + 1]
            errors, length = row[j]
            more, same = longer[j]
            longer.append(
                min(
                    (missed + 1, units + 1),
                    (errors + (phone != other), length + 1),
                    (more + 1, same),
                )
            )
        row = longer
    return row
