"""A folder of recordings into one JSON Lines file that survives being stopped at any point."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ...assistant.session import Tally, UtteranceResult
from ...errors import DataError


class ResultsFile:
    """Results on disk, one line an utterance; opening it again goes on where it stopped.

    A file whose last line says `"more": true` was left in the middle.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.tally = Tally()
        self._last: dict[str, Mapping[str, Any]] = {}
        """The last row of every source."""
        if path.parent.exists() and not path.parent.is_dir():
            raise DataError(f"{path}: {path.parent} is a file, not a folder; name another place")
        if not path.parent.is_dir():
            raise DataError(f"{path}: the folder {path.parent} does not exist; create it first")
        if path.is_dir():
            raise DataError(f"{path}: found a folder, expected the name of a .jsonl file")
        if path.exists():
            self._read()

    def done(self, audio: str) -> bool:
        """Whether everything in this source has been written."""
        return audio in self._last and not self._last[audio].get("more", False)

    def reached(self, audio: str) -> float:
        """Offset of the last utterance written of a source; -1 before the first."""
        return float(self._last[audio]["offset"]) if audio in self._last else -1.0

    def add(self, utterance: UtteranceResult) -> None:
        """Append one result."""
        row = utterance.to_json()
        self._append({**row, "more": True} if utterance.more else row)

    def add_error(self, audio: str, error: Exception) -> None:
        """Append a source that could not be read."""
        self._append({"audio": audio, "error": str(error)})

    def _append(self, row: Mapping[str, Any]) -> None:
        line = json.dumps(row, ensure_ascii=False) + "\n"
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            with self.path.open("ab") as file:  # one write: there whole or cut at its end
                # An error may name a file whose name is not UTF-8.
                file.write(line.encode(errors="replace"))
        except OSError:
            # A full disk takes the first half of a line.
            if self.path.exists():
                os.truncate(self.path, size)
            raise
        self._count(row)

    def _count(self, row: Mapping[str, Any]) -> None:
        self._last[row["audio"]] = row
        if "error" in row:
            self.tally.bad += 1
        else:
            self.tally.count(row["status"])

    def _read(self) -> None:
        whole = 0
        with self.path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                # A run that was killed leaves half a line at the end.
                half = not line.endswith(b"\n")
                if half and (number > 1 or line.startswith(b'{"audio"'[: len(line)])):
                    break
                self._count(self._row(line, number))
                whole += len(line)
        if whole < self.path.stat().st_size:
            os.truncate(self.path, whole)

    def _row(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            row = json.loads(line)
        except ValueError:  # not JSON, or not even UTF-8
            row = None
        if not isinstance(row, dict) or "audio" not in row or not {"status", "error"} & row.keys():
            raise DataError(
                f"{self.path}:{number}: found a line that is not a result of 'mondegreen hear', "
                "expected the file of an earlier run or a new name"
            )
        return row
