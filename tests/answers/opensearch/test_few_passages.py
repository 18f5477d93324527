"""Rows as they travel, and the index that they make: that of the folder."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mondegreen.answers.build import build_index
from mondegreen.answers.opensearch import passage_row
from mondegreen.answers.opensearch.bodies import creation
from mondegreen.answers.opensearch.few_passages import About, FewPassages
from mondegreen.answers.opensearch.upload import about_of
from mondegreen.answers.passage_index import ARRAYS
from mondegreen.answers.stored import StoredIndex


def _returned(index: StoredIndex, numbers: range | list[int]) -> FewPassages:
    """Some passages, having been JSON."""
    sent = msgspec.json.encode([passage_row.passage_row(index, number) for number in numbers])
    meta = json.loads(msgspec.json.encode(creation(about_of(index))))["mappings"]["_meta"]
    about = msgspec.convert(meta["mondegreen"], About)
    return FewPassages(
        "here", about, msgspec.json.decode(sent, type=list[passage_row.PassageRow]), {}
    )


def _assert_the_same(few: FewPassages, index: StoredIndex) -> None:
    for name in ARRAYS.keys() - {"short_vectors"}:  # of another width where there are none
        np.testing.assert_array_equal(few.array(name), index.array(name), name)
        assert few.array(name).dtype == index.array(name).dtype
    assert list(few.texts) == list(index.texts)
    assert list(few.terms) == list(index.terms)
    assert list(few.words) == list(index.words)
    passages = range(len(index))
    assert [few.place(n) for n in passages] == [index.place(n) for n in passages]
    assert [few.sentences(n) for n in passages] == [index.sentences(n) for n in passages]
    terms = range(len(index.terms))
    assert [few.frequency(t) for t in terms] == [index.frequency(t) for t in terms]
    assert (few.mean_terms, few.passages_in_all) == (index.mean_terms, len(index))


def test_all_rows_make_the_index_of_the_folder(index: StoredIndex) -> None:
    _assert_the_same(_returned(index, range(len(index))), index)


def test_a_few_rows_know_how_frequent_their_terms_are_in_all(index: StoredIndex) -> None:
    number = next(n for n in range(len(index)) if "Eiffel" in index.texts[n])
    few = _returned(index, [number])
    assert (len(few), few.passages_in_all) == (1, len(index))
    for term in few.terms:
        ours, theirs = few.terms.find(term), index.terms.find(term)
        assert ours is not None
        assert theirs is not None
        assert few.frequency(ours) == index.frequency(theirs)


letters = st.characters(codec="utf-8", exclude_categories=("Cc",))
texts = st.text(letters, max_size=60) | st.sampled_from(
    ["Who? It's O'Brien's 3.5 U.S. cafés.", "ﷺ ½ ² ﬁne naïve", "The the of. Zürich! 1912", ""]
)


@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4))
@settings(max_examples=25)
def test_whatever_pages_say_comes_back(pages: list[tuple[str, str]]) -> None:
    articles = [{"title": title, "text": f"A start. {text}"} for title, text in pages]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "pages.json"
        path.write_text(json.dumps(articles), encoding="utf-8")
        index = build_index([path], Path(folder) / "index", embedder="none").index
        _assert_the_same(_returned(index, range(len(index))), index)
        for number in range(len(index)):
            row = passage_row.passage_row(index, number)
            assert len(row.terms.split()) == index.array("passage_terms")[number]


@given(st.binary(max_size=40), st.integers(0, 5))
def test_bytes_that_are_no_readings_are_refused(data: bytes, count: int) -> None:
    words = [str(number) for number in range(count)]
    readings: dict[str, list[bytes]] = {}
    try:
        passage_row.unpack(data, words, readings)
    except ValueError:
        return
    rows = [reading for word in words for reading in readings[word]]
    parts = [*(len(readings[word]) for word in words), *map(len, rows)]
    assert bytes(parts) + b"".join(rows) == data


@pytest.mark.parametrize("term", ["صلى الله", " ", "1⁄2"])
def test_a_term_is_one_word_to_the_server(term: str) -> None:
    assert " " not in passage_row.as_words([term])
