"""`mondegreen nasality track`: one speaker over sessions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import in_one_line
from .shared.options import AsJson
from .shared.output import note, print_json

if TYPE_CHECKING:
    from ..nasality.course import Course


def track(
    sessions: Annotated[
        Path,
        typer.Argument(
            metavar="FOLDER|MANIFEST", help="A folder for each session, or a manifest of record's."
        ),
    ],
    prompts: Annotated[
        str | None, typer.Option(help="The set that recordings without a text of their own read.")
    ] = None,
    baseline: Annotated[
        str | None, typer.Option(help="The session to compare with; the first when left out.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write one self-contained HTML page to print.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Write the trend as SVG.")] = None,
    scales: Annotated[
        Path | None, typer.Option(help="Folder of other scales than those that ship.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Follow one speaker over sessions: trend, change, and whether it is beyond chance."""
    from ..jobs.files import replacing
    from ..nasality import course_page as pages
    from ..nasality.course import follow
    from ..nasality.nasometer import Nasometer
    from ..nasality.prompts import prompt_set
    from ..nasality.sessions import read_sessions

    text = prompt_set(prompts).text if prompts is not None else None
    listed = read_sessions(sessions, text)
    course = follow(listed, Nasometer.load(scales), baseline, note)
    if as_json:
        print_json(course.to_json())
    else:
        _show(course)
    if page is not None:
        with replacing(page) as temporary:
            temporary.write_text(pages.page(course, f"Nasality: {sessions.name}"), "utf-8")
    if plot is not None:
        with replacing(plot) as temporary:
            temporary.write_text(pages.trend(course), "utf-8")


def _show(course: Course) -> None:
    from ..nasality.course_page import summary, verdict

    pairs = zip(course.sessions, course.changes, strict=True)
    for number, (judged, change) in enumerate(pairs):
        index, value = judged.index, change.value
        line = (
            f"{in_one_line(judged.session.name)}  {index.value:.2f} [{index.low:.2f}, "
            f"{index.high:.2f}]  {len(judged.sentences)} sentences"
        )
        if number == course.baseline:
            print(f"{line}  baseline")
        else:
            prompts = "same" if change.same_prompts else "other"
            print(
                f"{line}  {value.value:+.2f} [{value.low:+.2f}, {value.high:+.2f}]  "
                f"{verdict(change)} (smallest real change {change.mdc95:.2f}, {prompts} prompts)"
            )
        for doubt in judged.result.doubts:
            print(f"  doubt: {doubt.message}")
    for line in summary(course):
        print(line)
    print("research only: not a medical device", flush=True)
