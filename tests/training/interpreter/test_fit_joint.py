"""Learning from what a transcriber writes down: gate, bridges and choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from mondegreen.engines.general.choice import choose, written_words
from mondegreen.engines.general.interpreter import Interpreter as Running
from mondegreen.engines.general.model_folder import Balance, model_folder
from mondegreen.errors import ModelError, SettingsError
from mondegreen.evaluate.metrics import exact_match
from mondegreen.model.bridges import Bridge
from mondegreen.model.language_model import Adapt
from mondegreen.speech.beam import CONSIDERED, Considered, Hypothesis
from mondegreen.speech.word_pieces import likely_tokens, text_of
from mondegreen.training.interpreter.export_interpreter import export
from mondegreen.training.interpreter.fit_certainty import NOBODY
from mondegreen.training.interpreter.fit_interpreter import Fit, Interpreter, begin
from mondegreen.training.interpreter.fit_joint import (
    Joined,
    Joint,
    JointNetwork,
    check_joint,
    fit_joint,
    joint_in,
)
from mondegreen.training.interpreter.joint_batches import Example, examples_of
from mondegreen.training.interpreter.labelled_sentences import Labelled, Names, Sentence, projected
from mondegreen.training.interpreter.opened_interpreter import opened_interpreter
from mondegreen.training.interpreter.spoken_hypotheses import SpokenSentence

NAMES = Names(("garden", "music"), ("plant", "song"))


def written(text: str, score: float, sure: float) -> Hypothesis:
    """A text, each of whose tokens was written with the probability `sure`."""
    tokens = likely_tokens(text, capital=False)
    logs = np.log([sure] + [(0.999 - sure) / 7] * (CONSIDERED - 1)).astype(np.float32)
    places = [Considered(np.array([token, *range(100, 107)]), logs) for token in tokens]
    return Hypothesis(text_of(tokens), score, tuple(tokens), tuple(places))


def spoken() -> list[SpokenSentence]:
    """The likelier text is wrong, and its tokens were doubted; the other is right."""
    rows = []
    for value in ("thriller", "imagine", "yesterday", "hallelujah"):
        sentence = Sentence(value, ("play", value), "music", (Labelled("song", 1, 2),))
        wrong, right = written("lay the lamp", -1.0, 0.4), written(f"play {value}", -1.5, 0.95)
        rows.append(SpokenSentence(sentence, (wrong, right)))
    return rows


@pytest.fixture(scope="module")
def settings(small_bert: Callable[..., str]) -> Fit:
    """Those of a small BERT with word pieces, not trained on anything."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return Fit(language_model=small_bert([
        *letters, *(f"##{letter}" for letter in letters), "play", "lay", "the"
    ]))  # fmt: skip


@pytest.fixture(scope="module")
def start(settings: Fit) -> Interpreter:
    """An interpreter of two intents that has learned that what is played is a song."""
    plain = Interpreter(begin(NAMES, settings, 1, 1).network.eval(), NAMES)
    course = Joint(epochs=80, texts=1, learns="full", loss="labels", rate=3e-3, head_rate=1e-2)
    rows = [s._replace(hypotheses=s.hypotheses[1:]) for s in spoken()]
    others = Sentence("x", ("lay", "the", "lamp"), "garden", ())
    rows.append(SpokenSentence(others, (written("lay the lamp", -1.0, 0.9),)))
    fitted = fit_joint(plain, given(plain, rows), course, "text", balance=Balance()).interpreter
    gated = begin(NAMES, replace(settings, bridge="gate"), 1, 1).network
    gated.load_state_dict(fitted.network.state_dict(), strict=False)
    return Interpreter(gated.eval(), NAMES)


def given(interpreter: Interpreter, rows: list[SpokenSentence], texts: int = 6) -> list[Example]:
    return examples_of(rows, interpreter.network.language, texts)


def exact(joined: Joined, examples: list[Example]) -> float:
    meanings = joined.chosen(examples, joined.readings(examples), joined.network.balance)
    return float(exact_match([e.sentence.meaning for e in examples], meanings).mean())


def test_one_text_before_a_gate_at_zero_is_the_cascade_bit_for_bit(start: Interpreter) -> None:
    rows = [s._replace(hypotheses=s.hypotheses[1:]) for s in spoken()]
    examples = given(start, rows)
    joined = Joined(JointNetwork(start.network, "gate", Balance(0.3, 0.7)).eval(), NAMES)
    words = [example.written[0].words for example in examples]
    batch = joined.batch(examples)
    assert bool(batch.doubts.any())
    with torch.inference_mode():
        intents, tags = joined.network.scores(batch)
    for i, (plain, plain_tags) in enumerate(start.scores(words)):
        assert torch.equal(intents[i], plain)
        assert torch.equal(tags[i, : len(words[i])], plain_tags)
    meanings = joined.chosen(examples, joined.readings(examples), joined.network.balance)
    assert meanings == start.read(words)


