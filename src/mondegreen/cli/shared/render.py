"""Results for people: what was understood, how surely, and why not."""

from __future__ import annotations

import json

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ...assistant.session import UtteranceResult
from ...errors import in_one_line
from ...types import Alternative, Slot, Understanding

_STYLES = {"understood": "bold green", "not_understood": "bold yellow", "no_speech": "bold yellow"}


def show(console: Console, utterance: UtteranceResult) -> None:
    """One result, readable at a glance."""
    result = utterance.result
    end = utterance.offset + result.audio_seconds
    head = Text.assemble(
        (result.status.replace("_", " "), _STYLES[result.status]),
        f"  {result.intent}" if result.intent else "",
        f"  {_percent(result.confidence)}",
        (f"  {in_one_line(utterance.audio)}  {utterance.offset:.2f}-{end:.2f} s", "dim"),
    )
    console.print(head, soft_wrap=True)
    if result.slots:
        console.print(_slots(result.slots))
    for label, text in (("heard", result.transcript), ("reply", result.reply)):
        if text:
            console.print(Text.assemble((f"  {label}  ", "dim"), text), soft_wrap=True)
    for alternative in result.alternatives:
        console.print(_alternative(alternative, result), soft_wrap=True)
    console.print(Text(f"  {_timing(result)}", style="dim"), soft_wrap=True)


def _slots(slots: tuple[Slot, ...]) -> Table:
    table = Table(box=None, padding=(0, 2), header_style="dim", pad_edge=True)
    for column in ("slot", "value", "spoken", "time", "confidence"):
        table.add_column(column, overflow="fold")
    for slot in slots:
        value = slot.value if isinstance(slot.value, str) else json.dumps(slot.value)
        timed = slot.start is not None and slot.end is not None
        time = f"{slot.start:.2f}-{slot.end:.2f} s" if timed else ""
        sure = "" if slot.confidence is None else _percent(slot.confidence)
        table.add_row(*(Text(cell) for cell in (slot.name, value, slot.spoken, time, sure)))
    return table


def _alternative(alternative: Alternative, result: Understanding) -> Text:
    label = "or" if result.status == "understood" else "nearest"
    slots = ", ".join(
        slot.name if slot.value is None else f"{slot.name} {slot.value}"
        for slot in alternative.slots
    )
    text = Text.assemble(
        (f"  {label}  ", "dim"),
        f"{alternative.intent}" + (f" ({slots})" if slots else ""),
        f": {alternative.transcript}  {_percent(alternative.confidence)}",
    )
    for why in alternative.outside:
        text.append(f"  {why}", style="yellow")
    if alternative.missing:
        text.append(f"  not heard: {', '.join(alternative.missing)}", style="yellow")
    return text


def _timing(result: Understanding) -> str:
    text = f"{result.audio_seconds:.1f} s of audio in {result.compute_ms:.0f} ms"
    if result.decided_at is not None:
        text += f", meaning complete at {result.decided_at:.2f} s"
    return f"{text}, {result.model}" if result.model else text


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
