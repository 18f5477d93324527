"""What nasality is judged to be: the result, as Python and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..evaluate.intervals import Interval
from .quality import Quality

NOT_MEDICAL = "not a medical device: no diagnosis, no severity scale, no norms for children"


@dataclass(frozen=True)
class Point:
    """One frame (24 ms) of a nasogram."""

    time: float
    """Seconds."""
    value: float
    """Steps, by the two probes."""
    phone: str
    word: str
    """Empty without a text."""
    judged: bool
    """Whether it counts; sounds beside a nasal do not."""


@dataclass(frozen=True)
class Doubt:
    """A reason why a result is less sure than it looks."""

    name: str
    """few-vowels, noise, nasal-text, high-pitch, no-text, poor-fit, clipped, band."""
    message: str


@dataclass(frozen=True)
class Nasality:
    """How nasal the speech of a recording, or of several, is."""

    index: Interval | None
    """Hypernasality in steps: 0 is a typical adult, 1 VocalTractLab with 0.2 cm². 95 % over words;
    n is how many words. None where nearly all vowels stand beside nasals."""
    dose: Interval | None
    """The part of it that grades: the opening as the regression sees it, in the same steps."""
    stops_as_nasals: tuple[int, int] | None
    """Stops heard as the nasal of their place, of how many; None without a text, since the reader
    then takes them for nasals."""
    hyponasality: float | None
    """0 is typical, 1 is nasals heard as the stop of their place; None without a text or with fewer
    than 3 nasals."""
    precise: tuple[int, int] | None
    """Sounds heard as what the text says, of how many; None without a text."""
    vowels: int
    """Vowels, l, r, y and w that count."""
    beside_nasals: int
    """Those that do not, because a nasal stands beside them."""
    pitch: float | None
    """Hz, median."""
    quality: Quality
    text_known: bool
    doubts: tuple[Doubt, ...]
    nasogram: tuple[Point, ...]

    def to_json(self) -> dict[str, Any]:
        """The result for programs; times in seconds, values in steps."""
        return {
            "hypernasality": _interval(self.index),
            "dose": _interval(self.dose),
            "stops_heard_as_nasals": list(self.stops_as_nasals) if self.stops_as_nasals else None,
            "hyponasality": _rounded(self.hyponasality),
            "articulation": list(self.precise) if self.precise else None,
            "vowels": self.vowels,
            "vowels_beside_nasals": self.beside_nasals,
            "pitch_hz": _rounded(self.pitch, 1),
            "seconds": round(self.quality.seconds, 3),
            "snr_db": round(self.quality.snr_db, 1),
            "clipped": round(self.quality.clipped, 5),
            "band_hz": [round(self.quality.low_hz), round(self.quality.high_hz)],
            "text_known": self.text_known,
            "doubts": [{"name": d.name, "message": d.message} for d in self.doubts],
            "nasogram": [
                {
                    "time": round(p.time, 3), "value": round(p.value, 3), "phone": p.phone,
                    "word": p.word, "judged": p.judged,
                }
                for p in self.nasogram
            ],
            "note": NOT_MEDICAL,
        }  # fmt: skip


def _interval(interval: Interval | None) -> Mapping[str, Any] | None:
    if interval is None:
        return None
    return {
        "value": round(interval.value, 3), "low": round(interval.low, 3),
        "high": round(interval.high, 3), "words": interval.n,
    }  # fmt: skip


def _rounded(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(value, digits)
