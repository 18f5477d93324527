"""The importer of Timers and Such."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.timers_and_such import parse_semantics
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

COLUMNS = (
    "path", "semantics", "speakerId", "transcription", "formatted_transcription",
    "asr_transcription", "WER",
)  # fmt: skip
TIMER = {"intent": "SetTimer", "slots": {"hours": 0, "minutes": 5, "seconds": 0}}


def row(name: str, meaning: Any, text: str, speaker: str = "ab12") -> list[str]:
    return [name, str(meaning), speaker, text, text.upper(), text.upper(), "0.0"]


FIVE = row("train-real/ab12_prompt-1_0.wav", TIMER, "set a timer for 5 minutes")


def write(folder: Path, split: str, *rows: list[str]) -> None:
    with (folder / f"{split}.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, np.zeros(1600, np.int16), 16_000)


def load(folder: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(
        read("timers-and-such", folder, Problems() if problems is None else problems, partial=True)
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "train-real", FIVE)
    sound(tmp_path / FIVE[0])
    return tmp_path


def slots_of(folder: Path, meaning: Any, text: str) -> tuple[SlotLabel, ...]:
    write(folder, "train-real", row(FIVE[0], meaning, text))
    return load(folder)[0].slots


def test_a_recording(folder: Path) -> None:
    assert load(folder) == [
        Utterance(
            "train-real/ab12_prompt-1_0", audio="train-real/ab12_prompt-1_0.wav",
            text="set a timer for 5 minutes", intent="SetTimer", speaker="ab12", split="train-real",
            slots=(SlotLabel("hours", 0), SlotLabel("minutes", 5, 16, 17), SlotLabel("seconds", 0)),
            meta={"formatted_transcription": "SET A TIMER FOR 5 MINUTES",
                  "asr_transcription": "SET A TIMER FOR 5 MINUTES", "WER": "0.0"},
        )
    ]  # fmt: skip


def test_splits_come_in_order_and_their_union_is_not_read(folder: Path) -> None:
    for split in ("test-synth", "dev-real"):
        write(folder, split, row(f"{split}/x.wav", TIMER, "5 minutes"))
        sound(folder / f"{split}/x.wav")
    write(folder, "all-real", FIVE)
    assert [u.split for u in load(folder)] == ["train-real", "dev-real", "test-synth"]


def test_values_in_a_time_are_placed(folder: Path) -> None:
    alarm = {"intent": "SetAlarm", "slots": {"am_or_pm": "PM", "hour": 5, "minute": 30}}
    assert slots_of(folder, alarm, "wake me at 5:30PM") == (
        SlotLabel("am_or_pm", "PM", 15, 17), SlotLabel("hour", 5, 11, 12),
        SlotLabel("minute", 30, 13, 15),
    )  # fmt: skip


def test_equal_values_are_placed_in_order_or_not_at_all(folder: Path) -> None:
    sums = {"intent": "SimpleMath", "slots": {"number1": 2, "number2": 2, "op": " plus "}}
    assert slots_of(folder, sums, "what is 2 plus 2") == (
        SlotLabel("number1", 2, 8, 9), SlotLabel("number2", 2, 15, 16),
        SlotLabel("op", "plus", 10, 14),
    )  # fmt: skip
    one = {"intent": "SimpleMath", "slots": {"number1": 2}}
    assert slots_of(folder, one, "what is 2 plus 2") == (SlotLabel("number1", 2),)
    assert slots_of(folder, one, "what is 2.5 of 12 surplus 0.2") == (SlotLabel("number1", 2),)


def test_pipes_and_thirds_of_prepared_tables(folder: Path) -> None:
    written = (
        "{'intent': 'UnitConversion'| 'slots': {'amount': 0.3333333333333333| 'unit1': 'cup'}}"
    )
    assert slots_of(folder, written, "a cup") == (
        SlotLabel("amount", 0.33), SlotLabel("unit1", "cup", 2, 5),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({0: " "}, "the cell of path is empty"),
        ({3: ""}, "the cell of transcription is empty"),
        ({1: "{'intent': 'SetTimer'"}, "found the meaning"),
        ({1: "[1]"}, "found the meaning '[1]', expected {'intent'"),
        ({1: "{'intent': 'SetTimer', 'slots': {'hours': [1]}}"}, "found [1] in the slot 'hours'"),
        ({1: "{'intent': 'SetTimer', 'slots': {'hours': 1e999}}"}, "found inf in the slot"),
        ({1: "{'intent': 'SetTimer', 'slots': {5: 1}}"}, "found the slot 5"),
        ({1: "{" * 5_000}, "found the meaning"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(
    folder: Path, cells: dict[int, str], reason: str
) -> None:
    write(folder, "train-real", FIVE, [cells.get(n, cell) for n, cell in enumerate(FIVE)])
    with pytest.raises(DataError, match=r"train-real\.csv:3: ") as error:
        load(folder)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert [u.id for u in load(folder, problems)] == ["train-real/ab12_prompt-1_0"]
    assert [problem.place for problem in problems.rows] == ["train-real.csv:3"]


def test_a_missing_recording_and_a_second_row_of_the_same(folder: Path) -> None:
    write(folder, "train-real", FIVE, FIVE)
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(folder)
    (folder / FIVE[0]).unlink()
    with pytest.raises(DataError, match=r"csv:\d+: the recording .*ab12_prompt-1_0"):
        load(folder)


def test_a_folder_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found no file such as train-real\.csv"):
        load(tmp_path)
    (tmp_path / "dev-real.csv").write_text("path,intent\n")
    with pytest.raises(DataError, match="expected path, semantics, speakerId, transcription"):
        load(tmp_path)


VALUES = st.integers(-999, 999) | st.floats(-99, 99).map(lambda x: round(x, 2)) | st.text("ab 'é\"")


@settings(deadline=None)
@given(st.dictionaries(st.text("ab1_", min_size=1), VALUES, max_size=4))
def test_a_written_meaning_is_read_back(slots: dict[str, int | float | str]) -> None:
    written = str({"intent": "SetTimer", "slots": slots})
    plain = {name: v.strip() if isinstance(v, str) else v for name, v in slots.items()}
    assert parse_semantics(written) == ("SetTimer", plain)
    assert parse_semantics(written.replace(", ", "| ")) == ("SetTimer", plain)


@settings(deadline=None)
@given(st.text("{}[]()'\":,|\\1eE.-jintslo \0", max_size=40))
def test_any_text_is_a_meaning_or_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="found the meaning"):
        parse_semantics(text)
