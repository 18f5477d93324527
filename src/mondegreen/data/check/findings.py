"""What a check of a manifest finds: kinds of mistakes, how bad each is, and where it occurs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from ...errors import Severity

KEPT = 100
"""Examples kept of each kind; a million of them would help nobody."""


class Example(NamedTuple):
    """One place where something was found."""

    line: int | None
    """Line of the manifest; None for what concerns the whole of it."""
    detail: str


class Kind(NamedTuple):
    """A mistake that data can have."""

    severity: Severity
    """At an error, work stops."""
    what: str


KINDS: dict[str, Kind] = {
    "row": Kind("error", "rows that cannot be used"),
    "empty": Kind("error", "rows with neither audio nor text"),
    "unreadable": Kind("error", "recordings that are missing or cannot be read"),
    "channel": Kind("error", "utterances on a channel that their recording has not"),
    "past-end": Kind("error", "utterances that lie past the end of their recording"),
    "too-short": Kind("error", "utterances shorter than a frame of the speech encoder (24 ms)"),
    "too-long": Kind("error", "utterances longer than an hour"),
    "recording-leak": Kind("error", "the same sound in several splits"),
    "unseen": Kind("error", "held-out values that training knows; 'data split' holds out anew"),
    "two-texts": Kind(
        "error",
        "one stretch of sound with two texts; name the channel of each, or declare it: "
        "meta.overlap true",
    ),
    "short": Kind("warning", "utterances shorter than 0.2 s: a word takes longer"),
    "cut-off": Kind("warning", "recordings that break off before their stated end"),
    "clipped": Kind("warning", "clipped: a sample in a thousand or more lies at the limit"),
    "silent": Kind("warning", "silent: no sample above 0.001 of full scale (-60 dB)"),
    "dead-channel": Kind("warning", "recordings with a silent channel; the others are heard"),
    "no-speech": Kind("warning", "no speech heard, though a text or an intent is given"),
    "script": Kind("warning", "texts in another script than Latin"),
    "unread": Kind("warning", "texts with a character that has no reading"),
    "slot-cut": Kind("warning", "slots that begin or end inside a word"),
    "slots-overlap": Kind("warning", "texts whose slots overlap"),
    "no-intent": Kind("warning", "rows without an intent, while others have one"),
    "no-split": Kind("warning", "rows without a split, while others have one"),
    "single": Kind("warning", "intents with one example only"),
    "untrained": Kind("warning", "labels that training lacks"),
    "sentence-leak": Kind("warning", "the same sentence in several splits"),
    "speaker-leak": Kind("warning", "the same speaker in several splits"),
    "same-sound": Kind("note", "the same sound in several rows of a split"),
    "duration": Kind("note", "recordings longer than stated: the rest is not heard"),
    "quiet": Kind("note", "quiet: no sample above 0.01 of full scale (-40 dB)"),
    "offset": Kind("note", "a constant offset of 0.02 of full scale or more"),
    "format": Kind("note", "recordings that are not 16000 Hz with one channel; they are converted"),
    "no-text": Kind("note", "recordings without a text"),
    "slot-words": Kind("note", "slots whose words are not their value"),
    "unbalanced": Kind("note", "intents of very different size"),
}
"""In the order in which they are reported."""


@dataclass
class Finding:
    """Everything found of one kind."""

    kind: str
    count: int = 0
    examples: list[Example] = field(default_factory=list)
    """The first KEPT of them."""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return KINDS[self.kind].severity

    @property
    def what(self) -> str:
        """What it is, in words."""
        return KINDS[self.kind].what


class Findings:
    """Collects what is found, kind by kind."""

    def __init__(self) -> None:
        self._by_kind: dict[str, Finding] = {}

    def add(self, kind: str, line: int | None, detail: str, count: int = 1) -> None:
        """Add one finding of a kind of KINDS, or several that one detail describes."""
        finding = self._by_kind.setdefault(kind, Finding(kind))
        finding.count += count
        if len(finding.examples) < KEPT:
            finding.examples.append(Example(line, detail))

    def extend(self, remarks: Iterable[tuple[str, int | None, str]]) -> None:
        """Add several, as (kind, line, detail)."""
        for kind, line, detail in remarks:
            self.add(kind, line, detail)

    def sorted(self) -> list[Finding]:
        """The findings in the order of KINDS: the worst first."""
        return [self._by_kind[kind] for kind in KINDS if kind in self._by_kind]


__all__ = ["KEPT", "KINDS", "Example", "Finding", "Findings", "Kind"]
