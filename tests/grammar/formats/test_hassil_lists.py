"""The lists of hassil templates: values, contexts, ranges and wildcards."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.check import check
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import Grammar, Pattern, ValueList
from mondegreen.grammar.load import load_grammar


def one(*sentences: str, **more: Any) -> Grammar:
    data = {"sentences": list(sentences)}
    return load_grammar({"language": "en", "intents": {"A": {"data": [data]}}}, **more)


def texts(grammar: Grammar) -> set[str]:
    return {s.text for s in sample(grammar, 400)}


def meanings(grammar: Grammar) -> dict[str, Any]:
    """The value of the only slot by what is said."""
    return {s.text: s.slots[0].value for s in sample(grammar, 400)}


def test_ranges_are_patterns_with_multiplier_and_fractions() -> None:
    ranges = {
        "by": {"range": {"from": 0, "to": 50, "multiplier": -1}},
        "heat": {"range": {"from": -5, "to": 30, "fractions": "halves"}},
        "kelvin": {"range": {"from": 1000, "to": 3000, "step": 100}},
    }
    grammar = one("{by} {heat} {kelvin}", lists=ranges)
    by, heat, kelvin = (grammar.slot_types[n] for n in ("by", "heat", "kelvin"))
    assert isinstance(by, Pattern)
    assert by.interpret("twelve") == -12
    assert isinstance(heat, Pattern)
    assert heat.interpret("minus two point five") == -2.5
    assert heat.interpret("twenty and a half") == 20.5
    assert isinstance(kelvin, ValueList)
    assert [v.value for v in kelvin.values] == list(range(1000, 3001, 100))


def test_context_chooses_the_values_of_a_list() -> None:
    names = [
        {"in": "desk lamp", "out": "light.desk", "context": {"domain": "light"}},
        {"in": "ceiling fan", "out": "fan.ceiling", "context": {"domain": "fan"}},
    ]
    blocks = [
        {"sentences": ["dim {name}"], "requires_context": {"domain": ["light", "switch"]}},
        {"sentences": ["hide {name}"], "excludes_context": {"domain": "light"}},
        {"sentences": ["find {name}"]},
        {"sentences": ["here {name}"], "requires_context": {"area": {"slot": True}}},
    ]
    grammar = load_grammar({"intents": {"A": {"data": blocks}}}, lists={"name": names})
    sentences = texts(grammar)
    assert sentences == {
        "dim desk lamp", "hide ceiling fan", "find desk lamp", "find ceiling fan",
        "here desk lamp", "here ceiling fan",
    }  # fmt: skip


def test_a_list_that_the_house_lacks_in_one_context_is_no_error() -> None:
    lamp = {"in": "desk lamp", "out": "light.desk", "context": {"domain": "light"}}
    blocks = [
        {"sentences": ["dim {name}"], "requires_context": {"domain": "light"}},
        {"sentences": ["open {name}"], "requires_context": {"domain": ["cover", "valve"]}},
        {"sentences": ["lock {name}"], "requires_context": {"domain": "lock"}},
    ]
    grammar = load_grammar({"intents": {"A": {"data": blocks}}}, lists={"name": [lamp]})
    assert texts(grammar) == {"dim desk lamp"}
    findings = check(grammar)
    assert [finding.severity for finding in findings] == ["note"]
    assert "has no values for domain=cover|valve, domain=lock: 2 sentences" in findings[0].message


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        (
            {"from": 0.5, "to": 1.5},
            {
                "go zero point five": 0.5, "go point five": 0.5, "go half": 0.5, "go a half": 0.5,
                "go one point five": 1.5, "go one and a half": 1.5,
            },
        ),
        (
            {"from": -2.5, "to": 5, "step": 2.5},
            {
                "go minus two point five": -2.5, "go minus two and a half": -2.5, "go zero": 0,
                "go two point five": 2.5, "go two and a half": 2.5, "go five": 5,
            },
        ),
        ({"from": 0.25, "to": 0.25}, {"go zero point two five": 0.25, "go point two five": 0.25}),
        ({"from": "1", "to": "2"}, {"go one": 1, "go two": 2}),
        ({"from": 0, "to": 1.5}, {"go zero": 0, "go one": 1}),
        ({"from": 5, "to": 6, "multiplier": 0.5}, {"go five": 2.5, "go six": 3}),
    ],
)  # fmt: skip
def test_ranges_hold_the_numbers_that_are_written(
    limits: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert meanings(one("go {a}", lists={"a": {"range": limits}})) == expected


def test_a_range_gives_numbers_that_json_has() -> None:
    with pytest.raises(GrammarError, match=r"multiplier 1e\+308, which makes 50 too large"):
        one("go {a}", lists={"a": {"range": {"from": 0, "to": 50, "multiplier": 1e308}}})
    most = one("go {a}", lists={"a": {"range": {"from": 0, "to": 1, "multiplier": 1e308}}})
    assert json.loads(json.dumps(meanings(most), allow_nan=False)) == meanings(most)


@pytest.mark.parametrize("wildcard", ["no", "maybe", 1])
def test_a_wildcard_is_true_or_false(wildcard: object) -> None:
    with pytest.raises(GrammarError, match="expected true or false"):
        one("go {a}", lists={"a": {"wildcard": wildcard}})


@pytest.mark.parametrize(
    ("definition", "message"),
    [
        ({"range": {"from": 5, "to": 1}}, "empty range"),
        ({"range": {"from": "a", "to": 1}}, "needs numbers"),
        ({"range": {"from": 0, "to": 10**7}}, "leaves"),
        ({"values": "kitchen"}, "no list"),
        ({"values": [True]}, "quotes"),
        ({"values": [{"out": "x"}]}, "without `in:`"),
        ({"values": ["{b}"]}, "inside a value"),
        ({"range": {"from": True, "to": 3}}, "needs numbers"),
        ({"range": {"from": 0.00001, "to": 1}}, "at most 4 decimals"),
        ({"range": {"from": 0, "to": 1, "step": 1e-9}}, "at most 4 decimals"),
        ({"range": {"from": 0, "to": 9, "fractions": "thirds"}}, "halves or tenths"),
        ({"values": ["(a"]}, "cannot be parsed"),
        ({"wildcard": False}, "none of"),
        ({}, "none of"),
        (3, "expected `values:`"),
    ],
)
def test_wrong_lists_are_refused(definition: Any, message: str) -> None:
    with pytest.raises(GrammarError, match=message):
        one("go {a}", lists={"a": definition})


def test_a_multiplier_is_a_number() -> None:
    area = {"range": {"from": 0, "to": 10, "multiplier": float("nan")}}
    with pytest.raises(GrammarError, match="multiplier nan"):
        one("go {area}", lists={"area": area})
