"""What the scales say of sounds."""

from __future__ import annotations

import numpy as np

from mondegreen.nasality.scales import PARTS, Judged, Scales


def _judged(groups: list[int]) -> Judged:
    number = len(groups)
    parts = np.arange(3.0 * number).reshape(number, 3)
    return Judged(np.arange(number), np.array(groups, np.int64), parts)


def test_values_are_the_bias_and_the_means_of_the_groups() -> None:
    scales = Scales.load()
    values = scales.values(_judged([0, 0, 1]))
    means = np.array([1.5 + 6, 2.5 + 7, 3.5 + 8])
    assert np.allclose(values, scales.bias + means)


def test_no_sonorant_no_value() -> None:
    scales = Scales.load()
    assert np.isnan(scales.values(_judged([1]))).all()
    nothing = Judged(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, len(PARTS))))
    assert np.isnan(scales.values(nothing)).all()
