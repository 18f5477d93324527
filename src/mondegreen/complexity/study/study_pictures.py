"""Pictures of measures and studies, as PNG."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...errors import MissingExtra
from ..measures.measure import LABELS
from .advice import Removal, line_of, references

LADDER, CONTROL, GREY = "#1f5fa8", "#c8741a", "#8a8f98"


def _axes(width: float = 6.2, height: float = 3.9) -> tuple[Any, Any]:
    """A figure and its axes, without anything global."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtra("a report", "lab") from error
    figure = Figure(figsize=(width, height), dpi=130, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(True, color="#e6e8eb", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: Any) -> bytes:
    file = io.BytesIO()
    # Without the date and the library's version the same figures give the same bytes.
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _spread(rung: Mapping[str, Any]) -> tuple[float, float]:
    """Distance from the mean down and up to the 95 % interval of a rung's exact match.

    Test utterances and runs vary together: the wider of both standard errors counts.
    """
    values = np.array([run["exact_match"] for run in rung["runs"]])
    mean = float(values.mean())
    tested = float(np.sqrt(mean * (1 - mean) / rung["runs"][0]["test"]))
    runs = float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    half = 1.96 * max(tested, runs)
    return min(half, mean), min(half, 1 - mean)


def _points(axes: Any, rungs: Sequence[Mapping[str, Any]], xs: Sequence[float], label: str) -> None:
    colour = CONTROL if label.startswith("control") else LADDER
    ys = [rung["exact_match"] for rung in rungs]
    errors = np.array([_spread(rung) for rung in rungs]).T
    axes.errorbar(xs, ys, yerr=errors, fmt="o", color=colour, capsize=3, label=label, markersize=5)


def accuracy_by(results: Mapping[str, Any], relation: Mapping[str, Any]) -> bytes:
    """Exact match over one measure: rungs and controls with intervals, the line, its prediction."""
    figure, axes = _axes()
    measure = relation["measure"]
    ladder = [r for r in results["rungs"] if not r["control"]]
    control = [r for r in results["rungs"] if r["control"]]
    xs = [r["measures"][measure] for r in ladder]
    line = line_of(relation)
    grid = np.linspace(min(xs), max(xs), 60)
    axes.plot(grid, [line.at(x) for x in grid], color=LADDER, linewidth=1.2, alpha=0.8)
    bands = [line.interval(x) for x in grid]
    if all(bands):
        low, high = np.array(bands).T
        axes.fill_between(grid, low, high, color=LADDER, alpha=0.1, label="95 % prediction")
    _points(axes, ladder, xs, "rungs: rare words left out")
    if control:
        _points(
            axes, control, [r["measures"][measure] for r in control], "control: left out at random"
        )
    axes.set_xlabel(LABELS[measure])
    axes.set_ylabel("exact match of intent and slots")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def accuracy_by_rung(results: Mapping[str, Any]) -> bytes:
    """Exact match over the rungs, the ladder against its control."""
    figure, axes = _axes()
    for control, label in ((False, "rungs: rare words left out"), (True, "control: at random")):
        rungs = [r for r in results["rungs"] if r["control"] == control]
        if rungs:
            xs = [r["share"] for r in rungs]
            _points(axes, rungs, xs, label)
    axes.invert_xaxis()
    axes.xaxis.set_major_formatter(lambda x, _: f"{x:.0%}")
    axes.set_xlabel("share of the utterances that is left before sizes are made equal")
    axes.set_ylabel("exact match of intent and slots")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def among_references(name: str, numbers: Mapping[str, float | None]) -> bytes:
    """Word entropies of a data set beside those of the reference sets."""
    rows = [(r.name, (r.entropy_1, r.entropy_2, r.entropy_3), GREY) for r in references()]
    one, two, three = (numbers[f"entropy_{n}"] or 0.0 for n in (1, 2, 3))
    rows.append((name, (one, two, three), LADDER))
    rows.sort(key=lambda row: row[1][0])
    figure, axes = _axes(height=0.6 + 0.38 * len(rows))
    for at, (_, values, colour) in enumerate(rows):
        axes.plot(values, [at] * 3, color=colour, linewidth=1, alpha=0.6)
        for value, marker in zip(values, ("o", "s", "^"), strict=True):
            axes.plot(value, at, marker, color=colour, markersize=6)
    axes.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=8)
    for label, (_, _, colour) in zip(axes.get_yticklabels(), rows, strict=True):
        label.set_color("#1b1d20" if colour == GREY else colour)
    axes.set_xlabel("bits of one word, two (square), three in a row (triangle)", fontsize=9)
    axes.set_xlim(0, 1.05 * max(max(values) for _, values, _ in rows))
    return _png(figure)


def removal(removals: Sequence[Removal]) -> bytes:
    """What stays of a data set when words rarer than a threshold are left out."""
    figure, axes = _axes(height=3.4)
    xs = [b.threshold for b in removals]
    axes.plot(xs, [b.kept_share for b in removals], "o-", color=LADDER, label="utterances kept")
    first = max(1, removals[0].vocabulary)
    axes.plot(
        xs,
        [b.vocabulary / first for b in removals],
        "s--",
        color=CONTROL,
        label=f"vocabulary, of {removals[0].vocabulary:,}",
    )
    axes.set_xscale("log")
    axes.set_xticks(xs, [str(x) for x in xs])
    axes.minorticks_off()
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(lambda y, _: f"{y:.0%}")
    axes.set_xlabel("transcripts that every word left must occur in")
    axes.legend(frameon=False, fontsize=8)
    return _png(figure)


__all__ = ["accuracy_by", "accuracy_by_rung", "among_references", "removal"]
