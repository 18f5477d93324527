"""Pictures of what is in manifests, as PNG files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DataError, MissingExtra
from ...jobs.files import replacing
from .stats import Described, Stats, histogram, short_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Okabe and Ito's colours, which people with any kind of colour vision tell apart."""
_BARS = 30
"""Names that fit below each other on a picture."""
_DPI = 120


def plot(manifests: Sequence[Described], folder: Path) -> list[Path]:
    """Write a picture for each thing that the manifests have, into `folder`; returns the files.

    Raises MissingExtra without matplotlib, DataError when `folder` is a file.
    """
    if find_spec("matplotlib") is None:
        raise MissingExtra("plots", "lab")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: found a file, expected a folder for pictures")
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[str, Callable[[Sequence[Described]], Figure | None]] = {
        "durations.png": _durations,
        "words-per-utterance.png": _lengths,
        "word-frequencies.png": _frequencies,
        "intents.png": _intents,
        "slots.png": _slots,
    }
    written = []
    for name, draw in pictures.items():
        figure = draw(manifests)
        if figure is None:  # nothing of the kind in the data
            continue
        with replacing(folder / name) as temporary:
            figure.savefig(temporary, format="png", dpi=_DPI)
        written.append(folder / name)
    return written


def _figure(width: float = 8, height: float = 4.8, columns: int = 1) -> tuple[Figure, list[Axes]]:
    # A Figure of its own has the Agg canvas and leaves pyplot and its settings alone.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = [figure.add_subplot(1, columns, 1 + column) for column in range(columns)]
    for ax in axes:
        ax.tick_params(labelsize=10)
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    return figure, axes


def _label(ax: Axes, title: str, x: str, y: str) -> None:
    ax.set_title(title, fontsize=13, loc="left")
    ax.set_xlabel(x, fontsize=11)
    ax.set_ylabel(y, fontsize=11)


def _legend(ax: Axes, manifests: Sequence[Described]) -> None:
    if len(manifests) > 1:
        ax.legend(fontsize=10, frameon=False)


def _shares(
    manifests: Sequence[Described],
    values: Callable[[Stats], Sequence[float]],
    edges: np.ndarray[tuple[int], np.dtype[np.float64]],
    ax: Axes,
) -> None:
    """A histogram of each manifest over the same bins, as shares, so that sizes do not matter."""
    for number, (name, manifest) in enumerate(zip(short_names(manifests), manifests, strict=True)):
        if not len(values(manifest.whole)):
            continue
        colour = _COLOURS[number % len(_COLOURS)]
        shares = 100 * histogram(values(manifest.whole), edges)
        ax.stairs(shares, edges, color=colour, linewidth=1.8, label=name)
        if len(manifests) == 1:
            ax.stairs(shares, edges, color=colour, fill=True, alpha=0.3)
    ax.set_ylim(bottom=0)
    ax.set_xlim(edges[0], edges[-1])
    _legend(ax, manifests)


def _durations(manifests: Sequence[Described]) -> Figure | None:
    timed_stats = [m.whole for m in manifests if m.whole.durations]
    if not timed_stats:
        return None
    # One recording of a minute must not squeeze all others into one bar: the rest is in the last.
    longest = max(stats.quantile(1) or 0.0 for stats in timed_stats)
    most = max(stats.quantile(0.995) or 0.0 for stats in timed_stats)
    # As many bars as can be told from chance: 119 utterances make 22, 800 and more make 60.
    bars = int(np.clip(2 * sum(len(stats.durations) for stats in timed_stats) ** 0.5, 10, 60))
    edges = np.linspace(0, max(most, 0.1) * 1.02, bars + 1)
    figure, (ax,) = _figure()
    _shares(manifests, lambda stats: stats.durations, edges, ax)
    more = f"; up to {longest:.1f} s in the last bar" if longest > edges[-1] else ""
    hours = sum(stats.hours for stats in timed_stats)
    _label(ax, f"Duration, {hours:.2f} hours", f"seconds{more}", "utterances (%)")
    return figure


