"""Real engines over real recordings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mondegreen.audio.samples import RATE, Samples
from mondegreen.audio.write import write_audio
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.evaluate.running import EngineChoice, evaluation_set, run_trials, unknown_intents
from mondegreen.evaluate.scores import score
from mondegreen.evaluate.trial import Trial
from mondegreen.jobs.problems import Problems

HOME = """
context:
  expressions:
    On: ["turn on the $room:room light"]
    Stop: ["stop the music"]
  slots: {room: [kitchen, attic]}
"""
Say = Callable[..., Samples]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, say: Say) -> Path:
    """Three commands in one recording, a stranger's sentence, and a grammar."""
    place = tmp_path_factory.mktemp("home")
    texts = ["turn on the kitchen light", "stop the music", "turn on the attic light"]
    sounds = [say(text) for text in texts]
    write_audio(place / "all.flac", np.concatenate(sounds), RATE)
    write_audio(place / "other.flac", say("my uncle lives beside a river"), RATE)
    ends = np.cumsum([len(sound) / RATE for sound in sounds])
    labels = [("On", "kitchen"), ("Stop", None), ("On", "attic")]
    rows = [
        Utterance(
            f"u{n}", audio="all.flac", start=float(ends[n] - len(sounds[n]) / RATE),
            duration=len(sounds[n]) / RATE, text=texts[n], intent=intent, split="test",
            slots=(SlotLabel("room", room),) if room else (),
        )
        for n, (intent, room) in enumerate(labels)
    ]  # fmt: skip
    rows.append(Utterance("other", audio="other.flac", split="train"))
    write_manifest(place / "m.jsonl", rows)
    (place / "home.yaml").write_text(HOME, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def manifest(folder: Path) -> Manifest:
    return Manifest.open(folder / "m.jsonl")


@pytest.fixture(scope="module")
def choice(folder: Path) -> EngineChoice:
    return EngineChoice(str(folder / "home.yaml"), settings={"refuse_below": 0.5})


def timeless(trials: list[Trial]) -> list[Trial]:
    return [
        replace(t, answers=tuple(replace(a, result=a.result and replace(a.result, compute_ms=0.0))
                                 for a in t.answers))
        for t in trials
    ]  # fmt: skip


def test_any_number_of_processes_gives_the_same(manifest: Manifest, choice: EngineChoice) -> None:
    tests = evaluation_set(manifest)
    alone = list(run_trials(tests, [choice]))
    together = list(run_trials(tests, [choice], workers=2))
    assert [t.utterance.id for t in alone] == ["u0", "u1", "u2", "other"]
    assert timeless(together) == timeless(alone)
    scores = score(alone)
    assert scores["exact_match"] is not None
    assert (scores["exact_match"].value, scores["exact_match"].n) == (1.0, 3)
    assert scores["wer"] is not None
    assert scores["wer"].value == 0.0
    assert scores["false_accepts"] is not None
    assert (scores["false_accepts"].value, scores["false_accepts"].n) == (0.0, 1)


def test_what_is_done_is_not_done_again(manifest: Manifest, choice: EngineChoice) -> None:
    tests = evaluation_set(manifest, split="test")
    first = next(run_trials(tests, [choice]))
    marked = replace(first, seconds=-1.0)
    trials = list(run_trials(tests, [choice], done=[marked]))
    assert [t.utterance.id for t in trials] == ["u0", "u1", "u2"]
    assert trials[0] is marked


def test_a_limit_draws_and_a_larger_one_keeps_the_drawn(manifest: Manifest) -> None:
    drawn = [{u.id for u in evaluation_set(manifest, limit=n, seed=5).utterances}
             for n in (2, 3, 9)]  # fmt: skip
    assert drawn[0] < drawn[1] < drawn[2]
    assert len(drawn[2]) == 4


def test_intents_that_the_engine_lacks(manifest: Manifest, folder: Path) -> None:
    smaller = HOME.replace('    Stop: ["stop the music"]\n', "")
    (folder / "smaller.yaml").write_text(smaller, encoding="utf-8")
    engine = EngineChoice(str(folder / "smaller.yaml")).load()
    assert unknown_intents(engine, evaluation_set(manifest)) == ["Stop"]


def test_recordings_that_cannot_be_read_stop_or_are_listed(
    folder: Path, choice: EngineChoice
) -> None:
    rows = [*Manifest.open(folder / "m.jsonl"), Utterance("gone", audio="gone.flac", intent="Stop")]
    tests = evaluation_set(Manifest.of(rows[::-1], folder))
    with pytest.raises(DataError, match=r"^gone: .*gone\.flac"):
        list(run_trials(tests, [choice]))
    problems = Problems(skip=True)
    assert len(list(run_trials(tests, [choice], problems=problems))) == 4
    assert [problem.place for problem in problems.rows] == ["gone"]


def test_speech_that_is_too_long_for_an_engine_is_an_error_of_its(
    folder: Path, choice: EngineChoice, say: Say
) -> None:
    speech = np.concatenate([say("stop the music")] * 100)
    write_audio(folder / "long.flac", speech, RATE)
    assert len(speech) > 120 * RATE
    rows = [Utterance("long", audio="long.flac", intent="Stop")]
    (trial,) = run_trials(evaluation_set(Manifest.of(rows, folder)), [choice])
    assert trial.answers[0].result is None
    assert "expected one utterance" in trial.answers[0].error
    scores = score([trial], rounds=5)
    assert scores["exact_match"] is not None
    assert scores["exact_match"].value == 0.0


@pytest.mark.parametrize(
    ("rows", "split", "message"),
    [
        ([Utterance("a", text="stop", intent="Stop")], None, "1 of 1 utterances have no audio"),
        ([Utterance("a", audio="a.wav", text="stop")], None, "no utterance has an intent"),
        ([Utterance("a", audio="a.wav", intent="Stop", split="tset")], "test",
         "no split 'test'; did you mean 'tset'"),
        ([Utterance("a", audio="a.wav", intent="Stop")], "test", "utterances have no split"),
        ([Utterance("a", audio="a.wav", intent="Stop")] * 2, None, "the id 'a' is that of line 1"),
    ],
)  # fmt: skip
def test_sets_that_cannot_be_scored(rows: list[Utterance], split: str | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        evaluation_set(Manifest.of(rows), split=split)
