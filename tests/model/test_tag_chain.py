"""The chain of tags in training is the one that runs."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mondegreen.engines.general.tags import best_tags
from mondegreen.model.interpreter_network import TagChain, forbidden, tag_count


def test_a_likelihood_is_what_the_running_engine_says_of_its_best_tags() -> None:
    torch.manual_seed(1)
    chain = TagChain(2)
    torch.nn.init.normal_(chain.follow)
    scores = torch.randn(3, 5, tag_count(2))
    counts = torch.tensor([5, 3, 1])
    follow = chain.transitions().detach().double().numpy()
    for row, count in enumerate(counts.tolist()):
        best, log_probability = best_tags(scores[row, :count].double().numpy(), follow)
        tags = torch.zeros(3, 5, dtype=torch.long)
        tags[row, :count] = torch.tensor(best)
        assert chain.likeliest(scores, counts)[row].tolist() == tags[row].tolist()
        nats = chain.negative_log_likelihood(scores, tags, counts)[row]
        assert float(nats.detach()) == pytest.approx(-log_probability, abs=1e-4)


def test_a_slot_goes_on_only_where_it_began() -> None:
    never = forbidden(2).numpy()
    assert not never[1, 2]
    assert not never[2, 2]
    assert not never[3, 4]
    assert never[0, 2]
    assert never[1, 4]
    assert never[4, 2]
    assert not never[:, [0, 1, 3]].any()
    chain = TagChain(2)
    best, _ = best_tags(
        np.array([[0.0, 0.0, 9.0, 0.0, 0.0]] * 2), chain.transitions().detach().double().numpy()
    )
    assert best == [1, 2]
