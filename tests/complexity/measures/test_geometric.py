"""Geometric measures against plain formulae, under motions, and where they have no value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import log

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.complexity.corpus import Corpus
from mondegreen.complexity.measures.geometric import (
    Embedded,
    Geometric,
    embedded,
    measure,
    of_points,
    rarefied,
)
from mondegreen.errors import DataError
from mondegreen.language.embedder import Embedder, embedder

NUMBERS = (
    "tree_length", "tree_edge", "tree_adjusted", "dimension", "spread", "variance", "log_volume",
    "confusability",
)  # fmt: skip


class Table:
    """An embedder of sentences whose vectors are given."""

    name, digest = "table", "0"

    def __init__(self, vectors: dict[str, Sequence[float]]) -> None:
        self.vectors = vectors

    def embed(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        return np.array([self.vectors[text] for text in texts], np.float32)


@pytest.fixture(scope="module")
def static() -> Embedder:
    return embedder()


def strewn(count: int, seed: int, *, size: int = 16, intents: int = 4) -> Embedded:
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(intents, size))
    labels = rng.integers(intents, size=count)
    points = middles[labels] + 0.8 * rng.normal(size=(count, size))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    texts = [f"sentence {i}" for i in range(count)]
    return Embedded("x", "0", texts, points.astype(np.float32), [f"i{k}" for k in labels])


def numbers(measures: Geometric) -> dict[str, float | None]:
    return {name: getattr(measures, name) for name in NUMBERS}


def test_the_plain_formulae() -> None:
    data = strewn(300, 1)
    measures = of_points(data)
    x = data.points.astype(np.float64)
    values = np.linalg.eigvalsh(np.cov(x.T, bias=True))[::-1]
    dimension = values.sum() ** 2 / (values**2).sum()
    assert measures.transcripts == 300
    assert measures.dimension == pytest.approx(dimension, rel=1e-5)
    assert measures.variance == pytest.approx(values.sum(), rel=1e-5)
    middle = np.linalg.norm(x - x.mean(axis=0), axis=1).mean()
    assert measures.spread == pytest.approx(middle, rel=1e-5)
    assert measures.log_volume == pytest.approx(np.log(np.sqrt(values[:10])).sum(), rel=1e-4)
    assert measures.tree_edge == pytest.approx(measures.tree_length / 299)
    adjusted = measures.tree_length / 300 ** ((dimension - 1) / dimension)
    assert measures.tree_adjusted == pytest.approx(adjusted, rel=1e-5)
    between = np.linalg.norm(x[:, None] - x[None], axis=2)
    np.fill_diagonal(between, np.inf)
    nearest = between.argmin(axis=1)
    others = [data.intents[i] != data.intents[j] for i, j in enumerate(nearest)]
    assert measures.confusability == pytest.approx(np.mean(others))
    assert sum(pair.count for pair in measures.pairs) == sum(others)
    assert measures.notes == ()


@pytest.mark.parametrize("seed", range(3))
def test_turning_shuffling_and_moving_change_nothing(seed: int) -> None:
    data = strewn(200, seed)
    expected = numbers(of_points(data))
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(16, 16)))
    order = rng.permutation(200)
    for points, intents in (
        (data.points @ turn.astype(np.float32), data.intents),
        (data.points[order], [data.intents[i] for i in order]),
        (data.points + np.float32(0.5), data.intents),
    ):
        measures = numbers(of_points(replace(data, points=points, intents=intents)))
        assert measures == pytest.approx(expected, rel=1e-4)


def test_what_is_said_twice_counts_once() -> None:
    texts = ["play jazz", "stop it", "play some jazz", "set an alarm"]
    labels = ["play", "stop", "play", "alarm"]
    once = measure(Corpus("c", texts, labels, labels), embedder())
    repeated = [*texts, "Play  JAZZ!", "stop it", "…"]
    labels = [*labels, "play", "stop", "none"]
    assert measure(Corpus("c", repeated, labels, labels), embedder()) == once
    assert once.transcripts == 4


def test_pairs_of_intents_with_their_closest_sentences() -> None:
    vectors = {
        "lamp on": (1.0, 0.0), "lamp off": (0.99, 0.02), "light off": (0.98, 0.1),
        "play": (0.0, 1.0), "play jazz": (0.02, 0.99),
    }  # fmt: skip
    labels = ["on", "off", "off", "play", "play"]
    measures = measure(Corpus("c", list(vectors), labels, labels), Table(vectors))
    assert measures.confusability == pytest.approx(2 / 5)
    (pair,) = measures.pairs
    assert (pair.first, pair.second, pair.count) == ("off", "on", 2)
    assert pair.share == pytest.approx(2 / 3)
    assert pair.example == ("lamp off", "lamp on")
    assert pair.distance == pytest.approx(np.hypot(0.01, 0.02), rel=1e-4)


def test_sentences_without_an_intent_are_no_neighbours() -> None:
    vectors = {"a": (1.0, 0.0), "b": (0.99, 0.01), "c": (0.9, 0.1), "d": (0.0, 1.0)}
    labels = ["x", "", "x", "y"]
    measures = measure(Corpus("c", list(vectors), labels, labels), Table(vectors))
    assert measures.confusability == pytest.approx(1 / 3)  # only d, the one of its kind


def test_the_intent_said_most_often_counts() -> None:
    texts = ["go", "go", "go", "come"]
    measures = embedded(Corpus("c", texts, texts, ["a", "b", "b", "c"]), embedder())
    assert list(measures.texts) == ["go", "come"]
    assert measures.intents == ["b", "c"]


@given(
    st.lists(st.tuples(st.text(alphabet="ab d7é…", max_size=5), st.sampled_from(["", "x", "y"])),
             min_size=1, max_size=8)
)  # fmt: skip
def test_nothing_is_nan_and_what_is_none_has_a_note(
    static: Embedder, rows: list[tuple[str, str]]
) -> None:
    texts, intents = [row[0] for row in rows], [row[1] for row in rows]
    measures = measure(Corpus("c", texts, intents, intents), static)
    values = numbers(measures)
    assert all(value is None or np.isfinite(value) for value in values.values())
    assert measures.notes or None not in values.values()


def test_one_sentence() -> None:
    measures = measure(Corpus("c", ["stop"] * 3, ["s"] * 3, ["s"] * 3), embedder())
    assert (measures.tree_length, measures.tree_edge, measures.spread) == (0, None, 0)
    assert (
        measures.dimension
        is measures.tree_adjusted
        is measures.log_volume
        is measures.confusability
        is None
    )
    assert "one transcript" in " ".join(measures.notes)
    assert "same intent" in " ".join(measures.notes)


def test_equal_points_and_no_points() -> None:
    texts = ["a to b", "b to a"]  # the same words
    measures = measure(Corpus("c", texts, texts, ["x", "y"]), embedder())
    assert measures.tree_length == measures.tree_edge == pytest.approx(0, abs=1e-6)
    assert measures.confusability == 1
    assert measures.dimension is measures.tree_adjusted is measures.log_volume is None
    assert "all transcripts are one point" in measures.notes[0]
    empty = measure(Corpus("c", ["…", ""]), embedder())
    assert set(numbers(empty).values()) == {None}
    assert "no transcript has a word" in empty.notes[0]
    assert rarefied(embedded(Corpus("c", ["…"]), embedder())) == {}


def test_few_directions_have_no_volume() -> None:
    data = strewn(50, 1, size=6)
    measures = of_points(data)
    assert measures.log_volume is None
    assert "fewer than 10 directions" in measures.notes[0]
    assert measures.dimension is not None


def test_a_nan_names_its_sentence() -> None:
    table = Table({"good": (1.0, 0.0), "bad one": (np.nan, 0.0)})
    with pytest.raises(DataError, match=r"'table' made .*NaN.*of 'bad one'"):
        measure(Corpus("c", ["good", "bad one"]), table)


def test_many_transcripts_are_judged_by_parts_of_them() -> None:
    data = strewn(1500, 2)
    exact, part = of_points(data), of_points(data, limit=500)
    assert part.tree_length == pytest.approx(exact.tree_length, rel=0.03)
    assert part.tree_adjusted == pytest.approx(exact.tree_adjusted, rel=0.03)
    assert part.confusability == pytest.approx(exact.confusability, abs=0.1)
    assert (part.dimension, part.spread) == (exact.dimension, exact.spread)
    assert "extrapolated from parts of up to 500" in part.notes[0]
    assert "a random 166" in part.notes[1]
    assert of_points(data, limit=500) == part


def test_parts_of_equal_size_can_be_compared() -> None:
    large = strewn(2000, 3)
    half = Embedded(
        large.embedding, large.digest, large.texts[:700], large.points[:700], large.intents[:700]
    )
    one, two = rarefied(half, 200, rounds=20), rarefied(large, 200, rounds=20)
    assert set(one) == set(NUMBERS) - {"variance"}
    for name, value in one.items():
        assert value.low <= value.mean <= value.high
        assert value.mean == pytest.approx(two[name].mean, rel=0.1, abs=0.02)
    assert rarefied(half, 200, rounds=20) == one
    whole = rarefied(half, 10_000, rounds=2)["tree_length"]
    assert whole.mean == of_points(half).tree_length
    assert whole.low is whole.high is None
    assert whole.size == 700


def test_adjusting_takes_the_size_out() -> None:
    """Uniform points of a few dimensions: L grows with n, the adjusted length hardly."""
    rng = np.random.default_rng(1)
    measures = []
    for count in (500, 2000):
        points = rng.random((count, 3)).astype(np.float32)
        measures.append(of_points(Embedded("x", "0", [str(i) for i in range(count)], points, [])))
    assert log(measures[1].tree_length / measures[0].tree_length) == pytest.approx(
        log(4) * 2 / 3, abs=0.1
    )
    assert measures[1].tree_adjusted == pytest.approx(measures[0].tree_adjusted, rel=0.06)
