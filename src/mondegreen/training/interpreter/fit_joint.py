"""Learning from what the transcriber writes down of speech: interpreter, bridge and choice at once.

Of each recording there are several texts, and each of them means something; how much each counts is
a softmax over how likely it was written, how sure the interpreter is of it and what the gate says.
Learned from is the expected risk of that choice (Rao et al. 2021, arXiv:2102.06750), or the labels
of every text, by how much it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Literal

import torch
from msgspec import Meta
from torch import Tensor, nn
from torch.nn import functional

from ...engines.general.choice import Read, Words, choose
from ...engines.general.interpreter import Reading
from ...engines.general.model_folder import Balance
from ...engines.general.turn import HYPOTHESES
from ...errors import SettingsError
from ...model.bridges import Bridge, Respelling
from ...model.interpreter_network import InterpreterNetwork
from ...model.language_model import Adapt, adapt, merge
from ...speech.doubts import Doubts
from ...types import Meaning
from ..checkpoint import Rate, State, share_at
from ..loop import Course, Loss, Position, batches_in_epoch, endless, learn
from .fit_interpreter import Interpreter
from .joint_batches import Batch, Example, batch_of, meaning_in, readings_of, right_readings
from .labelled_sentences import Names

_TOGETHER = 16
"""Recordings that are read at once."""


@dataclass(frozen=True)
class Joint:
    """How interpreter and choice learn from what the transcriber writes down."""

    epochs: Annotated[int, Meta(ge=0)] = 0
    """With none they learn from written sentences alone."""
    sentences: Annotated[int, Meta(ge=1)] = 2_000
    """Training sentences that are spoken for it, at the most."""
    texts: Annotated[int, Meta(ge=1, le=HYPOTHESES)] = 6
    """Of each recording."""
    learns: Literal["choice"] | Adapt = "choice"
    """`choice`: only how much each text counts; `frozen`: bridge and heads as well; `lora` and
    `full`: the language model too."""
    loss: Literal["risk", "labels", "both"] = "risk"
    """The risk of the choice, what the labels cost in every text, or the sum."""
    batch_pieces: Annotated[int, Meta(ge=16)] = 2_000
    rate: float = 5e-5
    """Highest learning rate of the language model."""
    head_rate: float = 2e-4
    """The same of what is put on it, and of the bridge."""
    choice_rate: float = 0.02
    """The same of the few numbers that weigh the texts."""
    average: float = 0.98


def check_joint(bridge: Bridge, settings: Joint, transcriber: str = "moonshine") -> None:
    """Raise SettingsError for a bridge of which no model can be made."""
    if bridge == "gate" and transcriber != "moonshine":
        raise SettingsError(
            f"fit.bridge is 'gate' and the transcriber {transcriber!r}; only of Moonshine's words "
            "the doubts are told: take 'text'"
        )
    if bridge not in ("text", "gate"):
        raise SettingsError(
            f"fit.bridge is {bridge!r}, which is there to compare with and cannot be exported; "
            "take 'text' or 'gate' (benchmarks/general.py ablation fits the others)"
        )
    if bridge == "gate" and not settings.epochs:
        raise SettingsError("fit.bridge is 'gate', which learns in joint.epochs, and these are 0")


class JointNetwork(nn.Module):
    """An interpreter with what leads to it and what weighs its texts."""

    def __init__(self, interpreter: InterpreterNetwork, bridge: Bridge, balance: Balance) -> None:
        super().__init__()
        self.interpreter = interpreter
        self.log_balance = nn.Parameter(
            torch.tensor([balance.writer, balance.reader]).clamp(min=0.05).log()
        )
        plain = bridge in ("text", "gate")
        self.respelling = None if plain else Respelling(bridge, interpreter.language)

    def scores(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Of intents `(R, I)` and tags `(R, W, K)` for each text of a batch."""
        network = self.interpreter
        if self.respelling is None or batch.respelled is None:
            intents, tags = network(batch.ids, batch.real, batch.spread, batch.doubts)
            return intents, tags
        tokens, logs, marks = batch.respelled
        vectors = torch.where(
            marks[..., None], network.language.vectors(batch.ids),
            self.respelling(network.language, tokens, logs),
        )  # fmt: skip
        pooled = batch.spread @ network.drop(network.language.read(vectors, batch.real))
        return network.heads(pooled)

    def by_gate(self, batch: Batch) -> Tensor:
        """`(R,)` what a gate says of each text."""
        gate = self.interpreter.gate
        return batch.written * 0.0 if gate is None else gate.weight(batch.doubts, batch.spread)

    def sure(self, batch: Batch, intents: Tensor, tags: Tensor, best: Tensor) -> Tensor:
        """`(R,)` log-probability of the likeliest intent of each text with its likeliest tags,
        `best (R, W)`."""
        nats = self.interpreter.chain.negative_log_likelihood(tags, best, batch.counts)
        return torch.log_softmax(intents, -1).amax(-1) - nats

    def shares(self, batch: Batch, sure: Tensor) -> Tensor:
        """`(E, H)` how much each text of a recording counts, 0 where there is none."""
        writer, reader = self.log_balance.exp()
        weights = writer * batch.written + reader * sure + self.by_gate(batch)
        return torch.softmax(batch.side_by_side(weights, -1e9), dim=1)

    @property
    def balance(self) -> Balance:
        """How much transcriber and interpreter count."""
        writer, reader = self.log_balance.exp().tolist()
        return Balance(round(min(writer, 100.0), 4), round(min(reader, 100.0), 4))


