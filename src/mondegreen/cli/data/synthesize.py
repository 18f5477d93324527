"""`mondegreen data synthesize`: a manifest's texts, spoken."""

from __future__ import annotations

from typing import Annotated

import typer

from ...errors import SettingsError
from ..shared.options import (
    CORES,
    AsJson,
    ManifestFile,
    OutFolder,
    Seed,
    SkipBad,
    Versions,
    Workers,
)
from ..shared.outcome import say_manifest
from ..shared.output import note
from ..shared.values import parse_names, parse_range


def synthesize(
    manifest: ManifestFile,
    out: OutFolder,
    voices: Annotated[
        str, typer.Option(help="Comma-separated; none: a mix of what is installed.")
    ] = "",
    heldout_voices: Annotated[
        str, typer.Option(help="Voices that speak every split but train, and never train.")
    ] = "",
    versions: Versions = 1,
    speed: Annotated[str, typer.Option(help="Tempo, LOW:HIGH.")] = "0.8:1.35",
    shift: Annotated[str, typer.Option(help="Pitch and formants, LOW:HIGH.")] = "0.85:1.18",
    pauses: Annotated[
        float, typer.Option(min=0, max=1, help="Share of word gaps with a pause.")
    ] = 0.1,
    fillers: Annotated[
        float, typer.Option(min=0, max=1, help="Share of utterances with an 'um'.")
    ] = 0.05,
    times: Annotated[bool, typer.Option(help="Find the time of each word.")] = True,
    workers: Workers = CORES,
    seed: Seed = 1,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Speak a manifest's texts: FLAC files and a manifest with word times, in a new folder.

    The same seed gives the same files with any number of workers. A stopped run goes on when it is
    started again.
    """
    from ...data.make.synthesize import Manner
    from ...data.make.synthesize import synthesize as speak
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    training, others = _voices(voices, heldout_voices)
    manner = Manner(
        voices=training,
        heldout=others,
        speed=_voice_range(speed, "--speed"),
        shift=_voice_range(shift, "--shift"),
        pauses=pauses,
        fillers=fillers,
        seed=seed,
    )
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    speech = speak(
        source, out, manner, versions=versions, timed=times, workers=workers, problems=problems
    )
    say_manifest(speech, out, as_json=as_json)


def _voices(names: str, heldout: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The voices for training and for the other splits; those that cannot speak are noted."""
    from ...data.make.synthesize import choose_voices

    training, others, notes = choose_voices(parse_names(names), parse_names(heldout))
    for text in notes:
        note(f"{text}; the others speak for it")
    return training, others


def _voice_range(text: str, name: str) -> tuple[float, float]:
    low, high = parse_range(text, name)
    if not 0.5 <= low <= high <= 2:
        raise SettingsError(f"{name}: found {text!r}, expected between 0.5 and 2")
    return low, high
