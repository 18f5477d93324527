"""Acoustic measures against all distances, one by one, and where they have no value."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.complexity.corpus import Corpus
from mondegreen.complexity.measures.measure import acoustic
from mondegreen.complexity.measures.phone_pairs import Pairs, PhoneStrings, spanning_tree
from mondegreen.phonetics.inventory import PHONES, Pronunciation
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.speech.phone_folder import load_phone_distance

COSTS = load_phone_distance().symmetric()
strings = st.lists(
    st.lists(st.integers(1, len(PHONES) - 1), min_size=1, max_size=12).map(tuple),
    min_size=2,
    max_size=12,
)


def all_distances(phones: list[Pronunciation]) -> np.ndarray:
    return np.array([COSTS.to_many(one, phones) for one in phones])


def tree_length(distances: np.ndarray) -> float:
    """Prim's tree, a row at a time."""
    best = distances[0].copy()
    waiting = set(range(1, len(distances)))
    length = 0.0
    while waiting:
        next_ = min(waiting, key=lambda i: float(best[i]))
        waiting.remove(next_)
        length += float(best[next_])
        best = np.minimum(best, distances[next_])
    return length


@settings(deadline=None)
@given(strings)
def test_the_tree_is_the_shortest(phones: list[Pronunciation]) -> None:
    edges = spanning_tree(Pairs(PhoneStrings(phones, COSTS)))
    assert len(edges) == len(phones) - 1
    assert edges.sum() == pytest.approx(tree_length(all_distances(phones)), abs=1e-3)


def test_the_tree_is_that_of_scipy() -> None:
    csgraph = pytest.importorskip("scipy.sparse.csgraph")
    rng = np.random.default_rng(3)
    phones = [tuple(rng.integers(1, 42, size=rng.integers(1, 30)).tolist()) for _ in range(150)]
    edges = spanning_tree(Pairs(PhoneStrings(phones, COSTS)))
    expected = csgraph.minimum_spanning_tree(all_distances(phones)).sum()
    assert edges.sum(dtype=np.float64) == pytest.approx(expected, rel=1e-5)


@settings(deadline=None)
@given(strings, st.data())
def test_the_nearest_is_the_nearest(phones: list[Pronunciation], data: st.DataObject) -> None:
    size = len(phones)
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)))
    queries = np.array(sorted(data.draw(st.sets(st.integers(0, size - 1), min_size=1))))
    group = np.full(size, -1)
    group[queries] = np.arange(len(queries))
    table = PhoneStrings(phones, COSTS)
    one, all_ = (Pairs(table, a).nearest(labels, group, len(queries)) for a in (queries, None))
    distances = all_distances(phones)
    for at, query in enumerate(queries):
        others = np.flatnonzero(labels != labels[query])
        expected = distances[query][others].min() if len(others) else np.inf
        for near in (one, all_):
            assert near.distance[at] == pytest.approx(expected, abs=1e-3)
            ends = near.first[at], near.second[at]
            assert (query in ends) == (len(others) > 0)
            if len(others):
                assert distances[ends] == pytest.approx(expected, abs=1e-3)


@settings(deadline=None)
@given(strings)
def test_bounds_are_bounds(phones: list[Pronunciation]) -> None:
    table = PhoneStrings(phones, COSTS)
    everything = np.arange(len(phones))
    for one, row in enumerate(all_distances(phones)):
        assert np.all(table.bounds(one, everything) <= row + 1e-4)


@settings(max_examples=30, deadline=None)
@given(strings, st.floats(0, 8))
def test_what_stops_early_stops_below(phones: list[Pronunciation], cutoff: float) -> None:
    table = PhoneStrings(phones, COSTS)
    first, second = np.triu_indices(len(phones), 1)
    limits = np.full(len(first), cutoff, np.float32)
    values, exact = table.compare(first, second, limits)
    expected = all_distances(phones)[first, second]
    assert values[exact] == pytest.approx(expected[exact], abs=1e-3)
    assert np.all(values[~exact] >= np.float32(cutoff))
    assert np.all(values[~exact] <= expected[~exact] + 1e-3)


