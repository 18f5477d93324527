"""Pictures of an evaluation, as PNG: which intents are taken for which, and what sure means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataError, MissingExtra
from ..jobs.files import replacing
from .intervals import wilson
from .ranking import BINS, equal_width_bin
from .trial import Trial

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GREY = "#1f5fa8", "#8a8f98"
NOTHING = "(nothing)"
"""The row of what should be refused, and the column of what was."""
OTHER = "(others)"
MOST = 30
"""Intents that can be read on one picture: those with the most errors, then the most frequent."""
_DPI = 120


def check_plots(folder: Path) -> None:
    """Raise MissingExtra without matplotlib, DataError when `folder` is a file: before the work."""
    if find_spec("matplotlib") is None:
        raise MissingExtra("--plots", "lab")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: found a file, expected a folder for pictures")


def plot(trials: Sequence[Trial], folder: Path, which: int = 0, suffix: str = "") -> list[Path]:
    """Write the pictures of one engine into `folder`; returns the files.

    `suffix` goes to the end of their names. Raises as check_plots.
    """
    check_plots(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw in (("intents", _confusions), ("confidence", _reliability)):
        figure = draw(trials, which)
        if figure is not None:
            path = folder / f"{name}{suffix}.png"
            with replacing(path) as temporary:
                # Without the library's version the same figures give the same bytes.
                figure.savefig(temporary, format="png", dpi=_DPI, metadata={"Software": None})
            paths.append(path)
    return paths


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of that many inches, with one set of axes."""
    # A Figure of its own has the Agg canvas and leaves pyplot and its settings alone.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def confusions(trials: Sequence[Trial], which: int = 0) -> Counter[tuple[str, str]]:
    """How often each intent of the labels was taken for each intent; NOTHING stands for none."""
    pairs = Counter[tuple[str, str]]()
    for trial in trials:
        reference, meaning = trial.reference, trial.meaning(which)
        pairs[
            reference.intent if reference else NOTHING, meaning.intent if meaning else NOTHING
        ] += 1
    return pairs


def _confusions(trials: Sequence[Trial], which: int) -> Figure:
    """Intents as labelled (rows) and as understood (columns), in shares of each row."""
    pairs = confusions(trials, which)
    rows = _most(pairs, 0)
    columns = _most(pairs, 1)
    columns = [name for name in rows if name in columns] + [c for c in columns if c not in rows]
    table = np.zeros((len(rows), len(columns)))
    for (intended, understood), count in pairs.items():
        row = rows.index(intended if intended in rows else OTHER)
        column = columns.index(understood if understood in columns else OTHER)
        table[row, column] += count
    shares = table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    size = 0.32
    figure, axes = new_figure(3.2 + size * len(columns), 2.4 + size * len(rows))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(table):
        if count:
            colour = "white" if shares[row, column] > 0.5 else "#1b1d20"
            axes.text(column, row, f"{count:.0f}", ha="center", va="center", fontsize=7,
                      color=colour)  # fmt: skip
    axes.set_xticks(range(len(columns)), list(map(_short, columns)), rotation=90, fontsize=8)
    axes.set_yticks(range(len(rows)), list(map(_short, rows)), fontsize=8)
    axes.set_xlabel("understood")
    axes.set_ylabel("labelled")
    axes.set_title(f"Intents of {len(trials):,} utterances", loc="left", fontsize=11)
    return figure


def _most(pairs: Counter[tuple[str, str]], side: int) -> list[str]:
    """The names of one side that are shown, sorted; NOTHING and OTHER come last."""
    errors, counts = Counter[str](), Counter[str]()
    for pair, count in pairs.items():
        counts[pair[side]] += count
        errors[pair[side]] += count if pair[0] != pair[1] else 0
    named = sorted((n for n in counts if n != NOTHING), key=lambda n: (-errors[n], -counts[n], n))
    shown = sorted(named[:MOST])
    shown += [OTHER] if len(named) > MOST else []
    return [*shown, NOTHING] if NOTHING in counts else shown


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:27]}…"


def _reliability(trials: Sequence[Trial], which: int) -> Figure | None:
    """Of the accepted answers of each confidence, how many were right; None where none was."""
    accepted = [trial for trial in trials if trial.meaning(which) is not None]
    if not accepted:
        return None
    sure = np.array([trial.answers[which].confidence for trial in accepted])
    right = np.array([trial.right(which) for trial in accepted])
    bins = equal_width_bin(sure)
    figure, axes = new_figure(5.2, 4.8)
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle="--", label="as it should be")
    points = [(number, bins == number) for number in range(BINS) if (bins == number).any()]
    xs = [float(sure[inside].mean()) for _, inside in points]
    shares = [wilson(int(right[inside].sum()), int(inside.sum())) for _, inside in points]
    ys = [share.value for share in shares]
    ends = [[s.value - s.low for s in shares], [s.high - s.value for s in shares]]
    axes.errorbar(xs, ys, yerr=ends, fmt="o", color=BLUE, capsize=3, label="accepted answers, 95 %")
    for x, share in zip(xs, shares, strict=True):
        axes.annotate(f"{share.n:,}", (x, share.value), (5, -11), textcoords="offset points",
                      fontsize=8, color=GREY)  # fmt: skip
    axes.set_xlim(-0.02, 1.04)
    axes.set_ylim(-0.02, 1.04)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_xlabel("confidence")
    axes.set_ylabel("share that is right")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    return figure


__all__ = ["NOTHING", "check_plots", "confusions", "plot"]
