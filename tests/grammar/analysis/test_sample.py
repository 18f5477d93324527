"""Samples are sentences of the grammar, and sentences are counted exactly."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.sample import count_sentences, sample, words_in
from mondegreen.grammar.expression import (
    Choice,
    Expression,
    Grammar,
    Sentence,
    Sequence,
    SlotUse,
    Word,
)
from mondegreen.grammar.load import load_grammar

SHOP = {
    "context": {
        "expressions": {
            "buy": ["buy $pv.TwoDigitInteger:count $fruit:what", "get (me) $fruit:what"],
            "ask": ["ask $mondegreen.Words:question (please)"],
        },
        "slots": {"fruit": ["apple", {"value": "PEAR", "say": ["pear", "[a, one] pear"]}]},
    }
}


def test_the_same_seed_gives_the_same_sentences() -> None:
    grammar = load_grammar(SHOP)
    assert sample(grammar, 30, seed=5) == sample(grammar, 30, seed=5)
    assert sample(grammar, 30, seed=5) != sample(grammar, 30, seed=6)


def test_spans_hold_the_words_of_the_value() -> None:
    grammar = load_grammar(SHOP)
    seen: set[object] = set()
    for one in sample(grammar, 300):
        assert one.text == " ".join(one.text.split())
        for slot in one.slots:
            assert slot.start is not None
            words = one.text[slot.start : slot.end]
            if slot.name == "what":
                assert (slot.value == "PEAR") == ("pear" in words)
                seen.add(slot.value)
            if slot.name == "question":
                assert slot.value == words
    assert seen == {"apple", "PEAR"}


def test_intents_come_up_equally_often() -> None:
    counts = Counter(s.intent for s in sample(load_grammar(SHOP), 2000))
    # 2000 fair coin tosses stay within 5 standard deviations (112).
    assert abs(counts["buy"] - counts["ask"]) < 224


def test_slots_filled_without_a_word_have_no_span() -> None:
    block = {"sentences": ["lights on"], "slots": {"domain": "light"}}
    grammar = load_grammar({"intents": {"On": {"data": [block]}}})
    slot = sample(grammar, 1)[0].slots[0]
    assert (slot.name, slot.value, slot.start, slot.end) == ("domain", "light", None, None)


def test_sentences_are_counted_exactly() -> None:
    # 100 numbers said in one way each, four more with dozens, four ways to say a fruit; two ways
    # to get it; two to ask.
    assert count_sentences(load_grammar(SHOP)) == 104 * 4 + 2 * 4 + 2


def paths(expression: Expression) -> int:
    if isinstance(expression, Word | SlotUse):
        return 1
    total = 1 if isinstance(expression, Sequence) else 0
    for item in expression.items:
        total = total * paths(item) if isinstance(expression, Sequence) else total + paths(item)
    return total


EXPRESSIONS = st.recursive(
    st.sampled_from([Word("a"), Word("b")]),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda i: Sequence(tuple(i))),
        st.lists(inner, min_size=1, max_size=3).map(lambda i: Choice(tuple(i))),
    ),
    max_leaves=20,
)


@given(EXPRESSIONS)
def test_the_count_is_the_number_of_paths(expression: Expression) -> None:
    assert count_sentences(Grammar("g", (Sentence("x", expression),), {})) == paths(expression)


def test_undefined_and_empty_slots_are_errors() -> None:
    grammar = Grammar(
        "g", (Sentence("x", SlotUse("a", "nothing", 7), line=7),), {}, source="g.yaml"
    )
    for use in (lambda: sample(grammar, 1), lambda: count_sentences(grammar)):
        with pytest.raises(GrammarError, match=r"g\.yaml:7: slot \$nothing"):
            use()


def test_words_are_listed_once_in_order() -> None:
    words = words_in(load_grammar(SHOP))
    assert words == sorted(set(words))
    assert {"apple", "pear", "one", "me", "ninety"} <= set(words)
