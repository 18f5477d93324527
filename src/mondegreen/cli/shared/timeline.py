"""One utterance as it was heard: words, what was possible, and the moments of decision."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ...early.policy import Policy
from ...evaluate.early_figures import Timed
from ...jobs.files import replacing
from ...types import ALL, Decided, Meaning, Outlook, PartValue, Revised, Slot, Understanding
from .stream_view import shown, sureness


class Timeline:
    """A recording's timeline; times count from its start."""

    def __init__(self, timed: Timed, words: Sequence[str], policy: Policy) -> None:
        self._timed, self._words, self._policy = timed, words, policy
        self._decisions = list(timed.trace.decisions(policy))

    def to_json(self) -> dict[str, Any]:
        """Words with times, looks with probabilities, decisions, and where the speech ended."""
        trace = self._timed.trace
        return {
            "words": [
                {"word": word, "start": round(start, 3), "end": round(end, 3)}
                for word, start, end in zip(
                    self._words, self._timed.starts, self._timed.ends, strict=False
                )
            ],
            "looks": [
                {"time": round(look.time, 3), "possible": _possible(look.outlook)}
                for look in trace.looks
            ],
            "decisions": [
                {
                    "time": round(event.time, 3),
                    "part": event.part,
                    "value": plain(event.value),
                    "risk": event.risk if isinstance(event, Decided) else None,
                    "doubt": event.doubt if isinstance(event, Decided) else None,
                    "revised": isinstance(event, Revised),
                }
                for event in self._decisions
            ],
            "oracle_words": self._timed.needed,
            "speech_ended": trace.ended,
            "result_at": trace.sure,
            "result": None if trace.final is None else trace.final.to_json(),
        }

    def show(self) -> None:
        """A line for each thing that happened."""
        for time, text in sorted(self._lines(), key=lambda line: line[0]):
            print(f"{time:7.2f} s  {text}")

    def _lines(self) -> list[tuple[float, str]]:
        trace, timed = self._timed.trace, self._timed
        lines = [
            (start, f"  {word}") for word, start in zip(self._words, timed.starts, strict=False)
        ]
        lines += [(event.time, _line_of(event)) for event in self._decisions]
        if trace.ended is not None:
            lines.append((trace.ended, "speech ended"))
        if trace.final is not None and trace.sure is not None:
            lines.append((trace.sure, f"result: {_outcome(trace.final)}"))
        return lines or [(0.0, "no speech")]

    def draw(self, place: Path) -> None:
        """The picture into a file, whose ending names the format."""
        from ...evaluate.early_pictures import picture_format, timeline

        data = timeline(self._timed, self._words, self._policy, picture_format(place))
        with replacing(place) as temporary:
            temporary.write_bytes(data)


def _possible(outlook: Outlook) -> dict[str, dict[str, float]]:
    """The probability of each value of each part, of the whole meanings too."""
    whole = {
        shown(prospect.value): round(prospect.probability, 4)
        for prospect in outlook.prospects
        if prospect.part == ALL
    }
    return outlook.possible() | ({ALL: whole} if whole else {})


def _line_of(event: Decided | Revised) -> str:
    if isinstance(event, Decided):
        return f"decided {event.part}: {shown(event.value)}, {sureness(event)}"
    instead = "" if event.value is None else f"{shown(event.value)}, "
    return f"revised {event.part}: {instead}no longer {shown(event.before)}"


def _outcome(result: Understanding) -> str:
    """What was understood; of what was refused the words that come nearest."""
    if result.meaning is not None:
        return shown(result.meaning)
    if not result.alternatives:
        return result.status
    nearest = result.alternatives[0]
    missing = f", without: {', '.join(nearest.missing)}" if nearest.missing else ""
    return f"{result.status}; nearest: {nearest.intent}, {nearest.transcript!r}{missing}"


def plain(value: PartValue | None) -> Any:
    """A part's value for JSON."""
    if isinstance(value, Meaning):
        return {"intent": value.intent, "slots": value.values()}
    return value.value if isinstance(value, Slot) else value