@dataclass(frozen=True)
class Joined:
    """What came of it."""

    network: JointNetwork
    names: Names

    @property
    def interpreter(self) -> Interpreter:
        """The interpreter, as it is exported."""
        return Interpreter(self.network.interpreter, self.names)

    def batch(self, examples: Sequence[Example]) -> Batch:
        """Recordings side by side, as the network takes them."""
        language = self.network.interpreter.language
        respelled = self.network.respelling is not None
        return batch_of(examples, language, self.names, respelled=respelled)

    def judged(self, examples: Sequence[Example]) -> list[Example]:
        """The recordings with what the interpreter, as it is, makes of their texts."""
        network, out = self.network.eval(), []
        for start in range(0, len(examples), _TOGETHER):
            some = examples[start : start + _TOGETHER]
            batch = self.batch(some)
            with torch.no_grad():
                scores = network.scores(batch)
                rows = torch.stack(_judged(network, batch, *scores, self.names), dim=1)
            left = iter([(sure, right) for sure, right in rows.tolist()])
            out += [replace(one, judged=tuple(next(left) for _ in one.written)) for one in some]
        return out

    def readings(self, examples: Sequence[Example]) -> list[Read]:
        """What each recording's texts mean, for `engines.general.choice.choose`."""
        network, out = self.network.eval(), list[Read]()
        for start in range(0, len(examples), _TOGETHER):
            some = examples[start : start + _TOGETHER]
            batch = self.batch(some)
            with torch.inference_mode():
                intents, tags = network.scores(batch)
                by_gate = network.by_gate(batch)
            readings, _ = readings_of(batch, intents, tags, by_gate, network.interpreter.chain)
            left = iter(readings)
            out += [_reads({one.words: next(left) for one in e.written}) for e in some]
        return out

    def chosen(
        self, examples: Sequence[Example], readings: Sequence[Read], balance: Balance
    ) -> list[Meaning]:
        """The meaning of each recording by its texts' readings, as the running engine chooses."""
        pairs = zip(examples, readings, strict=True)
        best = [choose(example.written, read, balance)[0] for example, read in pairs]
        return [meaning_in(one.reading, self.names) for one in best]


def _reads(by_words: Mapping[Words, Reading]) -> Read:
    def read(words: Words, doubts: Doubts) -> Reading:
        del doubts  # the network had them
        return by_words[words]

    return read


