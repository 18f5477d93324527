"""A language model that fills in words of the task's sentences before anything else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from mondegreen.errors import SettingsError
from mondegreen.training.interpreter.fit_interpreter import Fit, fit
from mondegreen.training.interpreter.fit_masked import Masked, _batch, fit_masked
from mondegreen.training.interpreter.labelled_sentences import Labelled, Sentence

SENTENCES = [
    Sentence(f"{room}-{state}", ("turn", state, "the", room, "lamp"), state, (
        Labelled("room", 3, 4),
    ))
    for room in ("kitchen", "garden", "cellar") for state in ("on", "off")
]  # fmt: skip
WORDS = ["turn", "on", "off", "the", "kitchen", "garden", "cellar", "lamp"]


def test_it_learns_what_stands_where(tmp_path: Path, small_bert: Callable[..., str]) -> None:
    name = small_bert(WORDS)
    settings = Masked(epochs=60, hidden=0.3, rate=3e-3, head_rate=1e-2, average=0.8)
    lines: list[str] = []
    checkpoint = tmp_path / "masked.safetensors"
    language = fit_masked(SENTENCES, SENTENCES, name, settings, lines.append, checkpoint=checkpoint)
    nats = [float(line.split(": ")[1].split()[0]) for line in lines if "nats" in line]
    # Of 13 pieces the three rooms cannot be told apart, nor "on" and "off".
    assert nats[0] > 2.0
    assert nats[-1] < 1.0
    again = fit_masked(SENTENCES, SENTENCES, name, settings, checkpoint=checkpoint)
    for one, other in zip(language.parameters(), again.parameters(), strict=True):
        assert torch.equal(one, other)
    # The interpreter goes on from there.
    interpreter = fit(
        SENTENCES, [], Fit(language_model=name, epochs=1, rate=1e-9), pretrained=language
    )
    table, published = (
        network.get_input_embeddings().weight
        for network in (interpreter.network.language.network, language.network)
    )
    assert torch.allclose(table, published, atol=1e-5)


def test_marks_are_never_hidden(small_bert: Callable[..., str]) -> None:
    name = small_bert(WORDS)
    language = fit_masked(SENTENCES, [], name, Masked(epochs=1))
    words = [sentence.words for sentence in SENTENCES] + [("lamp",)]
    drawn = torch.Generator().manual_seed(3)
    batch = _batch(language, words, 4, 0.9, drawn)
    assert not batch.hidden[:, 0].any()
    assert not batch.hidden[-1, 2:].any()  # the end and the padding of the short one
    assert len(batch.wanted) == int(batch.hidden.sum()) > 20
    assert bool((batch.wanted >= 5).all())


def test_a_language_model_without_a_mark_to_hide_behind_is_a_mistake(
    small_bert: Callable[..., str],
) -> None:
    name = small_bert(WORDS, ["[PAD]", "[UNK]", "[CLS]", "[SEP]"])
    with pytest.raises(SettingsError, match=r"masked.epochs is not 0, and .* has no \[MASK\]"):
        fit_masked(SENTENCES, [], name, Masked(epochs=1))
