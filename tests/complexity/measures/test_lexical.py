"""Lexical measures against brute force, and where they have no value."""

from __future__ import annotations

from collections import Counter
from math import log2
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.complexity.corpus import Corpus, from_manifest, from_text
from mondegreen.complexity.measures.measure import lexical
from mondegreen.data.manifest import write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.errors import DataError
from mondegreen.text.tokens import tokenize, words

corpora = st.lists(
    st.lists(st.sampled_from(["a", "b", "c's", "d4", "e"]), max_size=6).map(" ".join),
    min_size=1,
    max_size=12,
)


def bits(items: list[object]) -> float:
    counts = Counter(items)
    return -sum(n / len(items) * log2(n / len(items)) for n in counts.values())


def grams(text: str, n: int) -> list[tuple[str, ...]]:
    text_words = words(text)
    return [tuple(text_words[i : i + n]) for i in range(len(text_words) - n + 1)]


@given(corpora, st.integers(1, 4))
def test_ngram_entropy_is_that_of_counting(texts: list[str], n: int) -> None:
    expected = [g for text in texts for g in grams(text, n)]
    entropy = lexical.ngram_entropy(tokenize(texts), n)
    if expected:
        assert entropy == pytest.approx(bits(expected), abs=1e-9)
    else:
        assert entropy is None


@given(corpora, st.integers(2, 4))
def test_large_vocabularies_are_counted_the_same_way(texts: list[str], n: int) -> None:
    tokens = tokenize(texts)
    if len(tokens.ids) >= n:
        one, two = lexical.ngrams(tokens, n), lexical._ngrams_by_step(tokens, n)
        assert lexical.entropy(one) == pytest.approx(lexical.entropy(two))


@given(corpora, st.data())
def test_meanings_given_transcripts(texts: list[str], data: st.DataObject) -> None:
    size = len(texts)
    meanings = data.draw(st.lists(st.sampled_from("xyz"), min_size=size, max_size=size))
    measures = lexical.measure(Corpus("c", texts, meanings, meanings))
    transcripts = [" ".join(words(t)) for t in texts]
    assert measures.transcript_entropy == pytest.approx(bits(list(transcripts)), abs=1e-9)
    assert measures.interpretation_entropy == pytest.approx(bits(list(meanings)), abs=1e-9)
    both = list(zip(transcripts, meanings, strict=True))
    expected = bits(list(both)) - bits(list(transcripts))
    assert measures.conditional_entropy == pytest.approx(expected, abs=1e-9)
    assert measures.unique == len(set(transcripts))


@given(corpora)
def test_nothing_is_nan(texts: list[str]) -> None:
    measures = vars(lexical.measure(Corpus("c", texts)))
    assert all(value is None or np.isfinite(value) for value in measures.values())


def test_a_small_corpus_by_hand() -> None:
    texts = ["Turn ON the light!", "turn on the light", "turn it off"]
    measures = lexical.measure(Corpus("c", texts))
    assert (measures.utterances, measures.words, measures.vocabulary, measures.unique) == (
        3,
        11,
        6,
        2,
    )
    assert measures.hapax_share == pytest.approx(2 / 6)
    assert measures.mean_length == pytest.approx(11 / 3)
    assert measures.longest == 4
    assert measures.interpretation_entropy is None
    assert measures.unknown_rate is None


def test_held_out_words_are_unknown() -> None:
    texts = [f"say w{i} again" for i in range(100)]
    assert lexical.measure(Corpus("c", texts * 3)).unknown_rate == pytest.approx(1 / 3)
    assert lexical.measure(Corpus("c", ["say it"] * 100)).unknown_rate is None


def test_empty_and_foreign_texts() -> None:
    empty = lexical.measure(Corpus("c", ["", "…"]))
    assert (empty.words, empty.entropy_1, empty.hapax_share) == (0, None, None)
    russian = lexical.measure(Corpus("c", ["включи свет", "выключи свет"]))
    assert (russian.vocabulary, russian.words) == (3, 4)


def test_parts_of_equal_size_can_be_compared() -> None:
    rng = np.random.default_rng(1)
    small = [f"w{i} w{j}" for i, j in rng.integers(50, size=(300, 2))]
    large = [f"w{i} w{j}" for i, j in rng.integers(50, size=(3000, 2))]
    one = lexical.rarefied(tokenize(small), 100)
    two = lexical.rarefied(tokenize(large), 100)
    for name, value in one.items():
        assert value.low <= value.mean <= value.high
        assert value.mean == pytest.approx(two[name].mean, rel=0.05)
    assert lexical.rarefied(tokenize(small), 100) == one
    whole = lexical.rarefied(tokenize(small), 300)["vocabulary"]
    assert whole.mean == len({w for t in small for w in t.split()})
    assert whole.low is whole.high is None


@given(corpora, st.integers(0, 5))
def test_a_part_is_a_corpus(texts: list[str], seed: int) -> None:
    tokens = tokenize(texts)
    chosen = np.random.default_rng(seed).permutation(len(texts))[: max(1, len(texts) // 2)]
    part = lexical.part(tokens, chosen)
    alone = tokenize([texts[i] for i in chosen])
    assert part.lengths.tolist() == alone.lengths.tolist()
    assert sorted(part.vocabulary) == sorted(alone.vocabulary)
    for n in (1, 2, 3):
        assert lexical.ngram_entropy(part, n) == pytest.approx(lexical.ngram_entropy(alone, n))


def test_files(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one two\n\nthree\n")
    assert len(from_text(tmp_path / "a.txt")) == 2
    (tmp_path / "empty.txt").write_text("\n \n")
    with pytest.raises(DataError, match="no transcript"):
        from_text(tmp_path / "empty.txt")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="cannot be read as text"):
        from_text(tmp_path / "binary.txt")
    slots = (SlotLabel("b", "x"), SlotLabel("a", 2))
    write_manifest(tmp_path / "m.jsonl", [Utterance(id="1", text="hi", intent="i", slots=slots)])
    corpus = from_manifest(tmp_path / "m.jsonl")
    assert corpus.interpretations == ['i a=2 b="x"']
    write_manifest(tmp_path / "n.jsonl", [Utterance(id="1", intent="i")])
    with pytest.raises(DataError, match="none of its 1 utterances has a text"):
        from_manifest(tmp_path / "n.jsonl")
