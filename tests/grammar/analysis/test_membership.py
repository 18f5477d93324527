"""Which sentences a grammar has, by their words."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.grammar.analysis.membership import has_sentence
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import (
    Choice,
    FreeWords,
    Grammar,
    Sentence,
    Sequence,
    SlotUse,
    Value,
    ValueList,
    Word,
    optional,
)
from mondegreen.grammar.load import load_grammar
from mondegreen.phonetics.pronouncer import Pronouncer, sounds_alike

ROOM = ValueList(
    "room",
    (
        Value("kitchen", Word("kitchen")),
        Value("living room", Sequence((Word("living"), Word("room")))),
    ),
)
LAMPS = Grammar(
    "lamps",
    (
        Sentence(
            "on",
            Sequence(
                (
                    optional(Word("please")),
                    Word("light"),
                    Choice((SlotUse("room", "room"), SlotUse("note", "note"))),
                    Word("now"),
                )
            ),
        ),
    ),
    {"room": ROOM, "note": FreeWords("note")},
)


def test_words_choices_slots_and_free_words() -> None:
    assert has_sentence(LAMPS, ["please", "light", "living", "room", "now"])
    assert has_sentence(LAMPS, ["light", "the", "whole", "house", "now", "now"])
    assert not has_sentence(LAMPS, ["light", "now"])
    assert not has_sentence(LAMPS, ["light", "kitchen"])
    assert not has_sentence(LAMPS, [])


def test_the_caller_says_which_words_are_one() -> None:
    words = ["lite", "kitchen", "now"]
    assert not has_sentence(LAMPS, words)
    assert has_sentence(LAMPS, words, sounds_alike(Pronouncer()))
    assert not sounds_alike(Pronouncer())("and", "in")


def test_an_undefined_slot_has_no_words() -> None:
    assert not has_sentence(Grammar("g", LAMPS.sentences, {"room": ROOM}), ["light", "it", "now"])


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_the_starter_has_its_samples_and_not_with_a_word_put_before_them(seed: int) -> None:
    grammar = load_grammar("starter")
    for drawn in sample(grammar, 5, seed):
        assert has_sentence(grammar, drawn.text.split())
        assert not has_sentence(grammar, ["zebra", *drawn.text.split()])
