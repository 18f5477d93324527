"""A study: the same model trained on every rung of a ladder, and how its accuracy follows.

Runs go through `jobs.job`: in parallel, each written down when it is done, so that a study that
was stopped goes on with the next run.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NamedTuple, Protocol

import numpy as np
from msgspec import Meta

from ...data.make.frame_cache import FrameCache
from ...data.make.frame_cache import build as build_frames
from ...data.manifest import Manifest
from ...data.utterance import Utterance
from ...errors import DataError, MissingExtra
from ...evaluate.metrics import exact_match, intent_correct, slot_scores
from ...jobs.files import replacing
from ...jobs.job import Job, Result, finished, run_to_file
from ...jobs.lock import alone
from ...jobs.problems import Problems
from ...jobs.strict_json import to_json
from ...registry import Registry
from ...types import Meaning
from ...version import __version__
from ..corpus import check_words, each_once, from_utterances
from ..measures.measure import measure_corpus
from .ladder import TRAIN, Rung
from .ladder import build as build_ladder
from .relation import FEWEST_RUNGS, TOO_FEW_RUNGS, Relation, relate

RUNS = "runs.jsonl"
RESULTS = "results.json"
DEV, TEST = "dev", "test"
_SIZES = ("utterances", "words")
"""Measures that only say how much there is; a ladder holds it equal."""
_COMPARED = 1_000
"""Transcripts of a rung that are all compared by their sound: 5 s a rung, and the same for all."""


class Outcome(NamedTuple):
    """What a model said about the test utterances, beside what they mean."""

    references: Sequence[Meaning]
    predictions: Sequence[Meaning | None]


class Learner(Protocol):
    """A model to train: anything that learns from some utterances and reads others."""

    def __call__(self, rows: Sequence[Utterance], cache: FrameCache, seed: int) -> Outcome:
        """Learn from the utterances in `train` (and `dev`), and read those in `test`."""
        ...


LEARNERS: Registry[Learner] = Registry(
    "mondegreen.learners",
    "learner",
    {"frames-gru": "mondegreen.training.baselines.fit_frames_gru:frames_gru"},
)
"""Models that a study can train; `frames-gru` comes with the extra `train`."""


@dataclass(frozen=True)
class Settings:
    """What a study varies."""

    learner: str = "frames-gru"
    """Name of the model to train on every rung."""
    rungs: Annotated[int, Meta(ge=2)] = 8
    """Virtual data sets of falling complexity."""
    seeds: Annotated[int, Meta(ge=1)] = 3
    """Runs on every rung."""
    control_seeds: Annotated[int, Meta(ge=0)] = 1
    """Runs on each rung of the control ladder; 0 leaves it out."""
    ngram: Annotated[int, Meta(ge=1, le=5)] = 1
    """What may be rare: runs of so many words."""
    smallest: Annotated[float, Meta(ge=0.01, le=0.99)] = 0.25
    """Share of training that the last rung keeps."""
    seed: int = 1
    """Of the ladder; runs are numbered from 1."""


@lru_cache(maxsize=1)
def _ladder(manifest: str, settings: Settings) -> dict[str, Rung]:
    rungs = build_ladder(
        Manifest.open(manifest),
        rungs=settings.rungs,
        ngram=settings.ngram,
        smallest=settings.smallest,
        seed=settings.seed,
        control=settings.control_seeds > 0,
    )
    return {rung.name: rung for rung in rungs}


@lru_cache(maxsize=1)
def _cache(folder: str, manifest: str) -> FrameCache:
    return FrameCache.open(Path(folder), Manifest.open(manifest))


@dataclass(frozen=True)
class Trial:
    """Trains and tests one run: a rung and a seed."""

    manifest: str
    cache: str
    settings: Settings

    def __call__(self, item: tuple[str, int]) -> Result:
        name, seed = item
        rung = _ladder(self.manifest, self.settings)[name]
        began = time.monotonic()
        learn = LEARNERS.get(self.settings.learner)
        outcome = learn(rung.rows, _cache(self.cache, self.manifest), seed)
        right = exact_match(outcome.references, outcome.predictions)
        intents = intent_correct(outcome.references, outcome.predictions)
        row = {
            "rung": name,
            "seed": seed,
            "exact_match": float(right.mean()),
            "intent_accuracy": float(intents.mean()),
            "slot_f1": slot_scores(outcome.references, outcome.predictions).f1,
            "test": len(right),
            "right": np.flatnonzero(right).tolist(),
            "intents_right": np.flatnonzero(intents).tolist(),
            "seconds": round(time.monotonic() - began, 1),
        }
        return Result(row)


def study(
    manifest: Path,
    folder: Path,
    settings: Settings,
    *,
    embedding: str,
    workers: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Run a study of a spoken manifest in `folder`; its results, which are written there as well.

    Frames are cached in `folder/frames`, finished runs kept in `folder/runs`; measuring, which is
    quick, is always done anew. Raises DataError when the manifest has no audio, labels
    or test split, or `folder` holds another study; MissingExtra without the extra `train`.
    """
    _check_learner(settings.learner)
    data = Manifest.open(manifest).checked()
    _check(data)
    about = {
        "made_by": f"mondegreen {__version__} complexity study",
        "manifest": data.digest(),
        "settings": vars(settings),
    }
    rungs = _ladder(str(manifest), settings)
    trials = _trials(rungs.values(), settings)
    work = Trial(str(manifest), str(folder / "frames"), settings)
    job = Job(folder / "runs", about, trials, len(trials), work, "training", part=1)
    with alone(folder, folder=True) as lock:
        if not finished(job.folder, about, RUNS):
            say("encoding what the cache lacks")
            build_frames(data, folder / "frames", workers=workers)
        rows = run_to_file(job, lock, RUNS, workers=workers, problems=Problems())
        say("measuring the rungs")
        if settings.rungs < FEWEST_RUNGS:
            say(TOO_FEW_RUNGS)
        whole = manifest.resolve()
        results = {
            **about,
            "name": manifest.stem if manifest.stem != "manifest" else whole.parent.name,
            "source": str(whole),
            "embedding": embedding,
            **_results(rungs, rows, embedding, settings),
        }
        text = to_json(results, indent=1) + "\n"
        with replacing(folder / RESULTS) as temporary:
            temporary.write_text(text, encoding="utf-8")
    read_again: dict[str, Any] = json.loads(text)
    return read_again


