"""Several fits of the interpreter, as their mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")

import torch

from mondegreen.training.interpreter.fit_interpreter import Fit, Interpreter, fit, interpreter_in
from mondegreen.training.interpreter.fit_runs import MEAN, fit_runs, mean_of
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.labelled_sentences import Labelled, Names, Sentence
from mondegreen.training.interpreter.work_folder import INTERPRETER, Training

SENTENCES = [
    Sentence(f"{room}-{state}", ("turn", state, "the", room, "lamp"), state, (
        Labelled("room", 3, 4),
    ))
    for room in ("kitchen", "garden", "cellar", "hall") for state in ("on", "off")
]  # fmt: skip
WORDS = ["turn", "on", "off", "the", "kitchen", "garden", "cellar", "hall", "lamp"]


def weights(interpreter: Interpreter) -> torch.Tensor:
    return torch.cat([values.flatten().float() for values in interpreter.network.parameters()])


def test_the_mean_of_several_fits_is_what_counts(
    tmp_path: Path, small_bert: Callable[..., str]
) -> None:
    settings = Fit(language_model=small_bert(WORDS), runs=3, epochs=2, batch_pieces=16)
    work, lines = tmp_path / "work", list[str]()
    checkpoint = work / INTERPRETER
    averaged = fit_runs(SENTENCES, SENTENCES, settings, lines.append, seed=4, checkpoint=checkpoint)
    names = averaged.names
    places = [checkpoint, *(work / f"interpreter-{number}.safetensors" for number in (2, 3))]
    alone = [weights(interpreter_in(place, names, settings, 4)) for place in places]
    assert not torch.allclose(alone[0], alone[1], atol=1e-4)
    assert torch.allclose(weights(averaged), torch.stack(alone).mean(0), atol=1e-6)
    assert lines[-1].startswith("mean of 3 fits: exact ")
    # Each is the fit that begins as the first does and takes the sentences in another order.
    second = fit(SENTENCES, SENTENCES, settings, seed=4, order=5)
    assert torch.equal(weights(second), alone[1])
    # A stopped training goes on where it was, and what is exported is the mean.
    again = fit_runs(SENTENCES, SENTENCES, settings, print, seed=4, checkpoint=checkpoint)
    assert torch.equal(weights(again), weights(averaged))
    recipe = replace(Recipe(), seed=4, fit=settings)
    training = Training(Training.FORMAT, recipe, names.intents, names.slots, {})
    assert torch.equal(weights(training.interpreter(work)), weights(averaged))
    (work / MEAN).unlink()  # stopped before all were fitted
    assert torch.equal(weights(training.interpreter(work)), alone[0])


def test_one_fit_is_no_mean(tmp_path: Path, small_bert: Callable[..., str]) -> None:
    settings = Fit(language_model=small_bert(WORDS), epochs=1)
    checkpoint = tmp_path / INTERPRETER
    fitted = fit_runs(SENTENCES, [], settings, print, seed=4, checkpoint=checkpoint)
    assert torch.equal(weights(fitted), weights(fit(SENTENCES, [], settings, seed=4)))
    assert fitted.names == Names.of(SENTENCES)
    assert not (tmp_path / MEAN).exists()


def test_what_is_no_fraction_has_no_mean() -> None:
    states = [
        {"weight": torch.full((2,), value), "count": torch.tensor(7)} for value in (1.0, 2.0, 6.0)
    ]
    mean = mean_of(states)
    assert mean["weight"].tolist() == [3.0, 3.0]
    assert mean["count"].item() == 7
