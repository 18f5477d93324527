"""Measures of a grammar against writing out all of its sentences, with their chances."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import log2
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from mondegreen.complexity.corpus import Corpus
from mondegreen.complexity.measures.measure import decidability, lexical
from mondegreen.complexity.measures.of_grammar import GrammarMeasures, measure
from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis import sentence_graph
from mondegreen.grammar.analysis.sample import count_sentences
from mondegreen.grammar.expression import (
    EMPTY,
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Pattern,
    Sentence,
    SlotUse,
    ValueList,
    Word,
)
from mondegreen.grammar.load import load_grammar

COFFEE = Path(__file__).parents[3] / "examples" / "coffee_maker.yaml"
Words = tuple[str, ...]
Slots = tuple[tuple[str, str], ...]
Derivation = tuple[float, Words, Slots]


def derivations(expression: Expression, grammar: Grammar) -> list[Derivation]:
    """Every way through an expression: its chance, its words, its slots."""
    if isinstance(expression, Word):
        return [(1.0, (expression.text,), ())]
    if isinstance(expression, SlotUse):
        return list(fillings(expression, grammar))
    if isinstance(expression, Choice):
        size = len(expression.items)
        return [(p / size, w, s) for e in expression.items for p, w, s in derivations(e, grammar)]
    derived: list[Derivation] = [(1.0, (), ())]
    for item in expression.items:
        more = derivations(item, grammar)
        derived = [(p * q, (*w, *v), (*s, *t)) for p, w, s in derived for q, v, t in more]
    return derived


def fillings(use: SlotUse, grammar: Grammar) -> Iterator[Derivation]:
    kind = grammar.slot_types[use.type]
    if isinstance(kind, FreeWords):
        yield 1.0, ("…",), ((use.name, "free"),)
    elif isinstance(kind, Pattern):
        for p, words, _ in derivations(kind.expression, grammar):
            yield p, words, ((use.name, json.dumps(kind.interpret(" ".join(words)))),)
    else:
        assert isinstance(kind, ValueList)
        for value in kind.values:
            for p, words, _ in derivations(value.expression, grammar):
                yield p / len(kind.values), words, ((use.name, json.dumps(value.value)),)


class WrittenOut:
    """All sentences of a grammar."""

    def __init__(self, grammar: Grammar) -> None:
        self.intents: dict[Words, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.meanings: dict[Words, set[tuple[str, Slots]]] = defaultdict(set)
        for intent in grammar.intents:
            mine = [s for s in grammar.sentences if s.intent == intent]
            for sentence in mine:
                fixed = tuple((k, json.dumps(v)) for k, v in sentence.fixed.items())
                for p, words, slots in derivations(sentence.expression, grammar):
                    if words:
                        chance = p / len(mine) / len(grammar.intents)
                        self.intents[words][intent] += chance
                        meaning = (intent, tuple(sorted((*slots, *fixed))))
                        self.meanings[words].add(meaning)
        total = sum(sum(by.values()) for by in self.intents.values())
        self.chance = {w: sum(by.values()) / total for w, by in self.intents.items()}
        self.count = len({m for some in self.meanings.values() for m in some})


def bits(chances: Sequence[float]) -> float:
    total = sum(chances)
    return -sum(p / total * log2(p / total) for p in chances if p > 0)


def expect(measures: GrammarMeasures, grammar: Grammar, chance: Mapping[Words, float]) -> None:
    """Compare with sums over all sentences."""
    all_ = WrittenOut(grammar)
    assert measures.exact
    assert measures.sentences == len(all_.chance)
    assert (measures.meanings, measures.meanings_at_most) == (all_.count, False)
    assert measures.vocabulary == len({w for words in chance for w in words} - {"…"})
    assert measures.longest == max(map(len, chance))
    assert measures.mean_length == pytest.approx(sum(p * len(w) for w, p in chance.items()))
    for length, share in enumerate(measures.lengths):
        here = sum(p for w, p in chance.items() if len(w) == length)
        assert share == pytest.approx(here)
    assert measures.transcript_entropy == pytest.approx(bits(list(chance.values())), abs=1e-9)
    for n, entropy in enumerate((measures.entropy_1, measures.entropy_2, measures.entropy_3), 1):
        runs: dict[Words, float] = defaultdict(float)
        for words, p in chance.items():
            for i in range(len(words) - n + 1):
                runs[words[i : i + n]] += p
        if runs:
            assert entropy == pytest.approx(bits(list(runs.values())), abs=1e-9)
        else:
            assert entropy is None
    left = sum(p * log2(len(all_.meanings[w])) for w, p in chance.items())
    assert measures.meaning_given_transcript == pytest.approx(left, abs=1e-9)


letters = st.sampled_from(["a", "b", "c", "d"])
parts = st.recursive(
    st.one_of(letters, letters, st.sampled_from(["$s:x", "$t:x", "$t:y"])),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"[{', '.join(some)}]"),
        inner.map(lambda one: f"({one})"),
    ),
    max_leaves=6,
)
sentences = st.lists(parts, min_size=1, max_size=3)
SLOTS: dict[str, Any] = {
    "s": ["a", "b c", {"value": "a", "say": ["[c, d] (d)"]}],
    "t": ["b", "e", {"value": "f", "say": ["e"]}],
}


def grammar_of(intents: Mapping[str, list[str]]) -> Grammar:
    return load_grammar({"context": {"expressions": intents, "slots": SLOTS}})


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from("xyz"), sentences, min_size=1, max_size=3))
def test_as_written_out(intents: dict[str, list[str]]) -> None:
    # A word that has to be said: meanings that silence alone has are another test.
    grammar = grammar_of({k: [f"[a, b] {first}" for first in v] for k, v in intents.items()})
    assume(count_sentences(grammar) < 3_000)
    all_ = WrittenOut(grammar)
    expect(measure(grammar), grammar, all_.chance)
    even = dict.fromkeys(all_.chance, 1 / len(all_.chance))
    expect(measure(grammar, distribution="sentences"), grammar, even)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from("xyz"), sentences, min_size=1, max_size=3))
def test_intents_as_in_a_corpus_of_all_sentences(intents: dict[str, list[str]]) -> None:
    """Two programs that share no line: the graph's, and that of sorted transcripts."""
    grammar = grammar_of(intents)
    assume(count_sentences(grammar) < 3_000)
    all_ = WrittenOut(grammar)
    assume(all_.chance)
    rows = [(" ".join(w), intent) for w, by in all_.intents.items() for intent in by]
    texts, names = [text for text, _ in rows], [intent for _, intent in rows]
    corpus = Corpus("all", texts, names, names)
    measures = measure(grammar, distribution="sentences")
    expected = decidability.measure(corpus).intent
    assert expected is not None
    assert measures.intent.transcripts == expected.transcripts
    for name in ("mean", "median", "words", "at_end", "ambiguous"):
        value, other = getattr(measures.intent, name), getattr(expected, name)
        assert (value is None) == (other is None)
        if other is not None:
            assert value == pytest.approx(other, abs=1e-9), name
    counted = lexical.measure(Corpus("all", [" ".join(w) for w in all_.chance]))
    assert measures.entropy_1 == pytest.approx(counted.entropy_1)
    assert measures.mean_length == pytest.approx(counted.mean_length)
    chosen = measure(grammar)
    by_intent: dict[str, float] = defaultdict(float)
    left = 0.0
    scale = sum(sum(by.values()) for by in all_.intents.values())
    for words, by in all_.intents.items():
        left += all_.chance[words] * bits(list(by.values()))
        for intent, p in by.items():
            by_intent[intent] += p / scale
    assert chosen.intent_entropy == pytest.approx(bits(list(by_intent.values())), abs=1e-9)
    assert chosen.intent_given_transcript == pytest.approx(left, abs=1e-9)


