from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.phonetics.distance import (
    NOTHING,
    Costs,
    PhoneDistance,
    align_phones,
    articulatory_costs,
)
from mondegreen.phonetics.inventory import INDEX, PHONES, parse

phone = st.integers(1, len(PHONES) - 1)
spoken = st.lists(phone, max_size=7).map(tuple)
prior = PhoneDistance(articulatory_costs())


def brute_force(first: tuple[int, ...], second: tuple[int, ...], costs: Costs) -> float:
    if not first and not second:
        return 0.0
    ways = []
    if first:
        ways.append(brute_force(first[1:], second, costs) + costs[first[0], NOTHING])
    if second:
        ways.append(brute_force(first, second[1:], costs) + costs[NOTHING, second[0]])
    if first and second:
        ways.append(brute_force(first[1:], second[1:], costs) + costs[first[0], second[0]])
    return float(min(ways))


@settings(max_examples=30, deadline=None)
@given(st.lists(phone, max_size=4).map(tuple), st.lists(phone, max_size=4).map(tuple))
def test_is_the_cheapest_edit(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    assert prior.between(first, second) == pytest.approx(brute_force(first, second, prior.costs))


@given(spoken)
def test_a_pronunciation_is_no_distance_from_itself(first: tuple[int, ...]) -> None:
    assert prior.between(first, first) == 0.0


@given(spoken, spoken)
def test_the_articulatory_distance_is_symmetric(a: tuple[int, ...], b: tuple[int, ...]) -> None:
    assert prior.between(a, b) == pytest.approx(prior.between(b, a))
    assert (prior.between(a, b) > 0) == (a != b)


@settings(max_examples=40)
@given(spoken, st.lists(spoken, max_size=6))
def test_many_at_once_equals_one_by_one(
    first: tuple[int, ...], many: list[tuple[int, ...]]
) -> None:
    expected = [prior.between(first, second) for second in many]
    np.testing.assert_allclose(prior.to_many(first, many), expected)


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
    first = parse("b ɔ s t ə n")
    near, far = parse("ɔ s t ə n"), parse("d ɛ n v ə ɹ")
    assert prior.between(first, near) < prior.between(first, far) / 2
