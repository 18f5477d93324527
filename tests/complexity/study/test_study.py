"""A whole study on speech made here, stopped and gone on with, and the page made of it."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from mondegreen.complexity.corpus import Corpus, from_utterances
from mondegreen.complexity.measures.measure import measure_corpus, rarefied
from mondegreen.complexity.study.advice import engine, references, standing, what_removing_buys
from mondegreen.complexity.study.relation import fit_line
from mondegreen.complexity.study.report import from_data, from_study, write
from mondegreen.complexity.study.study import LEARNERS, Settings, study
from mondegreen.data.make.synthesize import Manner, synthesize
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError, SettingsError

pytest.importorskip("torch")
pytest.importorskip("matplotlib")
RARE = "zebra walrus turnip gravel bishop kettle"


def sentences() -> list[Utterance]:
    """Two intents with a colour, half of the time with a rare word; a third is for testing."""
    rng = np.random.default_rng(1)
    rows = []
    for i in range(210):
        intent = "on" if i % 2 else "off"
        colour = ("red", "green", "blue")[int(rng.integers(3))]
        text = f"turn the {colour} light {intent}"
        start = text.index(colour)
        if i % 4 < 2:
            text += f" {RARE.split()[int(rng.integers(6))]}{'s' * (i % 3 == 0)}"
        rows.append(
            Utterance(
                id=f"u{i}",
                text=text,
                intent=intent,
                slots=(SlotLabel("colour", colour, start, start + len(colour)),),
                split="test" if i % 3 == 0 else "train",
            )
        )
    return rows


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study") / "speech"
    synthesize(Manifest.of(sentences()), folder, Manner(("hibari",)), timed=False)
    return folder / "manifest.jsonl"


@pytest.mark.slow
def test_a_study_from_speech_to_page(speech: Path, tmp_path: Path) -> None:
    settings = Settings(rungs=2, seeds=2, control_seeds=1, smallest=0.5)
    results = study(speech, tmp_path / "s", settings, embedding="static")
    rungs = {row["rung"]: row for row in results["rungs"]}
    assert list(rungs) == ["rung-0", "rung-1", "control-0", "control-1"]
    assert [len(r["runs"]) for r in rungs.values()] == [2, 2, 1, 1]
    assert rungs["rung-1"]["measures"]["vocabulary"] < rungs["rung-0"]["measures"]["vocabulary"]
    # Two intents told apart by their last word: a network that learns hears that.
    assert rungs["rung-1"]["intent_accuracy"] > 0.75
    again = study(speech, tmp_path / "s", settings, embedding="static")
    assert again == results
    assert json.loads((tmp_path / "s" / "results.json").read_text()) == results
    with pytest.raises(DataError, match="made with another recipe"):
        study(speech, tmp_path / "s", Settings(rungs=2, seeds=3, smallest=0.5), embedding="static")
    write(from_study(tmp_path / "s", embedding="static"), tmp_path / "p.html", tmp_path / "png")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "rung-1" in page
    assert {p.name for p in (tmp_path / "png").iterdir()} >= {"rungs.png", "removal.png"}


def test_a_page_stands_alone(tmp_path: Path) -> None:
    rows = sentences()
    corpus = Corpus("lights <b>", [u.text for u in rows], [u.intent or "" for u in rows] * 1,
                    [u.intent or "" for u in rows])  # fmt: skip
    write(from_data(corpus, embedding="static"), tmp_path / "p.html", tmp_path / "png")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert not re.search(r"""(?:src|href)=["'](?!data:)""", page)
    assert not re.search(r"\bnan\b|\binf\b|None", re.sub(r"base64,[^\"]+", "", page))
    images = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    files = sorted((tmp_path / "png").glob("*.png"))
    assert len(images) == len(files) == 2
    assert {base64.b64decode(i) for i in images} == {p.read_bytes() for p in files}


@pytest.mark.parametrize("texts", [["yes"], ["yes"] * 9, ["yes no", "no yes"], ["да", "нет"]])
def test_small_data_has_a_page_too(tmp_path: Path, texts: list[str]) -> None:
    write(from_data(Corpus("c", texts), embedding="static"), tmp_path / "p.html")
    page = re.sub(r"base64,[^\"]+", "", (tmp_path / "p.html").read_text(encoding="utf-8"))
    assert not re.search(r"\bnan\b|\binf\b|None", page)


def test_parts_of_equal_size_make_sizes_comparable() -> None:
    rows = sentences()

    def corpus(times: int) -> Corpus:
        return from_utterances("c", [u for _ in range(times) for u in rows])

    one = rarefied(corpus(1), embedding="static", size=60)
    three = rarefied(corpus(3), embedding="static", size=60)
    whole = [measure_corpus(corpus(n), embedding="static").numbers() for n in (1, 3)]
    assert {"vocabulary", "tree_length", "phone_tree_length", "until_everything"} <= set(one)
    for name in ("vocabulary", "until_everything", "phone_tree_edge"):
        assert one[name].low <= one[name].mean <= one[name].high
        assert one[name].mean == pytest.approx(three[name].mean, rel=0.2)
    assert whole[0]["words"] != whole[1]["words"]
    assert rarefied(corpus(1), embedding="static", size=60) == one


