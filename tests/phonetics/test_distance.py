from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.phonetics.distance import (
    NOTHING,
    Confusions,
    Costs,
    PhoneDistance,
    align_phones,
    articulatory_costs,
    best_path_phones,
    confusions_of_reader,
    learn_confusions,
)
from mondegreen.phonetics.inventory import INDEX, PHONES, parse

phone = st.integers(1, len(PHONES) - 1)
spoken = st.lists(phone, max_size=7).map(tuple)
prior = PhoneDistance(articulatory_costs())


def brute_force(said: tuple[int, ...], heard: tuple[int, ...], costs: Costs) -> float:
    if not said and not heard:
        return 0.0
    ways = []
    if said:
        ways.append(brute_force(said[1:], heard, costs) + costs[said[0], NOTHING])
    if heard:
        ways.append(brute_force(said, heard[1:], costs) + costs[NOTHING, heard[0]])
    if said and heard:
        ways.append(brute_force(said[1:], heard[1:], costs) + costs[said[0], heard[0]])
    return float(min(ways))


@pytest.fixture(scope="module")
def learned() -> PhoneDistance:
    """Learned from a listener who hears every other s as f and drops most schwas."""
    rng = np.random.default_rng(3)
    pairs = []
    for _ in range(300):
        said = tuple(rng.integers(1, len(PHONES), 8).tolist())
        heard = [
            INDEX["f"] if p == INDEX["s"] and rng.random() < 0.5 else p
            for p in said
            if not (p == INDEX["ə"] and rng.random() < 0.6)
        ]
        pairs.append((said, tuple(heard)))
    return PhoneDistance.from_counts(learn_confusions(pairs))


@settings(max_examples=30, deadline=None)
@given(st.lists(phone, max_size=4).map(tuple), st.lists(phone, max_size=4).map(tuple))
def test_is_the_cheapest_edit(said: tuple[int, ...], heard: tuple[int, ...]) -> None:
    assert prior.between(said, heard) == pytest.approx(brute_force(said, heard, prior.costs))


@given(spoken)
def test_a_pronunciation_is_no_distance_from_itself(said: tuple[int, ...]) -> None:
    assert prior.between(said, said) == 0.0


@given(spoken, spoken)
def test_the_articulatory_distance_is_symmetric(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert prior.between(a, b) == pytest.approx(prior.between(b, a))
    assert (prior.between(a, b) > 0) == (a != b)


@given(spoken, spoken)
def test_symmetric_makes_the_learned_distance_symmetric(
    a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    counts = np.zeros_like(prior.costs)
    counts[INDEX["s"], INDEX["f"]] = 50
    both_ways = PhoneDistance.from_counts(counts).symmetric()
    assert both_ways.between(a, b) == pytest.approx(both_ways.between(b, a))


@settings(max_examples=40)
@given(spoken, st.lists(spoken, max_size=6))
def test_many_at_once_equals_one_by_one(said: tuple[int, ...], many: list[tuple[int, ...]]) -> None:
    expected = [prior.between(said, heard) for heard in many]
    np.testing.assert_allclose(prior.to_many(said, many), expected)


@given(spoken, spoken)
def test_an_alignment_holds_both_sides_in_order(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    pairs = align_phones(a, b, prior.costs)
    assert tuple(r for r, _ in pairs if r != NOTHING) == a
    assert tuple(h for _, h in pairs if h != NOTHING) == b
    total = sum(prior.costs[r, h] for r, h in pairs)
    assert total == pytest.approx(prior.between(a, b))


def test_sounds_made_alike_are_near() -> None:
    costs = prior.costs

    def cost(a: str, b: str) -> float:
        return float(costs[INDEX[a], INDEX[b]])

    assert cost("p", "b") < cost("p", "k") < cost("p", "z")
    assert cost("m", "n") < cost("m", "s")
    assert cost("ə", "ʌ") < cost("ə", "aɪ")
    assert cost("ɾ", "d") < cost("ɾ", "k")
    assert cost("j", "i") < cost("j", "ɑ")
    assert costs.min() >= 0.0
    assert costs.max() <= 1.0


def test_names_that_sound_alike_are_nearer_than_others() -> None:
    said = parse("b ɔ s t ə n")
    near, far = parse("ɔ s t ə n"), parse("d ɛ n v ə ɹ")
    assert prior.between(said, near) < prior.between(said, far) / 2


def test_learning_finds_the_listeners_habits(learned: PhoneDistance) -> None:
    costs, s, f = learned.costs, INDEX["s"], INDEX["f"]
    assert costs[s, f] < 0.3 < costs[f, s]  # it hears s as f, never f as s
    assert costs[INDEX["ə"], NOTHING] < costs[INDEX["i"], NOTHING]
    assert np.all(np.diag(costs) == 0.0)
    assert np.all(costs[~np.eye(len(costs), dtype=bool)] > 0.0)


def test_with_no_errors_seen_the_articulatory_order_remains() -> None:
    costs = PhoneDistance.from_counts(np.zeros_like(prior.costs)).costs
    row = INDEX["p"]
    assert list(np.argsort(costs[row])[:4]) == list(np.argsort(prior.costs[row])[:4])


def test_counts_survive_the_file() -> None:
    counts = learn_confusions([(parse("s i"), parse("f i")), (parse("ə s"), parse("s"))])
    written = msgspec.json.encode(Confusions(tuple(map(tuple, counts.tolist()))))
    np.testing.assert_array_equal(msgspec.json.decode(written, type=Confusions).array(), counts)
    assert counts[INDEX["s"], INDEX["f"]] == 1
    assert counts[INDEX["ə"], NOTHING] == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rows: rows[:-1], "42 rows of as many"),
        (lambda rows: [*rows[:-1], rows[-1][:-1]], "42 rows of as many"),
        (lambda rows: [[-1, *rows[0][1:]], *rows[1:]], "a count is not from 0"),
        (lambda rows: [[1e300, *rows[0][1:]], *rows[1:]], "a count is not from 0"),
        (lambda rows: [[None, *rows[0][1:]], *rows[1:]], "got `null`"),
        (lambda rows: rows[0], "Expected `array`"),
    ],
)
def test_what_are_no_counts_is_refused(
    change: Callable[[list[list[int]]], object], message: str
) -> None:
    rows = [[1] * len(PHONES)] * len(PHONES)
    with pytest.raises(msgspec.ValidationError, match=message):
        msgspec.convert({"counts": change(rows)}, Confusions)


def posteriors(labels: list[int]) -> np.ndarray:
    table = np.full((len(labels), len(PHONES)), -8.0, np.float32)
    table[np.arange(len(labels)), labels] = -0.01
    return table


def test_heard_phones_collapses_as_ctc_does() -> None:
    a, b = INDEX["b"], INDEX["i"]
    assert best_path_phones(posteriors([0, a, a, 0, a, b, b, 0])) == (a, a, b)
    assert best_path_phones(posteriors([])) == ()


def test_the_prior_brings_out_phones_under_the_blank() -> None:
    table = posteriors([0, 0])
    table[1, INDEX["b"]] = -1.0
    log_prior = np.full(len(PHONES), -6.0, np.float32)
    log_prior[0] = -0.1
    assert best_path_phones(table) == ()
    assert best_path_phones(table, log_prior) == (INDEX["b"],)


def test_confusions_come_from_the_readers_frames() -> None:
    s, f, i = INDEX["s"], INDEX["f"], INDEX["i"]
    counts = confusions_of_reader([((s, i), posteriors([0, f, 0, i]))])
    assert counts[s, f] == 1
    assert counts[i, i] == 1
    assert counts.sum() == 2
