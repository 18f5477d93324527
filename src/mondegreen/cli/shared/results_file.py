"""A folder of recordings into one JSON Lines file that survives being stopped at any point."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from ...assistant.session import Tally, UtteranceResult
from ...errors import DataError
from ...jobs.journal import Journal
from ...jobs.lock import alone


class ResultsFile:
    """Results on disk, one line an utterance; opening it again goes on where it stopped.

    A file whose last line says `"more": true` was left in the middle. While it is open, no other
    process can write to it.
    """

    def __init__(self, path: Path) -> None:
        """Raises DataError when `path` is no place for results or holds something else, Busy when
        another process writes there."""
        self.path = path
        self.tally = Tally()
        self._last: dict[str, Mapping[str, Any]] = {}
        """The last row of every source."""
        _check_place(path)
        with ExitStack() as stack:
            stack.enter_context(alone(path))
            self._journal = stack.enter_context(Journal(path, begins=b'{"audio"'))
            for number, row in enumerate(self._journal.entries(), 1):
                self._count(self._row(row, number))
            self._open = stack.pop_all()

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def done(self, audio: str) -> bool:
        """Whether everything in this source has been written."""
        return audio in self._last and not self._last[audio].get("more", False)

    def last_offset(self, audio: str) -> float:
        """Offset of the last utterance written of a source; -1 before the first."""
        return float(self._last[audio]["offset"]) if audio in self._last else -1.0

    def add(self, utterance: UtteranceResult) -> None:
        """Append one result."""
        row = utterance.to_json()
        self._append({**row, "more": True} if utterance.more else row)

    def add_error(self, audio: str, error: Exception) -> None:
        """Append a source that could not be read."""
        # An error may name a file whose name is not UTF-8.
        reason = str(error).encode(errors="replace").decode()
        self._append({"audio": audio, "error": reason})

    def _append(self, row: Mapping[str, Any]) -> None:
        self._journal.append(row)
        self._count(row)

    def _count(self, row: Mapping[str, Any]) -> None:
        self._last[row["audio"]] = row
        if "error" in row:
            self.tally.bad += 1
        else:
            self.tally.count(row["status"])

    def _row(self, row: Any, number: int) -> Mapping[str, Any]:
        if not isinstance(row, dict) or "audio" not in row or not {"status", "error"} & row.keys():
            raise DataError(
                f"{self.path}:{number}: found a line that is not a result of 'mondegreen hear', "
                "expected the file of an earlier run or a new name"
            )
        return row


def _check_place(path: Path) -> None:
    if path.parent.exists() and not path.parent.is_dir():
        raise DataError(f"{path}: {path.parent} is a file, not a folder; name another place")
    if not path.parent.is_dir():
        raise DataError(f"{path}: the folder {path.parent} does not exist; create it first")
    if path.is_dir():
        raise DataError(f"{path}: found a folder, expected the name of a .jsonl file")
    if path.exists() and not path.is_file():
        raise DataError(f"{path}: found a pipe or a device, expected the name of a .jsonl file")
