"""Questions asked of a server: one request, and the answer that the folder gives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mondegreen import answers
from mondegreen.answers.answerer import Answerer
from mondegreen.answers.opensearch.upload import upload
from mondegreen.answers.stored import StoredIndex
from mondegreen.audio.samples import Samples
from mondegreen.client import ServerError, Unavailable
from mondegreen.errors import DataError, ModelError


@pytest.fixture
def served(stand_in: Any, index: StoredIndex) -> Answerer:
    """The pages' index, asked over HTTP."""
    address = f"{stand_in.url}/pages"
    upload(index, address)
    answerer = answers.open(address)
    stand_in.requests.clear()
    return answerer


@pytest.mark.parametrize(
    "question",
    [
        "who built the tower in paris",
        "who united the tribes in twelve oh six",
        "what town was called lutisha parisi orum",
        "what dynasty did cobbler con found",
        "how far is the moon",
        "who won the snooker championship",
        "tower tower tower bridge",
        "is it",
        'the "tower" AND {wild*} card?',
    ],
)
def test_a_question_gets_the_answer_of_the_folder(
    served: Answerer, answerer: Answerer, question: str
) -> None:
    assert served.ask(question) == answerer.ask(question)


def test_one_request_asks_by_words_and_by_meaning(served: Answerer, stand_in: Any) -> None:
    served.ask("who built the tower in paris")
    ((method, path, body, _),) = stand_in.requests
    assert (method, path.rpartition("/")[2]) == ("POST", "_msearch")
    searches = [json.loads(line) for line in body.splitlines()]
    assert [list(search["query"]) for search in searches[1::2]] == [["match"], ["knn"]]
    assert searches[1]["query"]["match"]["terms"]["query"] == "built tower pari"


def test_a_spoken_question_gets_the_answer_of_the_folder(
    served: Answerer, answerer: Answerer, say: Callable[..., Samples]
) -> None:
    samples = say("which town was called Lutetia Parisiorum?")
    answer = served.ask(samples)
    assert answer == answerer.ask(samples)
    assert "Lutetia" in answer.candidates[0].text


def test_the_sounds_of_a_few_passages_are_judged_by_the_whole_collection(
    served: Answerer, answerer: Answerer, stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With fewer passages than there are, the best one's score is still that of the folder."""
    monkeypatch.setattr("mondegreen.answers.opensearch.bodies.NEAREST", 2)
    question = "what town was called lutisha parisi orum"
    ours, theirs = served.ask(question), answerer.ask(question)
    sent = json.loads(stand_in.requests[0][2].splitlines()[1])
    assert sent["size"] == 2
    assert ours.candidates[0].text == theirs.candidates[0].text
    assert ours.candidates[0].meant == theirs.candidates[0].meant


def test_an_index_without_vectors_needs_no_knn(pages: Path, tmp_path: Path, stand_in: Any) -> None:
    folder = tmp_path / "index"
    upload(answers.build_index([pages], folder, embedder="none").index, f"{stand_in.url}/words")
    assert "knn" not in json.dumps(stand_in.indices)
    question = "what town was called lutisha parisi orum"
    assert answers.open(f"{stand_in.url}/words").ask(question) == answers.open(folder).ask(question)
    assert "knn" not in json.dumps([body.decode() for _, _, body, _ in stand_in.requests])


def test_a_new_version_is_asked_from_then_on(
    served: Answerer, tmp_path: Path, stand_in: Any
) -> None:
    (tmp_path / "moon.txt").write_text("Moon\n\nThe moon is 384,000 kilometres away.")
    newer = answers.build_index([tmp_path / "moon.txt"], tmp_path / "index").index
    upload(newer, f"{stand_in.url}/pages")
    answer = served.ask("how far away is the moon")
    assert "384,000" in answer.candidates[0].text
    plain = answers.build_index([tmp_path / "moon.txt"], tmp_path / "plain", embedder="none").index
    upload(plain, f"{stand_in.url}/pages")
    with pytest.raises(ModelError, match="other vectors by now; open it again"):
        served.ask("how far away is the moon")


def test_a_row_that_is_not_ours_is_refused(served: Answerer, stand_in: Any) -> None:
    for rows in stand_in.rows.values():
        rows["moon"] = rows.pop("0")
    with pytest.raises(ModelError, match="rows of another kind"):
        served.ask("who built the tower in paris")


def test_no_index_of_that_name_is_said(stand_in: Any) -> None:
    with pytest.raises(DataError, match=r"no index other at .*answers upload INDEX --to"):
        answers.open(f"{stand_in.url}/other")


def test_an_index_of_another_format_or_of_something_else_is_refused(
    served: Answerer, stand_in: Any
) -> None:
    del served
    meta = next(iter(stand_in.indices.values()))["mappings"]["_meta"]["mondegreen"]
    meta["format"] = 99
    with pytest.raises(ModelError, match="has format 99, this version reads 1; upload it again"):
        answers.open(f"{stand_in.url}/pages")
    meta["format"], meta["passages"] = 1, 0
    with pytest.raises(ModelError, match="damaged"):
        answers.open(f"{stand_in.url}/pages")
    stand_in.indices["logs"] = {"mappings": {"properties": {}}}
    with pytest.raises(ModelError, match="index of something else"):
        answers.open(f"{stand_in.url}/logs")


def test_vectors_of_another_network_are_refused(served: Answerer, stand_in: Any) -> None:
    del served
    meta = next(iter(stand_in.indices.values()))["mappings"]["_meta"]["mondegreen"]
    meta["embedder_digest"] = "0" * 64
    with pytest.raises(ModelError, match="vectors of another network"):
        answers.open(f"{stand_in.url}/pages")


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("ends", [10_000], "sentences beyond the text"),
        ("frequencies", [1], "frequencies of other words"),
        ("readings", "AAAA", "readings of other words"),
        ("vectors", "AAAA", "vectors of other sentences"),
        ("text", 3, "rows of another kind"),
    ],
)
def test_a_row_that_somebody_changed_is_refused(
    served: Answerer, stand_in: Any, field: str, value: Any, reason: str
) -> None:
    for rows in stand_in.rows.values():
        for row in rows.values():
            row[field] = value
    with pytest.raises(ModelError, match=reason):
        served.ask("who built the tower in paris")


def test_a_search_that_fails_is_an_error(served: Answerer, stand_in: Any) -> None:
    cause = {"type": "parsing_exception", "reason": "unknown query [knn]"}
    refused = {"error": {**cause, "root_cause": [cause]}, "status": 400}
    stand_in.answer_once("_msearch", 200, {"took": 1, "responses": [refused, refused]})
    with pytest.raises(ServerError, match=r"parsing_exception: unknown query \[knn\]"):
        served.ask("who built the tower in paris")


def test_a_server_that_went_away_is_said(served: Answerer, stand_in: Any) -> None:
    stand_in.answer_once("_msearch", 200, b"", Content_Length="100")
    with pytest.raises(Unavailable, match="did not answer to the end"):
        served.ask("who built the tower in paris")
