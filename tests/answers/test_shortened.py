"""Shortened vectors: those that are near are found all the same, and the same ones each time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from mondegreen.answers.shortened import shortened
from mondegreen.answers.vectors import cosines, to_bytes
from mondegreen.language.embedder import Vectors
from mondegreen.language.minilm import SIZE, of_length_one

COUNT = 20_000


def full_vectors() -> npt.NDArray[np.int8]:
    """Vectors that differ less from direction to direction, as those of texts do."""
    rng = np.random.default_rng(4)
    lengths = np.exp(-np.arange(SIZE) / 60)
    turned, _ = np.linalg.qr(rng.normal(size=(SIZE, SIZE)))
    vectors = (rng.normal(size=(COUNT, SIZE)) * lengths) @ turned
    data = to_bytes(of_length_one(vectors.astype(np.float32)))
    return np.frombuffer(data, np.int8).reshape(-1, SIZE)


def question_near(vectors: npt.NDArray[np.int8], number: int) -> Vectors:
    rng = np.random.default_rng(number)
    noisy = vectors[number].astype(np.float32) / 300 + rng.normal(size=SIZE) * 0.01
    return of_length_one(noisy[None].astype(np.float32))[0]


def test_few_vectors_are_compared_in_full() -> None:
    vectors = full_vectors()[:500]
    short = shortened(vectors)
    question = question_near(vectors, 7)
    numbers, closeness = short.near(vectors, question)
    assert len(short.directions) == len(short.vectors) == 0
    assert numbers.tolist() == list(range(500))
    assert np.array_equal(closeness, cosines(vectors, question))


def test_the_nearest_are_among_those_that_are_compared_in_full() -> None:
    vectors = full_vectors()
    short = shortened(vectors, first=1_000)
    assert short.vectors.shape == (COUNT, 96)
    for number in range(0, COUNT, 1_000):
        question = question_near(vectors, number)
        exact = cosines(vectors, question)
        numbers, closeness = short.near(vectors, question)
        assert len(numbers) == pytest.approx(COUNT / 4, rel=0.01)
        assert np.allclose(closeness, exact[numbers], atol=1e-6)
        nearest = np.argsort(-exact)[:20]
        assert number == nearest[0]
        assert np.isin(nearest, numbers).all()


def test_the_same_vectors_are_shortened_the_same_way() -> None:
    vectors = full_vectors()
    one, other = shortened(vectors, first=1_000), shortened(vectors, first=1_000)
    assert one.directions.tobytes() == other.directions.tobytes()
    assert one.vectors.tobytes() == other.vectors.tobytes()
