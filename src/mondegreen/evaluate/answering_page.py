"""One page (HTML) about how questions were answered: every figure, and every question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

from ..jobs.files import replacing
from .answering import LABELS, NOWHERE, Outcome
from .intervals import Interval

_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:2em;max-width:75em}table{border-collapse:collapse}"
    "td,th{padding:.2em .7em;border-bottom:1px solid #ccc;text-align:left;vertical-align:top}"
    ".mended{background:#e7f6e7}.harmed{background:#fbe3e3}"
)


def write_page(
    path: Path, title: str, scores: Mapping[str, Interval], outcomes: Sequence[Outcome]
) -> None:
    """Write the page, whole or not at all. What pages and questions say is shown as text."""
    rows = "".join(
        f"<tr><td>{escape(LABELS[name])}<td>{100 * i.value:.1f}"
        f"<td>{100 * i.low:.1f} to {100 * i.high:.1f}<td>{i.n}"
        for name, i in scores.items()
    )
    questions = "".join(map(_row, outcomes))
    text = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><h1>{escape(title)}</h1><table><tr><th>figure<th>value, %"
        f"<th>95 %<th>n{rows}</table><h2>Questions</h2><p>Green: mended against words alone; red: "
        "harmed.</p><table><tr><th>question<th>heard → meant<th>by words<th>found<th>sure"
        f"<th>said<th>short{questions}</table></html>\n"
    )
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _row(outcome: Outcome) -> str:
    mended, harmed = outcome.rank == 0 < outcome.by_words, outcome.by_words == 0 < outcome.rank
    kind = ' class="mended"' if mended else ' class="harmed"' if harmed else ""
    meant = ", ".join(f"{transcribed} → {word}" for transcribed, word in outcome.meant)
    right = "" if outcome.answered else " ✗"
    return (
        f"<tr{kind}><td>{escape(outcome.question)}<td>{escape(meant)}"
        f"<td>{_place(outcome.by_words)}<td>{_place(outcome.rank)}"
        f"<td>{outcome.confidence:.2f}<td>{escape(outcome.answer)}{right}"
        f"<td>{escape(outcome.short)}{'' if outcome.exact else ' ✗'}"
    )


def _place(rank: int) -> str:
    return "none" if rank == NOWHERE else str(rank + 1)


__all__ = ["write_page"]
