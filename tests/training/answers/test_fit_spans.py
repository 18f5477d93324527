"""The span reader learns where answers lie, and reads with numpy as it does with PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from mondegreen.answers.passage_words import LONGEST, passage_words
from mondegreen.answers.span_evidence import NUMBERS, Tokens
from mondegreen.answers.spans import NETWORKS, SCALE, SpanReader, read_spans, run_scores
from mondegreen.errors import ModelError
from mondegreen.model.span_network import Passages, SpanNetwork
from mondegreen.training.answers.fit_spans import (
    Lesson,
    Recipe,
    fit_spans,
    lesson,
    right_runs,
    write_spans,
)

SENTENCES = ["The tower, of 1889, is tall.", "Ann and Bob saw the old house."]
QUICK = Recipe(networks=2, epochs=30, batch=8)


def made_up(seed: int, wanted: str) -> Tokens:
    """A passage; the word that is `wanted` alone is marked as what is asked for."""
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(20, 384)).astype(np.float32) / 20 for _ in SENTENCES]
    words = passage_words(SENTENCES, parts, lambda _: 1)
    numbers = 0.1 * rng.normal(size=(len(words.words), len(NUMBERS)))
    numbers[:, NUMBERS.index("kind")] = [word == wanted for word in words.words]
    asked = rng.normal(size=(4, 384)).astype(np.float32) / 20
    return Tokens(words, numbers.astype(np.float32), asked)


def lessons() -> list[list[Lesson]]:
    rows = []
    for seed in range(60):
        wanted, place = [("1889", 0), ("Bob", 1), ("house", 1)][seed % 3]
        one = lesson(made_up(seed, wanted), place, [wanted])
        assert one is not None
        rows.append([one])
    return rows


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> SpanReader:
    folder = tmp_path_factory.mktemp("spans")
    write_spans(fit_spans(lessons(), QUICK), folder, "card")
    return read_spans(folder)


def test_what_was_learned_is_read_from_other_passages(reader: SpanReader) -> None:
    reading = reader.read(made_up(1_000, "Bob"), SENTENCES)
    assert reading.texts[1] == "Bob"
    assert reading.short([0, 1]) == "Bob"
    assert reading.inside[1] > 0.8
    assert reading.inside.sum() == pytest.approx(1.0)
    assert (reading.best <= reading.inside).all()


def test_the_same_seed_gives_the_same_networks() -> None:
    quick = Recipe(networks=1, epochs=1)
    first, second = (fit_spans(lessons()[:9], quick)[0] for _ in range(2))
    assert all((first[name] == second[name]).all() for name in first)


def test_numpy_and_pytorch_score_alike() -> None:
    [fitted] = fit_spans(lessons()[:9], Recipe(networks=1, epochs=1))
    tokens = made_up(5, "1889")
    shapes = {name: array.shape for name, array in fitted.items()}
    network = SpanNetwork(shapes, drop=0.5).eval()
    for name, array in network.arrays.items():
        array.data = torch.from_numpy(fitted[name])
    whole = torch.from_numpy
    passages = Passages(
        whole(tokens.words.classes)[None],
        whole((tokens.numbers - fitted["center"]) / fitted["spread"])[None],
        whole(SCALE * tokens.words.states)[None], torch.ones(1, len(tokens.numbers), 1),
        whole(SCALE * tokens.asked)[None], torch.ones(1, len(tokens.asked), dtype=torch.bool),
        whole(tokens.words.allowed)[None],
    )  # fmt: skip
    with torch.no_grad():
        expected = network(passages)[0].numpy()
    allowed = tokens.words.allowed
    assert allowed.any()
    np.testing.assert_allclose(run_scores(fitted, tokens)[allowed], expected[allowed], atol=1e-4)


def test_right_runs_are_compared_as_short_answers_are() -> None:
    words = passage_words(SENTENCES, [np.zeros((20, 384), np.float32)] * 2, lambda _: 1)
    rows, more = np.nonzero(right_runs(words, ["an old House!", "the tower"]))
    runs = [tuple(words.words[a : a + b + 1]) for a, b in zip(rows, more, strict=True)]
    assert runs == [("tower",), ("old", "house")]
    assert not right_runs(words, ["tall. Ann"]).any()
    assert not right_runs(words, ["the"]).any()
    assert words.allowed.shape[1] == LONGEST


def test_a_question_without_its_answer_is_no_lesson() -> None:
    assert lesson(made_up(1, "Bob"), 0, ["Zoe"]) is None


def test_a_damaged_reader_is_refused(tmp_path: Path) -> None:
    networks = fit_spans(lessons()[:9], Recipe(networks=1, epochs=1))
    networks[0]["out"] = networks[0]["out"][:, :2]
    write_spans(networks, tmp_path, "card")
    with pytest.raises(ModelError, match=r"out is float32 \(1, 64, 2\)"):
        read_spans(tmp_path)
    (tmp_path / NETWORKS).write_bytes(b"nothing")
    with pytest.raises(ModelError, match="SHA-256"):
        read_spans(tmp_path)
