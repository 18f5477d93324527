"""`mondegreen data augment`: a manifest's recordings, made worse."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ...errors import SettingsError
from ...registry import nearest
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
from ..shared.values import parse_names, parse_range

if TYPE_CHECKING:
    from ...audio.worse.conditions import Conditions


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

    decibels = parse_range(snr, "--snr")
    conditions = Conditions(snr=decibels, mean_snr=decibels)
    for setting in settings or []:
        if setting == "list":
            for name in _settable():
                print(f"{name}={_setting_text(getattr(conditions, name))}")
            return
        conditions = _with_setting(conditions, setting)
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


def _settable() -> list[str]:
    from ...audio.worse.conditions import Conditions

    return [field.name for field in fields(Conditions) if field.name not in ("snr", "mean_snr")]


def _setting_text(value: Any) -> str:
    if isinstance(value, tuple):
        numbers = bool(value) and isinstance(value[0], float)
        return (":" if numbers else ",").join(map(str, value))
    return str(value)


def _with_setting(conditions: Conditions, setting: str) -> Conditions:
    """The conditions with NAME=VALUE. Raises SettingsError for an unknown name or a bad value."""
    name, _, text = setting.partition("=")
    if name not in _settable():
        raise SettingsError(f"--set {setting}: no such setting{nearest(name, _settable())}")
    value: Any
    if name == "codecs":
        value = tuple(parse_names(text))
    elif isinstance(getattr(conditions, name), tuple):
        value = parse_range(text, f"--set {name}")
    else:
        try:
            value = float(text)
        except ValueError as error:
            raise SettingsError(f"--set {setting}: expected a number") from error
    return replace(conditions, **{name: value})
