"""Fits the span reader: small networks over the frozen states of MiniLM, to questions with answers.

The right runs of words of a passage are to be likelier than all others together.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch

from ...answers.passage_words import LONGEST, PassageWords
from ...answers.span_evidence import Tokens
from ...answers.spans import NETWORKS, SCALE, SHAPES, Network, SpansDescription
from ...evaluate.short_answers import compared
from ...model.span_network import Passages, SpanNetwork
from ...weights.folder import write_folder

Number = TypeVar("Number", bound=np.generic)
_WORST = 20.0
"""Nats that a question may cost: some answers cannot be told from what the passage says."""
_SORTED = 6
"""Batches whose passages are sorted by length together: half of a batch would be padding."""
_WARM = 20
"""Steps over which the rate rises."""


@dataclass(frozen=True)
class Recipe:
    """What decides the networks. Their shape was chosen on two of the eight folds."""

    networks: int = 1
    epochs: int = 14
    batch: int = 16
    rate: float = 2e-3
    weight_decay: float = 0.05
    drop: float = 0.3
    seed: int = 1


@dataclass(frozen=True)
class Lesson:
    """A passage beside a question, and where its answer is."""

    tokens: Tokens
    right: npt.NDArray[np.bool_]
    """(T, LONGEST)"""


def lesson(tokens: Tokens, place: int, answers: Sequence[str]) -> Lesson | None:
    """The lesson of a question with the given answers, the first in the sentence `place`.

    None where no allowed run is one of them.
    """
    right = right_runs(tokens.words, answers)
    here = right & (tokens.words.sentence == place)[:, None]
    chosen = here if here.any() else right
    return Lesson(tokens, chosen) if chosen.any() else None


def right_runs(words: PassageWords, answers: Sequence[str]) -> npt.NDArray[np.bool_]:
    """(T, LONGEST) the allowed runs that are one of the answers, as short answers are compared."""
    wanted = {"".join(compared(answer)) for answer in answers} - {""}
    texts = ["".join(compared(word)) for word in words.words]
    right = np.zeros(words.allowed.shape, np.bool_)
    for first in (n for n, text in enumerate(texts) if text):
        so_far = ""
        for more, last in enumerate(range(first, min(first + LONGEST, len(texts)))):
            so_far += texts[last]
            if not any(answer.startswith(so_far) for answer in wanted):
                break
            right[first, more] = so_far in wanted and bool(texts[last])
    return right & words.allowed


def fit_spans(
    questions: Sequence[Sequence[Lesson]],
    recipe: Recipe | None = None,
    *,
    say: Callable[[str], None] = lambda _: None,
) -> list[Network]:
    """Networks fitted to questions, each with one or more lessons: as written, as it was heard."""
    recipe = recipe or Recipe()
    numbers = np.concatenate([one.tokens.numbers for some in questions for one in some])
    center, spread = numbers.mean(axis=0), numbers.std(axis=0) + 1e-3
    return [
        _fit(questions, recipe, recipe.seed + n, center, spread, say)
        for n in range(recipe.networks)
    ]


def _fit(
    questions: Sequence[Sequence[Lesson]],
    recipe: Recipe,
    seed: int,
    center: npt.NDArray[np.float32],
    spread: npt.NDArray[np.float32],
    say: Callable[[str], None],
) -> Network:
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = SpanNetwork(SHAPES, recipe.drop)
    optimizer = torch.optim.AdamW(
        network.parameters(), recipe.rate, weight_decay=recipe.weight_decay
    )
    steps = recipe.epochs * -(-len(questions) // recipe.batch)
    slow = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min(1.0, (step + 1) / _WARM) * max(0.0, 1 - step / steps)
    )
    for epoch in range(recipe.epochs):
        losses = []
        drawn_all = [some[int(rng.integers(len(some)))] for some in questions]
        for batch in _batches([len(one.right) for one in drawn_all], recipe.batch, rng):
            drawn = [drawn_all[n] for n in batch]
            loss = _loss(network, drawn, center, spread)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            slow.step()
            losses.append(loss.item())
        say(f"seed {seed}, epoch {epoch + 1} of {recipe.epochs}: {np.mean(losses):.2f} nats")
    arrays = {name: p.detach().numpy().astype(np.float32) for name, p in network.arrays.items()}
    return {"center": center, "spread": spread, **arrays}


def _batches(
    lengths: Sequence[int], size: int, rng: np.random.Generator
) -> Iterator[npt.NDArray[np.int64]]:
    """All numbers in random batches, each of lengths that are near each other."""
    order = rng.permutation(len(lengths))
    parts = [order[n : n + _SORTED * size] for n in range(0, len(order), _SORTED * size)]
    for part in parts:
        by_length = part[np.argsort(np.asarray(lengths)[part], kind="stable")]
        starts = rng.permutation(np.arange(0, len(part), size))
        yield from (by_length[start : start + size] for start in starts)


def _loss(
    network: SpanNetwork,
    drawn: Sequence[Lesson],
    center: npt.NDArray[np.float32],
    spread: npt.NDArray[np.float32],
) -> torch.Tensor:
    passages = _together([one.tokens for one in drawn], center, spread)
    right = torch.from_numpy(_padded([one.right for one in drawn])).flatten(1)
    shares = network(passages).flatten(1).log_softmax(-1)
    cost = -torch.logsumexp(shares.masked_fill(~right, -1e4), -1)
    return cost.clamp(max=_WORST).mean()


def _together(
    tokens: Sequence[Tokens],
    center: npt.NDArray[np.float32],
    spread: npt.NDArray[np.float32],
) -> Passages:
    there = _padded([np.ones((len(t.numbers), 1), np.float32) for t in tokens])
    asked_there = _padded([np.ones((len(t.asked), 1), np.bool_) for t in tokens])[..., 0]
    numbers = _padded([(t.numbers - center) / spread for t in tokens])
    return Passages(
        torch.from_numpy(_padded([t.words.classes[:, None] for t in tokens])[..., 0]),
        torch.from_numpy(numbers),
        torch.from_numpy(SCALE * _padded([t.words.states for t in tokens])),
        torch.from_numpy(there),
        torch.from_numpy(SCALE * _padded([t.asked for t in tokens])),
        torch.from_numpy(asked_there),
        torch.from_numpy(_padded([t.words.allowed for t in tokens])),
    )


def _padded(rows: Sequence[npt.NDArray[Number]]) -> npt.NDArray[Number]:
    """(B, longest, …) arrays (T, …) below each other, zeros beyond the end of each."""
    table = np.zeros((len(rows), max(map(len, rows)), *rows[0].shape[1:]), rows[0].dtype)
    for number, row in enumerate(rows):
        table[number, : len(row)] = row
    return table


def write_spans(networks: Sequence[Network], folder: Path, card: str) -> SpansDescription:
    """Write the folder that ships."""
    file = io.BytesIO()
    arrays: dict[str, Any] = {n: np.stack([one[n] for one in networks]) for n in SHAPES}
    np.savez(file, **arrays)
    return write_folder(
        folder, SpansDescription, {NETWORKS: file.getvalue()}, card, networks=len(networks)
    )


__all__ = ["Lesson", "Recipe", "fit_spans", "lesson", "right_runs", "write_spans"]
