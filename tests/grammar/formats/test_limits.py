"""Grammars nobody could say are refused before anything tries to compile them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar.formats.limits import MAX_LETTERS, MAX_WORDS
from mondegreen.grammar.load import load_grammar


def context(expression: str, slots: str = "{}") -> str:
    return f"context:\n  expressions:\n    go: [{expression!r}]\n  slots: {slots}\n"


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        (context("well " * (MAX_WORDS + 1)), 3, "201 words in one sentence"),
        (context("go " + "(now) " * MAX_WORDS), 3, "201 words in one sentence"),
        (context("go " + "x" * (MAX_LETTERS + 1)), 3, "101 letters"),
        (context("go $to", f"{{to: [{'far ' * (MAX_WORDS + 1)}]}}"), 4, "a value of slot $to"),
    ],
)
def test_what_is_too_long_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, part: str
) -> None:
    path = tmp_path / "long.yaml"
    path.write_text(text)
    with pytest.raises(GrammarError, match=r"long\.yaml:") as caught:
        load_grammar(path)
    assert caught.value.line == line
    assert part in str(caught.value)


def test_many_choices_are_not_long(tmp_path: Path) -> None:
    path = tmp_path / "wide.yaml"
    path.write_text(context(f"go [{', '.join(f'word{n}' for n in range(1_000))}]"))
    assert len(load_grammar(path).sentences) == 1
