"""Parts of a test set: by split, by speaker, by noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from ..data.utterance import Utterance
from .trial import Trial

By = Literal["split", "speaker", "noise"]
LEVELS = 8
"""Different noise levels that are shown one by one; made-up noise has a level of its own for every
utterance, and those are put together in bands."""
BAND = 5
"""Decibels of a band."""
_LEVEL = re.compile(r"(?P<kind>.*\S)\s+(?P<level>-?\d+(?:\.\d+)?) dB")
"""`babble+music 6 dB`: what `data augment` calls its noises."""


def grouped(trials: Sequence[Trial], by: By) -> dict[str, list[Trial]]:
    """The trials of each split, speaker or noise, by its name."""
    if by != "noise":
        names = [getattr(trial.utterance, by) or "(none)" for trial in trials]
        return _by_name(trials, names, sorted(set(names)))
    noises = [_noise(trial.utterance) for trial in trials]
    bands = len({level for _, level in noises if level is not None}) > LEVELS
    keys = [(kind, level if level is None or not bands else level // BAND * BAND)
            for kind, level in noises]  # fmt: skip
    # Kind by kind, each from the loudest noise to the faintest; what has none comes first.
    ordered = sorted(set(keys), key=lambda key: (key != ("", None), key[0], key[1] or 0.0))
    named = {key: _named(*key, bands=bands) for key in ordered}
    return _by_name(trials, [named[key] for key in keys], list(named.values()))


def _by_name(
    trials: Sequence[Trial], names: Sequence[str], order: Sequence[str]
) -> dict[str, list[Trial]]:
    groups: dict[str, list[Trial]] = {name: [] for name in order}
    for trial, name in zip(trials, names, strict=True):
        groups[name].append(trial)
    return groups


def _noise(utterance: Utterance) -> tuple[str, float | None]:
    """What was mixed in, and decibels from the speech down to it; ("", None) where nothing was."""
    level = utterance.meta.get("snr_db")
    if utterance.noise is None:
        return "", None
    if isinstance(level, int | float):
        return utterance.noise, float(level)
    match = _LEVEL.fullmatch(utterance.noise)
    return (match["kind"], float(match["level"])) if match else (utterance.noise, None)


def _named(kind: str, level: float | None, *, bands: bool) -> str:
    if level is None:
        return kind or "no noise"
    if bands:
        return f"{kind} {level:g} to {level + BAND:g} dB"
    return f"{kind} {level:g} dB"


__all__ = ["By", "grouped"]
