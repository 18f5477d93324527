"""The importer of SLURP, on a small copy of its layout."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.data.importers import slurp
from mondegreen.data.importers.importer import read
from mondegreen.data.manifest import Manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

Row = dict[str, Any]


def sentence(number: int, tokens: str, label: tuple[str, str], *files: str, **more: Any) -> Row:
    """A row as the publishers write it; `'s` belongs to the token before it."""
    scenario, action = label
    text = tokens.replace(" 's", "'s")
    recordings = [
        {"file": file, "wer": 0.25, "ent_wer": None, "status": "correct"} for file in files
    ]
    return {
        "slurp_id": number, "sentence": text, "sentence_annotation": text,
        "intent": f"{scenario}_{action}", "action": action,
        "tokens": [{"surface": token, "id": i, "lemma": token, "pos": "NN"}
                   for i, token in enumerate(tokens.split())],
        "scenario": scenario, "recordings": recordings, "entities": [], **more,
    }  # fmt: skip


WAKE = sentence(
    4489, "wake me up at eight o'clock", ("alarm", "set"),
    "audio-1502099775-headset.flac", "audio-1502099775.flac", "audio--1504194195.flac",
    entities=[{"span": [4], "type": "time"}],
)  # fmt: skip
PAUL = sentence(
    9, "what 's paul 's phone number", ("email", "querycontact"), "audio-1.flac",
    entities=[{"span": [2], "type": "person"}, {"span": [4, 5], "type": "personal_info"}],
)  # fmt: skip
FACT = sentence(11, "how tall is everest", ("qa", "factoid"), "audio-2.flac", intent="factoid")
SPOKEN = sentence(4489, "wake me up at eight o'clock", ("alarm", "set"), "audio-7_3.flac")
METADATA = {
    "4489": {"recordings": {"audio-1502099775.flac": {"usrid": "FO-460", "status": "correct"},
                            "audio--1504194195.flac": {"usrid": None}}},
}  # fmt: skip


def write(root: Path, split: str, *rows: Row | str, audio: str = "slurp_real") -> None:
    """A file of annotations, and the recordings it lists."""
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path = root / "dataset/slurp" / f"{split}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")
    (root / "audio" / audio).mkdir(parents=True, exist_ok=True)
    for row in rows:
        listed = row.get("recordings") if isinstance(row, dict) else None
        for recording in listed if isinstance(listed, list) else []:
            if "file" in recording:
                file = root / "audio" / audio / recording["file"]
                sf.write(file, np.zeros(1_600, np.float32), 16_000)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "slurp"
    write(root, "train", WAKE)
    write(root, "devel", PAUL)
    write(root, "test", FACT)
    write(root, "train_synthetic", SPOKEN, audio="slurp_synth")
    (root / "dataset/slurp/metadata.json").write_text(json.dumps(METADATA))
    return root


def load(
    folder: Path, problems: Problems | None = None, *, partial: bool = True
) -> list[Utterance]:
    chosen = Problems() if problems is None else problems
    return list(read("slurp", folder, chosen, partial=partial))


def test_an_utterance_per_recording(data: Path) -> None:
    problems = Problems()
    close, far, other, paul, fact, spoken = load(data, problems)
    assert not problems.notes
    assert [u.id for u in (close, far, other)] == [
        "audio-1502099775-headset", "audio-1502099775", "audio--1504194195"
    ]  # fmt: skip
    assert far.audio == "audio/slurp_real/audio-1502099775.flac"
    assert (far.text, far.intent, far.split) == (
        "wake me up at eight o'clock",
        "alarm_set",
        "train",
    )
    assert close.slots == far.slots == (SlotLabel("time", "eight", 14, 19),)
    assert far.meta == {"slurp_id": 4489, "wer": 0.25, "status": "correct"}
    assert close.meta["headset"] is True
    assert [u.speaker for u in (close, far, other)] == [None, "FO-460", None]
    assert (paul.split, fact.split, spoken.split) == ("devel", "test", "train_synthetic")
    assert spoken.audio == "audio/slurp_synth/audio-7_3.flac"


def test_words_that_are_two_tokens(data: Path) -> None:
    paul = load(data)[3]
    assert paul.text == "what's paul's phone number"
    assert paul.slots == (
        SlotLabel("person", "paul", 7, 11),
        SlotLabel("personal_info", "phone number", 14, 26),
    )


def test_scenario_and_action_are_the_label(data: Path) -> None:
    fact = load(data)[4]
    assert fact.intent == "qa_factoid"
    assert fact.meta["intent"] == "factoid"


def test_tokens_that_differ_from_the_sentence(data: Path) -> None:
    row = {**WAKE, "sentence": "Wake me up at eight", "recordings": WAKE["recordings"][:1]}
    write(data, "train", row)
    (u,) = (u for u in load(data) if u.split == "train")
    assert u.slots == (SlotLabel("time", "eight", 14, 19),)
    write(data, "train", {**row, "sentence": "Wake me up at 8"})
    (u,) = (u for u in load(data) if u.split == "train")
    assert u.slots == (SlotLabel("time", "eight"),)


@given(st.lists(st.text("ab'", min_size=1, max_size=3), min_size=1), st.data())
def test_every_token_is_found_where_it_stands(tokens: list[str], data: st.DataObject) -> None:
    gaps = [data.draw(st.sampled_from(["", " ", "  "])) for _ in tokens]
    text, expected = "", []
    for token, gap in zip(tokens, gaps, strict=True):
        expected.append((len(text + gap), len(text + gap + token)))
        text += gap + token
    assert slurp._places(tokens, text) == expected


def test_without_the_spoken_sentences_of_a_machine(data: Path) -> None:
    (data / "audio/slurp_synth/audio-7_3.flac").unlink()
    (data / "audio/slurp_synth").rmdir()
    problems = Problems()
    assert {u.split for u in load(data, problems)} == {"train", "devel", "test"}
    assert problems.notes == ["train_synthetic.jsonl was left out: there is no folder "
                              "audio/slurp_synth"]  # fmt: skip
    with pytest.raises(DataError) as error:
        load(data, partial=False)
    assert "synthetic" not in str(error.value)


def test_without_any_recordings(data: Path) -> None:
    (data / "audio").rename(data / "elsewhere")
    with pytest.raises(DataError, match=r"no recordings in audio/slurp_real; download them"):
        load(data)


def test_without_metadata_there_are_no_speakers(data: Path) -> None:
    (data / "dataset/slurp/metadata.json").unlink()
    assert {u.speaker for u in load(data)} == {None}


@pytest.mark.parametrize("content", ["{", "[]", '{"1": {}}', '{"1": {"recordings": []}}'])
def test_broken_metadata(data: Path, content: str) -> None:
    (data / "dataset/slurp/metadata.json").write_text(content)
    with pytest.raises(DataError, match=r"metadata\.json: found no metadata of SLURP"):
        load(data)


def test_a_part_is_not_taken_for_the_whole(data: Path) -> None:
    with pytest.raises(DataError, match="found 3 in train where it states 50,628; 1 in devel"):
        load(data, partial=False)


def test_a_missing_recording(data: Path) -> None:
    (data / "audio/slurp_real/audio-1.flac").unlink()
    with pytest.raises(DataError, match=r"jsonl:\d+: the recording .*audio-1\.flac is missing"):
        load(data)


def test_a_recording_of_two_sentences(data: Path) -> None:
    write(data, "devel", PAUL, {**FACT, "recordings": PAUL["recordings"]})
    assert [u.id for u in load(data) if u.split == "devel"] == ["audio-1", "audio-1-11"]


def test_a_recording_that_a_sentence_lists_three_times(data: Path) -> None:
    write(data, "devel", {**PAUL, "recordings": PAUL["recordings"] * 3})
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(data)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "not JSON"),
        ({**PAUL, "scenario": "emial"}, "unknown intent 'emial_querycontact'; did you mean "
         "'email_querycontact'"),
        ({**PAUL, "action": None}, "unknown intent 'email_None'"),
        ({**PAUL, "sentence": " "}, "expected a text as 'sentence'"),
        ({**PAUL, "entities": [{"span": [2], "type": "persona"}]}, "unknown slot 'persona'; did"),
        ({**PAUL, "entities": [{"span": [6], "type": "person"}]}, "has the tokens [6]"),
        ({**PAUL, "entities": [{"span": [], "type": "person"}]}, "has the tokens []"),
        ({**PAUL, "entities": [{"span": "2", "type": "person"}]}, "has the tokens 2"),
        ({**PAUL, "entities": None}, "expected a list of objects as 'entities'"),
        ({**PAUL, "tokens": [{}]}, "expected a 'surface' in every token"),
        ({**PAUL, "recordings": "audio-1.flac"}, "expected a list of objects as 'recordings'"),
        ({**PAUL, "recordings": [{"wer": 0}]}, "a recording has no 'file'"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_and_can_be_skipped(data: Path, row: Row | str, reason: str) -> None:
    write(data, "devel", FACT | {"recordings": []}, row)
    with pytest.raises(DataError, match=r"dataset/slurp/devel\.jsonl:2: ") as error:
        load(data)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert {u.split for u in load(data, problems)} == {"train", "test", "train_synthetic"}
    assert [problem.place for problem in problems.rows] == ["dataset/slurp/devel.jsonl:2"]


JUNK: tuple[Any, ...] = (None, True, -1, 7.5, "", "x", "../a", [], [None], {}, {"a": None}, [[]])
PLACES = (
    *((key,) for key in PAUL),
    *(("tokens", 1, key) for key in ("surface", "id")),
    *(("recordings", 0, key) for key in ("file", "wer", "ent_wer", "status", "usrid")),
    *(("entities", 1, key) for key in ("span", "type")),
    ("tokens", 0), ("recordings", 0), ("entities", 0), ("entities", 0, "span", 0),
)  # fmt: skip


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_whatever_stands_in_a_row(data: Path, place: tuple[Any, ...]) -> None:
    """It is reported, or gives an utterance that a manifest can keep."""
    for junk in JUNK:
        row = json.loads(json.dumps(PAUL))
        inner = row
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = junk
        (data / "dataset/slurp/devel.jsonl").write_text(json.dumps(row) + "\n")
        utterances = load(data, Problems(skip=True))
        again = Manifest.of(utterances)
        assert [u.id for u in again] == [u.id for u in utterances]


def test_another_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found no dataset/slurp/train\.jsonl"):
        load(tmp_path)
