"""An index is made whole or not at all, goes on after a stop, and follows its pages."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mondegreen.answers import assemble, build, shortened
from mondegreen.answers import open as open_index
from mondegreen.answers.build import build_index
from mondegreen.answers.question import read_question
from mondegreen.answers.search import Searcher
from mondegreen.answers.stored import StoredIndex
from mondegreen.cli.main import app
from mondegreen.errors import DataError, ModelError
from mondegreen.weights.folder import shipped


def contents(folder: Path) -> dict[str, str]:
    """SHA-256 of every file by its name in the index."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }


def many_pages(folder: Path, count: int) -> None:
    folder.mkdir()
    for number in range(count):
        text = f"Page {number}\n\n" + " ".join(
            f"Hero{number} met Villain{i} in the year {1000 + i}." for i in range(12)
        )
        (folder / f"{number:03}.txt").write_text(text, encoding="utf-8")


def test_a_killed_run_goes_on_and_gives_the_same_bytes(tmp_path: Path) -> None:
    many_pages(tmp_path / "pages", 60)
    build_index([tmp_path / "pages"], tmp_path / "whole")
    command = [sys.executable, "-c", "from mondegreen.cli.main import run; run()", "index",
               str(tmp_path / "pages"), "-o", str(tmp_path / "killed")]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(6_000):
        if list((tmp_path / "killed").glob(".making-*/.parts/*.jsonl")):
            break
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not (tmp_path / "killed" / "mondegreen.json").exists()
    parts = sum(1 for _ in (tmp_path / "killed").glob(".making-*/.parts/*.jsonl"))
    assert parts
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "60 pages" in done.stdout
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_a_changed_page_is_read_and_the_others_are_not(pages: Path, tmp_path: Path) -> None:
    copy = tmp_path / "pages"
    shutil.copytree(pages, copy)
    first = build_index([copy], tmp_path / "index")
    (copy / "paris.md").write_text("# Paris\n\nThe mayor is called Quibblesworth.", "utf-8")
    second = build_index([copy], tmp_path / "index")
    assert (first.taken_over, second.taken_over) == (0, 2)
    assert first.index.version != second.index.version
    answer = open_index(tmp_path / "index").ask("who is the mayor of paris")
    assert "Quibblesworth" in answer.candidates[0].text
    anew = build_index([copy], tmp_path / "anew")
    assert contents(tmp_path / "index") == contents(tmp_path / "anew")
    assert anew.index.version == second.index.version