def _lengths(manifests: Sequence[Described]) -> Figure | None:
    counts = [np.asarray(m.whole.lengths) for m in manifests if m.whole.lengths]
    if not counts:
        return None
    longest = int(max(lengths.max() for lengths in counts))
    last = min(longest, int(max(np.quantile(lengths, 0.995) for lengths in counts)) + 1)
    edges = np.arange(0.5, last + 1)
    figure, (ax,) = _figure()
    _shares(manifests, lambda stats: stats.lengths, edges, ax)
    more = f"; up to {longest} in the last bar" if longest > last else ""
    _label(ax, "Words per utterance", f"words{more}", "utterances (%)")
    return figure


def _frequencies(manifests: Sequence[Described]) -> Figure | None:
    if not any(m.whole.words for m in manifests):
        return None
    figure, (ax,) = _figure()
    for number, (name, manifest) in enumerate(zip(short_names(manifests), manifests, strict=True)):
        counts = np.sort(np.fromiter(manifest.whole.words.values(), np.int64))[::-1]
        if not len(counts):
            continue
        ranks = np.arange(1, len(counts) + 1)
        ax.plot(ranks, counts, color=_COLOURS[number % len(_COLOURS)], linewidth=1.8, label=name)
    if len(manifests) == 1:
        ranked = manifests[0].whole.words.most_common()
        for rank in sorted({1, 3, 10, 30, 100, 300, 1000} & set(range(1, len(ranked)))):
            word, count = ranked[rank - 1]
            ax.plot([rank], [count], "o", color=_COLOURS[0], markersize=4)
            ax.annotate(
                word,
                (rank, count),
                (5, 5),
                textcoords="offset points",
                fontsize=10,
                color="#444444",
            )
    ax.set_xscale("log")
    ax.set_yscale("log")
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter("{x:,.0f}")
    ax.grid(alpha=0.25)
    _legend(ax, manifests)
    _label(ax, "Word frequencies", "rank of the word", "occurrences")
    return figure


def _bars(
    manifests: Sequence[Described], counts: Callable[[Stats], dict[str, int]], what: str, unit: str
) -> Figure | None:
    """Horizontal bars, one picture column a manifest, the largest on top."""
    counted_sets = [counts(manifest.whole) for manifest in manifests]
    rows = min(_BARS, max(map(len, counted_sets), default=0))
    if not rows:
        return None
    width = 8 if len(manifests) == 1 else 6 * len(manifests)
    figure, axes = _figure(width, 1.4 + 0.24 * rows, len(manifests))
    for number, (ax, name, counted) in enumerate(
        zip(axes, short_names(manifests), counted_sets, strict=True)
    ):
        largest = sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:rows]
        labels = [label if len(label) <= 32 else f"{label[:31]}…" for label, _ in largest]
        places = np.arange(len(largest))
        sizes = [size for _, size in largest]
        bars = ax.barh(places, sizes, color=_COLOURS[number % len(_COLOURS)], height=0.75)
        ax.bar_label(bars, [f"{size:,}" for size in sizes], padding=3, fontsize=9)
        ax.set_yticks(places, labels, fontsize=10)
        ax.set_ylim(rows - 0.4, -0.6)
        ax.margins(x=0.12)
        title = f"{what}: {len(counted):,}"
        if len(counted) > rows:
            title += f", the largest {rows}"
        _label(ax, title if len(manifests) == 1 else f"{name}\n{title}", unit, "")
    return figure


def _intents(manifests: Sequence[Described]) -> Figure | None:
    return _bars(manifests, lambda stats: dict(stats.intents), "Intents", "utterances")


def _slots(manifests: Sequence[Described]) -> Figure | None:
    return _bars(
        manifests,
        lambda stats: {name: len(values) for name, values in stats.slots.items()},
        "Slots",
        "different values",
    )


__all__ = ["plot"]
