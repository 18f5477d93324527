"""Bridges from the transcriber to the language model, and ways to learn the choice of a text.

    python benchmarks/general.py ablation WORK [--model MODEL] [--sentences N] [--most N] \
        [--rows NAME ...]

Every row begins with the interpreter of MODEL, whose transcriber writes the texts down, and learns
on from speech. What has a handful of numbers to learn does so from the sentences kept for choosing,
said three times by the training's voices: what has met a sentence is too sure of it. The rest
learns from N training sentences that are said anew, by the same voices drawn afresh; the decoder
has met their words and the interpreter knows them by heart. Then the balance with the most exact
matches on the sentences kept for choosing is taken; nobody asks the sounds. What was written down
is kept in WORK, with the decoder's states, which a gate sees: the network that ships does not give
them out, and a copy of it is made to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import process_time

import msgspec
import numpy as np
import onnx
import torch
from onnx import TensorProto, helper

from general_figures import VOICES, spoken_tests
from general_figures import some as some_of
from mondegreen.data.make.synthesize import Manner
from mondegreen.data.manifest import Manifest
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.model_folder import Balance
from mondegreen.engines.general.turn import HYPOTHESES
from mondegreen.evaluate.intervals import mcnemar, wilson
from mondegreen.evaluate.metrics import exact_match
from mondegreen.jobs.files import replacing
from mondegreen.jobs.seeds import stable_seed
from mondegreen.model.bridges import Bridge
from mondegreen.speech.beam import MEMORY, STEP, BeamTranscriber, Considered, Hypothesis
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.training.interpreter.fit_certainty import BALANCES
from mondegreen.training.interpreter.fit_interpreter import Fit, Interpreter
from mondegreen.training.interpreter.fit_joint import Joined, Joint, fit_joint
from mondegreen.training.interpreter.joint_batches import examples_of
from mondegreen.training.interpreter.labelled_sentences import sentence_of
from mondegreen.training.interpreter.opened_interpreter import opened_interpreter
from mondegreen.training.interpreter.spoken_hypotheses import SpokenSentence, spoken_hypotheses
from mondegreen.training.interpreter.spoken_texts import VOICES as TRAINING_VOICES
from mondegreen.training.interpreter.spoken_texts import speech_of

KeptText = tuple[str, float, list[int], list[list[int]], list[list[float]], bytes]
"""Text, score, tokens, what was considered for each of them, and the states in 16 bits."""
Kept = list[KeptText]
"""Those of one recording."""


def written_speech(
    work: Path, name: str, engine: GeneralEngine, manifest: Manifest
) -> list[SpokenSentence]:
    """What the engine writes down of the recordings, kept in `work`."""
    writer = engine.described.about.files.get(STEP, "published")
    path = work / f"written-{name}-{writer[:12]}-{HYPOTHESES}.json"
    kept: dict[str, Kept] = {}
    if path.exists():
        kept = msgspec.json.decode(path.read_bytes(), type=dict[str, Kept])
    new = [row for row in manifest if row.id not in kept]
    for number, row in enumerate(new):
        kept[row.id] = []
        for spoken in spoken_hypotheses(engine, Manifest.of([row], manifest.root)):
            kept[row.id] = [_plain(one) for one in spoken.hypotheses]
        if number % 200 == 199 or number + 1 == len(new):
            print(f"{name}: {number + 1} of {len(new)} written down", flush=True)
            with replacing(path) as temporary:
                temporary.write_bytes(msgspec.json.encode(kept))
    return [SpokenSentence(sentence_of(row), tuple(map(_whole, kept[row.id]))) for row in manifest]


def _plain(one: Hypothesis) -> KeptText:
    return (
        one.text, one.log_probability, list(one.tokens),
        [place.tokens.tolist() for place in one.considered],
        [np.round(place.log_probabilities, 4).tolist() for place in one.considered],
        np.array([place.state for place in one.considered], np.float16).tobytes(),
    )  # fmt: skip


def _whole(kept: KeptText) -> Hypothesis:
    text, score, tokens, numbers, logs, data = kept
    states = np.frombuffer(data, np.float16).reshape(len(tokens), -1).astype(np.float32)
    considered = tuple(
        Considered(np.array(a, np.int64), np.array(b, np.float32), state)
        for a, b, state in zip(numbers, logs, states, strict=True)
    )
    return Hypothesis(text, score, tuple(tokens), considered)


def with_states(engine: GeneralEngine, work: Path) -> GeneralEngine:
    """The engine, its transcriber giving out the states that it chooses tokens from."""
    folder = engine.described
    step = onnx.load(folder.file(STEP))
    graph = step.graph
    if not any(output.name == "states" for output in graph.output):
        made_by = {name: node for node in graph.node for name in node.output}
        (node,) = (made_by[node.input[0]] for node in graph.node if node.op_type == "TopK")
        while node.op_type != "Gather":  # the last state of each row, before the table's scores
            node = made_by[node.input[0]]
        sizes: list[str | int] = ["B", MoonshineEncoder.size]
        graph.node.append(helper.make_node("Identity", [node.output[0]], ["states"]))
        graph.output.append(helper.make_tensor_value_info("states", TensorProto.FLOAT, sizes))
    path = work / STEP
    with replacing(path) as temporary:
        temporary.write_bytes(step.SerializeToString())
    writer = BeamTranscriber.load(folder.file(MEMORY), path, "run the benchmark again")
    return replace(engine, knowledge=replace(engine.knowledge, writer=writer))


@dataclass(frozen=True)
class Row:
    """One way to go from texts to a meaning."""

    name: str
    bridge: Bridge = "text"
    settings: Joint = field(default_factory=Joint)

    @property
    def kept_sentences(self) -> bool:
        """Whether it learns from the sentences kept for choosing, which no part has met."""
        return self.settings.learns == "choice"


def table() -> list[Row]:
    """The table: texts, choices, adaptations and losses, bridges."""
    choice = Joint(epochs=20)
    more = Joint(epochs=1, learns="frozen", loss="both")
    pieces = Joint(epochs=1, texts=1, learns="full", loss="labels", batch_pieces=256, rate=2e-4)
    bridges: tuple[Bridge, ...] = ("argmax", "top-k", "soft", "gumbel")
    return [
        Row("six texts, nothing learned", settings=Joint()),
        Row("one text", settings=Joint(texts=1)),
        Row("three texts", settings=Joint(texts=3)),
        Row("six, choice by risk", settings=choice),
        Row("six, gate by risk", "gate", choice),
        Row("six, gate, frozen, risk", "gate", replace(more, loss="risk")),
        Row("six, gate, frozen, both", "gate", more),
        Row("six, text, frozen, both", settings=more),
        Row("six, gate, lora, both", "gate", replace(more, learns="lora", rate=5e-4)),
        Row("six, gate, full, both", "gate", replace(more, learns="full")),
        Row("six, text, full, both", "text", replace(more, learns="full")),
        Row("one, text, full, labels", "text", pieces),
        Row("one, gate, full, labels", "gate", pieces),
        *(Row(f"one, {bridge}, full, labels", bridge, pieces) for bridge in bridges),
    ]


@dataclass(frozen=True)
class Speech:
    """What every row learns from, chooses on and is measured on."""

    train: list[SpokenSentence]
    kept: list[SpokenSentence]
    dev: list[SpokenSentence]
    tests: dict[str, list[SpokenSentence]]

    @classmethod
    def of(cls, work: Path, engine: GeneralEngine, sentences: int, most: int | None) -> Speech:
        """Training sentences spoken anew, by another draw of the training's voices; the sentences
        kept for choosing, three times; and the tests."""
        rows = list(Manifest.open(work / "train.jsonl"))
        train = sorted(
            (row for row in rows if row.split == "train"),
            key=lambda row: stable_seed("ablation", 1, row.id),
        )[:sentences]
        dev = [row for row in rows if row.split == "dev"]
        manner = Manner(TRAINING_VOICES, seed=7)
        spoken = {
            name: speech_of(some, work / f"again-{name}", manner, print, versions=n, workers=1)
            for name, some, n in (("train", train, 1), ("dev", dev, 3))
        }
        kept = written_speech(work, "dev", engine, spoken["dev"])
        tests = {
            f"{voice}, {split}": written_speech(
                work, f"{voice}-{split}", engine,
                some_of(spoken_tests(work, voice).where(split=split), most),
            )
            for voice in VOICES for split in ("seen", "unseen")
        }  # fmt: skip
        train_texts = written_speech(work, "train", engine, spoken["train"])
        return cls(train_texts, kept, kept[::3], tests)


def ablation(
    work: Path, model: str, sentences: int, most: int | None, names: Sequence[str]
) -> None:
    """Fit and measure each row, or those whose names begin as one of `names`."""
    torch.set_num_threads(1)
    engine = with_states(GeneralEngine.load(model, refuse_below=0.0), work)
    speech = Speech.of(work, engine, sentences, most)
    reference: dict[str, list[bool]] = {}
    for row in table():
        compared = row.name == "six texts, nothing learned"
        if not compared and names and not row.name.startswith(tuple(names)):
            continue
        start = opened_interpreter(engine.described, Fit(bridge=row.bridge), 1)
        joined, balance, line = _fitted(row, start, speech, engine.knowledge.balance)
        print(f"\n{row.name}: {line}", flush=True)
        for part, spoken in speech.tests.items():
            right = _right(row, joined, balance, spoken)
            reference.setdefault(part, right)
            if compared:
                reference[part] = right
            interval, p = wilson(sum(right), len(right)), mcnemar(reference[part], right)
            print(
                f"  {part:14s} n {interval.n}, exact {interval.value:.1%} ({interval.low:.1%} to "
                f"{interval.high:.1%}), p {p:.2g}", flush=True,
            )  # fmt: skip


def _fitted(
    row: Row, start: Interpreter, speech: Speech, shipped: Balance
) -> tuple[Joined, Balance, str]:
    """What a row learns, the balance it is used with, and a line about it."""
    settings, language = row.settings, start.network.language
    spoken = speech.kept if row.kept_sentences else speech.train
    began = process_time()
    examples = examples_of(spoken if settings.epochs else [], language, settings.texts)
    joined = fit_joint(
        start, examples, settings, row.bridge, lambda line: print(f"  {line}"), balance=shipped
    )
    dev = examples_of(speech.dev, language, settings.texts)
    readings = joined.readings(dev)
    truth = [example.sentence.meaning for example in dev]
    without_sounds = [balance for balance in BALANCES if not balance.sounds]
    scores = {
        balance: float(exact_match(truth, joined.chosen(dev, readings, balance)).mean())
        for balance in (joined.network.balance, *without_sounds)
    }
    balance = max(scores, key=scores.__getitem__)
    line = (
        f"dev {scores[balance]:.1%}, transcriber {balance.writer:g}, interpreter "
        f"{balance.reader:g}, {process_time() - began:.0f} s of one processor"
    )
    return joined, balance, line


def _right(
    row: Row, joined: Joined, balance: Balance, spoken: Sequence[SpokenSentence]
) -> list[bool]:
    """Which recordings are understood exactly; one without a word is not."""
    language = joined.network.interpreter.language
    examples = examples_of(spoken, language, row.settings.texts)
    meanings = joined.chosen(examples, joined.readings(examples), balance)
    truth = [example.sentence.meaning for example in examples]
    by_id = dict(
        zip([e.sentence.id for e in examples], exact_match(truth, meanings).tolist(), strict=True)
    )
    return [by_id.get(one.sentence.id, False) for one in spoken]


__all__ = ["ablation"]