def test_a_sentence_written_nine_times_has_its_other_meaning_too() -> None:
    grammar = grammar_of({"x": ["a $s:x"] * 9, "y": ["a $t:y", "a b"], "z": ["a b"] * 9})
    expect(measure(grammar), grammar, WrittenOut(grammar).chance)


def test_a_sentence_can_mean_two_things_where_its_like_mean_one() -> None:
    """ "a b c d" has the value "a" alone, or "b c" before it; "a c d" has one meaning."""
    grammar = grammar_of({"x": ["[a, b] [b, $s:x] $s:x"]})
    expect(measure(grammar), grammar, WrittenOut(grammar).chance)


def test_one_sentence_can_be_ambiguous_in_itself() -> None:
    """ "a b c" ends the sentence both behind the literal b and behind the value "b c"."""
    grammar = grammar_of({"x": ["a [b, $s:x] (c)"]})
    measures = measure(grammar)
    assert measures.meaning_given_transcript > 0
    expect(measures, grammar, WrittenOut(grammar).chance)


def test_numbers_and_free_words() -> None:
    expressions = {
        "SetLevel": ["set [$mondegreen.TwoDigitInteger:level, $mondegreen.Percent:level]"],
        "Ask": ["who is $mondegreen.Words:question (please)"],
    }
    grammar = load_grammar({"context": {"expressions": expressions}})
    all_ = WrittenOut(grammar)
    measures = measure(grammar)
    expect(measures, grammar, all_.chance)
    assert measures.notes == ("free words count as one word, …, and as one value",)
    assert measures.intent.words == 1.0


