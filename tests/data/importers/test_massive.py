"""The importer of MASSIVE."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from mondegreen.data.importers.importer import read
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

ENGLISH = {
    "id": "0", "locale": "en-US", "partition": "test", "scenario": "alarm", "intent": "alarm_set",
    "utt": "wake me up at five am this week",
    "annot_utt": "wake me up at [time : five am] [date : this week]", "worker_id": "1",
}  # fmt: skip
GERMAN = {
    **ENGLISH, "locale": "de-DE", "utt": "weck mich diese woche um fünf uhr morgens auf",
    "annot_utt": "weck mich [date : diese woche] um [time : fünf uhr morgens] auf",
    "worker_id": "8", "slot_method": [{"slot": "time", "method": "translation"}],
    "judgments": [{"worker_id": "32", "intent_score": 1}],
}  # fmt: skip
CHINESE = {
    **ENGLISH, "locale": "zh-CN", "utt": "这周早上五点叫醒我",
    "annot_utt": "[date : 这周] [time : 早上五点] 叫醒我",
}  # fmt: skip


def write(folder: Path, locale: str, *rows: Any) -> Path:
    path = folder / "1.0/data" / f"{locale}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in rows)
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def load(place: Path, problems: Problems | None = None, *, partial: bool = True) -> list[Utterance]:
    return list(
        read("massive", place, Problems() if problems is None else problems, partial=partial)
    )


def test_locales_are_chosen_by_the_files(tmp_path: Path) -> None:
    (tmp_path / "1.0").mkdir()
    (tmp_path / "1.0/LICENSE").write_text("CC BY 4.0")
    english = write(tmp_path, "en-US", ENGLISH)
    write(tmp_path, "de-DE", GERMAN)
    write(tmp_path, "zh-CN", CHINESE)
    de, en, zh = load(tmp_path)
    assert load(english) == [en]
    assert [(u.id, u.lang, u.split) for u in (de, en, zh)] == [
        ("de-DE-0", "de", "test"), ("en-US-0", "en", "test"), ("zh-CN-0", "zh", "test")
    ]  # fmt: skip
    assert en.slots == (
        SlotLabel("time", "five am", 14, 21), SlotLabel("date", "this week", 22, 31)
    )  # fmt: skip
    assert [s.words(de.text) for s in de.slots] == ["diese woche", "fünf uhr morgens"]
    assert [s.words(zh.text) for s in zh.slots] == ["这周", "早上五点"]
    assert zh.text == "这周早上五点叫醒我"
    assert en.meta == {"locale": "en-US", "scenario": "alarm", "worker_id": "1"}
    assert de.meta["judgments"] == GERMAN["judgments"]
    assert en.speaker is None


def test_the_held_out_sentences_have_no_labels(tmp_path: Path) -> None:
    row = {"id": "7", "locale": "en-US", "partition": "MMNLU-22", "utt": "what is up"}
    write(tmp_path, "en-US", row)
    (only,) = load(tmp_path, partial=False)
    assert (only.split, only.intent, only.slots) == ("MMNLU-22", None, ())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"intent": "alarm_sett"}, "unknown intent 'alarm_sett'; did you mean 'alarm_set'?"),
        (
            {"annot_utt": "wake me up at [tyme : five am]"},
            "unknown slot 'tyme'; did you mean 'time",
        ),
        ({"annot_utt": "wake me up at [time : five am"}, "stray bracket"),
        ({"annot_utt": None}, "expected a text as 'annot_utt'"),
        ({"partition": "devel"}, "found the partition 'devel', expected train, dev, test"),
        ({"utt": " "}, "expected a text as 'utt'"),
        ({"id": 4}, "expected a text as 'id'"),
        ({"locale": "en-GB"}, "found the locale en-GB in the file of en-US"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    write(tmp_path, "en-US", ENGLISH, {**ENGLISH, "id": "1", **change})
    with pytest.raises(DataError, match=r"data/en-US\.jsonl:2: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert [u.id for u in load(tmp_path, Problems(skip=True))] == ["en-US-0"]


def test_not_json_and_ids_that_come_twice(tmp_path: Path) -> None:
    write(tmp_path, "en-US", ENGLISH, "{", ENGLISH)
    problems = Problems(skip=True)
    assert len(load(tmp_path, problems)) == 1
    assert problems.rows[0].place.endswith("en-US.jsonl:2")
    assert "twice" in problems.rows[1].reason


def test_counts_are_those_of_every_locale(tmp_path: Path) -> None:
    write(tmp_path, "de-DE", GERMAN)
    write(tmp_path, "en-US", ENGLISH)
    with pytest.raises(
        DataError, match=r"0 in train where it states 23,028; 0 in dev .* 4,066; 2 in test .* 5,948"
    ):
        load(tmp_path, partial=False)


def test_a_whole_locale(tmp_path: Path) -> None:
    partitions = ["train"] * 11_514 + ["dev"] * 2_033 + ["test"] * 2_974
    rows = [{**ENGLISH, "id": str(n), "partition": part} for n, part in enumerate(partitions)]
    write(tmp_path, "en-US", *rows)
    assert Counter(u.split for u in load(tmp_path, partial=False)) == Counter(partitions)


def test_another_format_is_refused(tmp_path: Path) -> None:
    (tmp_path / "train.jsonl").write_text("{}\n")
    with pytest.raises(DataError, match=r"found no file such as en-US\.jsonl"):
        load(tmp_path)
