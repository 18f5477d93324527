"""Verbs that make data: speech from text, worse speech from good, word times, encoder frames."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import DataError, SettingsError, in_one_line
from ..shared.options import Json, ManifestFile, Seed, SkipBad, list_skipped

if TYPE_CHECKING:
    from ...audio.worse.conditions import Conditions
    from ...data.manifest import Manifest

Workers = Annotated[int, typer.Option(min=1, help="Processes that work at the same time.")]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="New folder; an old one goes on.")]
Versions = Annotated[int, typer.Option(min=1, help="How many of each utterance.")]
CORES = os.cpu_count() or 1


def parse_range(text: str, name: str) -> tuple[float, float]:
    """LOW:HIGH, or one number for both."""
    low, colon, high = text.partition(":")
    try:
        found = float(low), float(high if colon else low)
    except ValueError:
        found = (1.0, 0.0)
    if not found[0] <= found[1]:
        raise SettingsError(f"{name}: found {text!r}, expected LOW:HIGH, such as 0.8:1.3")
    return found


def _report(made: Manifest, folder: Path, as_json: bool) -> None:
    """Say what lies in a folder that synthesize or augment made."""
    from ...data.make.derive import MANIFEST, SKIPPED

    seconds = sum(utterance.duration or 0.0 for utterance in made)
    out, skipped = folder / MANIFEST, folder / SKIPPED
    if skipped.exists():
        print(
            f"note: {in_one_line(skipped)} lists what could not be used, and why", file=sys.stderr
        )
    if as_json:
        row = {
            "manifest": str(out), "utterances": len(made), "seconds": round(seconds, 3),
            "skipped": str(skipped) if skipped.exists() else None,
        }  # fmt: skip
        print(json.dumps(row))
    else:
        print(f"{in_one_line(out)}: {len(made)} utterances, {seconds / 3600:.2f} hours")


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


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
    as_json: Json = False,
) -> None:
    """Speak a manifest's texts: FLAC files and a manifest with word times, in a new folder.

    The same seed gives the same files with any number of workers. A stopped run goes on when it is
    started again.
    """
    from ...data.make.synthesize import Manner, choose_voices
    from ...data.make.synthesize import synthesize as speak
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    chosen, kept, notes = choose_voices(_names(voices), _names(heldout_voices))
    for note in notes:
        print(f"note: {in_one_line(note)}; the others speak for it", file=sys.stderr)
    manner = Manner(
        chosen,
        kept,
        _voice_range(speed, "--speed"),
        _voice_range(shift, "--shift"),
        pauses,
        fillers,
        seed,
    )
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    made = speak(
        source, out, manner, versions=versions, timed=times, workers=workers, problems=problems
    )
    _report(made, out, as_json)


def _voice_range(text: str, name: str) -> tuple[float, float]:
    found = parse_range(text, name)
    if not 0.5 <= found[0] <= found[1] <= 2:
        raise SettingsError(f"{name}: found {text!r}, expected between 0.5 and 2")
    return found


def augment(
    manifest: ManifestFile,
    out: OutFolder,
    noise: Annotated[
        list[Path] | None, typer.Option(help="Folder of recorded noise; may be given again.")
    ] = None,
    snr: Annotated[str, typer.Option(help="Decibels from speech to noise, LOW:HIGH.")] = "0:20",
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE, such as room=0.5; --set list shows them all."),
    ] = None,
    versions: Versions = 1,
    workers: Workers = CORES,
    seed: Seed = 1,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Worsen a manifest's recordings: noise, babble, rooms, lines, codecs; in a new folder.

    The same seed gives the same files with any number of workers. A stopped run goes on when it is
    started again.
    """
    from ...audio.worse.conditions import Conditions
    from ...data.make.worsen import augment as worsen
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    decibels = parse_range(snr, "--snr")
    conditions = Conditions(snr=decibels, mean_snr=decibels)
    for setting in settings or []:
        if setting == "list":
            print("\n".join(f"{f.name}={_shown(getattr(conditions, f.name))}" for f in _free()))
            return
        conditions = with_setting(conditions, setting)
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    made = worsen(
        source,
        out,
        conditions,
        noise=noise or [],
        versions=versions,
        seed=seed,
        workers=workers,
        problems=problems,
    )
    _report(made, out, as_json)


def _free() -> list[Any]:
    from ...audio.worse.conditions import Conditions

    return [field for field in fields(Conditions) if field.name not in ("snr", "mean_snr")]


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return (
            ":".join(map(str, value)) if value and isinstance(value[0], float) else ",".join(value)
        )
    return str(value)


def with_setting(conditions: Conditions, setting: str) -> Conditions:
    """The conditions with NAME=VALUE. Raises SettingsError for an unknown name or a bad value."""
    name, _, text = setting.partition("=")
    known = {field.name: getattr(conditions, field.name) for field in _free()}
    if name not in known:
        near = get_close_matches(name, known, n=1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise SettingsError(f"--set {setting}: no such setting; {hint}there are {', '.join(known)}")
    value: Any
    if name == "codecs":
        value = tuple(_names(text))
    elif isinstance(known[name], tuple):
        value = parse_range(text, f"--set {name}")
    else:
        try:
            value = float(text)
        except ValueError as error:
            raise SettingsError(f"--set {setting}: expected a number") from error
    return replace(conditions, **{name: value})


def align(
    manifest: ManifestFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="File for the times (JSON Lines).")],
    textgrids: Annotated[
        Path | None, typer.Option(help="Folder for a Praat TextGrid of each utterance as well.")
    ] = None,
    workers: Workers = CORES,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Find when each word, phone and slot of a manifest's utterances is said.

    A stopped run goes on when it is started again.
    """
    from ...data.make.align import align_manifest, read_alignments
    from ...data.make.textgrid import write_textgrids
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    if out.is_dir():
        raise DataError(f"{out}: found a folder, expected the name of a .jsonl file")
    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    count = align_manifest(source, out, workers=workers, problems=problems)
    if textgrids is not None:
        write_textgrids(textgrids, read_alignments(out))
    skipped = list_skipped(problems, out)
    if as_json:
        row = {
            "alignments": str(out), "utterances": count,
            "textgrids": str(textgrids) if textgrids else None,
            "skipped": str(skipped) if skipped else None,
        }  # fmt: skip
        print(json.dumps(row))
    else:
        print(f"{in_one_line(out)}: {count} utterances")


def frames(
    manifest: ManifestFile,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the cache; it may grow.")],
    encoder: Annotated[
        str, typer.Option(help="Speech encoder; 'ear' is the one of the shipped phone reader.")
    ] = "ear",
    workers: Workers = CORES,
    skip_bad: SkipBad = False,
    as_json: Json = False,
) -> None:
    """Store the encoder's frames of a manifest's recordings, so that training need not encode.

    Only what the cache does not hold yet is encoded. A stopped run goes on when it is started
    again.
    """
    from ...data.make.frame_cache import build
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems

    problems = Problems(skip=skip_bad)
    source = Manifest.open(manifest).checked(problems)
    count = build(source, out, name=encoder, workers=workers, problems=problems)
    skipped = list_skipped(problems, out / "frames")
    if as_json:
        row = {"cache": str(out), "encoded": count, "skipped": str(skipped) if skipped else None}
        print(json.dumps(row))
    else:
        rest = len(source) - count
        print(f"{in_one_line(out)}: {count} utterances encoded, {rest} were there or left out")
