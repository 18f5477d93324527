"""What is said of early decisions: tables for the terminal, and one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ...complexity.study.report import Page, Section, write
from ...early.policy import Policy
from ...evaluate.early_figures import (
    STEPS,
    Commitment,
    PartFigures,
    Timed,
    accuracy_curve,
    after_silence,
    by_intent,
    commitments,
    figures,
    to_json,
)
from ...evaluate.lacking import Lacking
from ...types import ALL, INTENT

FIXED = Policy(doubts={"intent": 0.1, "slot": 0.1, "all": 0.1}, quiet=0.0)
"""The rule that is beside ours: decide at a probability of 0.9, whatever the pause."""
HEADINGS = (
    "part", "n", "decided", "before the end", "within 0.2 s", "median", "P90",
    "words beyond oracle", "share of words", "flips", "first decision wrong",
)  # fmt: skip
_BY_INTENT = ("intent", "n", "decided", "share of words", "flips", "first decision wrong")
_SHORT = ("part", "n", "decided", "before the end", "median", "P90", "first decision wrong")
"""What fits a terminal."""


class EarlyReport:
    """A rule over labelled utterances, beside two that are simpler."""

    def __init__(
        self,
        name: str,
        rule: str,
        policy: Policy,
        utterances: Sequence[Timed],
        lacking: Lacking,
    ) -> None:
        """`name` is the engine's, `rule` what `policy` is called."""
        self.name, self.rule, self.utterances, self.lacking = name, rule, utterances, lacking
        traces = [timed.trace for timed in utterances]
        self.by_rule: dict[str, list[dict[str, Commitment]]] = {
            rule: [commitments(trace, policy) for trace in traces],
            "probability of 0.9": [commitments(trace, FIXED) for trace in traces],
            "700 ms of silence": [after_silence(trace) for trace in traces],
        }
        self.figures = {
            name: figures(utterances, commitments_of)
            for name, commitments_of in self.by_rule.items()
        }
        self.by_intent = by_intent(utterances, self.by_rule[rule])
        costs = [cost for trace in traces for cost in trace.milliseconds]
        self.milliseconds = 2.5 * sum(costs) / max(1, len(costs))
        """Of processor time for 80 ms of sound, on average."""

    def area(self, part: str) -> float:
        """Area under the accuracy over the share of words, 0 to 1."""
        return sum(accuracy_curve(self.utterances, part, of_words=True)) / (STEPS + 1)

    def lead(self) -> list[str]:
        """What stands above the tables."""
        with_times = sum(bool(timed.starts) for timed in self.utterances)
        return [
            f"{self.name}: {len(self.utterances):,} utterances, {with_times:,} with word times. "
            "Times are seconds after the speech ended; before it they are negative.",
            "Area under the accuracy over the share of words heard: intent "
            f"{self.area(INTENT):.3f}, all {self.area(ALL):.3f}. Processor time for 80 ms of "
            f"sound: {self.milliseconds:.1f} ms on average.",
            *([f"{self.lacking.line(self.name)}."] if self.lacking else []),
        ]

    def to_json(self) -> dict[str, Any]:
        """The figures of each rule, those of the intents by ours, and what the engine lacks."""
        return {
            "rules": {name: to_json(rows) for name, rows in self.figures.items()},
            "intents": to_json(self.by_intent),
            "lacking": asdict(self.lacking),
        }

    def page(self) -> Page:
        """The page, with pictures where matplotlib is installed."""
        sections, pictures = [], {}
        if find_spec("matplotlib") is not None:
            from ...evaluate import early_pictures

            section = Section("How early")
            pictures["curves.png"] = early_pictures.curves(self.utterances)
            section.picture(pictures["curves.png"], "Right by the share heard, decided or not.")
            pictures["moments.png"] = early_pictures.moments(self.utterances, self.by_rule)
            section.picture(pictures["moments.png"], "When the whole meaning is decided.")
            sections.append(section)
        for name, rows in self.figures.items():
            section = Section(name)
            section.table(HEADINGS, map(cells, rows))
            sections.append(section)
        section = Section(f"By intent: when it is decided, {self.rule}")
        section.table(_BY_INTENT, map(intent_cells, self.by_intent))
        sections.append(section)
        sections.append(_explained())
        return Page(f"Deciding early: {self.name}", self.lead(), sections, pictures)

    def write(self, place: Path) -> None:
        """The page into a file."""
        write(self.page(), place)

    def show(self) -> None:
        """The tables on the terminal."""
        from rich.console import Console
        from rich.table import Table

        console = Console()
        for line in self.lead():
            console.print(line, highlight=False)
        for name, rows in self.figures.items():
            table = Table(title=name, title_justify="left", box=None)
            for heading in _SHORT:
                table.add_column(heading, no_wrap=True)
            for row in rows:
                texts = dict(zip(HEADINGS, cells(row), strict=True))
                table.add_row(*(texts[heading].partition(" (")[0] for heading in _SHORT))
            console.print(table)


def cells(row: PartFigures) -> tuple[str, ...]:
    """A line of a table."""
    low, high = f"{row.risk.low:.1%}", f"{row.risk.high:.1%}"
    return (
        row.part, f"{row.utterances:,}", f"{row.decided:.0%}", _share(row.before_end),
        _share(row.soon), _seconds(row.median_after_end), _seconds(row.p90_after_end),
        "–" if row.beyond_oracle is None else f"{row.beyond_oracle:g}",
        _share(row.share_of_words), str(row.flips), f"{row.risk.value:.1%} ({low} to {high})",
    )  # fmt: skip


def intent_cells(row: PartFigures) -> tuple[str, ...]:
    """A line of the table of intents."""
    texts = dict(zip(HEADINGS, cells(row), strict=True))
    return (row.part, *(texts[heading] for heading in _BY_INTENT[1:]))


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.0%}"


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:+.2f}"


def _explained() -> Section:
    section = Section("What the columns say")
    for words in (
        "before the end: of the utterances that an oracle decides before their last word, the "
        "share decided before the speech ended. The oracle hears every word perfectly and knows "
        "all that the grammar may say.",
        "within 0.2 s: of the other utterances, the share decided at most 0.2 s after the speech.",
        "words beyond oracle: median of the words that had begun, less those the oracle needs.",
        "first decision wrong: share of the utterances, with its 95 % interval (Wilson). "
        "Calibration counts more: all utterances in which the part is wrong at any moment at which "
        "its doubt is low enough, whatever was decided before.",
    ):
        section.text(words)
    return section
