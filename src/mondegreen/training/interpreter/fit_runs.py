"""Several fits of the interpreter that begin alike, as one network: the mean of their weights.

They meet the sentences in other orders and end in the same valley, whose middle reads what none has
met better than any of them (a uniform soup: Wortsman et al. 2022, arXiv:2203.05482). What runs is
no larger for it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from ...model.language_model import LanguageModel
from ..together import processes
from .fit_interpreter import Fit, Interpreter, begin, fit, scores_line, scores_of
from .labelled_sentences import Sentence

MEAN = "mean.safetensors"
"""The mean of several fits, beside their checkpoints."""


def fit_runs(
    train: Sequence[Sentence],
    dev: Sequence[Sentence],
    settings: Fit,
    say: Callable[[str], None],
    *,
    seed: int,
    checkpoint: Path,
    pretrained: LanguageModel | None = None,
) -> Interpreter:
    """As many fits as `settings.runs`, see `fit`, and their mean, which is kept as MEAN.

    `checkpoint` is that of the first; those of the others have their number in their names.
    """
    fitted = []
    for run in range(settings.runs):
        if settings.runs > 1:
            say(f"fit {run + 1} of {settings.runs}")
        place = checkpoint.with_stem(f"{checkpoint.stem}-{run + 1}") if run else checkpoint
        fitted.append(
            fit(
                train, dev, settings, say, seed=seed, order=seed + run, checkpoint=place,
                pretrained=pretrained,
            )
        )  # fmt: skip
    if len(fitted) == 1:
        return fitted[0]
    names = fitted[0].names
    state = begin(names, settings, 1, seed, pretrained=pretrained)
    mean = mean_of([one.network.state_dict() for one in fitted])
    for network in (state.network, state.average):
        network.load_state_dict(mean)
    if processes().first:
        state.save(checkpoint.with_name(MEAN))
    averaged = Interpreter(state.average, names)
    if dev:
        figures = scores_of(dev, averaged.read([sentence.words for sentence in dev]))
        say(f"mean of {len(fitted)} fits: {scores_line(figures)}")
    return averaged


def mean_of(states: Sequence[dict[str, Tensor]]) -> dict[str, Tensor]:
    """The mean of networks of one shape, by name; what is no fraction is as the first has it."""
    first = states[0]
    return {
        name: torch.stack([state[name] for state in states]).mean(0)
        if first[name].is_floating_point()
        else first[name]
        for name in first
    }


__all__ = ["MEAN", "fit_runs", "mean_of"]
