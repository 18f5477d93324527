"""The importer of Fluent Speech Commands, on a small copy of its layout."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers import fsc
from mondegreen.data.importers.importer import read
from mondegreen.data.importers.reading.split_sets import by_split_set
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

HEADER = ",path,speakerId,transcription,action,object,location\n"
TWICE = ",Unnamed: 0,path,speakerId,transcription,action,object,location\n"
ANNE, BOB = "2BqVo8kVB2Skwgyb", "4BrX8aDqK2cLZRYl"
ROWS = {
    "train": [
        (ANNE, "a1", "Turn on the lights in the kitchen", "activate,lights,kitchen"),
        (ANNE, "a2", '"I need to hear this, increase the volume"', "increase,volume,none"),
        (ANNE, "a3", "Turn up the bathroom temperature", "increase,heat,washroom"),
    ],
    "valid": [(BOB, "b1", "Change language", "change language,none,none")],
    "test": [(BOB, "b2", "That’s too loud", "decrease,volume,none")],
}


def path(speaker: str, name: str) -> str:
    return f"wavs/speakers/{speaker}/{name}.wav"


def line(number: int, row: tuple[str, str, str, str], *, twice: bool = False) -> str:
    speaker, name, text, labels = row
    numbers = f"{number},{number}" if twice else str(number)
    return f"{numbers},{path(speaker, name)},{speaker},{text},{labels}\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "fluent_speech_commands_dataset"
    (root / "data").mkdir(parents=True)
    for split, rows in ROWS.items():
        table = HEADER + "".join(line(number, row) for number, row in enumerate(rows))
        (root / f"data/{split}_data.csv").write_text(table, encoding="utf-8")
        for speaker, name, *_ in rows:
            file = root / path(speaker, name)
            file.parent.mkdir(parents=True, exist_ok=True)
            sf.write(file, np.zeros(1_600, np.float32), 16_000)
    return root


def divide(folder: Path, **splits: list[tuple[str, str, str, str]]) -> None:
    """Write the tables of a further division."""
    folder.mkdir(parents=True)
    for split, rows in splits.items():
        table = TWICE + "".join(line(number, row, twice=True) for number, row in enumerate(rows))
        (folder / f"{split}_data.csv").write_text(table, encoding="utf-8")


def add(data: Path, *lines: str, split: str = "train") -> None:
    with (data / f"data/{split}_data.csv").open("a", encoding="utf-8") as file:
        file.writelines(lines)


def load(
    folder: Path, problems: Problems | None = None, *, partial: bool = True
) -> list[Utterance]:
    chosen = Problems() if problems is None else problems
    return list(read("fsc", folder, chosen, partial=partial))


def test_the_official_splits(data: Path) -> None:
    lights, volume, heat, language, loud = load(data)
    assert lights.id == f"{ANNE}-a1"
    assert lights.audio == path(ANNE, "a1")
    assert (lights.speaker, lights.split, lights.intent) == (ANNE, "train", "activate")
    assert lights.slots == (
        SlotLabel("object", "lights", 12, 18),
        SlotLabel("location", "kitchen", 26, 33),
    )
    assert volume.text == "I need to hear this, increase the volume"
    assert (volume.intent, volume.slots) == ("increase", (SlotLabel("object", "volume", 34, 40),))
    assert heat.slots == (SlotLabel("object", "heat"), SlotLabel("location", "washroom"))
    assert (language.intent, language.split, language.slots) == ("change language", "valid", ())
    assert (loud.text, loud.split, loud.meta) == ("That’s too loud", "test", {})


def test_what_is_known_of_speakers(data: Path) -> None:
    table = f"speakerId,gender,ageRange\n{ANNE},female,22-40\n"
    (data / "data/speaker_demographics.csv").write_text(table)
    utterances = load(data)
    assert utterances[0].meta["speaker"] == {"gender": "female", "ageRange": "22-40"}
    assert "speaker" not in utterances[3].meta


def test_every_label_is_one_of_the_readme() -> None:
    """SUPERB, which has a class for each, states 6 actions, 14 objects and 4 locations."""
    assert [len(labels) for labels in fsc.ONTOLOGY.values()] == [6, 14, 4]


@pytest.mark.parametrize("place", ["", "data"])
def test_further_divisions(data: Path, place: str) -> None:
    (a1, a2, a3), (b1,), (b2,) = ROWS.values()
    divide(data / place / "unseen_splits", train=[a1, a2], speaker_test=[b1], utterance_test=[a3])
    divide(data / place / "challenge_splits", train=[b1], valid=[b2], utterance_test=[a1])
    divide(data / place / "original_splits", train=[a1, a2, a3])
    utterances = load(data)
    assert [u.split for u in utterances] == ["train", "train", "train", "valid", "test"]
    assert utterances[0].meta["splits"] == {"unseen": "train", "challenge": "utterance_test"}
    unseen = list(by_split_set(utterances, "unseen", data))
    assert [(u.id[-2:], u.split) for u in unseen] == [
        ("a1", "train"), ("a2", "train"), ("a3", "utterance_test"), ("b1", "speaker_test")
    ]  # fmt: skip
    assert unseen[0].meta["splits"] == {"challenge": "utterance_test", "official": "train"}
    with pytest.raises(DataError, match="expected one of official, challenge, unseen"):
        list(by_split_set(utterances, "unheard", data))


def test_a_division_that_does_not_divide(data: Path) -> None:
    a1 = ROWS["train"][0]
    divide(data / "unseen_splits", train=[a1], utterance_test=[a1])
    with pytest.raises(
        DataError, match=r"utterance_test_data\.csv:2: .*is in the split train of 'unseen'"
    ):
        load(data)


def test_a_division_of_other_recordings(data: Path) -> None:
    divide(data / "unseen_splits", train=[(ANNE, "a9", "Volume up", "increase,volume,none")])
    with pytest.raises(
        DataError, match=r"unseen_splits/train_data\.csv:2: .*in none of the main tables"
    ):
        load(data)
    assert len(load(data, Problems(skip=True))) == 5


def test_a_part_is_not_taken_for_the_whole(data: Path) -> None:
    with pytest.raises(DataError, match="found 3 in train where it states 23,132; 1 in valid"):
        load(data, partial=False)


def test_a_missing_recording(data: Path) -> None:
    (data / path(ANNE, "a2")).unlink()
    with pytest.raises(DataError, match=r":\d+: the recording .* is missing"):
        load(data)


def test_a_recording_that_comes_twice(data: Path) -> None:
    add(data, line(1, ROWS["train"][0]), split="test")
    with pytest.raises(DataError, match=f":3: the id '{ANNE}-a1' occurs twice"):
        load(data)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"3,{path(ANNE, 'a1')},{ANNE},Light on,activate,light,none\n", "did you mean 'lights'"),
        (f"3,{path(ANNE, 'a1')},{ANNE},Music on,start,music,none\n", "unknown action 'start'"),
        (f"3,{path(ANNE, 'a1')},{ANNE},Lights on,activate\n", "unknown object ''"),
        (f"3,{path(ANNE, 'a1')},{ANNE},,activate,lights,none\n", "'transcription' is empty"),
        (f"3,{path(ANNE, 'a1')},{ANNE},Hi, there,activate,lights,none\n", "found 8 cells"),
        (f"3,,{ANNE},Lights on,activate,lights,none\n", "'path' is empty"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(data: Path, row: str, reason: str) -> None:
    add(data, row)
    with pytest.raises(DataError, match=r"data/train_data\.csv:5: ") as error:
        load(data)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert len(load(data, problems)) == 5
    assert [problem.place for problem in problems.rows] == ["data/train_data.csv:5"]


def test_a_recording_outside_the_folder(data: Path) -> None:
    add(data, f"3,../a.wav,{ANNE},Lights on,activate,lights,none\n")
    with pytest.raises(DataError, match="outside"):
        load(data)


def test_a_table_without_a_column(data: Path) -> None:
    (data / "data/train_data.csv").write_text("path,speakerId\n")
    with pytest.raises(DataError, match="expected path, speakerId, transcription"):
        load(data)


def test_another_folder_is_refused(data: Path) -> None:
    with pytest.raises(DataError, match=r"found no data/train_data\.csv"):
        load(data.parent)
