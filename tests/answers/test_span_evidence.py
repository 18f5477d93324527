"""The words of a passage, and what speaks for an answer at each."""

from __future__ import annotations

import numpy as np

from mondegreen.answers.answerer import Answerer
from mondegreen.answers.passage_words import CLASSES, passage_words
from mondegreen.answers.question import read_question
from mondegreen.answers.selection import evidence
from mondegreen.answers.span_evidence import NUMBERS, Tokens, read_tokens

TEXTS = ["It cost “ten” dollars, in 1889.", "", "Ann ran."]


def read_first(answerer: Answerer, text: str) -> tuple[Tokens, list[str]]:
    question = read_question(text)
    hit = answerer.searcher.search(question)[0]
    sentences = answerer.index.sentences(hit.passage)
    tokens = read_tokens(question, hit, evidence(question, hit, sentences))
    assert tokens is not None
    return tokens, sentences


def column(tokens: Tokens, name: str) -> dict[str, float]:
    values = tokens.numbers[:, NUMBERS.index(name)].tolist()
    return dict(zip(tokens.words.words, values, strict=True))


def test_words_keep_their_places_and_states() -> None:
    parts = [np.full((20, 384), n, np.float32) for n in (1, 2, 3)]
    parts[2][1] = 9
    words = passage_words(TEXTS, parts, lambda word: 1 + (word == "Ann"))
    assert words.words[:4] == ("It", "cost", "“", "ten")
    cut = [TEXTS[n][a:b] for n, a, b in zip(words.sentence, words.start, words.end, strict=True)]
    assert tuple(cut) == words.words
    assert words.states[words.words.index("Ann")].tolist() == [6.0] * 384  # the mean of 3 and 9
    assert words.states[words.words.index("ran")].tolist() == [3.0] * 384
    assert words.classes.max() < CLASSES
    assert words.terms[words.words.index("dollars")] == "dollar"


def test_answers_lie_within_a_sentence_between_words_or_quotation_marks() -> None:
    words = passage_words(TEXTS, [np.zeros((20, 384), np.float32)] * 3, lambda _: 1)
    runs = {
        " ".join(words.words[first : first + more + 1])
        for first, more in zip(*np.nonzero(words.allowed), strict=True)
    }
    assert {"“ ten ”", "dollars , in 1889", "Ann ran"} <= runs
    assert not {", in", "1889 .", "1889 . Ann", "dollars ,"} & runs


def test_words_that_were_cut_off_have_no_state() -> None:
    words = passage_words(["Ann ran."], [np.ones((1, 384), np.float32)], lambda _: 1)
    assert words.states.sum(axis=1).tolist() == [384.0, 0.0, 0.0]


def test_each_word_has_what_speaks_for_it(answerer: Answerer) -> None:
    tokens, _ = read_first(answerer, "when did Kublai Khan found the Yuan dynasty")
    assert column(tokens, "named")["Kublai"] == 1
    assert column(tokens, "named")["1271"] == 0
    assert column(tokens, "kind")["1271"] == 1
    assert column(tokens, "kind")["Xanadu"] == 0
    assert column(tokens, "explained")["Yuan"] == 1
    near = column(tokens, "near")
    assert near["dynasty"] > near["1271"] > near["Xanadu"]
    assert column(tokens, "asked time")["1271"] == 1
    assert column(tokens, "asked anything")["1271"] == 0


def test_a_name_known_by_its_sound_counts_as_named(answerer: Answerer) -> None:
    tokens, _ = read_first(answerer, "what dynasty did cobbler con found")
    assert column(tokens, "named")["Kublai"] == 1
    assert 0 < column(tokens, "explained")["Kublai"] < 1
