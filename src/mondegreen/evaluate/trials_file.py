"""Trials on disk, one line of JSON an utterance: nothing is lost when a run is stopped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from .running import Sound, digest_of
from .trial import ENGINES, Trial, from_row, to_row


class TrialsFile:
    """The trials of a run; opening the file again goes on where it stopped.

    While it is open, no other process can write to it.
    """

    def __init__(
        self,
        path: Path,
        utterances: Iterable[Utterance],
        engines: Iterable[Engine],
        *,
        settings: Sequence[Mapping[str, Any]] | None = None,
        sound: Sound | None = None,
    ) -> None:
        """`utterances` and `engines` are what the run is about to try, `settings` what each engine
        is given (see `EngineChoice.noted`), `sound` gives the samples; None is not compared.

        Raises DataError when `path` is no place for results, or holds those of other engines,
        settings or sounds or something else, and Busy when another process writes there.
        """
        self.path = path
        self.done: dict[str, Trial] = {}
        """What an earlier run has done of these utterances, by id, with their labels of today."""
        self.others = 0
        """Lines about other utterances, which this run leaves alone."""
        self.unsure = 0
        """Lines of before, which do not say with which settings and of which sound they are."""
        if not path.parent.is_dir():
            raise DataError(f"{path}: there is no folder {path.parent}; create it first")
        if path.is_dir():
            raise DataError(f"{path}: found a folder, expected the name of a .jsonl file")
        self._settings, self._sound = settings, sound
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
                self._journal.append(_row(trial, self._settings))
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
        settings = [row[name].get("settings") for name in ENGINES if name in row]
        noted = None if None in settings else settings
        self._check_settings(noted, place)
        self._check_sound(trial, place)
        self.unsure += self._settings is not None and not (trial.sound and noted)
        self.done[utterance.id] = trial
        return json.loads(json.dumps(_row(trial, noted)))

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

    def _check_settings(self, noted: Sequence[Any] | None, place: str) -> None:
        """Raise DataError for engines that were given something else."""
        if noted is None or self._settings is None:
            return
        for given, now in zip(noted, self._settings, strict=True):
            there = given if isinstance(given, dict) else {}
            names = [n for n in dict.fromkeys([*there, *now]) if there.get(n) != now.get(n)]
            if names:
                raise DataError(
                    f"{place}: found an answer with another setting of {', '.join(names)}; name "
                    "another file"
                )

    def _check_sound(self, trial: Trial, place: str) -> None:
        """Raise DataError for an utterance that sounds otherwise today."""
        if self._sound is None or not trial.sound:
            return
        try:
            sound = digest_of(self._sound(trial.utterance))
        except DataError:
            return  # what is gone cannot be understood anew: the answer is that of then
        if sound != trial.sound:
            raise DataError(
                f"{place}: found an answer to another recording of {trial.utterance.id!r} than "
                "there is now; name another file"
            )


def _row(trial: Trial, settings: Sequence[Mapping[str, Any]] | None) -> dict[str, Any]:
    """A trial as JSON, with what each engine was given."""
    row = to_row(trial)
    for name, given in zip(ENGINES, settings or (), strict=False):
        row[name]["settings"] = given
    return row


_WANTED = "no result of 'mondegreen evaluate', expected the file of an earlier run or a new name"

__all__ = ["TrialsFile"]
