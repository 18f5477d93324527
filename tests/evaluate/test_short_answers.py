"""Short answers are compared as SQuAD compares them."""

from __future__ import annotations

import pytest

from mondegreen.evaluate.short_answers import exact, overlap


@pytest.mark.parametrize(
    ("text", "answers", "same", "shared"),
    [
        ("The Eiffel Tower.", ["Eiffel tower"], True, 1.0),
        ("another", ["other"], False, 0.0),  # "an" is an article only as a word
        ("in 1889", ["1889"], False, 2 / 3),
        ("1889", ["May 1889", "1889"], True, 1.0),
        ("red red blue", ["red"], False, 0.5),
        ("", ["1889"], False, 0.0),
        ("the", ["an"], True, 1.0),
        ("U.S.", ["US"], True, 1.0),
    ],
)
def test_words_are_compared(text: str, answers: list[str], same: bool, shared: float) -> None:
    assert exact(text, answers) is same
    assert overlap(text, answers) == pytest.approx(shared)


def test_without_a_right_answer_nothing_is_right() -> None:
    assert not exact("1889", [])
    assert overlap("1889", []) == 0.0
