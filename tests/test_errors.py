"""Messages reach a terminal as one line that can do nothing to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.errors import AudioError, in_one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain name.wav", "plain name.wav"),
        ("two  spaces and Zoë 你好 👩‍🚀.wav", "two  spaces and Zoë 你好 👩‍🚀.wav"),
        ("a\nb\r.wav", r"a\nb\r.wav"),
        ("\x1b[2Jgone\x07\x7f\x9b", r"\x1b[2Jgone\x07\x7f\x9b"),
        ("gpj.\u202evaw", r"gpj.\u202evaw"),
        ("line\u2028break", r"line\u2028break"),
    ],
)
def test_what_acts_on_a_terminal_is_written_out(text: str, shown: str) -> None:
    assert in_one_line(text) == shown
    assert in_one_line(AudioError(text)) == shown
    assert in_one_line(Path(text)) == shown
