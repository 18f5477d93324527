"""The search against brute force: every sentence of a small grammar, aligned one by one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.engines.grammar.graph import compile_grammar
from mondegreen.engines.grammar.lattice import Lattice
from mondegreen.engines.grammar.reading import read
from mondegreen.engines.grammar.search import Search, SearchSettings
from mondegreen.grammar.analysis.automaton import build, phrases
from mondegreen.grammar.expression import (
    Choice,
    Grammar,
    Sentence,
    Sequence,
    SlotUse,
    Value,
    ValueList,
    Word,
    optional,
)

WORDS = {
    "ab": ((1, 2),),
    "aab": ((1, 1, 2),),
    "b": ((2,),),
    "ca": ((3, 1), (3, 3, 1)),
    "abc": ((1, 2, 3),),
    "c": ((3,),),
}
WIDE = SearchSettings(beam=1e9, max_states=10_000_000)


class Lexicon:
    """A pronouncer over a handful of made-up words."""

    def word(self, word: str) -> tuple[tuple[int, ...], ...]:
        """Its pronunciations."""
        return WORDS[word]


def ctc_viterbi(scores: np.ndarray, phones: tuple[int, ...]) -> float:
    """Best alignment of a phone sequence, by the textbook recursion over interleaved blanks."""
    labels = [0]
    for p in phones:
        labels += [p, 0]
    best = np.full(len(labels), -np.inf)
    best[0] = scores[0, 0]
    best[1] = scores[0, labels[1]]
    for row in scores[1:]:
        new = np.full(len(labels), -np.inf)
        for i, label in enumerate(labels):
            sources = [best[i]]
            if i > 0:
                sources.append(best[i - 1])
            if i > 1 and label != 0 and labels[i - 2] != label:
                sources.append(best[i - 2])
            new[i] = max(sources) + row[label]
        best = new
    return float(max(best[-1], best[-2]))


def brute_force(
    scores: np.ndarray, sentences: list[tuple[str, ...]]
) -> dict[tuple[str, ...], float]:
    """Best score of each word sequence over all its pronunciations."""
    best = {}
    for words in sentences:
        ways = product(*(WORDS[w] for w in words))
        best[words] = max(ctc_viterbi(scores, sum(way, ())) for way in ways)
    return best


words = st.sampled_from(sorted(WORDS)).map(Word)
expressions = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda x: Sequence(tuple(x))),
        st.lists(inner, min_size=1, max_size=3).map(lambda x: Choice(tuple(x))),
        inner.map(optional),
    ),
    max_leaves=7,
)


def grammar_of(*sentences: Sequence, values: tuple[str, ...] = ("ab", "b")) -> Grammar:
    """A grammar with one slot type `s`."""
    slot = ValueList("s", tuple(Value(v, Word(v)) for v in values))
    return Grammar(
        "test", tuple(Sentence(f"i{n}", s) for n, s in enumerate(sentences)), {"s": slot}
    )


@settings(max_examples=150, deadline=None)
@given(expression=expressions, seed=st.integers(0, 10**6), frames=st.integers(4, 14))
def test_best_path_is_the_exact_maximum(expression: Sequence, seed: int, frames: int) -> None:
    full = Sequence((Word("c"), expression))
    scores = np.random.default_rng(seed).normal(size=(frames, 4)).astype(np.float32)
    search = Search(compile_grammar(grammar_of(full), Lexicon()), WIDE)
    search.advance(scores)
    expected = brute_force(scores, phrases(full))
    best = Lattice(search).best()
    top = max(expected.values())
    if top == -np.inf or best is None or best.score < -1e20:
        assert top == -np.inf
        assert best is None or best.score < -1e20
        return
    assert best.score == pytest.approx(top, abs=1e-3)
    spoken = tuple(s.text for s in read(search.graph, best).spans)
    assert expected[spoken] == pytest.approx(top, abs=1e-3)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_alternatives_are_the_best_of_every_other_wording(seed: int) -> None:
    slot = SlotUse("x", "s")
    full = Sequence((Choice((Word("c"), Word("ca"))), slot, optional(Word("c"))))
    grammar = grammar_of(full, values=("ab", "aab", "b"))
    scores = np.random.default_rng(seed).normal(size=(14, 4)).astype(np.float32)
    search = Search(compile_grammar(grammar, Lexicon()), WIDE)
    search.advance(scores)
    sentences = [
        (head, value, *tail)
        for head in ("c", "ca")
        for value in ("ab", "aab", "b")
        for tail in ((), ("c",))
    ]
    expected = brute_force(scores, sentences)
    readings = [read(search.graph, p) for p in Lattice(search).paths(40)]
    best_of_value: dict[str, float] = {}
    for reading in readings:
        value = reading.slots[0].value
        best_of_value[value] = max(best_of_value.get(value, -np.inf), reading.score)
        wording = tuple(s.text for s in reading.spans)
        assert reading.score <= expected[wording] + 1e-3
    best = max(expected.values())
    for value in ("ab", "aab", "b"):
        top = max(s for w, s in expected.items() if w[1] == value)
        if top > best - 11:
            assert best_of_value[value] == pytest.approx(top, abs=1e-3)


def test_feeding_frame_by_frame_equals_feeding_at_once() -> None:
    full = Sequence((Word("c"), SlotUse("x", "s"), optional(Word("ca"))))
    graph = compile_grammar(grammar_of(full), Lexicon())
    scores = np.random.default_rng(3).normal(size=(20, 4)).astype(np.float32)
    whole, pieces = Search(graph, SearchSettings()), Search(graph, SearchSettings())
    whole.advance(scores)
    for row in scores:
        pieces.advance(row[None])
    one, other = Lattice(whole).best(), Lattice(pieces).best()
    assert one is not None
    assert one == other


def test_automaton_shares_beginnings_and_ends() -> None:
    rng = np.random.default_rng(0)
    names = [f"w{i}" for i in range(30)]
    middles = [Word(str(w)) for w in rng.permutation(names)]
    sentence = Sequence((Word("start"), Choice(tuple(middles)), Word("end")))
    automaton = build([(0, sentence), (0, Sequence((Word("start"), Word("end"))))])
    assert len(automaton.arcs) == 4


def test_a_word_whose_first_sound_was_misheard_wins_by_the_rest() -> None:
    # The first sound speaks for "b" by 20 nats, the rest for "abc" by 60. Beginnings as bad as that
    # come in one of ten names of a large catalogue.
    grammar = grammar_of(Sequence((Choice((Word("abc"), Word("b"))),)))
    scores = np.full((4, 4), -30.0, np.float32)
    scores[0, 1] = -20.0
    for frame, phone in enumerate((2, 2, 3, 3)):
        scores[frame, phone] = 0.0
    search = Search(compile_grammar(grammar, Lexicon()), SearchSettings())
    search.advance(scores)
    best = Lattice(search).best()
    assert best is not None
    assert [s.text for s in read(search.graph, best).spans] == ["abc"]
