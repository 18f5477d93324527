"""The importer of NLU-Evaluation-Data in both of its layouts."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mondegreen.data.importers import nlu_evaluation
from mondegreen.data.importers.importer import read
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

REAL = Path(__file__).parents[4] / "shared/data/voice-assistant-nlu"
HEADER = (
    "userid;answerid;scenario;intent;status;answer_annotation;notes;suggested_entities;"
    "answer_normalised;answer;question\n"
)
ROWS = (
    '1;1;alarm;set;;"wake me up at [time : nine am] on [date : friday]";;;'
    '"wake me up at nine am on friday";"Wake me up at 9am; on Friday";"Write what you would tell"\n'
    '1;5;audio;volume_mute;;"stop";;;"stop";"stop";"Write ""stop"""\n'
    "2;6;general;joke;IRR_XR;tell me the weather of the moon;;;;;\n"
    "2;7;general;affirm;MOD;;;;;;\n"
    "2;8;general;affirm;MOD;[business_name :: olly] yes;;;;;\n"
)


def table(folder: Path, rows: str = ROWS, header: str = HEADER) -> Path:
    path = folder / "AnnotatedData" / nlu_evaluation.TABLE
    path.parent.mkdir(exist_ok=True)
    path.write_text(header + rows, encoding="utf-8")
    return path


def load(place: Path, problems: Problems | None = None, *, partial: bool = True) -> list[Utterance]:
    chosen = Problems() if problems is None else problems
    return list(read("nlu-evaluation", place, chosen, partial=partial))


def test_the_publishers_table(tmp_path: Path) -> None:
    path = table(tmp_path)
    problems = Problems()
    alarm, stop, yes = load(tmp_path, problems)
    assert load(path) == [alarm, stop, yes]
    assert (alarm.id, alarm.intent) == ("1", "alarm_set")
    assert alarm.text == "wake me up at nine am on friday"
    assert alarm.slots == (
        SlotLabel("time", "nine am", 14, 21),
        SlotLabel("date", "friday", 25, 31),
    )
    assert alarm.meta["answer"] == "Wake me up at 9am; on Friday"
    assert (stop.intent, stop.meta["question"]) == ("audio_volume_mute", 'Write "stop"')
    assert yes.meta["status"] == "MOD"
    assert yes.slots == (SlotLabel("business_name", "olly", 0, 4),)
    assert [note.partition(": ")[2] for note in problems.notes] == [
        "left out 1 rows marked as irrelevant (IRR_)", "left out 1 rows without words"
    ]  # fmt: skip


def test_a_part_of_the_table_is_not_taken_for_the_whole(tmp_path: Path) -> None:
    table(tmp_path)
    with pytest.raises(DataError, match="found 3 utterances where it states 25,714"):
        load(tmp_path, partial=False)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1;9;alarm;sett;;wake me;;;;;\n", "unknown intent 'alarm_sett'; did you mean 'alarm_set'"),
        ("1;9;alarm;set;;wake me [time : nine;;;;;\n", "stray bracket"),
        ("1;;alarm;set;;wake me;;;;;\n", "the answerid is empty"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(tmp_path: Path, row: str, reason: str) -> None:
    table(tmp_path, ROWS + row)
    with pytest.raises(DataError, match=r"Annotated-All\.csv:7: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert len(load(tmp_path, Problems(skip=True))) == 3


def test_an_answer_that_comes_twice(tmp_path: Path) -> None:
    table(tmp_path, ROWS + "1;1;alarm;set;;wake me;;;;;\n")
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(tmp_path)


def test_a_table_with_commas_is_refused(tmp_path: Path) -> None:
    table(tmp_path, ROWS.replace(";", ","), HEADER.replace(";", ","))
    with pytest.raises(DataError, match="answer_annotation"):
        load(tmp_path)


def plain(folder: Path, *rows: Any) -> Path:
    path = folder / "train.jsonl"
    path.write_text("".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in rows))
    return path


def test_the_plain_layout(tmp_path: Path) -> None:
    slot = {"name": "person", "value": "john", "start": 15, "end": 19}
    plain(tmp_path, {"text": "when did i call john", "intent": "email_querycontact",
                     "slots": [{**slot, "start": 16, "end": 20}]},
          "", {"text": "stop", "intent": "mine", "slots": [], "source": "me"})  # fmt: skip
    call, stop = load(tmp_path)
    assert call.slots == (SlotLabel("person", "john", 16, 20),)
    assert (call.split, call.id) == ("train", "train-00001")
    assert (stop.intent, stop.meta) == ("mine", {"source": "me"})


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "JSON"),
        ({"intent": "a"}, "expected words as 'text'"),
        ({"text": "a", "intent": " "}, "expected words as 'intent'"),
        ({"text": "call john", "intent": "a", "slots": [{"name": "p", "value": "john", "start": 0,
          "end": 4}]}, "characters 0 to 4 say 'call'"),
        ({"text": "call", "intent": "a", "slots": [{"name": "p", "start": 2, "end": 9}]},
         "lies at characters 2 to 9 of a text of 4"),
        ({"text": "call", "intent": "a", "slots": [{"value": "call"}]}, "found the slot"),
    ],
)  # fmt: skip
def test_a_broken_line_of_the_plain_layout(tmp_path: Path, row: Any, reason: str) -> None:
    plain(tmp_path, {"text": "stop", "intent": "mine"}, row)
    with pytest.raises(DataError, match=r"train\.jsonl:2: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert [u.text for u in load(tmp_path, Problems(skip=True))] == ["stop"]


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found neither"):
        load(tmp_path)


@pytest.mark.skipif(not REAL.is_dir(), reason="the data set is not beside the project")
def test_the_real_sentences() -> None:
    problems = Problems()
    utterances = list(read("nlu-evaluation", REAL, problems))
    assert len(utterances) == 9_933
    assert not problems.rows
    intents = Counter(u.intent for u in utterances)
    assert len(intents) == 64
    assert len({s.name for u in utterances for s in u.slots}) == 54
    assert all(s.words(u.text) == s.value for u in utterances for s in u.slots)