def test_the_choice_is_learned_from_its_risk(start: Interpreter, tmp_path: Path) -> None:
    examples = given(start, spoken())
    settings = Joint(epochs=60, choice_rate=0.1)
    # An interpreter that is not asked cannot mend it: the likelier text is chosen.
    balance = Balance(1.0, 0.05)
    before = fit_joint(start, examples, Joint(), "gate", balance=balance)
    assert exact(before, examples) == 0.0
    checkpoint = tmp_path / "joint.safetensors"
    joined = fit_joint(start, examples, settings, "gate", balance=balance, checkpoint=checkpoint)
    assert exact(joined, examples) == 1.0
    gate, old = joined.network.interpreter.gate, start.network.gate
    assert gate is not None
    assert old is not None
    assert bool(gate.text.weight.any())
    assert not bool(old.text.weight.any())
    # Nothing else has learned anything, and what has is in the checkpoint.
    assert torch.equal(gate.words.weight, old.words.weight)
    again = joint_in(checkpoint, start, settings, "gate")
    assert again.network.balance == joined.network.balance
    assert exact(again, examples) == 1.0
    # Without a gate there is only the transcriber to be trusted less.
    plain = fit_joint(start, examples, settings, "text", balance=balance)
    assert plain.network.balance.writer < 0.5


def test_what_learned_runs_as_it_was_fitted(
    settings: Fit, start: Interpreter, tmp_path: Path
) -> None:
    examples = given(start, spoken())
    course = Joint(epochs=20, learns="full", loss="both", choice_rate=0.1, rate=1e-3)
    joined = fit_joint(start, examples, course, "gate", balance=Balance())
    gate = joined.network.interpreter.gate
    assert gate is not None
    assert bool(gate.words.weight.any())
    for name, interpreter in (
        ("gate", joined.interpreter),
        ("text", _without_gate(start, settings)),
    ):
        export(
            interpreter, tmp_path / name, name="small", slots_of={}, certainty=NOBODY,
            balance=joined.network.balance, card="# small\n", transcriber={}, bits=32,
        )  # fmt: skip
    assert model_folder(tmp_path / "text").about.bridge == "text"
    folder = model_folder(tmp_path / "gate")
    assert folder.about.bridge == "gate"
    running = Running.load(folder)
    for example, read in zip(examples, joined.readings(examples), strict=True):
        for one in example.written:
            ours, theirs = read(one.words, one.doubts), running.read(one.words, one.doubts)
            assert theirs.weight == pytest.approx(ours.weight, abs=1e-4)
            assert theirs.intents == pytest.approx(ours.intents, abs=1e-3)
            assert theirs.spans == ours.spans
        hypotheses = written_words(example.hypotheses)
        (best, *_), (mine, *_) = (
            choose(hypotheses, way, joined.network.balance) for way in (running.read, read)
        )
        assert best.reading.words == mine.reading.words
    # Written text has no doubts, and back in torch it is the same network.
    back = opened_interpreter(folder, replace(settings, bridge="gate"), 1)
    pairs = (next(one.scores([("play", "thriller")])) for one in (joined.interpreter, back))
    (ours, _), (theirs, _) = pairs
    assert torch.allclose(ours, theirs, atol=1e-5)
    assert running.read(("play", "thriller")).weight == 0.0
    with pytest.raises(ModelError, match="made of the language model 'transformers'"):
        opened_interpreter(folder, Fit(), 1)


def _without_gate(start: Interpreter, settings: Fit) -> Interpreter:
    network = begin(NAMES, settings, 1, 1).network
    network.load_state_dict(
        {k: v for k, v in start.network.state_dict().items() if not k.startswith("gate.")}
    )
    return Interpreter(network.eval(), NAMES)


@pytest.mark.parametrize(
    ("bridge", "learns"),
    [("soft", "full"), ("gumbel", "lora"), ("top-k", "frozen"), ("argmax", "frozen")],
)
def test_other_bridges_learn_to_compare_with(
    settings: Fit, start: Interpreter, bridge: Bridge, learns: Adapt
) -> None:
    rows = [s._replace(hypotheses=s.hypotheses[1:]) for s in spoken()]
    examples = given(start, rows, 1)
    course = Joint(
        epochs=60, texts=1, learns=learns, loss="labels", rate=3e-3, head_rate=1e-2, average=0.5
    )
    joined = fit_joint(_without_gate(start, settings), examples, course, bridge, balance=Balance())
    assert exact(joined, examples) == 1.0
    temperature = joined.network.respelling
    assert temperature is not None
    assert bool(temperature.log_temperature.any()) == (bridge != "argmax")
    with pytest.raises(SettingsError, match="cannot be exported"):
        check_joint(bridge, course)


def test_a_gate_that_never_learns_is_a_mistake() -> None:
    check_joint("text", Joint())
    check_joint("gate", Joint(epochs=1))
    with pytest.raises(SettingsError, match=r"joint\.epochs"):
        check_joint("gate", Joint())
    with pytest.raises(SettingsError, match="'whisper-base'; only of Moonshine's words"):
        check_joint("gate", Joint(epochs=1), "whisper-base")


def test_labels_go_over_to_other_words() -> None:
    sentence = Sentence(
        "a", ("wake", "me", "at", "seven", "am", "in", "wagga", "wagga"), "alarm",
        (Labelled("time", 3, 5), Labelled("place", 6, 8)),
    )  # fmt: skip
    same = projected(sentence, sentence.words)
    assert same == sentence
    other = projected(sentence, ("wake", "me", "up", "at", "seven", "am", "in", "waga"))
    assert other.spans == (Labelled("time", 4, 6), Labelled("place", 7, 8))
    gone = projected(sentence, ("wake", "me", "at", "seven", "am"))
    assert gone.spans == (Labelled("time", 3, 5),)
