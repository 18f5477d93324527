"""Confusions are learned from who hears what, and make the distance that the listener has."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.phonetics.confusions import (
    Confusions,
    confusions_of_reader,
    learn_confusions,
    learned_distance,
)
from mondegreen.phonetics.distance import NOTHING, PhoneDistance, articulatory_costs
from mondegreen.phonetics.inventory import INDEX, PHONES, parse

spoken = st.lists(st.integers(1, len(PHONES) - 1), max_size=7).map(tuple)
prior = PhoneDistance(articulatory_costs())


def posteriors(labels: list[int]) -> np.ndarray:
    table = np.full((len(labels), len(PHONES)), -8.0, np.float32)
    table[np.arange(len(labels)), labels] = -0.01
    return table


@pytest.fixture(scope="module")
def learned() -> PhoneDistance:
    """Learned from a listener who hears every other s as f and drops most schwas."""
    rng = np.random.default_rng(3)
    pairs = []
    for _ in range(300):
        phones = tuple(rng.integers(1, len(PHONES), 8).tolist())
        confused = [
            INDEX["f"] if p == INDEX["s"] and rng.random() < 0.5 else p
            for p in phones
            if not (p == INDEX["ə"] and rng.random() < 0.6)
        ]
        pairs.append((phones, tuple(confused)))
    return learned_distance(learn_confusions(pairs))


@given(spoken, spoken)
def test_symmetric_makes_the_learned_distance_symmetric(
    a: tuple[int, ...], b: tuple[int, ...]
) -> None:
    counts = np.zeros_like(prior.costs)
    counts[INDEX["s"], INDEX["f"]] = 50
    both_ways = learned_distance(counts).symmetric()
    assert both_ways.between(a, b) == pytest.approx(both_ways.between(b, a))


def test_learning_finds_the_listeners_habits(learned: PhoneDistance) -> None:
    costs, s, f = learned.costs, INDEX["s"], INDEX["f"]
    assert costs[s, f] < 0.3 < costs[f, s]  # it hears s as f, never f as s
    assert costs[INDEX["ə"], NOTHING] < costs[INDEX["i"], NOTHING]
    assert np.all(np.diag(costs) == 0.0)
    assert np.all(costs[~np.eye(len(costs), dtype=bool)] > 0.0)


def test_with_no_errors_seen_the_articulatory_order_remains() -> None:
    costs = learned_distance(np.zeros_like(prior.costs)).costs
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


def test_confusions_come_from_the_readers_frames() -> None:
    s, f, i = INDEX["s"], INDEX["f"], INDEX["i"]
    counts = confusions_of_reader([((s, i), posteriors([0, f, 0, i]))])
    assert counts[s, f] == 1
    assert counts[i, i] == 1
    assert counts.sum() == 2


def test_the_prior_brings_out_phones_under_the_blank() -> None:
    table = posteriors([0, 0])
    table[1, INDEX["b"]] = -1.0
    log_prior = np.full(len(PHONES), -6.0, np.float32)
    log_prior[0] = -0.1
    b = INDEX["b"]
    assert confusions_of_reader([((b,), table)])[b, NOTHING] == 1
    assert confusions_of_reader([((b,), table)], log_prior)[b, b] == 1
