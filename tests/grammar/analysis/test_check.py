"""Mistakes and doubts in a grammar are found, each with its severity and its place."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis import check as checking
from mondegreen.grammar.analysis.check import Finding, check
from mondegreen.grammar.expression import (
    Choice,
    Grammar,
    Notice,
    Sentence,
    Sequence,
    SlotUse,
    Value,
    ValueList,
    Word,
    optional,
)
from mondegreen.grammar.formats.format import Options
from mondegreen.grammar.formats.marked_yaml import parse_yaml
from mondegreen.grammar.formats.rhino import Rhino
from mondegreen.phonetics.pronouncer import Pronouncer


def rhino(text: str) -> Grammar:
    """A context, as if it were the file home.yaml."""
    return Rhino().read([parse_yaml(text, "home.yaml")], Options("home", Path()))


def by_code(grammar: Grammar, *, by_ear: bool = False) -> dict[str, Finding]:
    """The findings by code, of which each has one."""
    findings = check(grammar, Pronouncer() if by_ear else None)
    assert len({finding.code for finding in findings}) == len(findings), findings
    return {finding.code: finding for finding in findings}


def test_a_grammar_without_doubts_has_no_findings() -> None:
    text = 'context:\n  expressions:\n    go: ["go $where"]\n  slots: {where: [home, away]}\n'
    assert check(rhino(text), Pronouncer()) == []


@pytest.mark.parametrize(
    ("text", "code", "severity", "line", "words"),
    [
        (
            'context:\n  expressions:\n    go: ["(please)"]\n',
            "empty-sentence", "error", 3, "silence would mean it",
        ),
        (
            'context:\n  expressions:\n    go: ["go"]\n  slots:\n    spare: [one]\n',
            "unused-slot", "note", 5, "$spare is never used",
        ),
        (
            'context:\n  expressions:\n    go: ["go $a"]\n  slots:\n    a:\n'
            "      - {value: 1, say: one}\n      - {value: 2, say: one}\n",
            "repeated-value", "warning", 6, "stands for both 1 and 2",
        ),
        (
            'context:\n  expressions:\n    go: ["go on"]\n    run: ["go on"]\n',
            "same-sentence", "warning", 4, "go and also run (lines 3 and 4)",
        ),
        (
            'context:\n  expressions:\n    go: ["go on", "go (on)"]\n',
            "duplicate", "note", 3, "in two ways that mean the same",
        ),
        (
            'context:\n  expressions:\n    go: ["go $a:x $b:y"]\n  slots:\n'
            "    a: [up, up up]\n    b: [up, up up]\n",
            "ambiguous", "warning", 3, "put a word between the slots",
        ),
    ],
)  # fmt: skip
def test_what_the_words_tell(text: str, code: str, severity: str, line: int, words: str) -> None:
    finding = by_code(rhino(text))[code]
    assert (finding.severity, finding.source, finding.line) == (severity, "home.yaml", line)
    assert words in finding.message


def test_slots_that_no_reader_would_let_through_are_found_too() -> None:
    sequence = Sequence((Word("go"), SlotUse("where", "place", 7)))
    sentences = (Sentence("go", sequence, line=7, source="a.yaml"),)
    missing = by_code(Grammar("home", sentences, {}))
    assert missing["undefined-slot"] == Finding(
        "error", "undefined-slot", "slot $place is used but not defined", "a.yaml", 7
    )
    empty = by_code(Grammar("home", sentences, {"place": ValueList("place", (), 9, "b.yaml")}))
    assert (empty["empty-slot"].source, empty["empty-slot"].line) == ("b.yaml", 9)


def test_what_the_ear_tells() -> None:
    same = rhino(
        'context:\n  expressions:\n    sit: ["seat $number"]\n    give: ["seat $wish"]\n'
        "  slots:\n    number: [four]\n    wish: [for]\n"
    )
    assert "sounds-same" not in by_code(same)
    finding = by_code(same, by_ear=True)["sounds-same"]
    assert (finding.severity, finding.line) == ("warning", 4)
    alike = rhino(
        'context:\n  expressions:\n    go: ["go $where"]\n  slots:\n    where: [right, write]\n'
    )
    assert by_code(alike, by_ear=True)["alike"].severity == "warning"
    near = rhino(
        'context:\n  expressions:\n    go: ["go $where"]\n  slots:\n    where: [pit, bit]\n'
    )
    assert by_code(near, by_ear=True)["nearly-alike"].severity == "note"
    guessed = rhino('context:\n  expressions:\n    go: ["go zzyzzxville"]\n')
    message = by_code(guessed, by_ear=True)["guess"].message
    assert message.startswith("the pronunciation of 1 word is guessed: zzyzzxville")
    assert "'mondegreen grammar words'" in message


def test_what_only_a_kind_says_alike_is_a_note_and_hides_no_warning() -> None:
    text = 'context:\n  expressions:\n    timer: ["timer (for) $mondegreen.Duration:length"]\n'
    finding = by_code(rhino(text), by_ear=True)["sounds-same"]
    assert finding.severity == "note"
    assert "'timer four" in finding.message
    assert "reword" not in finding.message
    # What the author wrote twice stays a warning, of the same intent as well.
    own = rhino(f"{text[:-2]}, timer four ten days]\n")
    severities = {f.severity for f in check(own, Pronouncer()) if f.code == "sounds-same"}
    assert severities == {"note", "warning"}


def test_the_same_grammar_has_the_same_findings_in_every_run() -> None:
    numbers = "twice $mondegreen.Number:x $mondegreen.Number:y"
    lengths = "twice (for) $mondegreen.Duration:x $mondegreen.Number:y"
    context = {"context": {"expressions": {"twice": [numbers, lengths]}}}
    program = (
        "from mondegreen.grammar import check, load_grammar; import json, sys; "
        "print(check(load_grammar(json.loads(sys.argv[1]))))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, json.dumps(context)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(outputs) == 1
    assert "can be read as" in outputs.pop()


def test_errors_come_first_then_files_then_lines() -> None:
    grammar = Grammar(
        "home",
        (
            Sentence("b", Choice((optional(Word("go")),)), line=9, source="b.yaml"),
            Sentence("a", optional(Word("go")), line=8, source="a.yaml"),
            Sentence("a", optional(Word("run")), line=7, source="a.yaml"),
        ),
        {},
        notices=(Notice("left out", "a.yaml", 1),),
    )
    places = [(f.severity, f.source, f.line) for f in check(grammar)][:3]
    assert places == [("error", "a.yaml", 7), ("error", "a.yaml", 8), ("error", "b.yaml", 9)]
    assert check(grammar)[-1].severity == "note"
    assert str(grammar.notices[0]) == "a.yaml:1: left out"


def test_many_findings_of_a_kind_are_cut_short_and_errors_are_not() -> None:
    value = Value("one", Word("one"))
    slots = {f"s{i}": ValueList(f"s{i}", (value,), i) for i in range(checking.MOST_PER_CODE + 5)}
    findings = check(Grammar("home", (Sentence("go", Word("go")),), slots))
    assert sum(f.code == "unused-slot" for f in findings) == checking.MOST_PER_CODE
    (more,) = (f for f in findings if f.code == "more")
    assert "5 more findings of the kind 'unused-slot'" in more.message
    silent = tuple(Sentence("go", optional(Word("go")), line=i) for i in range(40))
    assert sum(f.severity == "error" for f in check(Grammar("home", silent, {}))) == 40


def test_a_grammar_too_large_is_an_error_and_no_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> None:
        raise GrammarError("slot $x has too many wordings", line=3)

    monkeypatch.setattr(checking, "WordMachine", too_large)
    findings = by_code(rhino('context:\n  expressions:\n    go: ["go"]\n'))
    assert "too many wordings" in findings["too-large"].message
