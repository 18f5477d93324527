"""What a training says of what it measured."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")

from mondegreen.training.interpreter.fit_certainty import ENOUGH
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.work_folder import Measured, model_card


def test_a_confidence_of_few_sentences_is_not_to_be_trusted() -> None:
    few, enough = Measured(1, "all", "all"), Measured(ENOUGH, "all", "all")
    assert "cannot be trusted: it is fitted on 1 of the sentences" in few.doubt
    assert "--unrelated" in few.doubt
    assert enough.doubt == ""
    assert f"- Beware: {few.doubt}.\n" in model_card(Recipe(), 10, None, few)
    assert "Beware" not in model_card(Recipe(), 10, None, enough)
