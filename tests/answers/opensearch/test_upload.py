"""An index brought to a server: whole, resumed, replaced, or refused with a reason."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mondegreen.answers.build import build_index
from mondegreen.answers.opensearch.upload import upload
from mondegreen.answers.stored import StoredIndex
from mondegreen.cli.main import app
from mondegreen.client import ServerError, Unavailable
from mondegreen.errors import DataError, ModelError, SettingsError


@pytest.fixture(autouse=True)
def two_rows_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mondegreen.answers.opensearch.upload.AT_ONCE", 2)


def test_the_name_stands_for_the_index_once_all_rows_are_there(
    stand_in: Any, index: StoredIndex
) -> None:
    steps: list[float] = []
    done = upload(index, f"{stand_in.url}/pages", advance=steps.append)
    assert (done.passages, done.sent, sum(steps)) == (len(index), len(index), len(index))
    assert done.index == f"pages-1-{index.version}"
    assert stand_in.aliases == {"pages": done.index}
    assert list(stand_in.rows[done.index]) == [str(n) for n in range(len(index))]
    assert stand_in.paths()[-1] == "POST /_aliases"


def test_a_second_run_sends_nothing(stand_in: Any, index: StoredIndex) -> None:
    upload(index, f"{stand_in.url}/pages")
    stand_in.requests.clear()
    steps: list[float] = []
    done = upload(index, f"{stand_in.url}/pages", advance=steps.append)
    assert (done.sent, sum(steps)) == (0, len(index))
    assert stand_in.paths() == ["GET /pages/_mapping"]


@pytest.mark.parametrize("kept", ["01", "013", "0123"])
def test_a_run_that_was_stopped_goes_on(stand_in: Any, index: StoredIndex, kept: str) -> None:
    """Of the request that was under way some rows may be there, and some not."""
    address = f"{stand_in.url}/pages"
    target = upload(index, address).index
    whole = stand_in.rows[target]
    stand_in.aliases.clear()
    stand_in.rows[target] = {number: whole[number] for number in kept}
    stand_in.requests.clear()
    done = upload(index, address)
    assert done.sent == len(index) - (len(kept) - 2)
    assert stand_in.rows[target] == whole
    assert stand_in.aliases == {"pages": target}


def test_a_stop_in_between_leaves_the_old_version_in_its_place(
    stand_in: Any, index: StoredIndex, tmp_path: Path
) -> None:
    address = f"{stand_in.url}/pages"
    old = upload(index, address).index
    newer = _other_index(tmp_path)
    stand_in.answer_once("_bulk", 400, {"error": {"type": "x_exception", "reason": "no"}})
    with pytest.raises(ServerError, match="x_exception: no"):
        upload(newer, address)
    assert stand_in.aliases == {"pages": old}
    new = upload(newer, address).index
    assert stand_in.aliases == {"pages": new}
    assert list(stand_in.indices) == [new]  # the old one was deleted in the same request
    actions = json.loads(stand_in.requests[-1][2])["actions"]
    assert actions == [
        {"add": {"index": new, "alias": "pages"}}, {"remove_index": {"index": old}}
    ]  # fmt: skip


def test_what_is_not_ours_is_left_alone(stand_in: Any, index: StoredIndex, tmp_path: Path) -> None:
    ours = upload(index, f"{stand_in.url}/pages").index
    others = {"pages-2026-11": {"mappings": {}}, f"pages-1-{'0' * 16}": {"mappings": {}},
              "pages-old-1-0123456789abcdef": stand_in.indices[ours]}  # fmt: skip
    stand_in.indices.update(others)
    new = upload(_other_index(tmp_path), f"{stand_in.url}/pages").index
    assert stand_in.indices.keys() == {new, *others}


def test_a_name_of_something_else_is_refused(stand_in: Any, index: StoredIndex) -> None:
    stand_in.indices["logs"] = {"mappings": {}}
    with pytest.raises(ModelError, match="logs is an index of something else; name another"):
        upload(index, f"{stand_in.url}/logs")
    assert stand_in.paths() == ["GET /logs/_mapping"]


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("settings_exception", "unknown setting [index.knn] please check that any plugins"),
        ("mapper_parsing_exception", "No handler for type [knn_vector] declared on field [x]"),
    ],
)
def test_a_server_without_knn_is_said(
    stand_in: Any, index: StoredIndex, kind: str, reason: str
) -> None:
    stand_in.answer_once("pages-1-", 400, {"error": {"type": kind, "reason": reason}})
    with pytest.raises(SettingsError, match=r"no k-NN plugin.*--embedder none"):
        upload(index, f"{stand_in.url}/pages")


def test_rows_that_a_busy_server_turned_away_are_sent_again(
    stand_in: Any, index: StoredIndex
) -> None:
    error = {"type": "rejected_execution_exception", "reason": "queue is full"}
    items = [{"index": {"_index": "x", "_id": "0", "status": 429, "error": error}}]
    busy = {"took": 1, "errors": True, "items": items}
    stand_in.answer_once("_bulk", 200, busy)
    done = upload(index, f"{stand_in.url}/pages")
    assert len(stand_in.rows[done.index]) == len(index)
    for _ in range(5):
        stand_in.answer_once("_bulk", 200, busy)
    with pytest.raises(Unavailable, match="queue is full; run this again later"):
        upload(index, f"{stand_in.url}/other")
    assert "other" not in stand_in.aliases


def test_a_row_that_the_server_refuses_is_said(stand_in: Any, index: StoredIndex) -> None:
    error = {"type": "mapper_parsing_exception", "reason": "failed to parse field [vector]"}
    items = [{"index": {"_index": "x", "_id": "0", "status": 400, "error": error}}]
    stand_in.answer_once("_bulk", 200, {"took": 1, "errors": True, "items": items})
    with pytest.raises(ServerError, match=r"mapper_parsing_exception: failed to parse field"):
        upload(index, f"{stand_in.url}/pages")
    assert stand_in.aliases == {}


def test_rows_that_were_lost_are_noticed(stand_in: Any, index: StoredIndex) -> None:
    stand_in.answer_once("_count", 200, {"count": 1})
    with pytest.raises(DataError, match=r"has 1 of \d passages, and they were deleted"):
        upload(index, f"{stand_in.url}/pages")
    assert (stand_in.aliases, stand_in.indices) == ({}, {})


def test_a_server_of_another_kind_is_said(stand_in: Any, index: StoredIndex) -> None:
    stand_in.answer_once("_mapping", 200, b"<html>")
    with pytest.raises(ServerError, match="does not answer as OpenSearch does"):
        upload(index, f"{stand_in.url}/pages")


def test_the_two_commands(stand_in: Any, index: StoredIndex) -> None:
    runner = CliRunner()
    address = f"{stand_in.url.replace('//', '//ann:secret@')}/pages"
    done = runner.invoke(app, ["answers", "upload", str(index.folder), "--to", address])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"{stand_in.url}/pages: {len(index)} passages\n"
    again = runner.invoke(app, ["answers", "upload", str(index.folder), "--to", address, "--json"])
    assert json.loads(again.stdout) == {
        "address": f"{stand_in.url}/pages", "index": f"pages-1-{index.version}",
        "passages": len(index), "sent": 0,
    }  # fmt: skip
    asked = runner.invoke(app, ["ask", "who built the tower in paris", "-i", address, "--json"])
    assert asked.exit_code == 0, asked.output
    assert "Gustave Eiffel" in json.loads(asked.stdout)["answer"]
    assert all("secret" not in run.output for run in (done, again, asked))


def _other_index(folder: Path) -> StoredIndex:
    (folder / "moon.txt").write_text("Moon\n\nThe moon is 384,000 kilometres away.")
    return build_index([folder / "moon.txt"], folder / "index", embedder="none").index
