"""Fitting the interpreter on labelled sentences."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from msgspec import Meta
from torch import Tensor
from torch.nn import functional

from ...engines.general.tags import best_tags_of, spans_of
from ...errors import ModelError
from ...evaluate.metrics import exact_match, intent_correct, slu_f1
from ...jobs.seeds import stable_seed
from ...model.bridges import Bridge
from ...model.interpreter_network import InterpreterNetwork
from ...model.language_model import Adapt, LanguageModel, adapt, language_model
from ...types import Meaning
from ..checkpoint import Rate, State, share_at
from ..device import fastest, in_16_bits
from ..loop import Course, Loss, Position, batches_in_epoch, endless, learn, moved
from .labelled_sentences import Names, Sentence, Swaps, slot_of

_LONGEST = 60
"""Words; commands have 7 on average, and what is longer than this is cut."""


@dataclass(frozen=True)
class Fit:
    """How the interpreter learns."""

    language_model: str = "minilm"
    """`minilm`, `smollm2`, or `transformers:FOLDER` for any other."""
    adapt: Adapt = "full"
    """What of the language model learns: `full`, `lora` (small changes to it) or `frozen`."""
    bridge: Bridge = "text"
    """What it is given of speech: the words (`text`), the transcriber's doubts of them as well
    (`gate`), or, to compare, the transcriber's own pieces: `soft`, `gumbel`, `top-k`, `argmax`."""
    runs: Annotated[int, Meta(ge=1)] = 1
    """Fits that begin alike and meet the sentences in other orders; their mean is what counts."""
    epochs: Annotated[int, Meta(ge=1)] = 8
    batch_pieces: Annotated[int, Meta(ge=16)] = 512
    """Padded pieces in a batch: 40 sentences."""
    rate: float = 2e-4
    """Highest learning rate of the language model."""
    head_rate: float = 2e-3
    """The same of what is put on it."""
    weight_decay: float = 0.02
    clip: float = 1.0
    patience: Annotated[int, Meta(ge=0)] = 0
    """Measurements in a row, one each two epochs, that are no better than the best after which it
    ends; 0: it takes all epochs."""
    average: float = 0.995
    drop: float = 0.2
    swap: float = 0.3
    """Chance that a slot's value is another's."""
    blur: float = 0.05
    """Chance that a piece of a word is unknown."""
    smooth: float = 0.1
    """Share of an intent's label spread over the others: they overlap, and some are wrong."""


class Batch(NamedTuple):
    """Sentences side by side."""

    ids: Tensor
    real: Tensor
    spread: Tensor
    intents: Tensor
    tags: Tensor
    counts: Tensor


@dataclass
class Interpreter:
    """A fitted network with the names of its outputs."""

    network: InterpreterNetwork
    names: Names

    @property
    def device(self) -> str:
        """Where its weights are."""
        return str(next(self.network.parameters()).device)

    def scores(self, words: Sequence[Sequence[str]]) -> Iterator[tuple[Tensor, Tensor]]:
        """Of each row of words the scores of intents (I,) and of tags (W, K)."""
        network = self.network.eval()
        for start in range(0, len(words), 64):
            rows = [row[:_LONGEST] for row in words[start : start + 64]]
            batch = moved(pieces_of(network.language, rows), self.device)
            with torch.inference_mode():
                intents, tags = network(*batch)
            for row, intent, tag in zip(rows, intents.cpu(), tags.cpu(), strict=True):
                yield intent, tag[: len(row)]

    def vectors(self, words: Sequence[Sequence[str]]) -> npt.NDArray[np.float32]:
        """(N, size) the vector of each row of words, from which its intent is read."""
        network = self.network.eval()
        out = []
        for start in range(0, len(words), 64):
            rows = [row[:_LONGEST] for row in words[start : start + 64]]
            batch = moved(pieces_of(network.language, rows), self.device)
            with torch.inference_mode():
                out.append(network.pooled(*batch)[:, 0].cpu().numpy())
        return np.concatenate(out)

    def read(
        self, words: Sequence[Sequence[str]], slots_of: Mapping[str, Sequence[str]] | None = None
    ) -> list[Meaning]:
        """The meaning of each row of words; with `slots_of` as the model reads it that is made,
        which knows these slots of each intent."""
        names = self.names
        follow = self.network.chain.transitions().detach().double().cpu().numpy()
        out = []
        for row, (intents, tags) in zip(words, self.scores(words), strict=True):
            intent = names.intents[int(intents.argmax())]
            those = (slots_of or {}).get(intent, names.slots)
            numbers = [names.slots.index(slot) for slot in those]
            best, _ = best_tags_of(tags.double().numpy(), follow, numbers)
            slots = tuple(
                slot_of(names.slots[span.slot], row[span.start : span.end])
                for span in spans_of(best)
            )
            out.append(Meaning(intent, slots))
        return out


