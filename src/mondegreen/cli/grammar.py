"""`mondegreen grammar`: what a grammar can hear, what is wrong with it, and how its words sound."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ..assistant.replies.templates import template
from ..errors import MondegreenError, in_one_line
from ..grammar.analysis.check import Finding
from ..grammar.analysis.check import check as check_grammar
from ..grammar.analysis.sample import count_sentences, words_in
from ..grammar.analysis.sample import sample as sample_grammar
from ..grammar.expression import Grammar
from ..grammar.load import load_grammar
from ..phonetics.inventory import spell
from ..phonetics.pronouncer import Pronouncer, read_lexicon
from .shared.render import PipedConsole

BAD_INPUT = 2

app = typer.Typer(
    help="Look at a grammar: check it, sample sentences, list its words.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

File = Annotated[
    str, typer.Argument(help='A grammar file, a folder of hassil files, or "starter".')
]
Lists = Annotated[
    Path | None, typer.Option("--lists", help="YAML with values for hassil lists (areas, names).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


def _console() -> Console:
    # Made for each call: tests and pipes replace standard output.
    return PipedConsole(soft_wrap=True, highlight=False)


def _fail(error: MondegreenError, *, as_json: bool) -> typer.Exit:
    """Say what went wrong the way the caller asked for, and the exit that goes with it."""
    if as_json:
        typer.echo(json.dumps({"error": str(error), "line": getattr(error, "line", None)}))
    else:
        typer.echo(f"error: {in_one_line(error)}", err=True)
    return typer.Exit(BAD_INPUT)


def _load(file: str, lists: Path | None, *, as_json: bool) -> Grammar:
    try:
        return load_grammar(file, lists=lists)
    except MondegreenError as error:
        raise _fail(error, as_json=as_json) from error


def _print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


@app.command()
def check(file: File, lists: Lists = None, as_json: AsJson = False) -> None:
    """Find mistakes and doubts: slots, sentences with two meanings, values that sound alike.

    Exits with 0 when nothing is wrong (warnings included), with 2 for errors.
    """
    grammar = _load(file, lists, as_json=as_json)
    findings = [*_replies(grammar), *check_grammar(grammar, Pronouncer(grammar.lexicon))]
    failed = any(f.severity == "error" for f in findings)
    summary = {
        "grammar": grammar.name,
        "intents": len(grammar.intents),
        "expressions": len(grammar.sentences),
        "sentences": None if failed else count_sentences(grammar),
        "slots": len(grammar.slot_types),
        "words": len(words_in(grammar)),
    }
    if as_json:
        _print_json({**summary, "findings": [asdict(f) for f in findings]})
    else:
        _show(summary, findings, grammar)
    if failed:
        raise typer.Exit(BAD_INPUT)


def _replies(grammar: Grammar) -> Iterator[Finding]:
    """Reply templates with a mistake in them; the assistant reads them, the grammar does not."""
    for intent, text in grammar.responses.items():
        try:
            template(text)
        except MondegreenError as error:
            yield Finding("error", f"intent {intent!r}, {error}", None, "reply")


def _show(summary: dict[str, Any], findings: list[Finding], grammar: Grammar) -> None:
    console = _console()
    colours = {"error": "red", "warning": "yellow", "info": "cyan"}
    place = grammar.source or grammar.name
    for finding in findings:
        where = f"{place}:{finding.line}" if finding.line is not None else place
        where, message = escape(in_one_line(where)), escape(in_one_line(finding.message))
        colour = colours[finding.severity]
        console.print(
            f"{where}: [{colour}]{finding.severity}[/] {message} [dim]({finding.code})[/]"
        )
    said = summary["sentences"]
    count = "" if said is None else f", {said:,} sentences"
    console.print(
        f"[bold]{escape(summary['grammar'])}[/]: {summary['intents']} intents, "
        f"{summary['expressions']} expressions{count}, {summary['slots']} slots, "
        f"{summary['words']} words"
    )
    errors = sum(f.severity == "error" for f in findings)
    warnings = sum(f.severity == "warning" for f in findings)
    console.print(
        f"{errors} errors, {warnings} warnings" if errors or warnings else "nothing wrong"
    )


@app.command()
def sample(
    file: File,
    n: Annotated[int, typer.Option("-n", "--number", min=1, help="How many sentences.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sentences.")] = 0,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """Print sentences that the grammar understands, with what they mean."""
    grammar = _load(file, lists, as_json=as_json)
    try:
        samples = sample_grammar(grammar, n, seed)
    except MondegreenError as error:
        raise _fail(error, as_json=as_json) from error
    if as_json:
        _print_json([asdict(s) for s in samples])
        return
    console = _console()
    for s in samples:
        slots = ", ".join(f"{slot.name}={json.dumps(slot.value)}" for slot in s.slots)
        console.print(f"{escape(s.text)}  [dim]{escape(s.intent)}({escape(slots)})[/]")


@app.command()
def words(
    file: File,
    lexicon: Annotated[
        Path | None, typer.Option(help="Your pronunciations: word<TAB>p l eɪ, one a line.")
    ] = None,
    lists: Lists = None,
    as_json: AsJson = False,
) -> None:
    """List every word with its pronunciations, and whether they are known or guessed."""
    grammar = _load(file, lists, as_json=as_json)
    try:
        own = dict(grammar.lexicon)
        if lexicon is not None:
            own |= read_lexicon(lexicon)
        pronouncer = Pronouncer(own)
        rows = [
            {
                "word": word,
                "pronunciations": [spell(p) for p in pronouncer.word(word)],
                "source": _source(word, own, pronouncer),
            }
            for word in words_in(grammar)
        ]
    except MondegreenError as error:
        raise _fail(error, as_json=as_json) from error
    if as_json:
        _print_json(rows)
        return
    table = Table("word", "pronunciations", "from")
    for row in rows:
        table.add_row(str(row["word"]), " | ".join(row["pronunciations"]), str(row["source"]))
    console = _console()
    console.print(table)
    console.print(
        'To change one, add it to the grammar under `lexicon:` (word: ["p l eɪ"]) or to a file '
        "given with --lexicon.",
        markup=False,
    )


def _source(word: str, own: dict[str, tuple[str, ...]], pronouncer: Pronouncer) -> str:
    """Where a word's pronunciation comes from: the user's lexicon, the dictionary, or a guess."""
    if word in own:
        return "lexicon"
    return "guess" if pronouncer.is_guess(word) else "known"