def fit_joint(
    start: Interpreter,
    examples: Sequence[Example],
    settings: Joint,
    bridge: Bridge,
    say: Callable[[str], None] = lambda _: None,
    *,
    balance: Balance,
    seed: int = 1,
    checkpoint: Path | None = None,
) -> Joined:
    """Learn from `examples`, from an interpreter of texts and a balance on.

    Raises SettingsError for a bridge of pieces before a language model that takes the words twice.
    """
    if not settings.epochs:
        return Joined(JointNetwork(start.network, bridge, balance).eval(), start.names)
    lengths = [example.pieces for example in examples]
    per_epoch = batches_in_epoch(lengths, settings.batch_pieces, seed)
    steps = settings.epochs * per_epoch
    state = _begin(start, settings, bridge, balance, steps)
    joined = Joined(state.average, start.names)
    course = Course(
        steps=steps, batch_frames=settings.batch_pieces, warmup=max(1, steps // 10),
        weight_decay=0.0, clip=1.0, average=settings.average, measure_every=per_epoch,
    )  # fmt: skip

    def batches(position: Position) -> Iterator[tuple[Position, Batch]]:
        for after, members in endless(lengths, settings.batch_pieces, seed, position):
            rows = [examples[i] for i in members]
            yield after, joined.batch(rows)

    if settings.learns == "choice" and not examples[0].judged:
        examples = joined.judged(examples)
    state.network.train(settings.learns in ("lora", "full"))
    learn(
        state, batches, partial(_loss, settings=settings, names=start.names), course, seed=seed,
        say=say, checkpoint=checkpoint,
    )  # fmt: skip
    merge(state.average)
    return Joined(state.average.eval(), start.names)


def joint_in(checkpoint: Path, start: Interpreter, settings: Joint, bridge: Bridge) -> Joined:
    """What is in a checkpoint that `fit_joint` wrote, `start` being of the same sizes."""
    state = _begin(start, settings, bridge, Balance(), 1)
    state.load(checkpoint)
    merge(state.average)
    return Joined(state.average.eval(), start.names)


def _begin(
    start: Interpreter, settings: Joint, bridge: Bridge, balance: Balance, steps: int
) -> State[JointNetwork]:
    if bridge not in ("text", "gate") and start.network.language.subwords.unknown is None:
        raise SettingsError(
            f"the bridge {bridge!r} needs a language model with word pieces (minilm); this one is "
            f"{start.network.language.name}"
        )

    def make() -> JointNetwork:
        torch.manual_seed(0)
        network = JointNetwork(deepcopy(start.network), bridge, balance)
        merge(network)
        _let_learn(network, settings.learns)
        return network

    names = {
        name.removeprefix("interpreter.").split(".")[0] for name, _ in make().named_parameters()
    }
    heads = sorted(names - {"language", "log_balance", "gate", "respelling"})
    rates = [
        Rate("interpreter.language.", settings.rate),
        *(Rate(f"interpreter.{head}", settings.head_rate) for head in heads),
        Rate("interpreter.gate.inner", 10 * settings.head_rate),
        Rate("interpreter.gate.words", 10 * settings.head_rate),
        Rate("interpreter.gate.text", settings.choice_rate),
        Rate("respelling", settings.choice_rate),
        Rate("log_balance", settings.choice_rate),
    ]
    return State(
        make, rates, weight_decay=0.0, average=settings.average,
        schedule=lambda step: share_at(step, max(1, steps // 10), steps),
    )  # fmt: skip


def _let_learn(network: JointNetwork, learns: Literal["choice"] | Adapt) -> None:
    """Say what of it may be learned."""
    language, gate = network.interpreter.language, network.interpreter.gate
    if learns != "choice":
        adapt(language.network, learns)
        # An interpreter knows its own sentences by heart: on those it would count 37 times as much.
        network.log_balance.requires_grad_(False)
        return
    network.requires_grad_(False)
    network.log_balance.requires_grad_(True)
    if gate is not None:
        gate.text.requires_grad_(True)


def _loss(
    network: JointNetwork,
    batch: Batch,
    generator: torch.Generator,
    *,
    settings: Joint,
    names: Names,
) -> Loss:
    """The expected risk, or nats of the labels, of a recording."""
    del generator
    if batch.judged is not None:
        sure, right = batch.judged.T
        shares = network.shares(batch, sure)
        risk = (shares * (1.0 - batch.side_by_side(right, 1.0))).sum(1).mean()
        return Loss(risk, risk.detach())
    intents, tags = network.scores(batch)
    sure, right = _judged(network, batch, intents, tags, names)
    shares = network.shares(batch, sure)
    risk = (shares * (1.0 - batch.side_by_side(right, 1.0))).sum(1).mean()
    if settings.loss == "risk":
        return Loss(risk, risk.detach())
    chain = network.interpreter.chain
    cost = functional.cross_entropy(intents, batch.intents, reduction="none")
    cost = cost + chain.negative_log_likelihood(tags, batch.tags, batch.counts)
    labels = (shares * batch.side_by_side(cost, 0.0)).sum(1).mean()
    return Loss(labels if settings.loss == "labels" else labels + risk, risk.detach())


def _judged(
    network: JointNetwork, batch: Batch, intents: Tensor, tags: Tensor, names: Names
) -> tuple[Tensor, Tensor]:
    """`(R,)` how sure the interpreter is of each text, and 1 where it reads it right."""
    by_gate = batch.written * 0.0
    readings, best = readings_of(batch, intents, tags, by_gate, network.interpreter.chain)
    return network.sure(batch, intents, tags, best), right_readings(batch, readings, names)


__all__ = ["Joined", "Joint", "JointNetwork", "check_joint", "fit_joint", "joint_in"]