LIGHTS = Corpus(
    "c",
    ["turn on the light", "turn off the light", "Turn ON the light!", "turn on the lights", "stop"],
    ["on", "off", "on", "on", "stop"],
    ["on", "off", "on", "on", "stop"],
)


def test_lights_by_hand() -> None:
    measures = acoustic.measure(LIGHTS)
    assert (measures.transcripts, measures.in_tree, measures.unpronounced, measures.notes) == (
        4,
        4,
        0,
        (),
    )
    assert measures.meanings is not None
    assert measures.tree_length is not None
    pronouncer = Pronouncer()
    on, off = (
        [p for word in f"turn {w} the light".split() for p in pronouncer.word(word)[0]]
        for w in ("on", "off")
    )
    nearest = measures.meanings.closest[0]
    assert {nearest.first, nearest.second} == {"turn on the light", "turn off the light"}
    assert {nearest.first_meaning, nearest.second_meaning} == {"on", "off"}
    assert nearest.distance == pytest.approx(COSTS.between(on, off), abs=1e-4)
    assert measures.meanings.low <= measures.meanings.mean
    assert measures.tree_edge == pytest.approx(measures.tree_length / 3)
    assert measures.intents == measures.meanings
    assert acoustic.measure(LIGHTS) == measures


def test_the_same_sound_is_at_no_distance() -> None:
    measures = acoustic.measure(Corpus("c", ["two", "too"], ["a", "b"], ["a", "b"]))
    assert measures.meanings is not None
    assert (measures.tree_length, measures.meanings.mean, measures.meanings.low) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("corpus", "note"),
    [
        (Corpus("c", ["stop", "Stop."]), "1 transcripts can be pronounced"),
        (Corpus("c", ["", "…"]), "0 transcripts can be pronounced"),
        (Corpus("c", ["включи свет", "выключи свет"]), "2 transcripts that cannot be pronounced"),
    ],
)
def test_nothing_to_compare(corpus: Corpus, note: str) -> None:
    measures = acoustic.measure(corpus)
    assert (measures.tree_length, measures.tree_edge, measures.meanings, measures.intents) == (
        None,
    ) * 4
    assert any(note in n for n in measures.notes)


def test_one_meaning_and_none() -> None:
    texts = ["stop", "go on"]
    one = acoustic.measure(Corpus("c", texts, ["a b=1", "a b=2"], ["a", "a"]))
    assert one.meanings is not None
    assert one.intents is None
    assert one.notes == ("all transcripts have one intent, so none is near another's",)
    none = acoustic.measure(Corpus("c", texts))
    assert none.meanings is none.intents is None
    assert none.tree_length == pytest.approx(one.meanings.mean, abs=1e-4)


def test_a_large_corpus_is_sampled_and_says_so() -> None:
    names = ["lamp", "fan", "door", "blind", "heater", "radio", "window", "kettle"]
    rooms = ["kitchen", "hall", "garden", "attic", "office", "garage"]
    texts = [f"{v} the {n} in the {r}" for v in ("open", "close") for n in names for r in rooms]
    corpus = Corpus("c", texts, texts, [text.split()[0] for text in texts])
    whole = acoustic.measure(corpus)
    part = acoustic.measure(corpus, most=60, seed=2)
    assert whole.in_tree == len(texts) == 96
    assert part.in_tree == 60
    assert part.intents is not None
    assert whole.intents is not None
    assert part.intents.transcripts == 60 * 60 // (2 * 96)
    assert part.intents.mean == pytest.approx(whole.intents.mean, rel=0.2)
    assert "random 60" in part.notes[0]
    assert acoustic.measure(corpus, most=60, seed=2) == part
