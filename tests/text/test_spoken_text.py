"""Written text to spoken words, each with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.text.read_aloud import spoken_words
from mondegreen.text.spoken_text import foreign_script, spoken_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("wake me at 5:30 pm", "wake me at five:5:30 thirty:5:30 p:pm m:pm"),
        ("play 99 Luftballons!", "play ninety:99 nine:99 luftballons:Luftballons!"),
        ("it costs $5", "it costs five:$5 dollars:$5"),
        ("apples are $ 4 today", "apples are four:$ 4 dollars:$ 4 today"),
        ("it is -5 out", "it is minus:-5 five:-5 out"),
        ("add 1/2 cup", "add one:1/2 half:1/2 cup"),
        ("take 5 mg now", "take five:5 milligrams:mg now"),
    ],
)
def test_words_know_where_they_stand(text: str, expected: str) -> None:
    places = []
    for word, at in spoken_text(text):
        assert at is not None
        written = text[slice(*at)]
        places.append(word if written == word else f"{word}:{written}")
    assert " ".join(places) == expected


@given(st.text(st.sampled_from("ab 5:3$%.',é"), max_size=20))
def test_nothing_is_lost_and_order_is_kept(text: str) -> None:
    words = spoken_text(text)
    assert tuple(w.word for w in words) == spoken_words(text)
    starts = [w.at[0] for w in words if w.at]
    assert starts == sorted(starts)
    assert all(text[slice(*w.at)].strip() for w in words if w.at)


@pytest.mark.parametrize(
    ("text", "script"),
    [("café 5 ½", None), ("привет", "Cyrillic"), ("打开灯", "Cjk"), ("אור", "Hebrew"), ("", None)],
)
def test_foreign_scripts(text: str, script: str | None) -> None:
    assert foreign_script(text) == script


@given(st.text(max_size=30))
def test_any_text_has_its_words_inside_it(text: str) -> None:
    words = spoken_text(text)
    assert tuple(w.word for w in words) == spoken_words(text)
    assert all(w.at and 0 <= w.at[0] < w.at[1] <= len(text) for w in words)
