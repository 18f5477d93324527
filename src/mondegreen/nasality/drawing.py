"""Pictures as SVG, written by hand: they need no library and go into a page as they are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import groupby

from .judgement import Nasality, Point

BLUE, GREY, RED, INK = "#1f5fa8", "#8a8f98", "#b3402e", "#1b1d20"
_PIXELS_A_SECOND = 160.0
_LOW, _HIGH = -1.0, 2.0
"""Steps that a picture shows; what lies beyond stands at its edge."""
_WIDEST = 12_000
"""Pixels: a minute and a quarter, which a browser still scrolls well."""


@dataclass
class Svg:
    """A picture that grows element by element; y counts downwards, in pixels."""

    width: float
    height: float
    elements: list[str] = field(default_factory=list)

    def line(
        self, x1: float, y1: float, x2: float, y2: float, colour: str = GREY, dash: str = ""
    ) -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.elements.append(
            f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
            f'stroke="{colour}"{dashed}/>'
        )

    def path(self, points: Sequence[tuple[float, float]], colour: str) -> None:
        """Points joined by lines."""
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self.elements.append(
            f'<polyline points="{places}" fill="none" stroke="{colour}" stroke-width="2"/>'
        )

    def dot(self, x: float, y: float, colour: str) -> None:
        """A small disc."""
        self.elements.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>')

    def text(
        self, x: float, y: float, words: str, *, anchor: str = "start", colour: str = INK
    ) -> None:
        """Words; `anchor` says which end of them lies at x."""
        self.elements.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
            f"{escape(words)}</text>"
        )

    def render(self, label: str) -> str:
        """The picture; `label` is what it shows, in words."""
        body = "\n".join(self.elements)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:.0f}" '
            f'height="{self.height:.0f}" viewBox="0 0 {self.width:.0f} {self.height:.0f}" '
            f'role="img" font-family="sans-serif" font-size="12">\n<title>{escape(label)}</title>\n'
            f'<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
        )


@dataclass(frozen=True)
class Steps:
    """Where steps of nasality lie in a picture."""

    top: float
    bottom: float

    def y(self, value: float) -> float:
        """Pixels from the top."""
        share = (min(max(value, _LOW), _HIGH) - _LOW) / (_HIGH - _LOW)
        return self.bottom - share * (self.bottom - self.top)

    def grid(self, svg: Svg, left: float, right: float) -> None:
        """A line for each whole step, with its number."""
        for step in range(int(_LOW), int(_HIGH) + 1):
            svg.line(left, self.y(step), right, self.y(step), "#d9dce1" if step else GREY)
            svg.text(left - 6, self.y(step) + 4, str(step), anchor="end")


def nasogram(result: Nasality, name: str) -> str:
    """The nasogram as SVG: a line for each sound, words beneath, grey beside nasals."""
    points = result.nasogram
    start = points[0].time if points else 0.0
    end = points[-1].time if points else 1.0
    left, scale, right = 44.0, _PIXELS_A_SECOND, 20.0
    width = max(480.0, left + (end - start + 0.1) * scale + right)
    if width > _WIDEST:
        scale *= (_WIDEST - left - right) / (width - left - right)
        width = _WIDEST
    svg = Svg(width, 300.0)
    steps = Steps(40.0, 220.0)
    steps.grid(svg, left, width - right)
    index = result.index
    if index is None:
        svg.text(left, 20, f"{name}: too few vowels away from nasals")
    else:
        svg.text(left, 20, f"{name}: {index.value:.2f} [{index.low:.2f}, {index.high:.2f}] steps")
        svg.line(left, steps.y(index.value), width - right, steps.y(index.value), BLUE, "4 4")

    def x(time: float) -> float:
        return left + (time - start) * scale

    for sound in _sounds(points):
        colour = BLUE if sound[0].judged else GREY
        places = [(x(p.time), steps.y(p.value)) for p in sound]
        svg.path(places, colour) if len(places) > 1 else svg.dot(*places[0], colour)
        svg.text(x(sound[0].time), 240, sound[0].phone, colour=colour)
    for word, group in groupby(points, key=lambda p: p.word):
        svg.text(x(next(group).time), 260, word)
    svg.text(left, 288, "steps: 0 a typical adult, 1 VocalTractLab with 0.2 cm²; grey: beside a "
             "nasal, not counted", colour=GREY)  # fmt: skip
    return svg.render(f"Nasogram of {name}")


def _sounds(points: Sequence[Point]) -> list[list[Point]]:
    """The points of each sound: they follow each other frame by frame."""
    sounds: list[list[Point]] = []
    for point in points:
        last = sounds[-1][-1] if sounds else None
        if last and last.phone == point.phone and 0 < point.time - last.time < 0.03:
            sounds[-1].append(point)
        else:
            sounds.append([point])
    return sounds
