"""How `mondegreen evaluate` shows its results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from rich.table import Table
from rich.text import Text

from ...errors import in_one_line
from ...evaluate.comparison import Compared
from ...evaluate.intervals import Interval
from ...evaluate.scores import LABELS, MILLISECONDS, Scores
from ...evaluate.trial import Trial
from .console import PipedConsole, columns
from .output import counted

_PLAIN = frozenset({"auroc", "ece"})
"""Figures that are not spoken of in per cent."""
_OF_A_PART = {
    "exact_match": "exact match", "intent_accuracy": "intent", "slot_f1": "slot F1",
    "semer": "semantic errors", "refused": "refused", "false_accepts": "let in",
}  # fmt: skip
"""Figures of a split, speaker or noise that fit on a line, and what they are called there."""


def scores_json(scores: Scores) -> dict[str, Any]:
    """Every figure with its interval and n; null where there is nothing to say."""
    return {
        name: None if interval is None else asdict(interval) for name, interval in scores.items()
    }


def _value(name: str, value: float) -> str:
    if name in MILLISECONDS:
        return f"{value:.0f} ms/s"
    return f"{value:.3f}" if name in _PLAIN else f"{100 * value:.1f} %"


def _ends(name: str, interval: Interval) -> str:
    if name in MILLISECONDS:
        return f"[{interval.low:.0f}, {interval.high:.0f}]"
    if name in _PLAIN:
        return f"[{interval.low:.3f}, {interval.high:.3f}]"
    return f"[{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def _cell(name: str, interval: Interval | None) -> str:
    return "" if interval is None else f"{_value(name, interval.value)} {_ends(name, interval)}"


def _console() -> PipedConsole:
    return PipedConsole(highlight=False, markup=False)


def show_scores(
    name: str, engines: Sequence[str], scores: Sequence[Scores], trials: Sequence[Trial]
) -> None:
    """Every figure of one engine, or of two side by side."""
    console = _console()
    seconds = sum(trial.seconds for trial in trials)
    head = f"{name}: {counted(len(trials), 'utterance')}, {seconds / 60:.1f} minutes"
    console.print(Text(in_one_line(head), style="bold"), soft_wrap=True)
    table = columns([*(in_one_line(f"{engine} [95 %]") for engine in engines), "n"])
    for figure, label in LABELS.items():
        intervals = [side[figure] for side in scores]
        numbers = [interval.n for interval in intervals if interval is not None]
        if numbers:
            cells = [_cell(figure, interval) for interval in intervals]
            table.add_row(label, *cells, f"{max(numbers):,}")
    console.print(table)


def show_parts(
    by: str, engines: Sequence[str], parts: Mapping[str, tuple[int, Sequence[Scores]]]
) -> None:
    """A line for each part: of one engine its main figures, of two their exact match."""
    console = _console()
    if len(engines) > 1:
        heads = [in_one_line(f"exact match, {engine}") for engine in engines]
        table = columns(["n", *heads])
        for part, (n, sides) in parts.items():
            cells = [_cell("exact_match", side["exact_match"]) for side in sides]
            table.add_row(Text(in_one_line(part)), f"{n:,}", *cells)
    else:
        table = _of_one({part: (n, sides[0]) for part, (n, sides) in parts.items()})
    console.print()
    unit = "" if len(engines) > 1 else ", in per cent"
    console.print(Text(f"by {by}{unit}", style="bold"))
    console.print(table)


def _of_one(parts: Mapping[str, tuple[int, Scores]]) -> Table:
    """The main figures of each part; only exact match has room for its interval."""
    figures = [f for f in _OF_A_PART if any(scores[f] is not None for _, scores in parts.values())]
    heads = ["n", *(_OF_A_PART[figure] for figure in figures)]
    table = columns(heads)
    for column, head in zip(table.columns[1:], heads, strict=True):
        column.min_width = max(map(len, head.split()))  # heads are broken between words alone
    table.columns[2].no_wrap = True  # and no interval is
    for part, (n, scores) in parts.items():
        cells = []
        for figure in figures:
            interval = scores[figure]
            if interval is None:
                cells.append("")
            else:
                ends = f" {_ends(figure, interval)}" if figure == "exact_match" else ""
                cells.append(f"{100 * interval.value:.1f}{ends}")
        table.add_row(Text(in_one_line(part)), f"{n:,}", *cells)
    return table


def show_comparison(engines: Sequence[str], compared: Mapping[str, Compared]) -> None:
    """What differs between two engines, a line for each figure."""
    console = _console()
    console.print()
    head = f"{engines[0]} less {engines[1]}, points [95 %]"
    console.print(Text(in_one_line(head), style="bold"), soft_wrap=True)
    for name, comparison in compared.items():
        gap = comparison.difference
        shown = f"{100 * gap.value:+.1f} [{100 * gap.low:+.1f}, {100 * gap.high:+.1f}]"
        better = "no difference is shown"
        if comparison.better is not None:
            better = f"{engines[comparison.better]} is better"
        line = f"{LABELS[name]}  {shown}  {_p(comparison.p_value)} ({comparison.test}): {better}"
        console.print(Text(in_one_line(line)), soft_wrap=True)


def _p(value: float) -> str:
    return f"p = {value:.3f}" if value >= 0.001 else "p < 0.001"


__all__ = ["scores_json", "show_comparison", "show_parts", "show_scores"]
