"""`mondegreen data synthesize`: a manifest's texts, spoken."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from ..shared.options import (
    AsJson,
    Changes,
    ManifestFile,
    OutFolder,
    RayAddress,
    RecipeFile,
    SkipBad,
    Versions,
    WorkersAnywhere,
    settings_from,
)
from ..shared.outcome import say_manifest
from ..shared.output import note
from ..shared.several_values import parse_names


def synthesize(
    manifest: ManifestFile,
    out: OutFolder,
    voices: Annotated[
        str | None, typer.Option(help="Comma-separated; none: a mix of what is installed.")
    ] = None,
    heldout_voices: Annotated[
        str | None, typer.Option(help="Voices that speak every split but train, and never train.")
    ] = None,
    recipe: RecipeFile = None,
    changes: Changes = None,
    versions: Versions = 1,
    times: Annotated[bool, typer.Option(help="Find the time of each word.")] = True,
    workers: WorkersAnywhere = None,
    ray: RayAddress = None,
    seed: Annotated[int | None, typer.Option(help="Everything random follows from it.")] = None,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Speak a manifest's texts: FLAC files and a manifest with word times, in a new folder.

    The same seed gives the same files with any number of workers, on this machine or on Ray. A
    stopped run goes on when it is started again.
    """
    from ...data.make.synthesize import Manner, choose_voices
    from ...data.make.synthesize import synthesize as speak
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems
    from ...jobs.ray_pool import workers_on

    options = {
        "voices": None if voices is None else tuple(parse_names(voices)),
        "heldout": None if heldout_voices is None else tuple(parse_names(heldout_voices)),
        "seed": seed,
    }
    manner = settings_from(Manner(), recipe, changes, options)
    training, others, notes = choose_voices(manner.voices, manner.heldout)
    for text in notes:
        note(f"{text}; the others speak for it")
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    with workers_on(ray, workers) as count:
        speech = speak(
            source,
            out,
            replace(manner, voices=training, heldout=others),
            versions=versions,
            timed=times,
            workers=count,
            problems=problems,
        )
    say_manifest(speech, out, as_json=as_json)
