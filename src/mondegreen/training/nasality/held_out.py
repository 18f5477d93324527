"""How scales do on speakers and sentences that they were not fitted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import numpy.typing as npt

from ...nasality.scales import SHARES, index_of
from .examples import Example
from .fit_scales import Fitted, Settings, fit_probes, fit_scales

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Cell:
    """One sentence of one speaker, and scales that were fitted without either."""

    scales: Fitted
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Scored:
    """A synthesised utterance as scales judge it that knew neither its speaker nor its sentence."""

    example: Example
    values: Floats
    """(3,)"""


def cells(examples: Sequence[Example], settings: Settings, frame_size: int) -> Iterator[Cell]:
    """Every sentence of every synthesised speaker; all else of `examples` is fitted on.

    Raises DataError when what is left lacks an area.
    """
    opened = [e for e in examples if e.origin == "synthesised" and e.kind == "oral"]
    others = [e for e in examples if e.origin != "synthesised"]
    probes = fit_probes(others, settings, frame_size)
    for speaker, sentence in sorted({(e.speaker, e.sentence) for e in opened}):
        ours = tuple(e for e in opened if (e.speaker, e.sentence) == (speaker, sentence))
        rest = [e for e in opened if e.speaker != speaker and e.sentence != sentence]
        yield Cell(fit_scales([*rest, *others], settings, probes), ours)


def scored(cell: Cell) -> list[Scored]:
    """Every utterance of a cell."""
    return [Scored(e, cell.scales.values(e)) for e in cell.examples]


@dataclass(frozen=True)
class Spread:
    """How a sentence's value strays with the same speaker and velum, in steps."""

    same_prompts: float
    """What a sentence adds of its own is left out."""
    other_prompts: float


def spread(utterances: Sequence[Scored], shares: npt.ArrayLike = SHARES) -> Spread:
    """Of recordings as they are. NaN where no speaker said two sentences with one velum."""
    rows = [s for s in utterances if s.example.version == 0]
    cells: dict[tuple[str, float], list[tuple[str, float]]] = defaultdict(list)
    for s in rows:
        value = float(index_of(s.values, shares))
        cells[s.example.speaker, s.example.area].append((s.example.sentence, value))
    several = {cell: values for cell, values in cells.items() if len(values) > 1}
    centred: list[tuple[str, float, float]] = []
    for (_, area), values in several.items():
        mean = np.mean([value for _, value in values])
        centred += [(sentence, area, value - mean) for sentence, value in values]
    if not centred:
        return Spread(float("nan"), float("nan"))
    freedom = len(centred) - len(several)
    other = sqrt(sum(rest**2 for *_, rest in centred) / freedom)
    by_sentence: dict[tuple[str, float], list[float]] = defaultdict(list)
    for sentence, area, rest in centred:
        by_sentence[sentence, area].append(rest)
    left = sum((np.square(np.array(v) - np.mean(v))).sum() for v in by_sentence.values())
    freedom = max(1, freedom - len(by_sentence))
    return Spread(sqrt(left / freedom), other)
