"""Pictures of early decisions: accuracy over what was heard, moments, and one timeline."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..early.policy import Policy
from ..errors import SettingsError
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


_FORMATS: Mapping[str, Mapping[str, None]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}
"""Formats, with what a file would say of its making: without it the same figures look the same."""


def picture_format(place: Path) -> str:
    """The format that a file's ending names. Raises SettingsError for another ending."""
    name = place.suffix.lower().removeprefix(".")
    if name not in _FORMATS:
        raise SettingsError(f"{place}: expected a picture that ends in .png, .svg or .pdf")
    return name


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
    return _drawn(figure)


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
    return _drawn(figure)


def timeline(timed: Timed, words: Sequence[str], policy: Policy, form: str = "png") -> bytes:
    """One utterance: its words, how likely each part's best value was, and when it was decided.

    `form` is one of `picture_format`.
    """
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
    # One grows to the left and one to the right: however near they are, both can be read.
    _mark(axes, timed.trace.ended, "speech ends ", "right")
    _mark(axes, timed.trace.sure, " result", "left")
    axes.set_ylim(-0.02, 1.16)
    axes.set_xlabel("seconds")
    axes.set_ylabel("probability of the likeliest value")
    if committed:
        axes.plot([], [], "v", color=GREY, label="decided")
    if parts or committed:
        axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return _drawn(figure, form)


def _mark(axes: Axes, time: Seconds | None, what: str, side: str) -> None:
    if time is not None:
        axes.axvline(time, color=GREY, linewidth=1)
        axes.text(time, 1.15, what, fontsize=8, color=GREY, ha=side, va="top")


def _drawn(figure: Figure, form: str = "png") -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format=form, dpi=_DPI, metadata=dict(_FORMATS[form]))
    return buffer.getvalue()
