"""`mondegreen data`: bring data in, look at it, split it, and make speech from text."""

from __future__ import annotations

from ..shared.options import WithSettings, group
from .align import align
from .augment import augment
from .check import check
from .export import export
from .frames import frames
from .import_ import import_
from .split import split
from .stats import stats
from .synthesize import synthesize

app = group("Spoken-language data: one manifest from many formats, and speech made from text.")
app.command("import")(import_)
for verb in (check, stats, split, align, frames, export):
    app.command()(verb)
app.command(cls=WithSettings)(synthesize)
app.command(cls=WithSettings)(augment)
