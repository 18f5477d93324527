"""hassil templates mean here what hassil's own recogniser makes of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hassil import Intents, recognize

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.sample import count_sentences, sample
from mondegreen.grammar.expression import FreeWords, Grammar, SlotUse, ValueList, walk
from mondegreen.grammar.load import load_grammar

HOUSE: dict[str, Any] = {
    "language": "en",
    "intents": {
        "Light": {
            "data": [
                {
                    "sentences": [
                        "<turn> (on|off) [all] [the] light[s] [in [the] {area}]",
                        "set brightness to {level:brightness}[%| percent]",
                        "(dim;[the] lamps;now)",
                        "{1..5:number} lamp[s]",
                    ],
                    "slots": {"domain": "light"},
                },
                {
                    "sentences": ["make it {mood}"],
                    "lists": {"mood": {"values": [{"in": "(warm|cosy)", "out": 2700}, "blue"]}},
                    "expansion_rules": {"turn": "twist"},
                },
            ]
        },
        "Say": {"data": [{"sentences": ["(say|announce) {message}"]}]},
    },
    "lists": {
        "area": {"values": ["kitchen", {"in": "living[ ]room", "out": "living_room"}]},
        "level": {"range": {"from": 0, "to": 100}},
        "message": {"wildcard": True},
    },
    "expansion_rules": {"turn": "(turn|switch)"},
}


def house(**changes: Any) -> dict[str, Any]:
    return {**HOUSE, **changes}


def one(*sentences: str, **more: Any) -> Grammar:
    data = {"sentences": list(sentences)}
    return load_grammar({"language": "en", "intents": {"A": {"data": [data]}}, **more})


def texts(grammar: Grammar) -> set[str]:
    return {s.text for s in sample(grammar, 400)}


def test_what_we_say_hassil_understands_the_same_way() -> None:
    grammar = load_grammar(HOUSE)
    intents = Intents.from_dict(HOUSE)
    for one in sample(grammar, 300, seed=3):
        result = recognize(one.text, intents)
        assert result is not None, one.text
        assert result.intent.name == one.intent
        theirs = {e.name: e.value for e in result.entities_list}
        if one.intent != "Say":
            assert theirs == {s.name: s.value for s in one.slots}, one.text


def test_endings_are_glued_and_spaces_part_words() -> None:
    assert texts(one("light[s] on")) == {"light on", "lights on"}
    assert texts(one("turn[ on] light")) == {"turn light", "turn on light"}
    assert texts(one("(lamp|light)(s|ing)")) == {"lamps", "lamping", "lights", "lighting"}
    assert texts(one("[the]lamp")) == {"thelamp", "lamp"}
    assert texts(one("half( |-)hour")) == {"half hour"}


def test_permutations_are_every_order() -> None:
    grammar = one("(dim;now;please)")
    assert count_sentences(grammar) == 6
    assert "now please dim" in texts(grammar)


def test_percent_signs_are_said_and_possessives_are_not() -> None:
    lists = {"n": {"range": {"from": 5, "to": 5}}}
    assert texts(one("to {n}%", lists=lists)) == {"to five percent"}
    lists = {"room": {"values": ["attic"]}}
    assert texts(one("the {room}'s lamp", lists=lists)) == {"the attic lamp"}


def test_lists_of_a_block_hide_the_shared_ones() -> None:
    grammar = load_grammar(HOUSE)
    kinds = [n for n in grammar.slot_types if n.startswith("mood")]
    assert len(kinds) == 1
    mood = grammar.slot_types[kinds[0]]
    assert isinstance(mood, ValueList)
    assert [v.value for v in mood.values] == [2700, "blue"]


def test_fixed_slots_and_wildcards() -> None:
    grammar = load_grammar(HOUSE)
    assert grammar.sentences[0].fixed == {"domain": "light"}
    assert isinstance(grammar.slot_types["message"], FreeWords)


def test_skip_words_are_said_before_twice_and_after_when_they_can_end() -> None:
    grammar = one("stop", skip_words=["please", "could you"])
    sentences = texts(grammar)
    assert {"stop", "could you please stop please", "stop please"} <= sentences
    assert not any(t.endswith("could you") for t in sentences)


def test_a_missing_list_costs_only_what_needs_it_and_is_noticed() -> None:
    grammar = one("go to {room}", "go home [via {room}]")
    assert texts(grammar) == {"go home"}
    assert len(grammar.notices) == 1
    assert "{room} has no values: 1 sentence is left out, 1 has fewer" in grammar.notices[0].message
    both = load_grammar(
        {"intents": {"A": {"data": [{"sentences": ["go to {room}"]}]}}}, lists={"room": ["attic"]}
    )
    assert texts(both) == {"go to attic"}
    assert both.notices == ()


def test_a_missing_rule_costs_only_what_needs_it_and_is_noticed() -> None:
    rules = {"turn": "(turn|switch)", "ask": "<please> <turn>"}
    grammar = one("<trun> on", "<turn> off [<soon>]", "<ask> up", expansion_rules=rules)
    assert texts(grammar) == {"turn off", "switch off"}
    first, *others = sorted(grammar.notices, key=lambda notice: "<trun>" not in notice.message)
    assert first.severity == "warning"
    assert "<trun> is not defined" in first.message
    assert "did you mean 'turn'?: 1 sentence is left out, 0 have fewer" in first.message
    assert ["<please>" in notice.message for notice in others] == [True, False]
    assert "<soon> is not defined" in others[1].message
    assert "0 sentences are left out, 1 has fewer" in others[1].message


def test_when_nothing_is_left_it_is_an_error_that_names_the_list() -> None:
    with pytest.raises(GrammarError, match=r"\{room\}"):
        one("go to {room}")


def test_the_english_of_home_assistant() -> None:
    intents = pytest.importorskip("home_assistant_intents").get_intents("en")
    bare = load_grammar(intents)
    assert len(bare.sentences) > 300
    assert any("{area}" in n.message for n in bare.notices)
    filled = load_grammar(
        intents,
        lists={
            "area": ["kitchen"],
            "floor": ["first floor"],
            "name": ["bedroom lamp", "front door"],
        },
    )
    total = sum(len(b["sentences"]) for i in intents["intents"].values() for b in i["data"])
    assert len(filled.sentences) == total
    assert set(filled.intents) == set(intents["intents"])
    assert filled.notices == ()
    uses = {e.type for s in filled.sentences for e in walk(s.expression) if isinstance(e, SlotUse)}
    assert uses <= set(filled.slot_types)
    assert count_sentences(filled) > 10**9


@pytest.mark.parametrize("seed", range(3))
def test_hassil_understands_our_samples_of_home_assistant(seed: int) -> None:
    intents = pytest.importorskip("home_assistant_intents").get_intents("en")
    names = ["kitchen", "front door", "living room"]
    lists = {name: {"values": names} for name in ("area", "floor", "name")}
    filled = {**intents, "lists": {**intents["lists"], **lists}}
    theirs = Intents.from_dict(filled)
    grammar = load_grammar(filled)
    for one in sample(grammar, 40, seed):
        if any(isinstance(slot.value, float | int) for slot in one.slots):
            continue  # ours also says "a hundred and one", theirs does not
        # hassil wants the satellite's area and each name's domain from outside the sentence.
        contexts = [
            {k: v[0] if isinstance(v, list) else v for k, v in required.items()}
            for block in intents["intents"][one.intent]["data"]
            for required in [block.get("requires_context", {})]
        ]
        assert any(
            recognize(one.text, theirs, intent_context={**c, "area": "kitchen"}) for c in contexts
        ), one.text


def test_a_folder_of_files_is_merged(tmp_path: Path) -> None:
    (tmp_path / "_common.yaml").write_text(
        'language: en\nlists:\n  room:\n    values: ["attic"]\n'
        'expansion_rules:\n  go: "(go|walk)"\n',
        encoding="utf-8",
    )
    (tmp_path / "a.yaml").write_text(
        'language: en\nintents:\n  Go:\n    data:\n      - sentences: ["<go> to {room}"]\n',
        encoding="utf-8",
    )
    (tmp_path / "b.yaml").write_text(
        'language: en\nintents:\n  Go:\n    data:\n      - sentences: ["off to {room}"]\n',
        encoding="utf-8",
    )
    assert texts(load_grammar(tmp_path)) == {"go to attic", "walk to attic", "off to attic"}


MISTAKES = [
    ('["(on"]', 5, "cannot be parsed"),
    ('["<on>"]', 5, "<on> is not defined"),
    ('["on <>"]', 5, "cannot be parsed"),
    ('["' + "x" * 30_000 + '"]', 5, "30,000 characters"),
    ('["' + "[" * 100 + "x" + "]" * 100 + '"]', 5, "nests brackets"),
    ("[[a]]", 5, "a list where a sentence"),
    ('["(a;b;c;d;e;f)"]', 5, "permutation of 6"),
    ("stop", 5, "without a list of `sentences:`"),
    ('["[a]"]\n        lists: 3', 6, "expected a mapping"),
]


@pytest.mark.parametrize(("sentences", "line", "message"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_mistakes_are_named_with_their_line(
    tmp_path: Path, sentences: str, line: int, message: str
) -> None:
    path = tmp_path / "house.yaml"
    text = f"language: en\nintents:\n  A:\n    data:\n      - sentences: {sentences}\n"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GrammarError) as caught:
        load_grammar(path)
    assert message in str(caught.value)
    assert caught.value.line == line


def test_rules_that_refer_to_each_other_are_refused() -> None:
    with pytest.raises(GrammarError, match="<a> → <b> → <a>"):
        one("<a>", expansion_rules={"a": "x <b>", "b": "[<a>]"})


def test_local_rules_can_close_a_circle_too() -> None:
    block = {"sentences": ["<a>"], "expansion_rules": {"b": "<a>"}}
    with pytest.raises(GrammarError, match="circle"):
        load_grammar(
            {"intents": {"A": {"data": [block]}}, "expansion_rules": {"a": "<b>", "b": "x"}}
        )


@pytest.mark.parametrize(
    ("rules", "line", "part"),
    [
        ('{b: "x <c>",\n  c: "y <b>"}', 3, "<b> → <c> → <b>"),
        ('{\n  b: "x <b>"}', 4, "<b> → <b>"),
    ],
)
def test_a_circle_of_rules_is_named_with_its_line(
    tmp_path: Path, rules: str, line: int, part: str
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        f'intents:\n  A: {{data: [{{sentences: ["go <b>"]}}]}}\nexpansion_rules: {rules}\n'
    )
    with pytest.raises(GrammarError, match=part) as caught:
        load_grammar(path)
    assert caught.value.line == line


def test_rules_that_multiply_are_refused_early(calls: Callable[..., int]) -> None:
    rules = {"r0": "a", **{f"r{n}": f"(<r{n - 1}> x|<r{n - 1}> y)" for n in range(1, 60)}}
    with pytest.raises(GrammarError, match="unfolds into more than"):
        calls(lambda: one("go <r59>", expansion_rules=rules), 2_000_000)


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("add (+|plus|to) it", {"add plus it", "add to it"}),
        ("(-|less) one", {"minus one", "less one"}),
        ("set {n} - {n}", {"set five minus five"}),
        ("set {n}+{n}", {"set five plus five"}),
        ("sci - fi", {"sci fi"}),
        ("half( |-)hour", {"half hour"}),
        ("stop[!]", {"stop"}),
        ("stop [!|.] now", {"stop now"}),
    ],
)
def test_a_symbol_alone_is_its_word(template: str, words: set[str]) -> None:
    assert texts(one(template, lists={"n": {"range": {"from": 5, "to": 5}}})) == words


def test_a_symbol_that_nobody_says_is_no_empty_alternative() -> None:
    with pytest.raises(GrammarError, match="nobody can say '~'"):
        one("add (~|to) it")