def _check_learner(name: str) -> None:
    """An unknown name, or a missing library, is no reason to measure anything first."""
    if name in LEARNERS.ours and find_spec("torch") is None:
        raise MissingExtra(f"the learner {name!r}", "train")
    LEARNERS.get(name)


def _trials(rungs: Iterable[Rung], settings: Settings) -> list[tuple[str, int]]:
    """A rung and a seed for each run; every rung once before any of them twice."""
    trials = [
        (rung.name, seed + 1)
        for rung in rungs
        for seed in range(settings.control_seeds if rung.control else settings.seeds)
    ]
    return sorted(trials, key=lambda trial: trial[1])


def _check(data: Manifest) -> None:
    if not any(data.column("intent")):
        raise DataError(f"{data.name}: no utterance has an intent; a study needs labels")
    splits = set(data.column("split"))
    if TRAIN not in splits or TEST not in splits:
        names = ", ".join(sorted(split for split in splits if split)) or "none"
        raise DataError(
            f"{data.name}: its splits are {names}; expected 'train' and 'test' among them, which "
            "'mondegreen data split' makes"
        )
    check_words(from_utterances(data.name, data))  # now, and not after days of training


def _results(
    rungs: Mapping[str, Rung], rows: Sequence[Mapping[str, Any]], embedding: str, settings: Settings
) -> dict[str, Any]:
    """Measures and accuracies of each rung, and how they are related."""
    table = []
    for rung in rungs.values():
        train = [u for u in rung.rows if (u.split or TRAIN) == TRAIN]
        mine = [row for row in rows if row["rung"] == rung.name]
        table.append(
            {
                "rung": rung.name,
                "control": rung.control,
                "threshold": rung.threshold,
                "share": rung.share,
                "train": len(train),
                "measures": _measured(rung.name, train, embedding, settings.seed),
                "runs": mine,
                "exact_match": float(np.mean([row["exact_match"] for row in mine])),
                "intent_accuracy": float(np.mean([row["intent_accuracy"] for row in mine])),
                "slot_f1": float(np.mean([row["slot_f1"] for row in mine])),
            }
        )
    ladder = [row for row in table if not row["control"]]
    return {
        "rungs": table,
        "relations": {
            "exact_match": _relations(ladder, "right"),
            "intent_accuracy": _relations(ladder, "intents_right"),
        },
    }


def _measured(
    name: str, train: Sequence[Utterance], embedding: str, seed: int
) -> dict[str, float | None]:
    """The measures of a rung's training sentences, versions of one sentence taken once."""
    corpus = from_utterances(name, each_once(train))
    return measure_corpus(corpus, embedding=embedding, compared=_COMPARED, seed=seed).numbers()


def _relations(ladder: Sequence[Mapping[str, Any]], right: str) -> list[dict[str, Any]]:
    names = [name for name in ladder[0]["measures"] if name not in _SIZES]
    measures = {name: [row["measures"][name] for row in ladder] for name in names}
    runs = [[_flags(run_[right], run_["test"]) for run_ in row["runs"]] for row in ladder]
    relations: list[Relation] = relate(measures, runs, [row["train"] for row in ladder])
    return [{**vars(relation), "line": vars(relation.line)} for relation in relations]


def _flags(right: Sequence[int], count: int) -> Any:
    flags = np.zeros(count, bool)
    flags[list(right)] = True
    return flags


__all__ = ["DEV", "LEARNERS", "TEST", "Learner", "Outcome", "Settings", "study"]
