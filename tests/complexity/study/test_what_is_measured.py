"""The page and the table measure the data, all of them, and nothing that is no transcript."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mondegreen.cli.complexity import app
from mondegreen.complexity.corpus import Corpus, check_words, each_once, from_text, from_utterances
from mondegreen.complexity.measures import lexical
from mondegreen.complexity.measures.measure import measure_corpus, part_sizes, rarefied
from mondegreen.complexity.study.advice import what_removing_buys
from mondegreen.complexity.study.relation import TOO_FEW_RUNGS
from mondegreen.complexity.study.report import from_study
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.errors import DataError, MondegreenError


def utterances() -> list[Utterance]:
    """Forty, of ten texts, each of which means two things."""
    return [
        Utterance(
            id=f"u{i}",
            text=f"turn it {'abcdefghij'[i % 10]}",
            intent=f"i{i % 10 + i // 30}",
            split="train" if i % 2 else "test",
            meta={"source": "a corpus"},
        )
        for i in range(40)
    ]


def spoken_again(rows: list[Utterance], versions: int) -> list[Utterance]:
    """As `data synthesize --versions` writes them."""
    return [
        Utterance(id=f"{u.id}-{v}", text=u.text, intent=u.intent, meta={"source": u.id})
        for u in rows
        for v in range(versions)
    ]


def results(folder: Path, manifest: Path, rungs: int) -> Path:
    """A study's results, as an older version wrote them: related over however few rungs."""
    line = {"slope": -1.0, "intercept": 1.0, "spread": 0.0, "count": 2, "centre": 2.0, "width": 1.0}
    relation = {
        "measure": "entropy_1", "spearman": -1.0, "spearman_interval": [-1.0, -1.0],
        "pearson": -1.0, "pearson_interval": [-1.0, -1.0], "partial": None, "bend": 0.0,
        "line": line,
    }  # fmt: skip
    table = [
        {
            "rung": f"rung-{i}", "control": False, "threshold": i, "share": 1 / (i + 1),
            "train": 20, "measures": {"vocabulary": 9.0, "entropy_1": 3.0 - i},
            "runs": [{"exact_match": 0.5, "test": 20}], "exact_match": 0.5,
            "intent_accuracy": 0.5, "slot_f1": 0.5,
        }
        for i in range(rungs)
    ]  # fmt: skip
    study = {
        "name": "mine", "source": str(manifest), "rungs": table,
        "settings": {"learner": "frames-gru"},
        "relations": {"exact_match": [relation], "intent_accuracy": []},
    }  # fmt: skip
    folder.mkdir()
    (folder / "results.json").write_text(json.dumps(study), encoding="utf-8")
    return folder


def test_a_study_page_measures_the_data_of_the_study(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    rows = utterances()
    write_manifest(tmp_path / "m.jsonl", rows)
    page = from_study(results(tmp_path / "s", tmp_path / "m.jsonl", 2), embedding="static")
    assert page.lead[0].startswith("mine: 40 utterances, 10 different")
    lexical = measure_corpus(from_utterances("mine", rows), embedding="static").lexical
    assert lexical.conditional_entropy
    cells = "".join(page.sections[-1].blocks)
    assert f"<td>{lexical.conditional_entropy:.3g}</td>" in cells
    assert "<td>|U| / |D|</td><td>0.25</td>" in cells


def test_versions_of_one_utterance_are_one_and_people_who_say_the_same_are_many() -> None:
    rows = utterances()
    assert [u.id for u in each_once(spoken_again(rows, 3))] == [f"{u.id}-0" for u in rows]
    assert each_once(rows) == rows


def test_a_page_of_few_rungs_relates_nothing_and_says_why(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    write_manifest(tmp_path / "m.jsonl", utterances())
    pages = []
    for rungs in (3, 4):
        folder = results(tmp_path / f"s{rungs}", tmp_path / "m.jsonl", rungs)
        sections = from_study(folder, embedding="static").sections
        pages.append("".join(block for section in sections for block in section.blocks))
    few, enough = pages
    assert TOO_FEW_RUNGS in few
    assert "<th>Spearman</th>" not in few
    assert "straight line" not in few
    assert "<th>Spearman</th>" in enough


def test_words_that_go_are_listed_in_one_order_whatever_the_hash() -> None:
    code = (
        "from mondegreen.complexity.corpus import Corpus\n"
        "from mondegreen.complexity.study.advice import what_removing_buys\n"
        "texts = [f'say {a} {b}' for a in 'qwertz' for b in 'asdfgh'] + ['say it'] * 2\n"
        "print([b.dropped for b in what_removing_buys(Corpus('c', texts), steps=(2, 3, 5))])"
    )
    shown = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
        ).stdout
        for seed in (1, 2)
    }
    assert len(shown) == 1
    texts = ["say it", "say it now", *(f"say {word}" for word in ("pear", "apple", "fig"))]
    assert what_removing_buys(Corpus("c", [*texts, "say it"]), steps=(2,))[0].dropped == (
        "apple", "fig", "now", "pear",
    )  # fmt: skip


