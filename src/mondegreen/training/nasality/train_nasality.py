"""`mondegreen train nasality`: from a folder of data to the folder that ships."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from ...nasality.evidence import Evidence
from ...nasality.scales import SCALES, SHARES, ScalesDescription
from ...speech.ear import Ear, shipped_ear
from ...weights.folder import write_folder
from .card import card
from .examples import Example, Speech, by_people, example, spoken, synthesised
from .fit_scales import Fitted, Settings, fit_probes, fit_scales
from .held_out import Spread, cells, scored, spread
from .worsened_speech import versions

Say = Callable[[str], None]
_DOSE_ALONE = (1.0, 0.0, 0.0)
_UNKNOWN_SPREAD = Spread(0.15, 0.2)
"""Steps, where the data has no speaker with two sentences; half as much again as measured."""


def listened(data: Path, settings: Settings, ear: Ear, say: Say) -> Iterator[Example]:
    """All examples of the training data, the synthesised ones worsened as well.

    Raises DataError where the synthesised speech is missing, SettingsError for an unknown voice.
    """
    sources: tuple[tuple[str, Iterable[Speech]], ...] = (
        ("synthesised", synthesised(data)),
        ("voices", spoken(settings.voices, settings.seed)),
        ("people", by_people(data, settings.people, settings.seed)),
    )
    for name, source in sources:
        count = 0
        for speech in source:
            count_of = settings.versions if speech.origin == "synthesised" else 0
            for version in versions(speech, count_of, settings.seed):
                learned = example(version, ear)
                if learned is not None and learned.evidence.free.any():
                    count += 1
                    yield learned
        say(f"{name}: {count} utterances")


def train(data: Path, out: Path, settings: Settings, say: Say) -> dict[str, float]:
    """Fit the scales to what the shipped ear hears of `data` and write them to `out`.

    Returns what was measured on held-out speakers and sentences. Raises DataError where a kind of
    speech is missing, and what `listened` raises.
    """
    ear = shipped_ear()
    examples = list(listened(data, settings, ear, say))
    say(f"fitting to {len(examples)} utterances")
    probes = fit_probes(examples, settings, ear.encoder.size)
    fitted = fit_scales(examples, settings, probes)
    say("holding out speakers and sentences")
    rows = [row for cell in cells(examples, settings, ear.encoder.size) for row in scored(cell)]
    spreads = [_usable(spread(rows, shares)) for shares in (SHARES, _DOSE_ALONE)]
    measured = {
        "sd of a sentence, same prompts": spreads[0].same_prompts,
        "sd of a sentence, other prompts": spreads[0].other_prompts,
    }
    write(out, fitted, examples, settings, spreads, ear)
    return measured


def _usable(measured: Spread) -> Spread:
    positive = measured.same_prompts > 0.0 and measured.other_prompts > 0.0  # NaN is neither
    return measured if positive else _UNKNOWN_SPREAD


def write(
    out: Path,
    fitted: Fitted,
    examples: Sequence[Example],
    settings: Settings,
    spreads: Sequence[Spread],
    ear: Ear,
) -> None:
    """Write the folder that `Scales.load` reads."""
    file = io.BytesIO()
    np.savez(
        file,
        phone_means=fitted.phone_means.astype(np.float16),
        weights=fitted.weights.astype(np.float32),
        centres=fitted.centres.astype(np.float32),
        bias=fitted.bias.astype(np.float32),
    )
    write_folder(
        out, ScalesDescription, {SCALES: file.getvalue()}, card(examples, settings),
        reader=ear.reader.digest, encoder=ear.encoder.digest, shares=SHARES,
        nasals=_nasals([e.evidence for e in examples if e.origin != "synthesised"]),
        sentence_sd=_rounded(spreads[0]), dose_sd=_rounded(spreads[1]),
        recipe=asdict(settings),
    )  # fmt: skip


def _rounded(one: Spread) -> tuple[float, float]:
    return round(one.same_prompts, 4), round(one.other_prompts, 4)


def _nasals(evidences: Sequence[Evidence]) -> tuple[float, float]:
    """Mean log-odds of a nasal over its stop: on nasals, and on stops."""
    nasals = np.concatenate([e.nasal_ratios for e in evidences])
    stops = np.concatenate([e.stop_ratios for e in evidences])
    return round(float(nasals.mean()), 4), round(float(stops.mean()), 4)
