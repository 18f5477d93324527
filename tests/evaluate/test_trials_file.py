from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from mondegreen.audio.samples import Samples
from mondegreen.data.utterance import Utterance
from mondegreen.errors import Busy, DataError
from mondegreen.evaluate.running import digest_of
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.evaluate.trials_file import TrialsFile

Make = Callable[..., Any]
ON = ("On", {"room": "attic", "level": 5})


@dataclass(frozen=True)
class Named:
    """What a file of trials wants to know of an engine."""

    kind: str = "grammar"
    model: str = "home@1"


ONE = (Named(),)


@pytest.fixture
def three(trial: Make, answer: Make) -> list[Trial]:
    answers = [answer(ON, engine="grammar", model="home@1"), Answer(None, "too long"), answer(None)]
    refused = replace(answers[2].result, engine="grammar", model="home@1")
    return [
        trial("a", ON, answers[0]),
        trial("b", ON, answers[1]),
        trial("c", None, Answer(refused)),
    ]


def utterances(trials: list[Trial]) -> list[Any]:
    return [trial.utterance for trial in trials]


def test_what_was_written_comes_back(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        assert list(file.keep(three)) == three
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(row["id"], row["engine"]["right"]) for row in rows] == [
        ("a", True), ("b", False), ("c", True),
    ]  # fmt: skip
    assert rows[1]["engine"]["error"] == "too long"
    with TrialsFile(path, utterances(three), ONE) as file:
        assert list(file.done.values()) == three
        list(file.keep(three))
    assert len(path.read_text().splitlines()) == 3, "nothing is written twice"


def test_a_killed_run_goes_on(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        list(file.keep(three[:2]))
    path.write_bytes(path.read_bytes()[:-20])
    with TrialsFile(path, utterances(three), ONE) as file:
        assert list(file.done) == ["a"]
        list(file.keep(three))
    with TrialsFile(path, utterances(three), ONE) as file:
        assert list(file.done.values()) == three


def test_labels_that_changed_are_scored_anew(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        list(file.keep(three))
    mended = msgspec.structs.replace(three[0].utterance, slots=())
    with TrialsFile(path, [mended, *utterances(three)[1:]], ONE) as file:
        assert not file.done["a"].right()
        assert file.done["c"].right()
    first, *others = (json.loads(line) for line in path.read_text().splitlines())
    assert first["expected"] == {"intent": "On", "slots": []}
    assert first["engine"]["right"] is False
    assert len(others) == 2


def test_lines_about_other_utterances_stay(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        list(file.keep(three))
    before = path.read_bytes()
    with TrialsFile(path, utterances(three)[1:], ONE) as file:
        assert file.others == 1
        assert list(file.done) == ["b", "c"]
    assert path.read_bytes() == before


def test_answers_of_other_engines_are_not_mixed(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        list(file.keep(three))
    with pytest.raises(DataError, match=r"r\.jsonl:1: .*home@1, expected grammar home@2"):
        TrialsFile(path, utterances(three), (Named(model="home@2"),))
    with pytest.raises(DataError, match="answers of 1 engines, expected 2"):
        TrialsFile(path, utterances(three), ONE * 2)


def test_answers_with_other_settings_or_to_other_sounds_are_not_mixed(
    three: list[Trial], tmp_path: Path
) -> None:
    path, settings = tmp_path / "r.jsonl", [{"refuse_below": 0.5}]
    recordings = {t.utterance.id: np.full(9, i, np.float32) for i, t in enumerate(three)}

    def sound(utterance: Utterance) -> Samples:
        if utterance.id not in recordings:
            raise DataError(f"{utterance.id}: gone")
        return recordings[utterance.id]

    def opened(given: list[dict[str, Any]] = settings) -> TrialsFile:
        return TrialsFile(path, utterances(three), ONE, settings=given, sound=sound)

    tried = [replace(t, sound=digest_of(recordings[t.utterance.id])) for t in three]
    with opened() as file:
        list(file.keep(tried))
    before = path.read_bytes()
    with opened() as file:
        assert list(file.done.values()) == tried
        assert file.unsure == 0
    for other in ({}, {"refuse_below": 0.9}):
        with pytest.raises(
            DataError, match=r"r\.jsonl:1: .* setting of refuse_below; name another"
        ):
            opened([other])
    with pytest.raises(DataError, match="another setting of lexicon; name"):
        opened([{"lexicon": "3f", **settings[0]}])
    recordings["b"] = recordings["c"]
    with pytest.raises(DataError, match=r"r\.jsonl:2: .*another recording of 'b' .*; name another"):
        opened()
    del recordings["b"]  # an answer can be counted without its recording
    with opened() as file:
        assert list(file.done.values()) == tried
    assert path.read_bytes() == before


def test_lines_of_before_that_say_neither_are_counted(three: list[Trial], tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with TrialsFile(path, utterances(three), ONE) as file:
        list(file.keep(three))
    before = path.read_bytes()
    with TrialsFile(path, utterances(three), ONE, settings=[{}]) as file:
        assert file.unsure == len(file.done) == 3
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"audio": "a.wav", "status": "understood"}\n', "name another file"),
        (b'{"id": 7}\n', "no result of 'mondegreen evaluate'"),
        (b'{"id": "a", "seconds": 1.0}\n', "no result of 'mondegreen evaluate'"),
        (b'{"id": "a", "seconds": 1.0, "engine": 3}\n', "no result of 'mondegreen evaluate'"),
        (b'{"id": "a", "seconds": 1.0, "engine": {"result": {"status": "odd"}}}\n', "odd"),
        (b'{"id": nonsense}\n', "not JSON"),
    ],
)
def test_other_files_are_left_alone(
    three: list[Trial], tmp_path: Path, content: bytes, message: str
) -> None:
    path = tmp_path / "r.jsonl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=message):
        TrialsFile(path, utterances(three), ONE)
    assert path.read_bytes() == content


def test_one_run_at_a_time(three: list[Trial], tmp_path: Path) -> None:
    with TrialsFile(tmp_path / "r.jsonl", utterances(three), ONE), pytest.raises(Busy):
        TrialsFile(tmp_path / "r.jsonl", utterances(three), ONE)


def test_places_where_no_file_can_be(three: list[Trial], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="create it first"):
        TrialsFile(tmp_path / "none" / "r.jsonl", utterances(three), ONE)
    with pytest.raises(DataError, match="found a folder"):
        TrialsFile(tmp_path, utterances(three), ONE)
