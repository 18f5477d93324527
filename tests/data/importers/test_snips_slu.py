"""The importer of Snips' spoken language understanding data sets."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers.importer import read
from mondegreen.data.importers.snips_slu import LIGHTS_QUERIES, published
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.jobs.problems import Problems

CLOSE, SPEAKER = "smart-lights-en-close-field", "smart-speaker-fr-close-field"
WORKER = {"id": "w1", "age": 31, "gender": "F", "country": "US"}


def piece(text: str, slot: str | None = None, entity: str | None = None) -> dict[str, str]:
    return {"text": text} | ({"slot_name": slot, "entity": entity or slot} if slot else {})


def write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def queries(path: Path, lang: str, **intents: list[Any]) -> None:
    blocks = {
        name: {"utterances": [{"data": row} if isinstance(row, list) else row for row in rows]}
        for name, rows in intents.items()
    }
    write(path, {"intents": blocks, "entities": {}, "language": lang})


def sound(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, np.zeros(1600, np.int16), 16_000)


def recording(number: int, text: str) -> dict[str, Any]:
    return {"filename": f"{number}.wav", "text": text, "worker": WORKER}


def load(
    folder: Path, problems: Problems | None = None, *, partial: bool = True
) -> list[Utterance]:
    return list(
        read("snips-slu", folder, Problems() if problems is None else problems, partial=partial)
    )


RED = [piece("Make the "), piece("living room ", "room", "house_room"), piece(" "),
       piece("red", "color"), piece("\n")]  # fmt: skip


@pytest.fixture
def lights(tmp_path: Path) -> Path:
    queries(
        tmp_path / CLOSE / "dataset.json", "en",
        SetLightColor=[RED], SwitchLightOn=[[piece("Lights\non")], [piece("Turn the lights up")]],
    )  # fmt: skip
    corpus = tmp_path / CLOSE / "speech_corpus"
    write(
        corpus / "metadata.json",
        {"0": recording(0, "Lights on"), "1": recording(1, "Make the living room  red")},
    )
    for number in (0, 1):
        sound(corpus / f"audio/{number}.wav")
    return tmp_path


@pytest.fixture
def speaker(tmp_path: Path) -> Path:
    base = tmp_path / SPEAKER
    queries(base / "training_dataset.json", "fr", NextSong=[[piece("suivant")]],
            PlayMusic=[[piece("joue "), piece("Brel", "artist_name")]])  # fmt: skip
    queries(base / "test_dataset.json", "fr",
            PlayMusic=[[piece("joue "), piece("Brel", "artist_name")]])  # fmt: skip
    write(base / "metadata.json", [{"text": "joue Brel", "path_file": "audio/0.wav"}])
    sound(base / "audio/0.wav")
    return tmp_path


def test_recordings_find_their_queries_and_the_others_stay_text(lights: Path) -> None:
    problems = Problems()
    on, red, up = load(lights, problems)
    assert (on.id, on.text, on.audio) == (
        f"{CLOSE}-SwitchLightOn-0001", "Lights on", f"{CLOSE}/speech_corpus/audio/0.wav"
    )  # fmt: skip
    assert red == Utterance(
        f"{CLOSE}-SetLightColor-0001", audio=f"{CLOSE}/speech_corpus/audio/1.wav",
        text="Make the living room  red", intent="SetLightColor", speaker="w1",
        slots=(SlotLabel("room", "living room", 9, 20), SlotLabel("color", "red", 22, 25)),
        meta={"set": CLOSE, "entities": {"room": "house_room", "color": "color"},
              "worker": {"age": 31, "gender": "F", "country": "US"}},
    )  # fmt: skip
    assert (up.audio, up.text, up.speaker) == (None, "Turn the lights up", None)
    assert problems.notes == [f"{CLOSE}: 1 queries have no recording, only their text"]


def test_one_data_set_alone_has_the_same_ids(lights: Path) -> None:
    alone, all_of_it = load(lights / CLOSE), load(lights)
    assert [u.id for u in alone] == [u.id for u in all_of_it]
    assert alone[0].audio == "speech_corpus/audio/0.wav"


def test_a_recording_is_of_the_test_where_the_text_is_in_both(speaker: Path) -> None:
    first, *rest = load(speaker)
    assert (first.split, first.audio, first.lang) == ("test", f"{SPEAKER}/audio/0.wav", "fr")
    assert first.slots == (SlotLabel("artist_name", "Brel", 5, 9),)
    assert [(u.split, u.audio, u.text) for u in rest] == [
        ("train", None, "joue Brel"), ("train", None, "suivant")
    ]  # fmt: skip


def test_more_recordings_than_queries_are_all_labelled(lights: Path) -> None:
    corpus = lights / CLOSE / "speech_corpus"
    write(
        corpus / "metadata.json", {"0": recording(0, "Lights on"), "1": recording(1, "Lights on")}
    )
    first, second, *_ = load(lights)
    assert second.id == f"{first.id}-2"
    assert (second.intent, second.audio) == (first.intent, f"{CLOSE}/speech_corpus/audio/1.wav")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"data": []}, 'expected {"data"'),
        ({"text": "on"}, 'expected {"data"'),
        ([{"slot_name": "room"}], "found the piece"),
        ([piece("in "), piece(" ", "room")], "the slot 'room' has no words"),
        ([{"text": "hall", "entity": "room"}], "the entity 'room' of 'hall' has no slot_name"),
        ([piece(" \n")], "the sentence has no words"),
    ],
)
def test_a_broken_query_is_named_and_can_be_skipped(lights: Path, row: Any, reason: str) -> None:
    queries(lights / CLOSE / "dataset.json", "en", SwitchLightOn=[[piece("Lights on")], row],
            SetLightColor=[RED])  # fmt: skip
    with pytest.raises(DataError, match=r"close-field/dataset\.json:SwitchLightOn:2: ") as error:
        load(lights)
    assert reason in str(error.value)
    assert len(load(lights, Problems(skip=True))) == 2


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (5, "found 5, expected a text and a file name"),
        ({"text": "Lights on"}, "expected a text and a file name"),
        ({"filename": "1.wav", "text": " "}, "expected a text and a file name"),
        (recording(1, "Lights off"), "found no query with the text 'Lights off'"),
    ],
)
def test_a_broken_recording_is_named_and_can_be_skipped(
    lights: Path, entry: Any, reason: str
) -> None:
    path = lights / CLOSE / "speech_corpus/metadata.json"
    write(path, {"0": recording(0, "Lights on"), "7": entry})
    with pytest.raises(DataError, match=r"speech_corpus/metadata\.json:7: ") as error:
        load(lights)
    assert reason in str(error.value)
    problems = Problems(skip=True)
    assert [u.audio is None for u in load(lights, problems)] == [False, True, True]
    assert len(problems.rows) == 1


def test_a_missing_recording_is_named(lights: Path) -> None:
    (lights / CLOSE / "speech_corpus/audio/1.wav").unlink()
    with pytest.raises(DataError, match=r"the recording .*1\.wav is missing"):
        load(lights)


def test_the_same_data_set_twice_is_noticed(lights: Path) -> None:
    for file in ("dataset.json", "speech_corpus/metadata.json"):
        write(lights / "copy" / CLOSE / file, json.loads((lights / CLOSE / file).read_text()))
    for number in (0, 1):
        sound(lights / "copy" / CLOSE / f"speech_corpus/audio/{number}.wav")
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(lights)


@pytest.mark.usefixtures("speaker")
def test_what_the_publisher_counts_depends_on_the_data_sets(lights: Path) -> None:
    assert LIGHTS_QUERIES == 1_765
    stated = published(lights)
    assert stated
    assert stated.utterances == {"": 1_765, "test": 1_500}
    with pytest.raises(DataError, match="3 utterances where it states 1,765; 1 in test"):
        load(lights, partial=False)
    (lights / CLOSE).rename(lights / "mine")
    (lights / SPEAKER).rename(lights / "yours")
    assert published(lights) is None


def test_a_folder_of_another_format(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"found neither dataset\.json nor training_dataset\.json"):
        load(tmp_path)
    (tmp_path / "speech_corpus").mkdir()
    for content, reason in (("[", "is not JSON"), ("[]", 'expected {"intents"')):
        (tmp_path / "dataset.json").write_text(content)
        with pytest.raises(DataError, match=reason):
            load(tmp_path)
    queries(tmp_path / "dataset.json", "en", SwitchLightOn=[[piece("on")]])
    with pytest.raises(DataError, match=r"metadata\.json cannot be read"):
        load(tmp_path)
