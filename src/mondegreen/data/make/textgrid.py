"""Word and phone times as Praat TextGrids (long text format; Praat's manual, "TextGrid file
formats")."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from ...jobs.files import replacing
from .align import AlignedUtterance, Timed
from .derive import file_name


def write_textgrid(path: Path, aligned: AlignedUtterance) -> None:
    """Write the times as a TextGrid in UTF-8 with a tier each for words, phones and slots."""
    tiers = [("words", aligned.words), ("phones", aligned.phones)]
    if aligned.slots:
        tiers.append(("slots", aligned.slots))
    lines = [
        'File type = "ooTextFile"',
        'Object class = "TextGrid"',
        "",
        "xmin = 0",
        f"xmax = {aligned.duration}",
        "tiers? <exists>",
        f"size = {len(tiers)}",
        "item []:",
    ]
    for number, (name, spans) in enumerate(tiers, 1):
        lines += _tier(number, name, _filled(spans, aligned.duration), aligned.duration)
    # One of thousands, made in no time out of the alignments.
    with replacing(path, lasting=False) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _filled(spans: Sequence[Timed], duration: float) -> list[tuple[float, float, str]]:
    """Intervals without a gap, as Praat wants them: what lies between has an empty label."""
    out: list[tuple[float, float, str]] = []
    end_of_last = 0.0
    for span in sorted(spans, key=lambda s: s.start):
        start, end = max(span.start, end_of_last), min(span.end, duration)
        if end <= start:
            continue
        if start > end_of_last:
            out.append((end_of_last, start, ""))
        out.append((start, end, span.text))
        end_of_last = end
    if end_of_last < duration:
        out.append((end_of_last, duration, ""))
    return out


def _tier(
    number: int, name: str, intervals: Sequence[tuple[float, float, str]], duration: float
) -> list[str]:
    lines = [
        f"    item [{number}]:",
        '        class = "IntervalTier"',
        f'        name = "{name}"',
        "        xmin = 0",
        f"        xmax = {duration}",
        f"        intervals: size = {len(intervals)}",
    ]
    for i, (start, end, text) in enumerate(intervals, 1):
        quoted = text.replace('"', '""')
        lines += [
            f"        intervals [{i}]:",
            f"            xmin = {start}",
            f"            xmax = {end}",
            f'            text = "{quoted}"',
        ]
    return lines


def write_textgrids(folder: Path, alignments: Iterable[AlignedUtterance]) -> None:
    """Write a TextGrid of each utterance into `folder`, named by its id."""
    folder.mkdir(parents=True, exist_ok=True)
    for aligned in alignments:
        stem = Path(file_name(aligned.id)).stem
        write_textgrid(folder / f"{stem}.TextGrid", aligned)


__all__ = ["write_textgrid", "write_textgrids"]