def pieces_of(
    language: LanguageModel, rows: Sequence[Sequence[str]]
) -> tuple[Tensor, Tensor, Tensor]:
    """Rows of words as the network takes them: pieces, which are real, and what is averaged."""
    encoded = [language.subwords.encode(row) for row in rows]
    longest, most = max(len(e.ids) for e in encoded), max(len(e.words) for e in encoded)
    ids = torch.zeros(len(rows), longest, dtype=torch.long)
    real = torch.zeros(len(rows), longest, dtype=torch.long)
    spread = torch.zeros(len(rows), 1 + most, longest)
    for i, sentence in enumerate(encoded):
        ids[i, : len(sentence.ids)] = torch.tensor(sentence.ids)
        real[i, : len(sentence.ids)] = 1
        for row, (start, end) in enumerate((sentence.sentence, *sentence.words)):
            spread[i, row, start:end] = 1.0 / (end - start)
    return ids, real, spread


def name_vectors(language: LanguageModel, names: Sequence[str]) -> Tensor:
    """(S, size) the language model's vector of what each slot is called."""
    rows = [re.findall(r"[a-z0-9']+", name.replace("_", " ").lower()) or ["slot"] for name in names]
    if not rows:
        return torch.zeros(0, language.size)
    ids, real, spread = pieces_of(language, rows)
    with torch.inference_mode():
        hidden: Tensor = language.eval()(ids, real)
    vectors: Tensor = functional.normalize((spread @ hidden)[:, 0], dim=-1)
    return vectors.clone() * math.sqrt(language.size)


