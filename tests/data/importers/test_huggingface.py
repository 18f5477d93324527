"""The importer of local Hugging Face data sets."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers.importer import read
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, MissingExtra
from mondegreen.jobs.problems import Problems


def wav(level: int = 0) -> bytes:
    content = io.BytesIO()
    sf.write(content, np.full(1600, level, np.int16), 16_000, format="WAV")
    return content.getvalue()


def write(folder: Path, name: str, content: str | bytes | list[Any]) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, list):
        content = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def load(place: Path, problems: Problems | None = None) -> list[Utterance]:
    return list(read("huggingface", place, Problems() if problems is None else problems))


def test_an_audio_folder_with_a_table_per_split(tmp_path: Path) -> None:
    header = "file_name,transcription,intent,slots,speaker_id,accent\n"
    slots = '"{""title"": ""Rhapsody""}"'
    write(
        tmp_path, "train/metadata.csv", f'{header}1.wav,"play, Rhapsody",PlayMusic,{slots},7,us\n'
    )
    write(tmp_path, "test/metadata.csv", f"{header}clips/2.wav,stop,Stop,,8,\n")
    write(tmp_path, "train/1.wav", wav())
    write(tmp_path, "test/clips/2.wav", wav())
    write(tmp_path, "README.md", "# About")
    test, train = load(tmp_path)
    assert (train.id, train.audio) == ("train-000001", "train/1.wav")
    assert (train.text, train.intent, train.speaker) == ("play, Rhapsody", "PlayMusic", "7")
    assert train.slots == (SlotLabel("title", "Rhapsody", 6, 14),)
    assert train.meta == {"accent": "us"}
    assert (test.id, test.split, test.audio) == ("test-000001", "test", "test/clips/2.wav")


def test_an_audio_folder_with_json_lines(tmp_path: Path) -> None:
    slots = [{"name": "title", "value": "Blue", "start": 5, "end": 9}]
    write(tmp_path, "metadata.jsonl", [{"file_name": "data/1.wav", "text": "play Blue",
                                        "slots": slots, "id": "one"}])  # fmt: skip
    write(tmp_path, "data/1.wav", wav())
    (only,) = load(tmp_path)
    assert (only.id, only.audio, only.split) == ("one", "data/1.wav", None)
    assert only.slots == (SlotLabel("title", "Blue", 5, 9),)


def test_recordings_in_folders_named_by_their_class(tmp_path: Path) -> None:
    for name in ("train/electronic/01.wav", "train/punk/01.wav", "test/punk/09.wav"):
        write(tmp_path, name, wav())
    assert [(u.split, u.intent, u.audio) for u in load(tmp_path)] == [
        ("test", "punk", "test/punk/09.wav"), ("train", "electronic", "train/electronic/01.wav"),
        ("train", "punk", "train/punk/01.wav"),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["lines", "list", "data"])
def test_text_in_json(tmp_path: Path, form: str) -> None:
    rows = [{"utt": "play it", "intent": "PlayMusic", "lang": "en", "score": 3}, {"utt": "stop"}]
    content: str | list[Any] = rows
    if form != "lines":
        content = json.dumps(rows if form == "list" else {"data": rows})
    write(tmp_path, "validation.json", content)
    first, second = load(tmp_path)
    assert (first.id, first.split, first.text) == ("validation-000001", "validation", "play it")
    assert (first.intent, first.meta) == ("PlayMusic", {"score": 3})
    assert (second.id, second.intent) == ("validation-000002", None)


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("train.csv", "train"), ("data/train-00000-of-00001.csv", "train"),
        ("my_dev_set.csv", "validation"),
        ("data/hidden-00000-of-00002-abc.csv", "hidden"), ("eval/part1.csv", "test"),
        ("contest.csv", None), ("data.csv", None),
    ],
)  # fmt: skip
def test_splits_come_from_names(tmp_path: Path, name: str, split: str | None) -> None:
    write(tmp_path, name, "text\nhello\n")
    assert [u.split for u in load(tmp_path)] == [split]


def test_a_column_says_the_split(tmp_path: Path) -> None:
    write(tmp_path, "all.tsv", "text\tsplit\nhello\ttrain\nbye\ttest\n")
    assert [u.id for u in load(tmp_path)] == ["train-000001", "test-000001"]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"file_name": "2.wav", "text": "a"}, "its recording 2.wav is missing"),
        ({"file_name": "/etc/passwd", "text": "a"}, "its recording /etc/passwd is missing"),
        ({"title": "a", "year": 1}, "found the columns title, year, expected one of audio"),
        ({"text": ["a"]}, "expected words as 'text'"),
        ({"text": "a", "slots": "{"}, "are not JSON"),
        ({"text": "a", "slots": [1]}, "found the slot 1"),
        ({"text": "a", "duration": "long"}, "expected seconds as duration, found 'long'"),
        ({"text": "a", "audio": {"path": None}}, "expected the path of a recording"),
    ],
)
def test_a_broken_row_is_named_and_can_be_skipped(
    tmp_path: Path, row: dict[str, Any], reason: str
) -> None:
    write(tmp_path, "metadata.jsonl", [{"file_name": "1.wav", "text": "good"}, row])
    write(tmp_path, "1.wav", wav())
    with pytest.raises(DataError, match=r"metadata\.jsonl:2: ") as error:
        load(tmp_path)
    assert reason in str(error.value)
    assert [u.text for u in load(tmp_path, Problems(skip=True))] == ["good"]


def test_another_format_is_refused_and_ids_come_once(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found no data files"):
        load(tmp_path)
    write(tmp_path, "train.jsonl", [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}])
    with pytest.raises(DataError, match=r"the id .* occurs twice"):
        load(tmp_path)


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    write(tmp_path, "train-00000-of-00001.parquet", b"PAR1")
    with pytest.raises(MissingExtra, match=r"pip install 'mondegreen\[parquet\]'"):
        load(tmp_path)


FEATURES = {
    "intent": {"names": ["PlayMusic", "Stop"], "_type": "ClassLabel"},
    "audio": {"sampling_rate": 16000, "_type": "Audio"},
    "text": {"dtype": "string", "_type": "Value"},
}


def spoken(pyarrow: Any) -> Any:
    """A table as `datasets` writes it, with recordings inside."""
    rows = [
        {"audio": {"bytes": wav(1), "path": "a.wav"}, "text": "play it", "intent": 0},
        {"audio": {"bytes": wav(2), "path": None}, "text": "stop", "intent": 1},
        {"audio": {"bytes": wav(3), "path": "a.wav"}, "text": "hidden", "intent": -1},
    ]
    table = pyarrow.Table.from_pylist(rows)
    return table.replace_schema_metadata(
        {"huggingface": json.dumps({"info": {"features": FEATURES}})}
    )


def test_parquet_with_recordings_inside(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "data").mkdir()
    parquet.write_table(spoken(pyarrow), tmp_path / "data/train-00000-of-00001.parquet")
    utterances = load(tmp_path)
    assert [(u.id, u.audio, u.intent) for u in utterances] == [
        ("train-000001", "recordings/train/a.wav", "PlayMusic"),
        ("train-000002", "recordings/train/train-000002.wav", "Stop"),
        ("train-000003", "recordings/train/train-000003-a.wav", None),
    ]
    for level, utterance in enumerate(utterances, 1):
        assert (tmp_path / str(utterance.audio)).read_bytes() == wav(level)
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "recordings").rglob("*.wav")}
    assert load(tmp_path) == utterances
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "recordings").rglob("*.wav")} == before


def test_what_save_to_disk_wrote(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    ipc = pytest.importorskip("pyarrow.ipc")
    table = spoken(pyarrow)
    write(tmp_path, "dataset_dict.json", json.dumps({"splits": ["train", "dev"]}))
    for split, part in (("train", table.slice(0, 2)), ("dev", table.slice(2))):
        place = tmp_path / split
        place.mkdir()
        write(place, "dataset_info.json", json.dumps({"features": FEATURES}))
        files = {"_data_files": [{"filename": "data-00000-of-00001.arrow"}], "_split": split}
        write(place, "state.json", json.dumps(files))
        with ipc.new_stream(place / "data-00000-of-00001.arrow", table.schema) as writer:
            writer.write_table(part)
    dev, first, second = load(tmp_path)
    assert [u.split for u in (dev, first, second)] == ["dev", "train", "train"]
    assert (first.text, first.intent) == ("play it", "PlayMusic")
    write(tmp_path, "train/state.json", "{}")
    with pytest.raises(DataError, match="not the state of a saved data set"):
        load(tmp_path)


def test_a_broken_parquet_file(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    write(tmp_path, "train.parquet", b"PAR1 and then nothing")
    with pytest.raises(DataError, match=r"train\.parquet cannot be read"):
        load(tmp_path)


def test_people_on_channels_of_one_recording(tmp_path: Path) -> None:
    sf.write(tmp_path / "call.wav", np.zeros((1600, 2), np.int16), 16_000)
    table = (
        "file_name,text,channel\ncall.wav,good morning,0\ncall.wav,who is it,1\ncall.wav,oh,left\n"
    )
    write(tmp_path, "metadata.csv", table)
    problems = Problems(skip=True)
    one, other = load(tmp_path, problems)
    assert (one.channel, other.channel) == (0, 1)
    assert "expected the number of a channel" in str(problems.rows)
