"""Articles that are said or left out, on words and on real speech."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import mondegreen
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.small_words import PUT_IN, with_small_words

Say = Callable[..., np.ndarray]
WORDS = st.sampled_from(["turn", "on", "lamp", "plan", "kitchen"])
SMALL = st.sampled_from(sorted(PUT_IN))


@pytest.mark.parametrize(
    ("words", "spoken", "expected"),
    [
        ("turn on lamp", "turned on the lamp please", "turn on the lamp please"),
        ("dim the lights", "dim lights", "dim lights"),
        ("turn on basement light", "turn on the basements light", "turn on the basement light"),
        ("plan a", "plan eight", "plan a"),
        ("plan a", "plan", "plan a"),
        ("close the door", "what is the time", "close the door"),
        ("lamp", "", "lamp"),
        ("i'd like the latte", "i would like a latte", "i would like a latte"),
        ("what is the time", "what's the time please", "what's the time please"),
        ("i cannot hear", "i can't hear", "i can't hear"),
        ("john's lamp", "john is lamp", "john's lamp"),
        ("i'd like tea", "i will like tea", "i'd like tea"),
    ],
)
def test_words_as_they_were_said(words: str, spoken: str, expected: str) -> None:
    assert " ".join(with_small_words(words.split(), spoken.split())) == expected


@given(st.lists(WORDS, min_size=1, max_size=5, unique=True), st.data())
def test_small_words_put_in_are_put_in_and_no_others(words: list[str], data: st.DataObject) -> None:
    spoken = []
    for word in words:
        spoken += [*data.draw(st.lists(SMALL, max_size=2)), word]
    assert with_small_words(words, spoken) == tuple(spoken)


@given(st.lists(WORDS, max_size=6), st.lists(st.one_of(WORDS, SMALL), max_size=8))
def test_words_that_mean_something_stay(words: list[str], spoken: list[str]) -> None:
    assert [word for word in with_small_words(words, spoken) if word not in PUT_IN] == words


@pytest.fixture(scope="module")
def no_articles(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    path = tmp_path_factory.mktemp("grammar") / "house.yaml"
    path.write_text(
        "context:\n  expressions:\n"
        "    lampOn: [turn on living room lamp]\n    lampOff: [turn off living room lamp]\n"
        "    open: [open all windows in kitchen]\n    first: [follow plan a]\n"
        "    second: [follow plan b]\n    late: [i'll be late]\n"
    )
    return mondegreen.load(str(path))


@pytest.mark.parametrize(
    ("spoken", "intent"),
    [
        ("turn on the living room lamp", "lampOn"),
        ("turn off the living room lamp please", "lampOff"),
        ("open all the windows in the kitchen", "open"),
        ("please follow the plan b", "second"),
        ("i will be late", "late"),
    ],
)
def test_an_article_that_the_grammar_lacks_changes_nothing(
    no_articles: GrammarEngine, say: Say, spoken: str, intent: str
) -> None:
    result = no_articles.understand(say(spoken))
    assert (result.status, result.intent) == ("understood", intent)


def test_another_command_is_refused_with_its_article(no_articles: GrammarEngine, say: Say) -> None:
    assert no_articles.understand(say("turn on the dining room fan")).status == "not_understood"
