"""A speaker's course as one page that can be printed: HTML with its pictures inside."""

from __future__ import annotations

from html import escape

from ..version import __version__
from .course import Change, Course, Judged
from .drawing import BLUE, GREY, Steps, Svg
from .judgement import NOT_MEDICAL

_STYLE = """
body { font: 15px/1.5 sans-serif; color: #1b1d20; max-width: 52rem; margin: 2rem auto;
  padding: 0 1rem }
table { border-collapse: collapse; margin: 1rem 0 } th { text-align: left }
td, th { padding: .25rem .9rem .25rem 0; border-bottom: 1px solid #d9dce1; vertical-align: top }
svg { max-width: 100%; height: auto } .note { color: #5b6068 }
@media print { body { margin: 0; max-width: none } tr, svg { break-inside: avoid } }
"""


def trend(course: Course) -> str:
    """The index of each session with its interval, and the band of change due to chance, as SVG."""
    count = len(course.sessions)
    width = max(480.0, 90.0 * count + 80)
    svg, steps = Svg(width, 320.0), Steps(20.0, 250.0)
    left, right = 44.0, width - 20
    base = course.sessions[course.baseline].index.value
    widest = max(change.mdc95 for change in course.changes)
    top, bottom = steps.y(base + widest), steps.y(base - widest)
    svg.elements.append(
        f'<rect x="{left}" y="{top:.1f}" width="{right - left:.1f}" '
        f'height="{bottom - top:.1f}" fill="#e8eef7"/>'
    )
    steps.grid(svg, left, right)
    places = []
    for number, judged in enumerate(course.sessions):
        x = left + (number + 0.5) * (right - left) / count
        index = judged.index
        places.append((x, steps.y(index.value)))
        svg.line(x, steps.y(index.low), x, steps.y(index.high), BLUE)
        svg.dot(*places[-1], BLUE)
        svg.text(x, 275, judged.session.name[:14], anchor="middle")
    svg.path(places, BLUE)
    svg.text(left, 306, "steps; bars: 95 %; shaded: change from the baseline due to chance",
             colour=GREY)  # fmt: skip
    return svg.render("Hypernasality by session")


def page(course: Course, title: str) -> str:
    """The whole page."""
    rows = "".join(
        _row(judged, change, number == course.baseline)
        for number, (judged, change) in enumerate(zip(course.sessions, course.changes, strict=True))
    )
    heads = ("session", "index, 95 %", "graded", "change, 95 %", "smallest real change", "verdict",
             "stops as nasals", "sentences")  # fmt: skip
    head = "".join(f"<th>{escape(cell)}</th>" for cell in heads)
    doubts = "".join(
        f"<li>{escape(judged.session.name)}: {escape(doubt)}</li>"
        for judged in course.sessions
        for doubt in (*(d.message for d in judged.result.doubts), *judged.refused)
    )
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title><style>{_STYLE}</style>
<h1>{escape(title)}</h1>
<p><strong>Research only: {escape(NOT_MEDICAL)}.</strong></p>
{trend(course)}
<table><tr>{head}</tr>{rows}</table>
{"".join(f"<p>{escape(line)}</p>" for line in summary(course))}
{f"<h2>What makes it less sure</h2><ul>{doubts}</ul>" if doubts else ""}
<p class="note">0 is a typical adult; a step is what an articulatory synthesiser's score changes by
when its velum opens from closed to 0.2 cm². The smallest real change (MDC95) is 1.96 √2 times the
standard error of as many sentences. mondegreen {escape(__version__)}.</p>
</html>
"""


def summary(course: Course) -> list[str]:
    """The course in sentences."""
    lines = []
    if not all(change.same_band for change in course.changes):
        lines.append(
            "Not compared: some sessions have nothing above 4 kHz, as by telephone or at 8 kHz, "
            "and others have; that alone moves the index by 0.2 to 0.3 steps. Record all of them "
            "alike."
        )
    if course.slope is not None:
        unit = "30 days" if course.per_month else "session"
        slope = course.slope
        lines.append(
            f"Trend: {slope.value:+.2f} [{slope.low:+.2f}, {slope.high:+.2f}] steps per {unit}, "
            f"{slope.n} sessions."
        )
    if course.repeats is not None:
        repeats = course.repeats
        lines.append(
            f"Test and retest: {repeats.pairs} prompts said again within a session stray by "
            f"{repeats.sd:.2f} steps each; smallest real change {repeats.mdc95:.2f}."
        )
    return lines


def verdict(change: Change) -> str:
    """What a change is, in words."""
    if not change.same_band:
        return "not comparable: another band"
    if not change.beyond:
        return "within chance"
    return "more nasal" if change.value.value > 0 else "less nasal"


def _row(judged: Judged, change: Change, baseline: bool) -> str:
    index, dose, value = judged.index, judged.dose, change.value
    stops = judged.result.stops_as_nasals
    cells = [
        judged.session.name,
        f"{index.value:.2f} [{index.low:.2f}, {index.high:.2f}]",
        f"{dose.value:.2f}",
        "baseline" if baseline else f"{value.value:+.2f} [{value.low:+.2f}, {value.high:+.2f}]",
        "" if baseline else f"{change.mdc95:.2f}, {_prompts(change)}",
        "" if baseline else verdict(change),
        f"{stops[0]} of {stops[1]}" if stops else "no text",
        str(len(judged.sentences)),
    ]
    return f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>"


def _prompts(change: Change) -> str:
    return "same prompts" if change.same_prompts else "other prompts"
