"""What was said for free words: cut from a transcript, and heard in real questions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import mondegreen
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.free_words import slot_words
from mondegreen.engines.grammar.reading import Filled, Reading, Span
from mondegreen.grammar.expression import Sentence, Sequence

Say = Callable[..., np.ndarray]


def reading(*texts: str) -> tuple[Reading, Filled]:
    """A reading with these words; "" is a run of free phones, the first of them the slot."""
    spans = tuple(Span(text, 0, 10 * i, 10 * i + 8, (1,), 0.0) for i, text in enumerate(texts))
    filled = Filled("text", "", (spans[texts.index("")],), free=True)
    return Reading(Sentence("Note", Sequence(())), spans, (filled,), 0.0), filled


@pytest.mark.parametrize(
    ("texts", "written", "value"),
    [
        (("where", ""), "Where are my keys?", "are my keys"),
        (("add", "", "to", "the", "list"), "Add milk, and eggs, to the list.", "milk, and eggs"),
        (("", "please"), "Fresh bread, please.", "fresh bread"),
        (("where", ""), "Were are my keys?", None),  # another word than the grammar's
        (("where", ""), "Where?", None),  # nothing is left
        (("where", ""), "", None),
        (("add", "", "to", "the", "list"), "Add milk to my list", None),
        (("add", "", "to", "the", "list"), "Add milk to a list", "milk"),
        (("add", "", "to", "list"), "Um, add the milk to the list, please.", "the milk"),
        (("say", "the", "word", ""), "Say word the", "the"),
        (("write", "the", ""), "Write a poem please", "a poem please"),
        (("", "please"), "Please!", None),
        (("put", "", "in", ""), "Put milk in tea", "milk"),
        (("put", "", "in", ""), "Put milk", None),
        (("put", "", "in", ""), "Put milk in", None),
        (("put", "", ""), "Put milk in tea", None),  # which words are whose?
        (("", "and", "then", ""), "Turn it off and then, lock the door.", "turn it off"),
        (("", "and", "", "and", ""), "Eggs and milk and bread and butter", "eggs"),
    ],
)
def test_the_grammars_own_words_are_taken_off(
    texts: tuple[str, ...], written: str, value: str | None
) -> None:
    assert slot_words(written, *reading(*texts), lambda a, b: a == b) == value


def test_words_that_sound_alike_are_the_same() -> None:
    alike = {"buy": "by"}
    value = slot_words("By fresh milk", *reading("buy", ""), lambda a, b: alike.get(b, b) == a)
    assert value == "fresh milk"


def test_a_question_keeps_all_its_words(starter: GrammarEngine, say: Say) -> None:
    for text in (
        "when was the first railway built",
        "who painted the starry night",
        "tell me what is the outdoor pressure",
        "look up the first railway",
    ):
        question = text.removeprefix("tell me ").removeprefix("look up ")
        result = starter.understand(say(text))
        (slot,) = result.slots
        assert (result.intent, slot.name, slot.value) == ("Ask", "question", question)
        assert slot.spoken == question
        assert result.transcript == text
        assert starter.read(text).slots[0].value == question
        assert slot.start is not None
        assert slot.end is not None
        assert (slot.start > 0.4) == (text != question)


@pytest.mark.parametrize("food", ["fresh bread", "the milk"])
def test_an_article_that_the_grammar_lacks_is_no_free_word(
    tmp_path: Path, say: Say, food: str
) -> None:
    path = tmp_path / "list.yaml"
    path.write_text('context: {expressions: {Put: ["put $pv.Words:what on list"]}}', "utf-8")
    result = mondegreen.load(str(path)).understand(say(f"put {food} on the list"))
    assert (result.status, result.values()) == ("understood", {"what": food})


@pytest.mark.parametrize("voice", ["hibari", "flite-slt"])
def test_two_slots_of_free_words_share_what_was_written(
    tmp_path: Path, say: Say, voice: str
) -> None:
    path = tmp_path / "both.yaml"
    path.write_text(
        'context: {expressions: {Both: ["$pv.Words:first [and then, then] $pv.Words:second"]}}',
        "utf-8",
    )
    result = mondegreen.load(str(path)).understand(
        say("turn off the lights and then lock the door", voice)
    )
    assert result.values() == {"first": "turn off the lights", "second": "lock the door"}
    first, second = result.slots
    assert first.end is not None
    assert second.start is not None
    assert first.end < second.start
