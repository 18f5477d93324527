"""Words as they are counted."""

from __future__ import annotations

import pytest

from mondegreen.text.tokens import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Turn ON the light!", ["turn", "on", "the", "light"]),
        ("it's 5:30", ["it's", "5", "30"]),
        ("It’s too loud, that’s all", ["it's", "too", "loud", "that's", "all"]),
        ("snake_case", ["snake", "case"]),
        ("a café", ["a", "caf"]),  # as [a-z0-9'] has it: figures of others are counted so
        ("play Кино", ["play", "кино"]),
        ("включи свет", ["включи", "свет"]),
        ("…", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected
