"""Recordings with their texts, side by side, as the joint step takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from ...engines.general.choice import Written, merged, written_words
from ...engines.general.interpreter import Reading, words_of
from ...engines.general.tags import spans_of
from ...evaluate.metrics import exact_match
from ...model.interpreter_network import TagChain
from ...model.language_model import LanguageModel
from ...speech.beam import CONSIDERED, Hypothesis
from ...speech.doubts import DOUBTS, tokens_of_words
from ...types import Meaning
from .fit_interpreter import pieces_of
from .labelled_sentences import Names, Sentence, projected, slot_of
from .spoken_hypotheses import SpokenSentence


@dataclass(frozen=True)
class Example:
    """A recording: what it means, and the texts that it may be."""

    sentence: Sentence
    written: tuple[Written, ...]
    """Each text once, the likeliest first."""
    hypotheses: tuple[Hypothesis, ...]
    """How each of them was written."""
    labelled: tuple[Sentence, ...]
    """Each of them with the labels of the sentence on its own words."""
    pieces: int
    """Pieces of all of them together."""
    judged: tuple[tuple[float, float], ...] = ()
    """Of each text how sure the interpreter is of it, in nats, and 1 where it reads it right; none
    where that is still learned."""


def examples_of(
    spoken: Sequence[SpokenSentence], language: LanguageModel, texts: int
) -> list[Example]:
    """Recordings with up to so many texts; those without a word are left out."""
    out = []
    for sentence, hypotheses in spoken:
        written = tuple(merged(written_words(hypotheses[:texts])))
        if not written:
            continue
        # Of two ways to write the same words the likelier one counts; they come in that order.
        ways = {words_of(one.text): one for one in reversed(hypotheses[:texts])}
        labelled = tuple(projected(sentence, one.words) for one in written)
        pieces = sum(len(language.subwords.encode(one.words).ids) for one in written)
        hows = tuple(ways[one.words] for one in written)
        out.append(Example(sentence, written, hows, labelled, pieces))
    return out


class Respelled(NamedTuple):
    """Texts in the transcriber's own pieces."""

    tokens: Tensor
    logs: Tensor
    """(R, T, 8) what was considered at each place, with its log-probability."""
    marks: Tensor
    """(R, T) where the language model wants a mark instead."""


@dataclass(frozen=True)
class Batch:
    """R texts of E recordings, at most H of each."""

    ids: Tensor
    real: Tensor
    spread: Tensor
    """As `fit_interpreter.pieces_of` gives them."""
    doubts: Tensor
    """(R, W, 290)"""
    written: Tensor
    """(R,) log-probability of each text."""
    counts: Tensor
    """(R,) its words."""
    intents: Tensor
    tags: Tensor
    """(R,) and (R, W): the labels."""
    places: Tensor
    """(R,) where each text stands among E × H."""
    shape: tuple[int, int]
    """E and H."""
    words: tuple[tuple[str, ...], ...]
    meanings: tuple[Meaning, ...]
    """Of each text: its words, and what the recording means."""
    respelled: Respelled | None = None
    """For a bridge of pieces; `ids` hold nothing but the marks then."""
    judged: Tensor | None = None
    """(R, 2) as of each example."""

    def side_by_side(self, values: Tensor, missing: float) -> Tensor:
        """`(E, H)` of `values (R,)`."""
        recordings, texts = self.shape
        grid = values.new_full((recordings * texts,), missing)
        return grid.index_copy(0, self.places, values).view(recordings, texts)


