"""`mondegreen answers`: how well an index answers, and an index brought to a server."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import in_one_line
from .shared.options import AsJson, group
from .shared.output import counted, note, print_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..evaluate.answering import Outcome
    from ..evaluate.intervals import Interval

app = group("Count right answers; bring an index to a server (needs the extra 'answer').")
_SHOWN = 20
"""Pairs of what was heard and what was meant that are printed."""


@app.command()
def evaluate(
    index: Annotated[Path, typer.Argument(help="What 'mondegreen index' made.")],
    questions: Annotated[Path, typer.Argument(help="Questions with answers, in SQuAD's format.")],
    report: Annotated[
        Path | None, typer.Option(help="Write a page (HTML) with every question to this file.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask questions whose answers are known, and count. Each figure has its 95 % interval."""
    from ..answers import open as open_index
    from ..evaluate.answering import ask_all, figures, rows_json
    from ..evaluate.question_set import read_question_set
    from ..jobs.progress import bars

    given = read_question_set(questions)
    rows = given.asked
    answerer = open_index(index)
    with bars() as display:
        bar = display.add("questions", len(rows))
        outcomes = ask_all(answerer, rows, advance=bar.advance)
    scores = figures(outcomes)
    if as_json:
        print_json(
            {
                "index": str(index), "questions": str(questions),
                "unanswerable": given.unanswerable,
                "figures": {name: asdict(interval) for name, interval in scores.items()},
                "outcomes": rows_json(outcomes),
            }
        )  # fmt: skip
    else:
        _show(scores, outcomes)
    if given.unanswerable:
        note(f"{counted(given.unanswerable, 'question')} without an answer left out")
    if report is not None:
        from ..evaluate.answering_page import write_page

        write_page(report, f"{questions.name} asked of {index}", scores, outcomes)
        note(f"{report} has every question")


@app.command()
def upload(
    index: Annotated[Path, typer.Argument(help="What 'mondegreen index' made.")],
    to: Annotated[
        str, typer.Option(help="http(s)://[USER:PASSWORD@]HOST:9200/NAME of an OpenSearch server.")
    ],
    as_json: AsJson = False,
) -> None:
    """Bring an index to an OpenSearch server, to be asked there with 'ask -i ADDRESS'.

    Run it again after a stop: it goes on. A new version takes the old one's place at once.
    """
    from ..answers.opensearch.upload import upload as upload_index
    from ..answers.stored import StoredIndex
    from ..jobs.progress import bars

    stored = StoredIndex(index)
    with bars() as display:
        bar = display.add("passages", len(stored))
        done = upload_index(stored, to, advance=bar.advance)
    if as_json:
        print_json(asdict(done))
        return
    before = done.passages - done.sent
    there = f"; {before:,} were there" if before else ""
    print(f"{done.address}: {counted(done.passages, 'passage')}{there}")


def _show(scores: Mapping[str, Interval], outcomes: Sequence[Outcome]) -> None:
    from ..evaluate.answering import LABELS
    from .shared.console import PipedConsole, columns

    table = columns(["value", "95 %", "n"])
    for name, interval in scores.items():
        ends = f"{100 * interval.low:.1f} to {100 * interval.high:.1f}"
        table.add_row(LABELS[name], f"{100 * interval.value:.1f}", ends, f"{interval.n:,}")
    PipedConsole(highlight=False, markup=False).print(table)
    mended = [o for o in outcomes if o.rank == 0 < o.by_words and o.meant]
    if mended:
        print("\nheard → meant, of questions that were mended")
    for outcome in mended[:_SHOWN]:
        pairs = ", ".join(f"{transcribed} → {word}" for transcribed, word in outcome.meant)
        print(in_one_line(f"  {pairs}"))