def test_parts_are_no_larger_than_the_smallest_set() -> None:
    small = Corpus("small", [f"say w{i % 30}" for i in range(60)])
    large = Corpus("large", [f"say w{i}" for i in range(200)])
    sizes = part_sizes([small, large], 1_000)
    assert (sizes.utterances, sizes.transcripts, sizes.sounds) == (60, 30, 60)
    for corpus in (small, large):
        parts = rarefied(corpus, embedding="static", size=sizes, rounds=3)
        assert parts["vocabulary"].size == 60
        assert parts["tree_length"].size == 30
        assert parts["phone_tree_length"].size == 60
        assert (parts["vocabulary"].low is None) == (corpus is small)


def test_sets_of_unlike_size_are_measured_in_parts_of_the_smaller(tmp_path: Path) -> None:
    for name, count in (("small", 30), ("large", 90)):
        texts = "\n".join(f"say w{i}" for i in range(count))
        (tmp_path / f"{name}.txt").write_text(texts, encoding="utf-8")
    paths = [str(tmp_path / "large.txt"), str(tmp_path / "small.txt")]
    done = CliRunner().invoke(app, ["measure", *paths, "--json"])
    assert done.exit_code == 0, done.output
    large, small = json.loads(done.stdout)
    assert {part["size"] for row in (large, small) for part in row["rarefied"].values()} == {30}
    assert large["rarefied"]["vocabulary"]["mean"] == small["rarefied"]["vocabulary"]["mean"] == 31
    assert small["rarefied"]["vocabulary"]["low"] is None


@pytest.mark.parametrize("name", ["orders.csv", "orders.TSV", "orders.json"])
@pytest.mark.parametrize("verb", ["measure", "report"])
def test_tables_are_no_transcripts(tmp_path: Path, name: str, verb: str) -> None:
    (tmp_path / name).write_text('[{"text": "stop it", "intent": "Stop"}]', encoding="utf-8")
    page = [] if verb == "measure" else ["-o", str(tmp_path / "p.html")]
    done = CliRunner().invoke(app, [verb, str(tmp_path / name), *page])
    assert isinstance(done.exception, MondegreenError)
    assert "mondegreen data import" in str(done.exception)


@pytest.mark.parametrize(
    "text",
    [
        "\u6253\u5f00\u5ba2\u5385\u7684\u706f",
        "\u96fb\u6c17\u3092\u3064\u3051\u3066\u304f\u3060\u3055\u3044",
        "\u0e40\u0e1b\u0e34\u0e14\u0e44\u0e1f\u0e43\u0e19\u0e2b\u0e49\u0e2d\u0e07",
    ],
    ids=["chinese", "japanese", "thai"],
)
def test_texts_without_spaces_between_words_are_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"without spaces between words.*put a space"):
        measure_corpus(Corpus("c", [text, text, "stop"]), embedding="static")
    check_words(Corpus("c", [text, "stop", "go"]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\u6253\u5f00 \u5ba2\u5385 \u7684 \u706f", 4),
        ("\u505c\u6b62", 1),
        ("\u0432\u043a\u043b\u044e\u0447\u0438\u0442\u0435", 1),
        ("caf\u00e9s", 2),  # as `words` of mondegreen.text.tokens has it
    ],
    ids=["divided", "a word", "cyrillic", "latin"],
)
def test_divided_texts_are_measured(text: str, words: int) -> None:
    corpus = Corpus("c", [text])
    check_words(corpus)
    assert lexical.measure(corpus).words == words


def test_a_byte_order_mark_is_no_word(tmp_path: Path) -> None:
    (tmp_path / "t.txt").write_bytes(b"\xef\xbb\xbfstop it\ngo\n")
    assert from_text(tmp_path / "t.txt").texts == ["stop it", "go"]
