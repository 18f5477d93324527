"""Engines over a test set: which utterances, each understood once, in any number of processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..audio.samples import RATE, Samples
from ..data.manifest import Manifest
from ..data.recording import utterance_samples
from ..data.utterance import Utterance
from ..engines.load import load
from ..errors import DataError, MondegreenError
from ..jobs.files import digest, read_bytes
from ..jobs.problems import Problem, Problems
from ..jobs.processes import in_order
from ..registry import nearest
from .trial import Answer, Trial

if TYPE_CHECKING:
    from ..engines.engine import Engine

Sound = Callable[[Utterance], Samples]
"""Gives the samples of an utterance; importable by name, or a frozen dataclass with `__call__`."""


@dataclass(frozen=True)
class EngineChoice:
    """Which engine: what `mondegreen.load` takes, so that every process can load it."""

    source: str | None = None
    kind: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)

    def load(self) -> Engine:
        """The engine, loaded once in each process. Raises as `mondegreen.load`."""
        return _loaded(self)

    @property
    def name(self) -> str:
        """What people call it: its kind where that is given, and the name of its source."""
        source = Path(self.source).name if self.source else None
        return " ".join(part for part in (self.kind, source) if part) or "starter"

    @property
    def noted(self) -> dict[str, Any]:
        """The settings as JSON, by which answers with others are told apart: of a file its content
        counts, wherever it lies. Raises DataError for one that cannot be read."""
        return {name: _noted(value) for name, value in self.settings.items()}


def _noted(value: Any) -> Any:
    if isinstance(value, Path) and value.is_file():
        return digest(read_bytes(value, DataError))
    return value if isinstance(value, bool | int | float | str | None) else str(value)


@lru_cache(maxsize=2)  # one, or two that are compared
def _loaded(choice: EngineChoice) -> Engine:
    return load(choice.source, engine=choice.kind, **choice.settings)


@dataclass(frozen=True)
class Recorded:
    """The sound of utterances that lies in recordings below a folder."""

    root: Path

    def __call__(self, utterance: Utterance) -> Samples:
        return utterance_samples(self.root, utterance)


@dataclass(frozen=True)
class _Trying:
    """Gives one utterance to every engine."""

    engines: tuple[EngineChoice, ...]
    sound: Sound

    def __call__(self, utterance: Utterance) -> Trial | Problem:
        try:
            samples = self.sound(utterance)
        except DataError as error:
            place, _, reason = str(error).partition(": ")
            return Problem(place, reason)
        answers = tuple(_answer(choice.load(), samples) for choice in self.engines)
        return Trial(utterance, round(len(samples) / RATE, 3), answers, digest_of(samples))


def digest_of(samples: Samples) -> str:
    """By which a sound is known again, whatever file it lies in."""
    return digest(np.ascontiguousarray(samples).tobytes())


def _answer(engine: Engine, samples: Samples) -> Answer:
    """The engine's answer. What it cannot take, such as five minutes of speech, has none."""
    try:
        return Answer(engine.understand(samples))
    except MondegreenError as error:
        return Answer(None, str(error))


@dataclass(frozen=True)
class EvaluationSet:
    """The utterances that engines are evaluated on."""

    utterances: tuple[Utterance, ...]
    sound: Sound
    name: str = "utterances"
    """What messages call it."""
    intents: frozenset[str] = field(init=False)
    """Those of its labels."""

    def __post_init__(self) -> None:
        """Raises DataError for nothing, and where there is nothing to compare with."""
        if not self.utterances:
            raise DataError(f"{self.name}: found no utterance to evaluate")
        intents = frozenset(u.intent for u in self.utterances if u.intent is not None)
        if not intents:
            raise DataError(
                f"{self.name}: no utterance has an intent, so there is nothing to compare with; "
                "label what is said (utterances without an intent should be refused)"
            )
        object.__setattr__(self, "intents", intents)

    def __len__(self) -> int:
        return len(self.utterances)


def evaluation_set(
    manifest: Manifest,
    *,
    split: str | None = None,
    limit: int | None = None,
    seed: int = 0,
    problems: Problems | None = None,
) -> EvaluationSet:
    """The utterances of a manifest, or of one of its splits, in its order.

    `limit` draws so many of them by the `seed`; a larger limit keeps those that a smaller one drew.
    Rows that cannot be used go to `problems`. Raises DataError for a split that is not there, where
    utterances have no audio, and as EvaluationSet.
    """
    manifest, name = manifest.checked(problems), manifest.name
    if split is not None:
        splits = sorted({s for s in manifest.column("split") if s is not None})
        if split not in splits:
            there = nearest(split, splits) if splits else "; its utterances have no split"
            raise DataError(f"{name}: has no split {split!r}{there}")
        manifest, name = manifest.where(split=split), f"{name}, split {split}"
    utterances = tuple(manifest)
    if limit is not None:
        drawn_ids = {u.id for u in islice(manifest.shuffled(seed), limit)}
        utterances = tuple(u for u in utterances if u.id in drawn_ids)
    mute = [u.id for u in utterances if u.audio is None]
    if mute:
        raise DataError(
            f"{name}: {len(mute)} of {len(utterances)} utterances have no audio, only text (the "
            f"first is {mute[0]!r}); 'mondegreen data synthesize' speaks them"
        )
    return EvaluationSet(utterances, Recorded(manifest.root), name)


def unknown_intents(engine: Engine, tests: EvaluationSet) -> list[str]:
    """Intents of the labels that the engine does not have: it can only be wrong there."""
    return sorted(tests.intents - engine.schema.intents.keys())


def run_trials(
    tests: EvaluationSet,
    engines: Sequence[EngineChoice],
    *,
    workers: int = 1,
    done: Iterable[Trial] = (),
    problems: Problems | None = None,
) -> Iterator[Trial]:
    """Every utterance of the set, understood by one engine or by two that are compared.

    First come the trials that an earlier run has `done`, then the others in the order of the set.
    Utterances whose recording cannot be read go to `problems` (None: the first one raises
    DataError, as a set that lacks some is another set).
    """
    problems = Problems() if problems is None else problems
    earlier = {trial.utterance.id: trial for trial in done}
    yield from (earlier[u.id] for u in tests.utterances if u.id in earlier)
    remaining = [u for u in tests.utterances if u.id not in earlier]
    work = _Trying(tuple(engines), tests.sound)
    for outcome in in_order(work, remaining, min(workers, max(1, len(remaining)))):
        if isinstance(outcome, Problem):
            problems.extend([outcome])
        else:
            yield outcome


__all__ = [
    "EngineChoice",
    "EvaluationSet",
    "Recorded",
    "Sound",
    "digest_of",
    "evaluation_set",
    "run_trials",
    "unknown_intents",
]
