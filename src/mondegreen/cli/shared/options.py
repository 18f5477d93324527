"""What verbs share: options that mean the same everywhere, and how a group of verbs is set up."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

BAD_INPUT = 2
"""Exit code: something cannot be read or makes no sense, or a check found errors."""
CORES = os.cpu_count() or 1

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
Lexicon = Annotated[
    Path | None, typer.Option(help="Your pronunciations: word<TAB>p l eɪ, one a line.")
]
Lists = Annotated[
    Path | None, typer.Option(help="YAML with values for hassil lists (areas, names).")
]
ManifestFile = Annotated[Path, typer.Argument(help="Manifest (JSON Lines).")]
OutFolder = Annotated[Path, typer.Option("--out", "-o", help="New folder; an old one goes on.")]
Seed = Annotated[int, typer.Option(help="Everything random follows from it.")]
SkipBad = Annotated[
    bool, typer.Option("--skip-bad", help="Leave bad rows out and list them, instead of stopping.")
]
Versions = Annotated[int, typer.Option(min=1, help="How many of each utterance.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes that work at the same time.")]


def group(about: str) -> typer.Typer:
    """A verb that has verbs of its own, with its line in the help."""
    return typer.Typer(
        help=about, no_args_is_help=True, add_completion=False, rich_markup_mode=None
    )
