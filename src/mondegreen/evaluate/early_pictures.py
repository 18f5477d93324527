"""Pictures of early decisions, as PNG: accuracy over what was heard, moments, and one timeline."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..early.policy import Policy
from ..types import ALL, INTENT, Seconds
from .early_figures import STEPS, Commitment, Timed, accuracy_curve, commitments
from .pictures import BLUE, GREY, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 120
_SEEN = 0.3
"""Probability that a part must reach once to have a line."""
_COLOURS = (BLUE, "#b3541e", "#3b7d4f", "#7a4fa3", "#a33f5f", "#4f7ea3", "#8a7a1e")


def curves(utterances: Sequence[Timed]) -> bytes:
    """How often the likeliest value is right, over the share of words and of time heard."""
    figure, axes = new_figure(7.0, 3.6)
    shares = np.arange(STEPS + 1) / STEPS
    for part, colour in ((INTENT, BLUE), (ALL, _COLOURS[1])):
        for of_words, style, what in ((True, "-", "words"), (False, ":", "time")):
            curve = accuracy_curve(utterances, part, of_words=of_words)
            axes.plot(shares, curve, style, color=colour, label=f"{part}, share of {what}")
    axes.set_xlabel("share heard")
    axes.set_ylabel("share right")
    axes.set_ylim(0.0, 1.02)
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def moments(
    utterances: Sequence[Timed], by_rule: Mapping[str, Sequence[Mapping[str, Commitment]]]
) -> bytes:
    """Share of utterances whose whole meaning is decided, over seconds after the speech ended."""
    figure, axes = new_figure(7.0, 3.6)
    for (name, commitments_of), colour in zip(by_rule.items(), _COLOURS, strict=False):
        times = sorted(
            parts[ALL].time - timed.trace.ended
            for timed, parts in zip(utterances, commitments_of, strict=True)
            if ALL in parts and timed.trace.ended is not None
        )
        heights = np.arange(1, len(times) + 1) / max(1, len(utterances))
        axes.step(times, heights, where="post", color=colour, label=name)
    axes.axvline(0.0, color=GREY, linewidth=1)
    axes.set_xlim(-2.0, 1.2)
    axes.set_xlabel("seconds after the speech ended")
    axes.set_ylabel("share decided (all)")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def timeline(timed: Timed, words: Sequence[str], policy: Policy) -> bytes:
    """One utterance: its words, how likely each part's best value was, and when it was decided."""
    figure, axes = new_figure(9.0, 4.0)
    looks = timed.trace.looks
    prospects = [prospect for look in looks for prospect in look.outlook.prospects]
    parts = dict.fromkeys(p.part for p in prospects if p.probability >= _SEEN)
    committed = commitments(timed.trace, policy)
    for part, colour in zip(parts, _COLOURS * (1 + len(parts) // len(_COLOURS)), strict=False):
        likeliest = [look.outlook.likeliest(part) for look in looks]
        heights = [0.0 if one is None else one.probability for one in likeliest]
        axes.plot([look.time for look in looks], heights, color=colour, label=part, marker=".")
        if part in committed:
            axes.plot(committed[part].time, 1.04, "v", color=colour)
    for word, start, end in zip(words, timed.starts, timed.ends, strict=False):
        axes.axvspan(start, end, ymax=0.06, color="#e3e6ea")
        axes.text((start + end) / 2, -0.005, word, ha="center", va="bottom", fontsize=8)
    _mark(axes, timed.trace.ended, "speech ends")
    _mark(axes, timed.trace.sure, "result")
    axes.set_ylim(-0.02, 1.1)
    axes.set_xlabel("seconds")
    axes.set_ylabel("probability of the likeliest value")
    axes.legend(frameon=False, fontsize=8, loc="center left")
    return _png(figure)


def _mark(axes: Axes, time: Seconds | None, what: str) -> None:
    if time is not None:
        axes.axvline(time, color=GREY, linewidth=1)
        axes.text(time, 1.06, f" {what}", fontsize=8, color=GREY)


def _png(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    # Without the library's version the same figures give the same bytes.
    figure.savefig(buffer, format="png", dpi=_DPI, metadata={"Software": None})
    return buffer.getvalue()
