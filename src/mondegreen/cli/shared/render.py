"""Results for people: what was understood, how surely, and why not."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from ...errors import in_one_line
from ...types import Alternative, Slot, Understanding

if TYPE_CHECKING:
    from ...assistant.session import UtteranceResult

Line = list[tuple[str, str]]
"""Pieces of text, each with the style that it has on a terminal; "" for none."""
_STYLES = {"understood": "bold green", "not_understood": "bold yellow", "no_speech": "bold yellow"}
_LEAST = 0.005
"""An alternative that is less likely would be shown at 0 %."""
_HEADS = ("slot", "value", "spoken", "time", "confidence")


def presenter() -> Callable[[UtteranceResult], None]:
    """What prints results: in colour on a terminal, plain into files and pipes.

    What colours them takes 50 ms to import, which a pipe need not wait for.
    """
    if not (sys.stdout.isatty() or os.environ.get("FORCE_COLOR")):
        return _print
    from rich.text import Text

    from .console import PipedConsole

    console = PipedConsole(highlight=False, markup=False)

    def show(utterance: UtteranceResult) -> None:
        for line in lines(utterance):
            console.print(Text.assemble(*line), soft_wrap=True)

    return show


def _print(utterance: UtteranceResult) -> None:
    text = "\n".join("".join(piece for piece, _ in line).rstrip() for line in lines(utterance))
    print(text, flush=True)


def lines(utterance: UtteranceResult) -> list[Line]:
    """One result, readable at a glance."""
    result = utterance.result
    end = utterance.offset + result.audio_seconds
    shown: list[Line] = [
        [
            (result.status.replace("_", " "), _STYLES[result.status]),
            (f"  {result.intent}" if result.intent else "", ""),
            (f"  {_percent(result.confidence)}", ""),
            (f"  {in_one_line(utterance.audio)}  {utterance.offset:.2f}-{end:.2f} s", "dim"),
        ]
    ]
    if result.slots:
        shown += _table([_HEADS, *map(_cells, result.slots)])
    for label, text in (("heard", result.transcript), ("reply", result.reply)):
        if text:
            shown.append([(f"  {label}  ", "dim"), (in_one_line(text), "")])
    for source in result.sources:
        place = ", ".join(filter(None, (source.title, source.section, source.link)))
        shown.append([("  from  ", "dim"), (in_one_line(place), "")])
    shown += [_alternative(a, result) for a in result.alternatives if a.confidence >= _LEAST]
    return [*shown, [(f"  {_timing(result)}", "dim")]]


def _table(rows: list[tuple[str, ...]]) -> list[Line]:
    """Cells below one another; the first row holds the heads."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    texts = [
        "".join(f"  {cell:<{width}}  " for cell, width in zip(row, widths, strict=True))
        for row in rows
    ]
    return [[(text, "" if i else "dim")] for i, text in enumerate(texts)]


def _cells(slot: Slot) -> tuple[str, ...]:
    value = slot.value if isinstance(slot.value, str) else json.dumps(slot.value)
    timed = slot.start is not None and slot.end is not None
    time = f"{slot.start:.2f}-{slot.end:.2f} s" if timed else ""
    sure = "" if slot.confidence is None else _percent(slot.confidence)
    return tuple(map(in_one_line, (slot.name, value, slot.spoken, time, sure)))


def _alternative(alternative: Alternative, result: Understanding) -> Line:
    label = "or" if result.status == "understood" else "nearest"
    slots = ", ".join(
        slot.name if slot.value in (None, "") else f"{slot.name} {slot.value}"
        for slot in alternative.slots
    )
    meaning = f"{alternative.intent}" + (f" ({slots})" if slots else "")
    line = [
        (f"  {label}  ", "dim"),
        (in_one_line(f"{meaning}: {alternative.transcript}"), ""),
        (f"  {_percent(alternative.confidence)}", ""),
    ]
    line += [(f"  {why}", "yellow") for why in alternative.outside]
    if alternative.missing:
        line.append((f"  not heard: {', '.join(alternative.missing)}", "yellow"))
    return line


def _timing(result: Understanding) -> str:
    text = f"{result.audio_seconds:.1f} s of audio in {result.compute_ms:.0f} ms"
    if result.decided_at is not None:
        text += f", meaning complete at {result.decided_at:.2f} s"
    return f"{text}, {result.model}" if result.model else text


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
