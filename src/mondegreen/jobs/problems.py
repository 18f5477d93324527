"""What is wrong with single rows of data: the first one stops the work, or all are listed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from ..errors import DataError
from .files import replacing
from .strict_json import to_json


@dataclass(frozen=True)
class Problem:
    """One row that cannot be used."""

    place: str
    """The file and the row in it, or the utterance: `train.csv:17`."""
    reason: str
    """What is wrong and how to mend it."""

    def __str__(self) -> str:
        return f"{self.place}: {self.reason}"


class Problems:
    """Collects the rows that were left out; without `skip` the first of them is an error."""

    def __init__(self, *, skip: bool = False) -> None:
        self.skip = skip
        self.rows: list[Problem] = []
        self.notes: list[str] = []
        """What was left out on purpose, in words; nothing is wrong with it."""
        self.at = ""
        """The row that is being read, for those who find something wrong with what comes of it."""

    def report(self, place: str, reason: str) -> None:
        """Report a row that cannot be used. Raises DataError, unless they are to be skipped."""
        problem = Problem(place, reason)
        if not self.skip:
            raise DataError(f"{problem} (--skip-bad leaves such rows out and lists them)")
        self.rows.append(problem)

    def note(self, text: str) -> None:
        """Tell the user of something left out that no utterance can carry."""
        self.notes.append(text)

    def extend(self, problems: Iterable[Problem]) -> None:
        """Report several; see `report`."""
        for problem in problems:
            self.report(problem.place, problem.reason)

    def write(self, path: Path) -> None:
        """List what was skipped in a JSON Lines file, one object with `place` and `reason` each."""
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for problem in self.rows:
                file.write(to_json(asdict(problem)) + "\n")


__all__ = ["Problem", "Problems"]
