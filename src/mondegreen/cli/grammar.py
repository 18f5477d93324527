"""`mondegreen grammar`: what a grammar can hear, what is wrong with it, and how its words sound."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .shared.finding_lines import show_findings, verdict
from .shared.options import BAD_INPUT, AsJson, HomeFile, Lexicon, Lists, group
from .shared.output import counted, note, print_json

if TYPE_CHECKING:
    from pathlib import Path

    from ..grammar.analysis.check import Finding
    from ..grammar.expression import Grammar
    from ..phonetics.pronouncer import Pronouncer
    from .shared.console import PipedConsole

app = group("Look at a grammar: check it, sample sentences, list its words.")

File = Annotated[
    str, typer.Argument(help='A grammar file, a folder of hassil files, or "starter".')
]


@app.command()
def check(file: File, lists: Lists = None, home: HomeFile = None, as_json: AsJson = False) -> None:
    """Find mistakes and doubts: slots, sentences with two meanings, values that sound alike.

    Exit code 2: there are errors; warnings alone are none.
    """
    from ..grammar.analysis.check import check as check_grammar
    from ..grammar.load import load_grammar
    from ..phonetics.pronouncer import Pronouncer

    grammar = load_grammar(file, lists=lists, home=home)
    findings = check_grammar(grammar, Pronouncer(grammar.lexicon))
    failed = any(finding.severity == "error" for finding in findings)
    summary = _summary(grammar, sayable=not failed)
    if as_json:
        print_json({**summary, "findings": [asdict(finding) for finding in findings]})
    else:
        show_findings(findings, grammar.source or grammar.name)
        _show_summary(summary, findings)
    if failed:
        raise typer.Exit(BAD_INPUT)


def _summary(grammar: Grammar, *, sayable: bool) -> dict[str, Any]:
    """How large the grammar is; its sentences are not counted when some cannot be said."""
    from ..grammar.analysis.sample import count_sentences, words_in

    return {
        "grammar": grammar.name,
        "intents": len(grammar.intents),
        "expressions": len(grammar.sentences),
        "sentences": count_sentences(grammar) if sayable else None,
        "slots": len(grammar.slot_types),
        "words": len(words_in(grammar)),
    }


def _show_summary(summary: Mapping[str, Any], findings: Sequence[Finding]) -> None:
    from rich.text import Text

    sizes = [
        counted(summary[what], what.removesuffix("s"))
        for what in ("intents", "expressions", "sentences", "slots", "words")
        if summary[what] is not None
    ]
    console = _console()
    console.print(Text.assemble((summary["grammar"], "bold"), f": {', '.join(sizes)}"))
    console.print(verdict(findings))


@app.command()
def sample(
    file: File,
    n: Annotated[int, typer.Option("-n", "--number", min=1, help="How many sentences.")] = 20,
    seed: Annotated[int, typer.Option(help="The same seed gives the same sentences.")] = 0,
    lists: Lists = None,
    home: HomeFile = None,
    as_json: AsJson = False,
) -> None:
    """Print sentences that the grammar understands, with what they mean."""
    from ..grammar.analysis.sample import sample as sample_grammar

    sentences = sample_grammar(_loaded(file, lists, home), n, seed)
    if as_json:
        print_json([asdict(sentence) for sentence in sentences])
        return
    from rich.text import Text

    console = _console()
    for sentence in sentences:
        slots = ", ".join(f"{slot.name}={json.dumps(slot.value)}" for slot in sentence.slots)
        meaning = f"{sentence.intent}({slots})"
        console.print(Text.assemble(f"{sentence.text}  ", (meaning, "dim")))


@app.command()
def words(
    file: File,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    as_json: AsJson = False,
) -> None:
    """List every word with its pronunciations, and whether they are known or guessed."""
    from ..grammar.analysis.sample import words_in
    from ..phonetics.inventory import spell
    from ..phonetics.pronouncer import Pronouncer, read_lexicon

    grammar = _loaded(file, lists, home)
    lexicon_words = dict(grammar.lexicon)
    if lexicon is not None:
        lexicon_words |= read_lexicon(lexicon)
    pronouncer = Pronouncer(lexicon_words)
    rows = [
        {
            "word": word,
            "pronunciations": [spell(p) for p in pronouncer.word(word)],
            "source": _source(word, lexicon_words, pronouncer),
        }
        for word in words_in(grammar)
    ]
    if as_json:
        print_json(rows)
    else:
        _show_words(rows)


def _loaded(file: str, lists: Path | None, home: Path | None) -> Grammar:
    """The grammar, with a note for lists or a home that it has no use for; `check` lists all."""
    from ..grammar.load import load_grammar
    from ..grammar.unused import unused_in

    grammar = load_grammar(file, lists=lists, home=home)
    for line in unused_in(grammar):
        note(line)
    return grammar


def _source(word: str, lexicon_words: Mapping[str, tuple[str, ...]], pronouncer: Pronouncer) -> str:
    """Where a word's pronunciation comes from: the user's lexicon, the dictionary, or a guess."""
    if word in lexicon_words:
        return "lexicon"
    return "guess" if pronouncer.is_guess(word) else "known"


def _show_words(rows: Sequence[Mapping[str, Any]]) -> None:
    from rich.table import Table

    table = Table("word", "pronunciations", "from")
    for row in rows:
        table.add_row(row["word"], " | ".join(row["pronunciations"]), row["source"])
    console = _console()
    console.print(table)
    console.print(
        'To change one, add it to the grammar under `lexicon:` (word: ["p l eɪ"]) or to a file '
        "given with --lexicon."
    )


def _console() -> PipedConsole:
    from .shared.console import PipedConsole

    return PipedConsole(soft_wrap=True, highlight=False, markup=False)
