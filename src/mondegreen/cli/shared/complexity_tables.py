"""How `mondegreen complexity` shows its results on a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.table import Table

from ...complexity.measures.measure import LABELS
from ...complexity.study.report import as_text
from .console import PipedConsole, columns

_GRAMMAR = {
    "sentences_bits": "sentences, bits",
    "meanings": "meanings",
    "intents": "intents",
    "vocabulary": "vocabulary |V|",
    "mean_length": "words a sentence",
    "longest": "longest sentence, words",
    "entropy_1": "word entropy H1, bits",
    "entropy_2": "word pair entropy H2, bits",
    "entropy_3": "word triple entropy H3, bits",
    "transcript_entropy": "sentence entropy, bits",
    "intent_entropy": "intent entropy, bits",
    "intent_given_transcript": "intent given sentence, bits",
    "meaning_given_transcript": "meaning given sentence, bits",
}


def show_measures(rows: Sequence[Mapping[str, Any]]) -> None:
    """Data sets side by side, then grammars, then what to know about the values."""
    console = PipedConsole()
    data = [row for row in rows if "measures" in row]
    if data:
        table = columns([row["name"] for row in data])
        for name, label in LABELS.items():
            table.add_row(label, *(as_text(row["measures"][name]) for row in data))
        console.print(table)
        _show_parts(console, data)
    grammars = [row for row in rows if "grammar" in row]
    if grammars:
        table = columns([row["name"] for row in grammars])
        for name, label in _GRAMMAR.items():
            table.add_row(label, *(as_text(row["grammar"][name]) for row in grammars))
        intents = [row["grammar"]["intent"] for row in grammars]
        table.add_row("share of words until the intent", *(as_text(d["mean"]) for d in intents))
        exact = ["exact" if row["grammar"]["exact"] else "sampled" for row in grammars]
        table.add_row("values are", *exact)
        console.print(table)
    for row in rows:
        for part in ("acoustic", "geometric", "grammar"):
            for note in row.get(part, {}).get("notes", ()):
                console.print(f"note: {row['name']}: {note}", style="dim")


def _show_parts(console: PipedConsole, data: Sequence[Mapping[str, Any]]) -> None:
    """The measures that grow with the sample, over random parts of equal size."""
    sizes = {part["size"] for row in data for part in row["rarefied"].values()}
    if not sizes:
        return
    table = columns([row["name"] for row in data])
    names = [name for name in LABELS if any(name in row["rarefied"] for row in data)]
    for name in names:
        cells = []
        for row in data:
            part = row["rarefied"].get(name)
            cells.append("–" if part is None else _of_parts(part))
        table.add_row(LABELS[name], *cells)
    size = " or ".join(f"{size:,}" for size in sorted(sizes))
    console.print(f"\nRandom parts of {size} utterances: mean, and 95 % of the parts")
    console.print(table)


def _of_parts(part: Mapping[str, Any]) -> str:
    """A mean with its range, where parts differ: a set no larger than a part is its only one."""
    mean = as_text(part["mean"])
    if part["low"] is None:
        return mean
    return f"{mean} [{as_text(part['low'])}, {as_text(part['high'])}]"


def show_ladder(rows: Sequence[Mapping[str, Any]]) -> None:
    """The rungs that were made."""
    table = Table(box=None, pad_edge=False)
    for column in ("rung", "rarest word", "kept", "utterances", "|V|", "|U|", "H1"):
        table.add_column(column, justify="left" if column == "rung" else "right")
    for row in rows:
        table.add_row(
            row["rung"], str(row["threshold"]), f"{row['share']:.0%}", f"{row['utterances']:,}",
            f"{row['vocabulary']:,}", f"{row['unique']:,}", as_text(row["entropy_1"]),
        )  # fmt: skip
    PipedConsole().print(table)


def show_study(results: Mapping[str, Any]) -> None:
    """Accuracy on each rung, and the measures that it follows best."""
    console = PipedConsole()
    table = Table(box=None, pad_edge=False)
    for column in ("rung", "train", "|V|", "exact match", "intent", "slot F1", "runs"):
        table.add_column(column, justify="left" if column == "rung" else "right")
    for row in results["rungs"]:
        table.add_row(
            row["rung"], f"{row['train']:,}", as_text(row["measures"]["vocabulary"]),
            f"{row['exact_match']:.1%}", f"{row['intent_accuracy']:.1%}", f"{row['slot_f1']:.3f}",
            str(len(row["runs"])),
        )  # fmt: skip
    console.print(table)
    if not results["relations"]["exact_match"]:
        return
    table = columns(["Spearman", "95 %", "Pearson", "bend"])
    for row in results["relations"]["exact_match"][:12]:
        low, high = row["spearman_interval"]
        table.add_row(
            LABELS[row["measure"]], f"{row['spearman']:+.3f}", f"{low:+.3f} to {high:+.3f}",
            f"{row['pearson']:+.3f}", f"{row['bend']:.2f}",
        )  # fmt: skip
    console.print("\nExact match follows")
    console.print(table)