def test_pages_that_were_read_otherwise_are_read_again(
    pages: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(build, "READING", 1)
        first = build_index([pages], tmp_path / "index", embedder="none")
    second = build_index([pages], tmp_path / "index", embedder="none")
    assert second.taken_over == 0
    assert second.index.version != first.index.version
    assert (first.replaced, "read pages otherwise" in second.replaced) == ("", True)


def test_pages_that_cannot_be_read_are_listed(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    folder.mkdir()
    (folder / "good.txt").write_text("The moon is made of rock.", "utf-8")
    (folder / "empty.html").write_bytes(b"")
    (folder / "binary.txt").write_bytes(bytes(range(32)) * 50)
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "no.json").write_text("{", "utf-8")
    built = build_index([folder], tmp_path / "index", embedder="none")
    assert built.index.about.pages == 1
    reasons = {Path(problem.place).name: problem.reason for problem in built.problems}
    assert reasons.keys() == {"empty.html", "binary.txt", "broken.pdf", "no.json"}
    assert "the file is empty" in reasons["empty.html"]
    assert "no text" in reasons["binary.txt"]
    assert "not JSON" in reasons["no.json"]


def test_an_index_of_another_format_is_replaced_and_that_is_said(
    pages: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    command = ["index", str(pages), "-o", str(index), "--embedder", "none"]
    assert "anew" not in CliRunner().invoke(app, command).stderr
    pointer = json.loads((index / "mondegreen.json").read_text())
    (index / "mondegreen.json").write_text(json.dumps({**pointer, "format": 1}))
    again = CliRunner().invoke(app, command)
    assert again.exit_code == 0
    assert "made anew from all pages" in again.stderr
    assert "format 1, expected 2: it is from another release\n" in again.stderr
    assert "anew" not in CliRunner().invoke(app, command).stderr


@pytest.mark.parametrize("place", ["https://example.com/a", Path("http://example.com/a")])
def test_an_address_is_no_page(place: str | Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"https?://example\.com/a is an address: .* is fetched"):
        build_index([place], tmp_path / "index", embedder="none")


def test_nothing_to_index_is_said(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    with pytest.raises(DataError, match="no pages in"):
        build_index([tmp_path / "pages"], tmp_path / "index")
    (tmp_path / "pages" / "empty.txt").write_bytes(b"")
    with pytest.raises(DataError, match=r"none of the pages could be read; .*the file is empty"):
        build_index([tmp_path / "pages"], tmp_path / "index")
    with pytest.raises(DataError, match="holds other files"):
        build_index([tmp_path / "pages"], tmp_path / "pages")


def test_pages_in_the_folder_of_the_index_are_not_called_missing(tmp_path: Path) -> None:
    many_pages(tmp_path / "pages", 1)
    build_index([tmp_path / "pages"], tmp_path / "index", embedder="none")
    inside = tmp_path / "index" / "pages"
    (tmp_path / "pages").rename(inside)
    with pytest.raises(DataError, match=r"lie in the folder of the index, .*name other pages"):
        build_index([inside], tmp_path / "index", embedder="none")


def test_what_is_no_index_is_neither_deleted_nor_replaced(pages: Path, tmp_path: Path) -> None:
    reader = tmp_path / "project" / "reader"
    shutil.copytree(shipped("confidence"), reader)
    (tmp_path / "project" / ".gitignore").write_text("*.wav\n", "utf-8")
    before = contents(tmp_path / "project")
    with pytest.raises(DataError, match="project holds other files"):
        build_index([pages], tmp_path / "project", embedder="none")
    with pytest.raises(DataError, match="reader holds 'confidence' and no index"):
        build_index([pages], reader, embedder="none")
    assert contents(tmp_path / "project") == before
    # Beside an index, what is none of its versions stays as it is.
    index = build_index([pages], tmp_path / "index", embedder="none").index.folder
    shutil.copytree(shipped("confidence"), index / "reader")
    more = tmp_path / "another.txt"  # the folder of pages is every test's
    more.write_text("The tower of Kerdreux is 31 metres high.", "utf-8")
    build_index([pages, more], index, embedder="none")
    assert contents(index / "reader") == contents(reader)


def test_an_index_of_another_version_or_a_damaged_one_is_refused(
    index: StoredIndex, tmp_path: Path
) -> None:
    copy = tmp_path / "index"
    shutil.copytree(index.folder, copy)
    pointer = json.loads((copy / "mondegreen.json").read_text())
    (copy / "mondegreen.json").write_text(json.dumps({**pointer, "format": 99}))
    with pytest.raises(ModelError, match="format 99, expected 2"):
        open_index(copy)
    (copy / "mondegreen.json").write_text(json.dumps(pointer))
    open_index(copy)
    target = copy / pointer["version"] / "posting_passages.npy"
    data = bytearray(target.read_bytes())
    data[-1] ^= 1
    target.write_bytes(data)
    with pytest.raises(ModelError, match=r"posting_passages\.npy has SHA-256"):
        open_index(copy)


@pytest.mark.parametrize("name", ["posting_passages.npy", "words.bin", "mondegreen.json"])
def test_a_damaged_index_is_made_again(pages: Path, tmp_path: Path, name: str) -> None:
    first = build_index([pages], tmp_path / "index", embedder="none")
    whole = contents(tmp_path / "index")
    target = tmp_path / "index" / first.index.version / name
    target.write_bytes(b"" if name == "words.bin" else target.read_bytes()[:-9] + b"otherwise")
    with pytest.raises(ModelError, match="make the index again"):
        StoredIndex(tmp_path / "index")
    again = build_index([pages], tmp_path / "index", embedder="none")
    assert again.taken_over == 0
    assert contents(tmp_path / "index") == whole


def test_a_large_collection_finds_the_same_by_shortened_vectors(
    pages: Path, index: StoredIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not len(index.array("short_vectors"))
    monkeypatch.setattr(assemble, "shortened", partial(shortened.shortened, first=1))
    monkeypatch.setattr(shortened, "_FEWEST", 2)
    large = build_index([pages], tmp_path / "index").index
    assert large.array("short_vectors").shape == (len(large), 96)
    question = read_question("which bridge was opened in sixteen oh seven")
    exact, short = (Searcher(some).search(question)[0] for some in (index, large))
    assert index.texts[exact.passage] == large.texts[short.passage]
    assert short.score == pytest.approx(exact.score, abs=1e-3)


def test_what_is_stored_can_be_read_back(index: StoredIndex) -> None:
    assert list(index.terms) == sorted(index.terms, key=str.encode)
    for number in range(len(index)):
        text = index.texts[number]
        assert "".join(index.sentences(number)).replace(" ", "") == "".join(text.split())
    vectors = index.array("passage_vectors").astype(np.float32) * (0.4 / 127)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(index)), abs=0.01)
