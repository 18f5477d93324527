"""`mondegreen data import`, run as a user runs it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from mondegreen.data.importers.importer import IMPORTERS
from mondegreen.data.manifest import Manifest

COMMAND = [
    sys.executable, "-c", "from mondegreen.cli.main import run; run()", "data", "import"
]  # fmt: skip
ROWS = [
    ("train", "Anne", "a1", "Turn on the lights in the kitchen", "activate,lights,kitchen"),
    ("train", "Anne", "a2", "Louder", "increase,volume,none"),
    ("valid", "Bob", "b1", "Change language", "change language,none,none"),
    ("test", "Bob", "b2", "Lights on", "activate,lights,none"),
]


def run(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done


def failed(*arguments: str | Path) -> str:
    """The one line of a run that ends with bad input."""
    message = run(*arguments, code=2).stderr
    assert message.startswith("error: ")
    assert message.count("\n") == 1, message
    return message


@pytest.fixture
def fsc(tmp_path: Path) -> Path:
    """Fluent Speech Commands with four recordings of half a second, once divided anew."""
    root = tmp_path / "corpora/fsc"
    tables: dict[str, str] = {}
    for split, speaker, name, text, labels in ROWS:
        audio = f"wavs/speakers/{speaker}/{name}.wav"
        (root / audio).parent.mkdir(parents=True, exist_ok=True)
        sf.write(root / audio, np.zeros(8_000, np.float32), 16_000)
        line = f"0,{audio},{speaker},{text},{labels}\n"
        for table in (f"data/{split}_data.csv", "unseen_splits/utterance_test_data.csv"):
            if table.startswith("data/") or name in ("a1", "b2"):
                header = ",path,speakerId,transcription,action,object,location\n"
                tables[table] = tables.get(table, header) + line
    for table, content in tables.items():
        (root / table).parent.mkdir(exist_ok=True)
        (root / table).write_text(content)
    return root


def break_row(fsc: Path) -> None:
    with (fsc / "data/train_data.csv").open("a") as file:
        file.write("4,wavs/speakers/Anne/a2.wav,Anne,Open the door,open,door,none\n")


def content(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_manifest_beside_the_data(fsc: Path) -> None:
    done = run("fsc", fsc, "--partial")
    assert done.stdout == f"{fsc / 'manifest.jsonl'}: 4 utterances, 0.00 hours, 3 intents\n"
    assert done.stderr == ""
    manifest = Manifest.open(fsc / "manifest.jsonl")
    assert [u.id for u in manifest] == ["Anne-a1", "Anne-a2", "Bob-b1", "Bob-b2"]
    assert {u.duration for u in manifest} == {0.5}
    assert all(manifest.audio_path(u).is_file() for u in manifest)


def test_counts_as_json(fsc: Path) -> None:
    out = fsc.parent / "m.jsonl"
    row: dict[str, Any] = json.loads(run("fsc", fsc, "-o", out, "--partial", "--json").stdout)
    assert row == {
        "manifest": str(out), "utterances": 4, "seconds": 2.0,
        "splits": {"test": 1, "train": 2, "valid": 1},
        "intents": {"activate": 2, "change language": 1, "increase": 1}, "skipped": None,
    }  # fmt: skip
    assert Manifest.open(out)[0].audio == "fsc/wavs/speakers/Anne/a1.wav"


def test_a_manifest_elsewhere_gets_a_link(fsc: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    out = tmp_path / "work/m.jsonl"
    for _ in range(2):
        done = run("fsc", fsc, "-o", out, "--partial")
        assert done.stderr.startswith(
            f"note: the recordings are reached through the link {out}"[:-7]
        )
        manifest = Manifest.open(out)
        assert all(manifest.audio_path(u).is_file() for u in manifest)
    assert content(out.parent) == ["fsc", "m.jsonl"]
    assert (out.parent / "fsc").readlink() == fsc


def test_another_file_with_the_links_name_stays(fsc: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work/fsc").write_text("mine")
    message = failed("fsc", fsc, "-o", tmp_path / "work/m.jsonl", "--partial")
    assert "is there already" in message
    assert content(tmp_path / "work") == ["fsc"]
    assert (tmp_path / "work/fsc").read_text() == "mine"


def test_text_needs_no_link(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    (tmp_path / "work").mkdir()
    row = {"text": "wake me", "intent": "wake"}
    (tmp_path / "texts/train.jsonl").write_text(json.dumps(row) + "\n")
    out = tmp_path / "work/m.jsonl"
    for source in ("texts", "texts/train.jsonl"):
        done = run("nlu-evaluation", tmp_path / source, "-o", out)
        assert done.stdout.startswith(f"{out}: 1 utterances")
        assert content(tmp_path / "work") == ["m.jsonl"]
    run("nlu-evaluation", tmp_path / "texts/train.jsonl")
    assert (tmp_path / "texts/manifest.jsonl").is_file()


def test_an_earlier_manifest_is_no_data(tmp_path: Path) -> None:
    """Some formats read every .jsonl of a folder; what was written there must not be among them."""
    train = tmp_path / "train.jsonl"
    train.write_text(json.dumps({"text": "wake me", "intent": "wake"}) + "\n")
    for _ in range(2):
        run("nlu-evaluation", tmp_path)
        assert [u.id for u in Manifest.open(tmp_path / "manifest.jsonl")] == ["train-00001"]
    before = (tmp_path / "manifest.jsonl").read_bytes()
    with train.open("a") as file:
        file.write("{\n")
    failed("nlu-evaluation", tmp_path)
    assert (tmp_path / "manifest.jsonl").read_bytes() == before
    for _ in range(2):
        run("nlu-evaluation", tmp_path, "--skip-bad")
        assert len((tmp_path / "manifest.skipped.jsonl").read_text().splitlines()) == 1
    assert content(tmp_path) == ["manifest.jsonl", "manifest.skipped.jsonl", "train.jsonl"]


def test_data_are_not_replaced(tmp_path: Path) -> None:
    train = tmp_path / "train.jsonl"
    train.write_text(json.dumps({"text": "wake me", "intent": "wake"}) + "\n")
    for source in (tmp_path, train):
        message = failed("nlu-evaluation", source, "-o", train)
        assert "is there already and is no manifest" in message
    assert "wake me" in train.read_text()
    assert content(tmp_path) == ["train.jsonl"]


def test_wanted_splits(fsc: Path) -> None:
    out = fsc / "m.jsonl"
    run("fsc", fsc, "-o", out, "--partial", "--split", "test", "--split", "valid")
    assert [u.split for u in Manifest.open(out)] == ["valid", "test"]
    message = failed("fsc", fsc, "-o", out, "--partial", "--split", "dev")
    assert "found no split 'dev'; its splits are test, train, valid" in message
    assert len(Manifest.open(out)) == 2, "the manifest of before stays"


def test_another_division(fsc: Path) -> None:
    out = fsc / "m.jsonl"
    run("fsc", fsc, "-o", out, "--partial", "--split-set", "unseen")
    divisions = [(u.id, u.split, u.meta["splits"]) for u in Manifest.open(out)]
    assert divisions == [
        ("Anne-a1", "utterance_test", {"official": "train"}),
        ("Bob-b2", "utterance_test", {"official": "test"}),
    ]
    message = failed("fsc", fsc, "-o", out, "--partial", "--split-set", "unheard")
    assert "no split set 'unheard'; expected one of official, unseen" in message


def test_a_part_is_not_taken_for_the_whole(fsc: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    message = failed("fsc", fsc, "-o", tmp_path / "work/m.jsonl")
    assert "found 2 in train where it states 23,132" in message
    assert "--partial" in message
    assert content(tmp_path / "work") == [], "neither a manifest nor a link"


def test_bad_rows_are_listed(fsc: Path) -> None:
    break_row(fsc)
    (fsc / "wavs/speakers/Bob/b1.wav").write_bytes(b"no audio")
    (fsc / "wavs/speakers/Bob/b2.wav").unlink()
    assert "data/train_data.csv:4: unknown action 'open'" in failed("fsc", fsc, "--partial")
    assert not (fsc / "manifest.jsonl").exists()
    done = run("fsc", fsc, "--skip-bad")
    skipped = fsc / "manifest.skipped.jsonl"
    assert done.stderr == f"note: 3 rows were skipped; {skipped} says why\n"
    rows = [json.loads(line) for line in skipped.read_text().splitlines()]
    places = ["data/train_data.csv:4", "data/valid_data.csv:2", "data/test_data.csv:2"]
    assert [row["place"] for row in rows] == places
    assert "cannot be opened" in rows[1]["reason"]
    assert "is missing" in rows[2]["reason"]
    assert len(Manifest.open(fsc / "manifest.jsonl")) == 2


def test_all_formats_are_listed() -> None:
    lines = run("--formats").stdout.splitlines()
    assert [line.split()[0] for line in lines] == IMPORTERS.names()
    assert "Fluent Speech Commands" in lines[0]
    assert list(json.loads(run("--formats", "--json").stdout)) == IMPORTERS.names()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "expected a format and a folder"),
        (["fsc"], "expected a format and a folder"),
        (["slrup", "{fsc}"], "unknown format 'slrup'; did you mean 'slurp'?"),
        (["fsc", "{fsc}/nowhere"], "nowhere: no such file or folder"),
        (["slurp", "{fsc}"], "found no dataset/slurp/train.jsonl"),
        (["fsc", "{fsc}", "--partial", "-o", "{fsc}/data"], "found a folder"),
        (["fsc", "{fsc}", "--partial", "-o", "{fsc}/new/m.jsonl"], "does not exist; create it"),
        (["rasa", "{fsc}/data/test_data.csv", "-o", "{fsc}/data/test_data.csv"], "name another"),
    ],
)
def test_bad_requests(fsc: Path, arguments: list[str], reason: str) -> None:
    before = content(fsc.parent)
    assert reason in failed(*(argument.format(fsc=fsc) for argument in arguments))
    assert content(fsc.parent) == before


def test_texts_are_imported_without_recordings(fsc: Path, tmp_path: Path) -> None:
    shutil.rmtree(fsc / "wavs")
    out = tmp_path / "texts.jsonl"
    assert "is missing" in failed("fsc", fsc, "-o", out, "--partial")
    run("fsc", fsc, "-o", out, "--partial", "--text-only")
    rows = list(Manifest.open(out))
    assert [(row.split, row.speaker, row.text, row.audio) for row in rows] == [
        (split, speaker, text, None) for split, speaker, _, text, _ in ROWS
    ]
    assert [row.intent for row in rows] == [labels.split(",")[0] for *_, labels in ROWS]
    assert {path.name for path in tmp_path.iterdir()} == {"corpora", "texts.jsonl"}  # and no link


def test_slurp_s_texts_need_no_folder_of_recordings(tmp_path: Path) -> None:
    row = {
        "sentence": "play rhapsody in blue", "slurp_id": 3, "scenario": "play", "action": "music",
        "entities": [], "tokens": [], "recordings": [{"file": "a.flac"}, {"file": "b.flac"}],
    }  # fmt: skip
    folder = tmp_path / "slurp/dataset/slurp"
    folder.mkdir(parents=True)
    for split in ("train", "train_synthetic"):
        (folder / f"{split}.jsonl").write_text(json.dumps(row).replace("a.f", f"{split}.f") + "\n")
    out = tmp_path / "m.jsonl"
    assert "found no recordings" in failed("slurp", tmp_path / "slurp", "-o", out)
    run("slurp", tmp_path / "slurp", "-o", out, "--text-only")
    rows = list(Manifest.open(out))
    assert {row.text for row in rows} == {"play rhapsody in blue"}
    assert {row.split for row in rows} == {"train", "train_synthetic"}
    assert all(row.audio is None for row in rows)
