"""A new intent for an interpreter that is fitted already: minutes, and the old ones stay.

The network gets an output for the intent, and for slots that it had not, and goes on learning from
the new sentences among all the old ones, which it would otherwise forget.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch

from ...data.importers.reading.annotated import parse_marked
from ...data.utterance import Utterance
from ...errors import DataError
from ...evaluate.intervals import Interval, wilson
from ...evaluate.metrics import exact_match
from ...jobs.files import read_text
from .fit_interpreter import Fit, Interpreter, begin, fit
from .labelled_sentences import Names, Sentence, sentence_of

_LEAST = 5
"""Sentences of a new intent; with fewer nobody could tell whether it is learned."""
_SHARE = 0.05
"""Of what is learned from, the new sentences are at least so much: they are repeated."""
_LEAST_STEPS = 60
"""Batches that are learned from, at the least; of thousands of sentences all are, once."""
_SLOWER = 0.25
"""Learning rates against those of the first fit: most is learned already."""


@dataclass(frozen=True)
class Added:
    """An interpreter with a new intent, and what that did."""

    interpreter: Interpreter
    sentences: list[Sentence]
    """All that it was fitted on."""
    old_before: Interval
    """Share of the old sentences kept for choosing that are read exactly (0 to 1)."""
    old_after: Interval
    new: Interval
    """The same of the new sentences that were kept."""

    @property
    def line(self) -> str:
        """What it did, in a line."""
        return (
            f"old sentences ({self.old_before.n}) read exactly {_shown(self.old_before)} before "
            f"and {_shown(self.old_after)} after, new ones ({self.new.n}) {_shown(self.new)}"
        )


def new_sentences(path: Path, intent: str) -> list[Sentence]:
    """The sentences of a text file, one a line, slots marked as in "wake me at [time : seven]".

    Raises DataError for too few of them, and for a line that cannot be read.
    """
    rows = []
    text = read_text(path, DataError)
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            text, slots = parse_marked(line)
        except ValueError as error:
            raise DataError(f"{path}:{number}: {error}") from error
        row = Utterance(f"{path}:{number}", text=text, intent=intent, slots=slots)
        rows.append(sentence_of(row))
    if len(rows) < _LEAST:
        raise DataError(f"{path}: found {len(rows)} sentences, expected at least {_LEAST}")
    return rows


def extended(old: Interpreter, names: Names, settings: Fit, seed: int) -> Interpreter:
    """The interpreter with the outputs of `names`; those that it had keep what they learned."""
    network = begin(names, settings, 1, seed).network
    intents = [names.intents.index(name) for name in old.names.intents]
    slots = [names.slots.index(name) for name in old.names.slots]
    tags = [0, *(tag for slot in slots for tag in (1 + 2 * slot, 2 + 2 * slot))]
    leaning = [tag - 1 for tag in tags[1:]]
    state, before = network.state_dict(), old.network.state_dict()
    with torch.no_grad():
        for name, values in before.items():
            # What a joint step learned has its small changes in it.
            target = state.get(name, state.get(re.sub(r"\.(\w+)$", r".linear.\1", name)))
            assert target is not None
            if target.shape == values.shape:
                target.copy_(values)
        state["intent.weight"][intents] = before["intent.weight"]
        state["intent.bias"][intents] = before["intent.bias"]
        state["own"][slots] = before["own"]
        state["expected.weight"][torch.tensor(leaning)[:, None], torch.tensor(intents)] = before[
            "expected.weight"
        ]
        state["expected.bias"][leaning] = before["expected.bias"]
        state["chain.follow"][torch.tensor(tags)[:, None], torch.tensor(tags)] = before[
            "chain.follow"
        ]
    network.load_state_dict(state)
    return Interpreter(network, names)


def add_intent(
    old: Interpreter,
    sentences: Sequence[Sentence],
    dev: Sequence[Sentence],
    added: Sequence[Sentence],
    settings: Fit,
    say: Callable[[str], None],
    *,
    seed: int,
) -> Added:
    """Teach an interpreter the intent of the sentences `added`.

    A fifth of them is kept to measure with; `sentences` and `dev` are the old ones. Raises
    DataError when it has the intent.
    """
    intent = added[0].intent
    if intent in old.names.intents:
        raise DataError(f"the model has an intent {intent!r} already; choose another name")
    kept = list(added[::5])
    learned = [sentence for i, sentence in enumerate(added) if i % 5]
    names = Names.of([*sentences, *learned, *kept])
    names = _joined(old.names, names)
    times = max(1, round(_SHARE * len(sentences) / max(1, len(learned))))
    words = sum(len(sentence.words) + 2 for sentence in (*sentences, *learned * times))
    epochs = max(1, round(_LEAST_STEPS * settings.batch_pieces / words))
    slower = replace(
        settings,
        epochs=epochs,
        rate=settings.rate * _SLOWER,
        head_rate=settings.head_rate * _SLOWER,
    )
    before = _exact(old, dev)
    interpreter = fit(
        [*sentences, *learned * times], (), slower, say, seed=seed,
        start=extended(old, names, settings, seed),
    )  # fmt: skip
    return Added(
        interpreter, [*sentences, *learned], before, _exact(interpreter, dev),
        _exact(interpreter, kept),
    )  # fmt: skip


def _joined(first: Names, second: Names) -> Names:
    def union(a: Iterable[str], b: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted({*a, *b}))

    return Names(union(first.intents, second.intents), union(first.slots, second.slots))


def _exact(interpreter: Interpreter, sentences: Sequence[Sentence]) -> Interval:
    meanings = interpreter.read([sentence.words for sentence in sentences])
    right = exact_match([sentence.meaning for sentence in sentences], meanings)
    return wilson(int(right.sum()), len(sentences))


def _shown(share: Interval) -> str:
    return f"{share.value:.1%} ({share.low:.1%} to {share.high:.1%})"


__all__ = ["Added", "add_intent", "extended", "new_sentences"]
