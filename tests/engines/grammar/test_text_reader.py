"""Written words over a grammar mean what the same words mean when they are said."""

from __future__ import annotations

import pytest

from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.text_reader import TextReader
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.load import load_grammar

MANY_WORDS = {
    "context": {
        "expressions": {
            "note": ["remember $mondegreen.Words:what"],
            "lamp": ["remember the $lamp:lamp", "dim the $lamp:lamp to $pv.Percent:level"],
        },
        "slots": {
            "lamp": [{"value": "L1", "say": ["kitchen lamp", "lamp in the kitchen"]}, "porch"]
        },
    }
}


def test_every_sampled_sentence_is_read_as_its_own_meaning(starter: GrammarEngine) -> None:
    reader = TextReader(starter.grammar)
    for sampled in sample(starter.grammar, 300, seed=4):
        understood = reader.read(sampled.text)
        assert understood.status == "understood", sampled.text
        # Words with two meanings may be read as the other; most have one.
    same = [
        reader.read(sampled.text).intent == sampled.intent
        for sampled in sample(starter.grammar, 300, seed=5)
    ]
    assert sum(same) >= 295


@pytest.mark.parametrize(
    ("text", "intent", "values"),
    [
        ("Dim the kitchen lamp to 30 %", "lamp", {"lamp": "L1", "level": 30}),
        ("dim the lamp in the kitchen to thirty percent", "lamp", {"lamp": "L1", "level": 30}),
        ("remember the porch", "lamp", {"lamp": "porch"}),
        ("Remember the milk.", "note", {"what": "the milk"}),
    ],
)
def test_values_and_free_words(text: str, intent: str, values: dict[str, object]) -> None:
    understood = TextReader(load_grammar(MANY_WORDS)).read(text)
    assert (understood.intent, understood.values()) == (intent, values)


@pytest.mark.parametrize("text", ["", "?!", "remember", "dim the kitchen lamp", "lamp " * 500])
def test_other_words_mean_nothing(text: str) -> None:
    assert TextReader(load_grammar(MANY_WORDS)).read(text).status == "not_understood"


def test_the_engine_reads_by_the_values_of_now() -> None:
    engine = GrammarEngine.load("starter")
    assert engine.read("play quite unheard of").intent != "PlayMusic"
    engine.set_slot("title", ["Quite Unheard Of"])
    understood = engine.read("play quite unheard of")
    assert (understood.intent, understood.values()) == ("PlayMusic", {"title": "Quite Unheard Of"})
    assert understood.model == engine.model


@pytest.mark.parametrize("sentence", ["turn on the tv", "turn on the t v"])
def test_letters_are_read_however_a_grammar_has_them(sentence: str) -> None:
    grammar = load_grammar({"context": {"expressions": {"on": [sentence, "come at seven am"]}}})
    reader = TextReader(grammar)
    for text in ("turn on the tv", "come at seven am"):
        assert reader.read(text).intent == "on", text
