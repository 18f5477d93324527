"""`mondegreen home`: the names of a home, and which of them a listener would mix up."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from .shared.finding_lines import show_findings, verdict
from .shared.options import BAD_INPUT, AsJson, Lexicon, group
from .shared.output import counted, print_json

app = group("Look at the names of your home.")


@app.callback()
def _group() -> None:
    """One verb so far, which would otherwise be the group itself."""


@app.command()
def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="YAML of a home, or a folder with Home Assistant's registries."
        ),
    ],
    lexicon: Lexicon = None,
    as_json: AsJson = False,
) -> None:
    """Find names that sound alike, that two things have, or that cannot be read.

    Exit code 2: there are errors; warnings alone are none.
    """
    from ..grammar.home.check_home import check_home
    from ..grammar.home.read_home import read_home
    from ..phonetics.pronouncer import Pronouncer, read_lexicon

    home = read_home(file)
    pronouncer = Pronouncer(read_lexicon(lexicon) if lexicon else {})
    findings = check_home(home, pronouncer)
    sizes = {
        "areas": len(home.areas), "floors": len(home.floors), "devices": len(home.devices)
    }  # fmt: skip
    if as_json:
        rows = [asdict(finding) for finding in findings]
        print_json({"home": home.source, **sizes, "findings": rows})
    else:
        show_findings(findings, home.source or str(file))
        print(", ".join(counted(count, what.removesuffix("s")) for what, count in sizes.items()))
        print(verdict(findings))
    if any(finding.severity == "error" for finding in findings):
        raise typer.Exit(BAD_INPUT)
