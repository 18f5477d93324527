"""`mondegreen data`: bring data in, look at it, split it, and make speech from text."""

from __future__ import annotations

import typer

from .imports import import_
from .looking import check, stats
from .making import align, augment, frames, synthesize
from .splitting import split

app = typer.Typer(
    help="Spoken-language data: one manifest from many formats, and speech made from text.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
app.command("import")(import_)
app.command()(check)
app.command()(stats)
app.command()(split)
app.command()(synthesize)
app.command()(augment)
app.command()(align)
app.command()(frames)
