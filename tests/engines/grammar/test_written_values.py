"""Values that a grammar has in figures, signs and units are heard as people say them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import mondegreen
from mondegreen.engines.grammar.engine import GrammarEngine

Say = Callable[..., np.ndarray]
GRAMMAR = """
context:
  expressions:
    Set: ["set the freezer to $temp:temp degrees", "measure $dose:dose", "pour $amount:amount"]
  slots:
    temp: ["-18", "-20", "-5", "5"]
    dose: ["5 mg", "10 ml", "2.4GHz"]
    amount: ["1/2 cup", "1/4 cup", "2 cups"]
"""
SENTENCES = {
    "set the freezer to minus eighteen degrees": "-18",
    "set the freezer to minus twenty degrees": "-20",
    "set the freezer to negative five degrees": "-5",
    "set the freezer to five degrees": "5",
    "measure five milligrams": "5 mg",
    "measure ten millilitres": "10 ml",
    "measure two point four gigahertz": "2.4GHz",
    "pour half a cup": "1/2 cup",
    "pour one half cup": "1/2 cup",
    "pour a quarter of a cup": "1/4 cup",
    "pour one quarter cup": "1/4 cup",
    "pour two cups": "2 cups",
}


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> GrammarEngine:
    path = tmp_path_factory.mktemp("written") / "kitchen.yaml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return mondegreen.load(str(path))


@pytest.mark.parametrize("text", SENTENCES)
def test_what_is_written_in_figures_is_heard(engine: GrammarEngine, say: Say, text: str) -> None:
    result = engine.understand(say(text))
    assert list(result.values().values()) == [SENTENCES[text]]


def test_a_number_that_is_not_there_is_not_its_neighbour(engine: GrammarEngine, say: Say) -> None:
    assert engine.understand(say("set the freezer to eighteen degrees")).status != "understood"