def test_no_page_without_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no word"):
        from_data(Corpus("c", ["…", ""]), embedding="static")
    with pytest.raises(DataError, match="no results"):
        from_study(tmp_path, embedding="static")


def test_studies_need_labels_and_splits(tmp_path: Path) -> None:
    for rows, message in (
        ([Utterance(id="a", audio="a.wav", text="a")], "no utterance has an intent"),
        ([Utterance(id="a", audio="a.wav", text="a", intent="i", split="train")], "'test'"),
    ):
        write_manifest(tmp_path / "m.jsonl", rows)
        with pytest.raises(DataError, match=message):
            study(tmp_path / "m.jsonl", tmp_path / "s", Settings(), embedding="static")
    with pytest.raises(SettingsError, match="did you mean 'frames-gru'"):
        LEARNERS.get("frames-gro")


def test_a_word_is_as_rare_as_the_sentences_it_is_in_however_they_are_written() -> None:
    once = ["Play jazz", "play jazz", "play jazz."]
    often = [f"{verb} {thing}" for verb in ("stop", "start", "lock") for thing in ("it", "this")]
    (two, *_) = what_removing_buys(Corpus("mine", [*once, *often]), steps=(2,))
    assert set(two.dropped) == {"play", "jazz"}
    assert two.kept_share == pytest.approx(6 / 9)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("coffee.yaml", "context: {expressions: {go: [stop]}}", "a grammar has no transcripts"),
        ("rows.txt", '{"id": "u1", "text": "stop"}', "found JSON"),
    ],
)
def test_what_is_no_list_of_sentences_gets_no_report(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    done = complexity("report", tmp_path / name, "-o", tmp_path / "page.html", code=2)
    assert message in done.stderr
    assert not (tmp_path / "page.html").exists()


def test_advice_follows_the_measures() -> None:
    assert engine({"unknown_rate": 0.001})[0] == "grammar"
    assert engine({"unknown_rate": 0.1, "unique_share": 0.99})[0] == "neural"
    assert engine({"unknown_rate": 0.1, "unique_share": 0.01})[0] == "grammar"
    assert engine({"unknown_rate": None})[0] == "grammar"
    simplest, hardest = references()[0], references()[-1]
    assert simplest.name == "Fluent Speech Commands"
    assert "simpler than every" in standing(1.0)
    assert hardest.name in standing(20.0)
    assert simplest.name in standing(simplest.entropy_1 + 0.01)


def test_removing_rare_words_costs_utterances() -> None:
    texts = [u.text for u in sentences()] * 3
    line = fit_line(np.array([1.0, 3.0]), np.array([0.9, 0.5]))
    bought = what_removing_buys(Corpus("c", texts), line, steps=(2, 3, 5))
    kept = [b.kept_share for b in bought]
    assert kept == sorted(kept, reverse=True)
    sizes = [b.vocabulary for b in bought]
    assert sizes == sorted(sizes, reverse=True)
    assert all(b.expected is not None and 0 <= b.expected <= 1 for b in bought)


COMMAND = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "complexity"]


def complexity(*arguments: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == code, done.stderr
    return done


def test_the_command_line(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.jsonl", sentences())
    (tmp_path / "t.txt").write_text("play it\nstop it\nplay it\n")
    report = json.loads(
        complexity("measure", tmp_path / "m.jsonl", tmp_path / "t.txt", "--json").stdout
    )
    assert [row["name"] for row in report] == ["m", "t"]
    assert report[1]["measures"]["unique"] == 2
    shown = complexity("measure", tmp_path / "m.jsonl", tmp_path / "t.txt").stdout
    assert "word entropy H1, bits" in shown
    study = json.loads(
        complexity("ladder", tmp_path / "m.jsonl", "-o", tmp_path / "l", "--rungs", "2",
                   "--smallest", "0.5", "--json").stdout
    )  # fmt: skip
    assert len(study) == 4
    for row in study:
        assert len(Manifest.open(row["manifest"])) == row["utterances"]
    complexity("report", tmp_path / "t.txt", "-o", tmp_path / "p.html")
    assert (tmp_path / "p.html").stat().st_size > 10_000


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["measure", "nowhere.txt"], "no such file"),
        (["measure", "T", "--embedding", "glove"], "unknown"),
        (["report", "T", "-o", "page.pdf"], "expected .html"),
        (["report", "D", "-o", "page.html"], "found no results.json"),
        (["study", "M", "-o", "D", "--set", "learner=lstm"], "unknown learner"),
        (["study", "M", "-o", "D", "--set", "rung=4"], "did you mean 'rungs'"),
        (["study", "M", "-o", "D", "--set", "rungs=1"], "expected a whole number >= 2"),
        (["ladder", "M", "-o", "D", "--rungs", "9"], "ask for 4 rungs, which are possible"),
    ],
)
def test_mistakes_get_one_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    (tmp_path / "t.txt").write_text("play it\nstop it\n")
    (tmp_path / "d").mkdir()
    write_manifest(tmp_path / "m.jsonl", sentences())
    places = {"T": tmp_path / "t.txt", "D": tmp_path / "d", "M": tmp_path / "m.jsonl"}
    done = complexity(*(places.get(a, a) for a in arguments), code=2)
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert message in errors[0]
