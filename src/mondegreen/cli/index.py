"""`mondegreen index`: pages made into an index that answers questions."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import in_one_line
from .shared.options import AsJson, RayAddress, WorkersAnywhere
from .shared.output import counted, note, print_json


def index(
    pages: Annotated[
        list[Path],
        typer.Argument(
            metavar="PAGES...",
            help="HTML, Markdown, text, PDF, JSON, EPUB, ZIM, folders, a saved site's sitemap.",
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder of the index; an old one is brought up to date."
        ),
    ],
    embedder: Annotated[
        str, typer.Option(help="minilm, or none: find by words and sounds alone.")
    ] = "minilm",
    workers: WorkersAnywhere = None,
    ray: RayAddress = None,
    as_json: AsJson = False,
) -> None:
    """Make an index of pages, to be asked with `ask` (needs the extra 'answer').

    Run it again after a stop, or when pages have changed: it goes on, and reads what is new.
    Exit code 1: some pages could not be read.
    """
    from ..answers.build import build_index
    from ..jobs.ray_pool import workers_on

    with workers_on(ray, workers) as processes:
        built = build_index(pages, output, embedder=embedder, workers=processes)
    about = built.index.about
    if built.replaced:
        note(f"the index was made anew from all pages: {built.replaced}")
    if as_json:
        print_json(
            {
                "index": str(output), "version": built.index.version, "files": built.files,
                "unchanged": built.taken_over, "pages": about.pages, "passages": about.passages,
                "sentences": about.sentences,
                "unread": [{"path": p.place, "reason": p.reason} for p in built.problems],
            }
        )  # fmt: skip
    else:
        for problem in built.problems:
            note(f"left out: {problem}")
        sizes = ", ".join(
            counted(count, what)
            for count, what in (
                (about.pages, "page"), (about.passages, "passage"), (about.sentences, "sentence")
            )
        )  # fmt: skip
        unchanged = f"; {counted(built.taken_over, 'file')} unchanged" if built.taken_over else ""
        print(f"{in_one_line(output)}: {sizes}{unchanged}")
    if built.problems:
        raise typer.Exit(1)