def batch_of(
    examples: Sequence[Example], language: LanguageModel, names: Names, *, respelled: bool = False
) -> Batch:
    """Recordings side by side."""
    most = max(len(example.written) for example in examples)
    written = [one for example in examples for one in example.written]
    labelled = [one for example in examples for one in example.labelled]
    words = tuple(one.words for one in written)
    hypotheses = [one for example in examples for one in example.hypotheses]
    ids, real, spread = pieces_of(language, words)
    intents = {name: i for i, name in enumerate(names.intents)}
    slots = {name: i for i, name in enumerate(names.slots)}
    doubts = torch.zeros(len(words), spread.shape[1] - 1, DOUBTS)
    tags = torch.zeros(doubts.shape[:2], dtype=torch.long)
    for i, (one, labels) in enumerate(zip(written, labelled, strict=True)):
        tags[i, : len(one.words)] = torch.tensor(labels.tags(slots), dtype=torch.long)
        if one.doubts:
            doubts[i, : len(one.words), : len(one.doubts[0])] = torch.tensor(one.doubts)
    judged = [one for example in examples for one in example.judged]
    plain = Batch(
        ids, real, spread, doubts,
        torch.tensor([one.log_probability for one in written]),
        torch.tensor([len(one.words) for one in written]),
        torch.tensor([intents[one.intent] for one in labelled]), tags,
        torch.tensor([e * most + h for e, x in enumerate(examples) for h in range(len(x.written))]),
        (len(examples), most), words,
        tuple(example.sentence.meaning for example in examples for _ in example.written),
        judged=torch.tensor(judged) if judged else None,
    )  # fmt: skip
    return _respelled(plain, hypotheses, language) if respelled else plain


def _respelled(batch: Batch, hypotheses: Sequence[Hypothesis], language: LanguageModel) -> Batch:
    """The batch in the transcriber's pieces."""
    first, last = language.subwords.encode(()).ids
    longest = max(len(one.tokens) for one in hypotheses) + 2
    rows, words = len(hypotheses), batch.spread.shape[1] - 1
    ids, real = (torch.zeros(rows, longest, dtype=torch.long) for _ in range(2))
    tokens = torch.zeros(rows, longest, CONSIDERED, dtype=torch.long)
    logs = torch.zeros(rows, longest, CONSIDERED)
    marks = torch.ones(rows, longest, dtype=torch.bool)
    spread = torch.zeros(rows, 1 + words, longest)
    for i, one in enumerate(hypotheses):
        count = len(one.tokens)
        ids[i, 0], ids[i, count + 1] = first, last
        real[i, : count + 2] = 1
        marks[i, 1 : count + 1] = False
        tokens[i, 1 : count + 1] = torch.from_numpy(np.array([c.tokens for c in one.considered]))
        logs[i, 1 : count + 1] = torch.from_numpy(
            np.array([c.log_probabilities for c in one.considered])
        )
        spread[i, 0, : count + 2] = 1.0 / (count + 2)
        spans = tokens_of_words(one) or [(0, count)] * int(batch.counts[i])
        for word, (start, end) in enumerate(spans, 1):
            spread[i, word, 1 + start : 1 + end] = 1.0 / (end - start)
    respelled = Respelled(tokens, logs, marks)
    return replace(batch, ids=ids, real=real, spread=spread, respelled=respelled)


def readings_of(
    batch: Batch, intents: Tensor, tags: Tensor, by_gate: Tensor, chain: TagChain
) -> tuple[list[Reading], Tensor]:
    """What each text of a batch means by its scores, and its tags `(R, W)`."""
    with torch.no_grad():
        rows = chain.likeliest(tags, batch.counts)
        sure = -chain.negative_log_likelihood(tags, rows, batch.counts)
        logs = torch.log_softmax(intents, -1).double().numpy()
    readings = [
        Reading(words, logs[i], logs[i], tuple(spans_of(best[: len(words)])), float(sure[i]),
                weight=float(by_gate[i]))
        for i, (words, best) in enumerate(zip(batch.words, rows.tolist(), strict=True))
    ]  # fmt: skip
    return readings, rows


def meaning_in(reading: Reading, names: Names) -> Meaning:
    """What a reading means, in the names of a training."""
    slots = tuple(
        slot_of(names.slots[span.slot], reading.words[span.start : span.end])
        for span in reading.spans
    )
    return Meaning(names.intents[reading.intent], slots)


def right_readings(batch: Batch, readings: Sequence[Reading], names: Names) -> Tensor:
    """`(R,)` 1 where a text is read as the recording means, or else 0."""
    meanings = [meaning_in(reading, names) for reading in readings]
    return torch.from_numpy(exact_match(batch.meanings, meanings).astype(np.float32))


__all__ = [
    "Batch", "Example", "Respelled", "batch_of", "examples_of", "meaning_in", "readings_of",
    "right_readings",
]  # fmt: skip
