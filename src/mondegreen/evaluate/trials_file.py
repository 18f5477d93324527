"""Trials on disk, one line of JSON an utterance: nothing is lost when a run is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from ..data.utterance import Utterance
from ..engines.engine import Engine
from ..errors import DataError
from ..jobs.files import replacing
from ..jobs.journal import Journal
from ..jobs.lock import alone
from ..jobs.strict_json import to_json
from .trial import Trial, from_row, to_row


class TrialsFile:
    """The trials of a run; opening the file again goes on where it stopped.

    While it is open, no other process can write to it.
    """

    def __init__(
        self, path: Path, utterances: Iterable[Utterance], engines: Iterable[Engine]
    ) -> None:
        """`utterances` and `engines` are what the run is about to try.

        Raises DataError when `path` is no place for results, or holds those of other engines or
        something else, and Busy when another process writes there.
        """
        self.path = path
        self.done: dict[str, Trial] = {}
        """What an earlier run has done of these utterances, by id, with their labels of today."""
        self.others = 0
        """Lines about other utterances, which this run leaves alone."""
        if not path.parent.is_dir():
            raise DataError(f"{path}: there is no folder {path.parent}; create it first")
        if path.is_dir():
            raise DataError(f"{path}: found a folder, expected the name of a .jsonl file")
        self._models = [(engine.kind, engine.model) for engine in engines]
        with ExitStack() as stack:
            stack.enter_context(alone(path))
            self._read({utterance.id: utterance for utterance in utterances})
            self._journal = stack.enter_context(Journal(path, begins=b'{"id"'))
            self._open = stack.pop_all()

    def __enter__(self) -> TrialsFile:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def keep(self, trials: Iterable[Trial]) -> Iterator[Trial]:
        """The same trials, each written down before it is handed on."""
        for trial in trials:
            if trial.utterance.id not in self.done:
                self._journal.append(to_row(trial))
            yield trial

    def _read(self, utterances: Mapping[str, Utterance]) -> None:
        """Take in what is there; where labels have changed since, the file changes with them."""
        with Journal(self.path, begins=b'{"id"') as journal:
            rows = list(journal.entries())
        today = [
            self._take(row, f"{self.path}:{number}", utterances)
            for number, row in enumerate(rows, 1)
        ]
        if today != rows:
            with replacing(self.path) as temporary:
                lines = (to_json(row) + "\n" for row in today)
                temporary.write_text("".join(lines), encoding="utf-8")

    def _take(self, row: Any, place: str, utterances: Mapping[str, Utterance]) -> Any:
        """Keep the trial of a line; the line as it is by the labels of today."""
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            raise DataError(f"{place}: found a line that is {_WANTED}")
        utterance = utterances.get(row["id"])
        if utterance is None:
            self.others += 1
            return row
        try:
            trial = from_row(row, utterance)
        except ValueError as error:
            raise DataError(f"{place}: {error}; this is {_WANTED}") from error
        self._check(trial, place)
        self.done[utterance.id] = trial
        return json.loads(json.dumps(to_row(trial)))

    def _check(self, trial: Trial, place: str) -> None:
        """Raise DataError for the trial of other engines than those of this run."""
        if len(trial.answers) != len(self._models):
            raise DataError(
                f"{place}: found the answers of {len(trial.answers)} engines, expected "
                f"{len(self._models)}; name another file"
            )
        for answer, model in zip(trial.answers, self._models, strict=True):
            if answer.result is not None and (answer.result.engine, answer.result.model) != model:
                raise DataError(
                    f"{place}: found an answer of {answer.result.engine} {answer.result.model}, "
                    f"expected {' '.join(model)}; name another file"
                )


_WANTED = "no result of 'mondegreen evaluate', expected the file of an earlier run or a new name"

__all__ = ["TrialsFile"]
