"""From examples to scales in steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...nasality.scales import PARTS
from .examples import Example
from .fit import (
    ONE_STEP,
    Settings,
    centres,
    consonant_probe,
    dose,
    phone_means,
    summary,
    vowel_probe,
)
from .linear import Line, ridge

Floats = npt.NDArray[np.float64]
_SPOKEN_WEIGHT = 0.5
"""How much all utterances of voices and people together count in the dose, where all of the
synthesiser's count 1: they hold its zero in place, and keep it from what tells people apart."""


@dataclass(frozen=True)
class Fitted:
    """Scales as they are written."""

    phone_means: Floats
    weights: Floats
    centres: Floats
    bias: Floats

    def values(self, example: Example) -> Floats:
        """(3,) the scales of an utterance; NaN where no vowel counts."""
        if not example.evidence.free.any():
            return np.full(len(PARTS), np.nan)
        x = summary(example.evidence, self.phone_means, self.centres)
        return np.asarray(self.weights @ x + self.bias)


def fit_scales(examples: Sequence[Example], settings: Settings, frame_size: int) -> Fitted:
    """The scales of `examples`. Raises DataError when some kind of them is missing."""
    made = [e for e in examples if e.origin == "synthesised" and e.kind == "oral"]
    healthy = [e for e in examples if e.origin != "synthesised"]
    if not healthy or not {0.0, ONE_STEP} <= {e.area for e in made}:
        raise DataError(
            f"found {len(made)} synthesised utterances and {len(healthy)} of voices and people; "
            f"expected both, the former with areas of 0 and {ONE_STEP} cm²"
        )
    means, centre = phone_means([*made, *healthy]), centres([*made, *healthy])
    rows = np.array([summary(e.evidence, means, centre) for e in [*made, *healthy]])
    targets = np.concatenate([dose([e.area for e in made]), np.zeros(len(healthy))])
    weight = np.ones(len(rows))
    weight[len(made) :] = _SPOKEN_WEIGHT * len(made) / len(healthy)
    lines = [
        ridge(rows, targets, settings.dose_penalty, weight),
        _on_frames(vowel_probe(healthy, means, frame_size, settings.probe_penalty), rows.shape[1]),
        _on_frames(consonant_probe(healthy, settings.probe_penalty), rows.shape[1]),
    ]
    weights, bias = _in_steps(lines, rows, made, len(healthy))
    return Fitted(means, weights, centre, bias)


def _on_frames(probe: Line, width: int) -> Line:
    """A probe of frames as one of whole summaries, of which the frames come first."""
    weights = np.zeros(width)
    weights[: len(probe.weights)] = probe.weights
    return Line(weights, 0.0)


def _in_steps(
    lines: Sequence[Line], rows: Floats, made: Sequence[Example], healthy: int
) -> tuple[Floats, Floats]:
    """The scales in steps: 0 is the mean of voices and people, 1 is ONE_STEP away from closed."""
    areas = np.array([e.area for e in made])
    weights, bias = [], []
    for line in lines:
        values = line(rows)
        step = (
            values[: len(made)][areas == ONE_STEP].mean() - values[: len(made)][areas == 0.0].mean()
        )
        weights.append(line.weights / step)
        bias.append((line.bias - values[-healthy:].mean()) / step)
    return np.array(weights), np.array(bias)
