"""What verbs share: options that mean the same everywhere, and how a group of verbs is set up."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.core import TyperCommand

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from ...engines.engine import Engine

BAD_INPUT = 2
"""Exit code: something cannot be read or makes no sense, or a check found errors."""
CORES = os.cpu_count() or 1

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Changes = Annotated[
    list[str] | None,
    typer.Option("--set", help="NAME=VALUE, may be given again; 'list' shows all settings."),
]
HomeFile = Annotated[
    Path | None,
    typer.Option(
        "--home", help="Your areas, floors and devices: YAML, or Home Assistant's registries."
    ),
]
Lexicon = Annotated[
    Path | None, typer.Option(help="Your pronunciations: word<TAB>p l eɪ, one a line.")
]
Lists = Annotated[
    Path | None, typer.Option(help="YAML with values for hassil lists (areas, names).")
]
ManifestFile = Annotated[Path, typer.Argument(help="Manifest (JSON Lines).")]
RefuseBelow = Annotated[
    float | None,
    typer.Option(
        "--refuse-below",
        min=0.0,
        max=1.0,
        help="Confidence under which nothing is understood; usually the grammar's own word.",
    ),
]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="New folder; an old one goes on.")]
RayAddress = Annotated[
    str | None,
    typer.Option("--ray", metavar="ADDRESS", help="Work on Ray: local, auto, or HOST:PORT."),
]
RecipeFile = Annotated[
    Path | None, typer.Option("--recipe", help="TOML file with the settings that differ.")
]
Seed = Annotated[int, typer.Option(help="Everything random follows from it.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad rows out and list them, instead of stopping.")
]
UsageFile = Annotated[
    Path | None,
    typer.Option(
        "--usage",
        help="What people said how often (count<TAB>sentence, one a line): how likely they go on.",
    ),
]
Versions = Annotated[int, typer.Option(min=1, help="How many of each utterance.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that work at the same time.")]
WorkersAnywhere = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        help="Processes that work at the same time; unless told one for each processor, with --ray "
        "for each of the cluster.",
    ),
]


class WithSettings(TyperCommand):
    """A verb with `--set`: `--set list` needs nothing else on the line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """See click: before the line is read, what was needed no longer is."""
        options = args[: args.index("--")] if "--" in args else args
        pairs = pairwise(options)
        if "--set=list" in options or ("--set", "list") in pairs:
            for parameter in self.params:
                parameter.required = False
        return super().parse_args(ctx, args)


def group(about: str) -> typer.Typer:
    """A verb that has verbs of its own, with its line in the help."""
    return typer.Typer(
        help=about, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )


def grammar_settings(
    lexicon: Path | None = None,
    lists: Path | None = None,
    home: Path | None = None,
    refuse_below: float | None = None,
    usage: Path | None = None,
) -> dict[str, Any]:
    """What `mondegreen.load` is told of these options; an engine of another kind than grammars
    need not know the settings that nobody gave."""
    options = {
        "lexicon": lexicon, "lists": lists, "home": home, "refuse_below": refuse_below,
        "usage": usage,
    }  # fmt: skip
    return {name: value for name, value in options.items() if value is not None}


def note_unused(listener: Engine, settings: Mapping[str, Any]) -> None:
    """A note for a home or lists among the settings that an engine loaded with them cannot use."""
    from ...engines.load import unused_settings
    from .output import note

    if "home" in settings or "lists" in settings:  # else nothing is unpacked for it
        for line in unused_settings(listener):
            note(line)


Settings = TypeVar("Settings", bound="DataclassInstance")


def settings_from(
    usual: Settings,
    recipe: Path | None,
    changes: list[str] | None,
    options: Mapping[str, Any] | None = None,
) -> Settings:
    """The settings of `--recipe`, `--set` and of `options` of their own (None: not given), each
    over the ones before; `--set list` prints them as a recipe, and that is all.

    Raises SettingsError for a mistake in the first two.
    """
    from ...settings import read_settings, to_toml

    entries = changes or []
    settings = read_settings(usual, recipe, [change for change in entries if change != "list"])
    own = {name: value for name, value in (options or {}).items() if value is not None}
    settings = replace(settings, **own)
    if "list" in entries:
        print(to_toml(settings), end="")
        raise typer.Exit
    return settings
