"""`mondegreen data augment`: a manifest's recordings, made worse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..shared.options import (
    CORES,
    AsJson,
    Changes,
    ManifestFile,
    OutFolder,
    RecipeFile,
    Seed,
    SkipBad,
    Versions,
    Workers,
    settings_from,
)
from ..shared.outcome import say_manifest
from ..shared.several_values import parse_range

_SNR = (0.0, 20.0)
"""Decibels, unless told."""


def augment(
    manifest: ManifestFile,
    out: OutFolder,
    noise: Annotated[
        list[Path] | None, typer.Option(help="Folder of recorded noise; may be given again.")
    ] = None,
    snr: Annotated[
        str | None, typer.Option(help="Decibels from speech to noise, LOW:HIGH.")
    ] = None,
    recipe: RecipeFile = None,
    changes: Changes = None,
    versions: Versions = 1,
    workers: Workers = CORES,
    seed: Seed = 1,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Worsen a manifest's recordings: noise, babble, rooms, lines, codecs; in a new folder.

    The same seed gives the same files with any number of workers. A stopped run goes on when it is
    started again.
    """
    from ...audio.worse.conditions import Conditions
    from ...data.make.worsen import augment as worsen
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    decibels = None if snr is None else parse_range(snr, "--snr")
    usual = Conditions(snr=_SNR, mean_snr=_SNR)
    noise_levels = {"snr": decibels, "mean_snr": decibels}
    conditions = settings_from(usual, recipe, changes, noise_levels)
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    worse = worsen(
        source,
        out,
        conditions,
        noise=noise or [],
        versions=versions,
        seed=seed,
        workers=workers,
        problems=problems,
    )
    say_manifest(worse, out, as_json=as_json)
