"""What is exported comes back through our own importers; Kaldi's tables are read as Kaldi does."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.exporters import exporter, huggingface
from mondegreen.data.exporters.exporter import FORMATS, export
from mondegreen.data.importers.importer import read
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.recording import utterance_samples
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, SettingsError
from mondegreen.jobs.problems import Problems

RATE = 16_000
SLOT = SlotLabel("title", "rhapsody in blue", 5, 21)


def tone(seconds: float, pitch: float) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    return (8_000 * np.sin(2 * np.pi * pitch * times)).astype(np.int16)


@pytest.fixture
def rows(tmp_path: Path) -> list[Utterance]:
    folder = tmp_path / "in"
    (folder / "wav").mkdir(parents=True)
    sf.write(folder / "wav/one.wav", tone(4, 300), RATE)
    sf.write(folder / "wav/two.flac", np.stack([tone(2, 200), tone(2, 700)], axis=1), RATE)
    return [
        Utterance("a", audio="wav/one.wav", start=0.5, duration=1.25, split="train", speaker="s1",
                  text="play rhapsody in blue", intent="PlayMusic", slots=(SLOT,),
                  meta={"mood": "calm", "intent": "other"}),
        Utterance("b", audio="wav/one.wav", start=2.0, duration=2.0, split="train", speaker="s10",
                  text="half of ½ — «né»", slots=(SlotLabel("part", 0.5), SlotLabel("on", True))),
        Utterance("c", audio="wav/two.flac", channel=0, duration=2.0, split="test", text="left"),
        Utterance("d", audio="wav/two.flac", channel=1, duration=2.0, split="test", text="right",
                  lang="de", noise="rain"),
        Utterance("e", audio="wav/two.flac", duration=2.0, split="test", text=""),
    ]  # fmt: skip


@pytest.fixture
def manifest(tmp_path: Path, rows: list[Utterance]) -> Manifest:
    write_manifest(tmp_path / "in/m.jsonl", rows)
    return Manifest.open(tmp_path / "in/m.jsonl")


def with_meta(utterance: Utterance) -> Utterance:
    """As it comes back: noise and a meta field with a taken name have other places there."""
    meta = {f"meta_{k}" if k == "intent" else k: v for k, v in utterance.meta.items()}
    if utterance.noise:
        meta["noise"] = utterance.noise
    return msgspec.structs.replace(utterance, noise=None, meta=meta)


def test_lhotse_comes_back(tmp_path: Path, manifest: Manifest, rows: list[Utterance]) -> None:
    out = tmp_path / "out"
    export("lhotse", manifest, out)
    assert sorted(path.name for path in out.iterdir()) == [
        "recordings", "recordings_test.jsonl.gz", "recordings_train.jsonl.gz",
        "supervisions_test.jsonl.gz", "supervisions_train.jsonl.gz",
    ]  # fmt: skip
    again = {u.id: u for u in read("lhotse", out, Problems())}
    assert len(again) == len(rows)
    for row in rows:
        audio = f"recordings/{row.audio}"
        assert again[row.id] == msgspec.structs.replace(with_meta(row), audio=audio)
        np.testing.assert_array_equal(
            utterance_samples(out, again[row.id]), utterance_samples(manifest.root, row)
        )


def test_huggingface_comes_back(tmp_path: Path, manifest: Manifest, rows: list[Utterance]) -> None:
    out = tmp_path / "out"
    export("huggingface", manifest, out)
    shutil.move(out, tmp_path / "moved")  # it has all that it needs
    out = tmp_path / "moved"
    shutil.move(manifest.root, tmp_path / "gone")
    again = {u.id: u for u in read("huggingface", out, Problems())}
    assert len(again) == len(rows)
    for number, row in enumerate(rows, 1):
        back = again[f"{row.split}-{row.id}"]
        assert back == msgspec.structs.replace(
            with_meta(row), id=back.id, audio=f"{row.split}/{number:07d}.flac", start=0.0,
            duration=None, channel=None,
        )  # fmt: skip
        np.testing.assert_array_equal(
            utterance_samples(out, back), utterance_samples(tmp_path / "gone", row)
        )
    whole = (out / "test/0000005.flac").read_bytes()
    assert whole == (tmp_path / "gone/wav/two.flac").read_bytes()


def test_texts_alone_come_back(tmp_path: Path) -> None:
    row = Utterance("a", text="play rhapsody in blue", intent="Play", slots=(SLOT,), split="dev2")
    export("huggingface", Manifest.of([row]), tmp_path / "out")
    (back,) = read("huggingface", tmp_path / "out", Problems())
    assert back == msgspec.structs.replace(row, id="dev2-a")


def table(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(lines, key=lambda line: line.split(" ")[0].encode())
    return {name: rest for name, _, rest in (line.partition(" ") for line in lines)}


def test_kaldi_tables_belong_together(
    tmp_path: Path, manifest: Manifest, rows: list[Utterance]
) -> None:
    out = tmp_path / "out"
    export("kaldi", manifest, out)
    train, test = out / "train", out / "test"
    speakers = table(train / "utt2spk")
    assert speakers == {"s1-a": "s1", "s10-b": "s10"}
    assert list(speakers.values()) == sorted(speakers.values(), key=str.encode)
    assert table(train / "spk2utt") == {"s1": "s1-a", "s10": "s10-b"}
    assert table(train / "text") == {"s1-a": rows[0].text, "s10-b": rows[1].text}
    wav = str(manifest.root / "wav/one.wav")
    assert table(train / "wav.scp") == {"wav-one.wav": wav}
    assert table(train / "segments") == {
        "s1-a": "wav-one.wav 0.500000 1.750000",
        "s10-b": "wav-one.wav 2.000000 4.000000",
    }
    assert table(train / "utt2intent") == {"s1-a": "PlayMusic"}
    assert json.loads(table(train / "utt2slots")["s10-b"])[0] == {"name": "part", "value": 0.5}
    assert table(test / "utt2lang") == {"c": "en", "d": "de", "e": "en"}
    ways = table(test / "wav.scp")
    assert {name: way.split(" remix ")[1] for name, way in ways.items()} == {
        "wav-two.flac": "- |", "wav-two.flac-0": "1 |", "wav-two.flac-1": "2 |",
    }  # fmt: skip
    if shutil.which("sox"):
        way = ways["wav-two.flac-1"].removesuffix("|")
        right = subprocess.run(way, shell=True, capture_output=True, check=True).stdout
        assert tone(2, 700).tobytes() in right


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"audio": "wav/none.wav"}, "wav/none.wav is missing"),
        ({"audio": None, "channel": None}, "only text"),
        ({"start": 9.0, "duration": None}, r"begins at 9 s, past the end of wav/two\.flac \(2 s\)"),
        ({"channel": 2}, "has 2, counted from 0"),
        ({"split": "a/b"}, "'a/b' cannot be the name of a file"),
    ],
)
def test_what_does_not_fit_leaves_nothing(
    tmp_path: Path, rows: list[Utterance], name: str, change: dict[str, Any], message: str
) -> None:
    bad = msgspec.structs.replace(rows[3], **change)
    manifest = Manifest.of([*rows[:3], bad], tmp_path / "in")
    with pytest.raises(DataError, match=message):
        export(name, manifest, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, manifest: Manifest, name: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("kept")
    with pytest.raises(DataError, match="is there already; name a new folder"):
        export(name, manifest, tmp_path / "out")
    assert (tmp_path / "out/mine").read_text() == "kept"
    with pytest.raises(DataError, match="does not exist; create it first"):
        export(name, manifest, tmp_path / "no" / "out")


def test_names_that_become_one_and_unknown_formats_are_refused(
    tmp_path: Path, rows: list[Utterance]
) -> None:
    same = [msgspec.structs.replace(rows[0], id=identity) for identity in ("a b", "a_b")]
    with pytest.raises(DataError, match="is s1-a_b to Kaldi, as another utterance is"):
        export("kaldi", Manifest.of(same, tmp_path / "in"), tmp_path / "out")
    with pytest.raises(SettingsError, match="did you mean 'kaldi'"):
        export("kaldy", Manifest.of(same), tmp_path / "out")
    clash = msgspec.structs.replace(rows[0], meta={"intent": 1, "meta_intent": 2})
    with pytest.raises(DataError, match="two fields of its meta would have one name"):
        export("lhotse", Manifest.of([clash], tmp_path / "in"), tmp_path / "out")


def test_nothing_is_left_by_an_export_that_is_broken_off(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 0

    def full(write: Callable[..., None], *arguments: Any) -> None:
        nonlocal count
        count += 1
        if count == 3:
            raise KeyboardInterrupt
        write(*arguments)

    copy = huggingface.sf.write
    monkeypatch.setattr(huggingface.sf, "write", lambda *arguments: full(copy, *arguments))
    with pytest.raises(KeyboardInterrupt):
        exporter.export("huggingface", manifest, tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["in"]