def begin(
    names: Names,
    settings: Fit,
    steps: int,
    seed: int,
    device: str = "cpu",
    pretrained: LanguageModel | None = None,
) -> State[InterpreterNetwork]:
    """A pretrained language model, by default as published, with new heads, about to be fitted."""
    vectors = name_vectors(pretrained or language_model(settings.language_model), names.slots)

    def make() -> InterpreterNetwork:
        torch.manual_seed(stable_seed("interpreter", seed))
        language = deepcopy(pretrained) or language_model(settings.language_model)
        adapt(language.network, settings.adapt)
        return InterpreterNetwork(
            language, vectors, len(names.intents), settings.drop, gated=settings.bridge == "gate"
        )

    heads = sorted({n.split(".")[0] for n, _ in make().named_parameters()} - {"language"})
    rates = [
        Rate("language.", settings.rate if settings.adapt == "full" else settings.head_rate / 2),
        *(Rate(head, settings.head_rate) for head in heads),
    ]
    return State(
        make, rates, weight_decay=settings.weight_decay, average=settings.average,
        schedule=lambda step: share_at(step, max(1, steps // 10), steps), device=device,
    )  # fmt: skip


def interpreter_in(checkpoint: Path, names: Names, settings: Fit, seed: int) -> Interpreter:
    """The interpreter in a checkpoint that `fit` wrote. Raises ModelError when there is none."""
    if not checkpoint.is_file():
        raise ModelError(
            f"{checkpoint} is missing: give the --work folder of a training that has saved one, "
            "which it does every three minutes"
        )
    state = begin(names, settings, 1, seed)
    state.load(checkpoint)
    return Interpreter(state.average, names)


def fit(
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    settings: Fit,
    say: Callable[[str], None] = lambda _: None,
    *,
    seed: int = 1,
    order: int | None = None,
    checkpoint: Path | None = None,
    start: Interpreter | None = None,
    pretrained: LanguageModel | None = None,
) -> Interpreter:
    """Learn from `train`; lines about `dev` are said now and then.

    `pretrained` is the language model, where it is not to begin as published, and `start` an
    interpreter of the same names to go on from. `seed` says how the new parts begin, `order` in
    which order the sentences come: by default the same number. The same two give the same network
    on the same machine.
    """
    order = seed if order is None else order
    names = start.names if start else Names.of(train)
    lengths = [len(s.words) + 2 for s in train]
    per_epoch = batches_in_epoch(lengths, settings.batch_pieces, order)
    steps = settings.epochs * per_epoch
    state = begin(names, settings, steps, seed, fastest(), pretrained)
    if start is not None:
        state.network.load_state_dict(start.network.state_dict())
        state.average.load_state_dict(start.network.state_dict())
    course = Course(
        steps=steps, batch_frames=settings.batch_pieces, warmup=max(1, steps // 10),
        weight_decay=settings.weight_decay, clip=settings.clip, average=settings.average,
        measure_every=2 * per_epoch, patience=settings.patience,
    )  # fmt: skip
    fitted = Interpreter(state.average, names)
    sentences = _Batches(train, names, settings, state.network.language, lengths, order)

    def measure() -> dict[str, float]:
        if not dev:
            return {}
        figures = scores_of(dev, fitted.read(_words(dev)))
        say(f"step {state.step} of {steps}: {scores_line(figures)}")
        return figures

    state.network.train()
    learn(
        state, sentences.batches, partial(_loss, smooth=settings.smooth), course, seed=order,
        say=say, checkpoint=checkpoint, measure=measure,
    )  # fmt: skip
    state.average.cpu()
    return fitted


def _words(sentences: Sequence[Sentence]) -> list[tuple[str, ...]]:
    return [sentence.words for sentence in sentences]


def scores_of(references: Sequence[Sentence], meanings: Sequence[Meaning]) -> dict[str, float]:
    """Exact match, intents and SLU-F1."""
    truth = [sentence.meaning for sentence in references]
    return {
        "exact": float(exact_match(truth, meanings).mean()),
        "intent": float(intent_correct(truth, meanings).mean()),
        "SLU-F1": slu_f1(truth, meanings).f1,
    }


def scores_line(figures: Mapping[str, float]) -> str:
    """Shares in a line."""
    return ", ".join(f"{name} {value:.1%}" for name, value in figures.items())


@dataclass(frozen=True)
class _Batches:
    """Endless batches of sentences, with new values and blurred words each time."""

    train: Sequence[Sentence]
    names: Names
    settings: Fit
    language: LanguageModel
    lengths: Sequence[int]
    seed: int

    def batches(self, start: Position) -> Iterator[tuple[Position, Batch]]:
        """Batches from a position on, each with the position after it."""
        swaps = Swaps(self.train)
        intents = {name: i for i, name in enumerate(self.names.intents)}
        slots = {name: i for i, name in enumerate(self.names.slots)}
        pieces = self.settings.batch_pieces
        for after, members in endless(self.lengths, pieces, self.seed, start):
            rng = np.random.default_rng(stable_seed("swap", self.seed, *after))
            rows = [swaps.swapped(self.train[i], self.settings.swap, rng) for i in members]
            yield after, self._batch(rows, intents, slots, rng)

    def _batch(
        self,
        rows: Sequence[Sentence],
        intents: Mapping[str, int],
        slots: Mapping[str, int],
        rng: np.random.Generator,
    ) -> Batch:
        ids, real, spread = pieces_of(self.language, [row.words[:_LONGEST] for row in rows])
        unknown = self.language.subwords.unknown
        if unknown is not None and self.settings.blur:
            blurred = torch.from_numpy(rng.random(tuple(ids.shape)) < self.settings.blur)
            ids[blurred & (spread[:, 1:].sum(1) > 0)] = unknown
        tags = torch.zeros(len(rows), spread.shape[1] - 1, dtype=torch.long)
        for i, row in enumerate(rows):
            numbers = row.tags(slots)[:_LONGEST]
            tags[i, : len(numbers)] = torch.tensor(numbers)
        return Batch(
            ids, real, spread, torch.tensor([intents[row.intent] for row in rows]), tags,
            torch.tensor([min(len(row.words), _LONGEST) for row in rows]),
        )  # fmt: skip


def _loss(
    network: InterpreterNetwork, batch: Batch, generator: torch.Generator, *, smooth: float
) -> Loss:
    """Nats a sentence: of its intent and of its row of tags."""
    del generator
    with in_16_bits(batch.ids.device.type):
        intents, tags = network(batch.ids, batch.real, batch.spread)
    intents, tags = intents.float(), tags.float()
    whole = functional.cross_entropy(intents, batch.intents, label_smoothing=smooth)
    chain = network.chain.negative_log_likelihood(tags, batch.tags, batch.counts).mean()
    return Loss(whole + chain, (whole + chain).detach())


__all__ = [
    "Fit", "Interpreter", "begin", "fit", "interpreter_in", "name_vectors", "pieces_of",
    "scores_line", "scores_of",
]  # fmt: skip