def test_durations_are_too_many_to_work_out() -> None:
    expressions = {"SetTimer": ["timer for $mondegreen.Duration:duration"]}
    measures = measure(load_grammar({"context": {"expressions": expressions}}))
    assert measures.exact
    assert measures.meanings_at_most
    assert measures.meanings is not None
    assert measures.meanings >= measures.sentences > 10**9
    assert "slot $mondegreen.Duration" in measures.notes[0]


def test_the_coffee_maker() -> None:
    grammar = load_grammar(COFFEE)
    measures = measure(grammar, distribution="sentences")
    assert measures.sentences == 120_130_920
    assert measures.transcript_entropy == pytest.approx(log2(measures.sentences))
    # A drink, and each of the other slots or not.
    sizes = {
        k: len({v.value for v in t.values})
        for k, t in grammar.slot_types.items()
        if isinstance(t, ValueList)
    }
    drinks = sizes.pop("coffeeDrink")
    assert measures.meanings == drinks * int(np.prod([1 + n for n in sizes.values()]))
    assert measures.intent.mean == measures.intent_entropy == 0.0


def test_the_starter_grammar_is_exact() -> None:
    grammar = load_grammar("starter")
    measures = measure(grammar)
    assert measures.exact
    # It has no sentence that can be made or understood in two ways.
    assert measures.sentences == count_sentences(grammar)
    assert measures.meaning_given_transcript == measures.intent_given_transcript == 0.0
    assert measures.intent.mean is not None
    assert 0.4 < measures.intent.mean < 0.8


def test_too_large_is_sampled_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    grammar = load_grammar(COFFEE)
    exact = measure(grammar)
    monkeypatch.setattr(sentence_graph, "MAX_STATES", 20)
    measures = measure(grammar, distribution="sentences")
    assert (measures.exact, measures.distribution) == (False, "choices")
    assert measures.sentences == exact.sentences
    assert measures.mean_length == pytest.approx(exact.mean_length, rel=0.02)
    assert measures.entropy_2 == pytest.approx(exact.entropy_2, rel=0.02)
    assert "were drawn" in measures.notes[0]
    assert measure(grammar) == measures


def test_what_cannot_be_measured() -> None:
    measures = measure(load_grammar({"context": {"expressions": {"A": ["(a)"]}}}))
    assert (measures.sentences, measures.transcript_entropy, measures.entropy_2) == (1, 0.0, None)
    with pytest.raises(GrammarError, match=r"slot \$nothing is not defined"):
        measure(Grammar("g", (Sentence("A", SlotUse("x", "nothing")),), {}))
    with pytest.raises(GrammarError, match="no sentence has a word"):
        measure(Grammar("g", (Sentence("A", EMPTY),), {}))
