"""What a grammar may cost and reach: limits that are said, and files that stay closed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.check import check
from mondegreen.grammar.expression import Value, ValueList, Word
from mondegreen.grammar.formats.limits import MAX_NAMES
from mondegreen.grammar.load import load_grammar
from mondegreen.jobs.strict_json import to_json
from mondegreen.phonetics.pronouncer import MOST_SPELLINGS, read_lexicon


def _hassil(definition: object) -> dict[str, object]:
    return {
        "language": "en",
        "intents": {"A": {"data": [{"sentences": ["play {x}"]}]}},
        "lists": {"x": definition},
    }


def _with_catalogue(folder: Path, name: object) -> Path:
    grammar = {
        "context": {"expressions": {"A": ["play $n"]}, "slots": {"n": {"catalogue": str(name)}}}
    }
    path = folder / "grammar.yaml"
    path.write_text(json.dumps(grammar), encoding="utf-8")
    return path


@pytest.mark.parametrize("codes", [8, 20])
def test_many_codes_in_a_row_are_checked_in_bounded_steps(
    codes: int, calls: Callable[..., int]
) -> None:
    sentence = " ".join(f"$pv.Alphanumeric:w{i}" for i in range(codes))
    grammar = load_grammar({"context": {"expressions": {"A": [sentence]}}})
    calls(lambda: check(grammar), 12_000_000)


def test_more_names_than_can_be_compiled_are_refused_before_they_are_read(tmp_path: Path) -> None:
    names = "# all there are\n" + "la\n" * (MAX_NAMES + 1)
    (tmp_path / "names.txt").write_text(names, encoding="utf-8")
    with pytest.raises(GrammarError, match=r"names\.txt: .* has 300,001 names, at most 300,000"):
        load_grammar(_with_catalogue(tmp_path, "names.txt"))


def test_a_word_with_a_line_too_many_is_refused_with_the_line(tmp_path: Path) -> None:
    lines = ["play  p l eɪ"] * (MOST_SPELLINGS + 1)
    (tmp_path / "lexicon").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(GrammarError, match=rf"lexicon:{MOST_SPELLINGS + 1}: 'play' has more than"):
        read_lexicon(tmp_path / "lexicon")
    (tmp_path / "lexicon").write_text("\n".join(lines[1:]), encoding="utf-8")
    assert len(read_lexicon(tmp_path / "lexicon")["play"]) == MOST_SPELLINGS


@pytest.mark.parametrize("way", ["absolute", "upwards", "link"])
def test_a_catalogue_elsewhere_is_read_only_where_that_is_allowed(
    tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, other = tmp_path / "grammar", tmp_path / "names"
    home.mkdir()
    other.mkdir()
    (other / "names.txt").write_text("toto\n", encoding="utf-8")
    (home / "link.txt").symlink_to(other / "names.txt")
    name = {"absolute": other / "names.txt", "upwards": "../names/names.txt", "link": "link.txt"}
    grammar = _with_catalogue(home, name[way])
    with pytest.raises(GrammarError, match=r"outside the grammar's folder.*MONDEGREEN_CATALOGUES="):
        load_grammar(grammar)
    monkeypatch.setenv("MONDEGREEN_CATALOGUES", str(other))
    kind = load_grammar(grammar).slot_types["n"]
    assert isinstance(kind, ValueList)
    assert kind.values == (Value("toto", Word("toto")),)


def test_a_catalogue_below_the_grammar_is_its_own(tmp_path: Path) -> None:
    (tmp_path / "names").mkdir()
    (tmp_path / "names" / "a.txt").write_text("toto\n", encoding="utf-8")
    assert load_grammar(_with_catalogue(tmp_path, "names/a.txt")).slot_types["n"]


@pytest.mark.parametrize("wildcard", ["no", "yes", "maybe", 1, None, []])
def test_a_wildcard_is_true_or_false(wildcard: object) -> None:
    with pytest.raises(GrammarError, match="expected true or false"):
        load_grammar(_hassil({"wildcard": wildcard}))


@pytest.mark.parametrize(
    "limits",
    [
        {"from": 0, "to": 100, "multiplier": 1e308}, {"from": 0, "to": 1e400},
        {"from": ".nan", "to": 3}, {"from": 0, "to": 3, "multiplier": "inf"},
        {"from": 0, "to": float("nan")}, {"from": 0, "to": 1, "step": 0},
    ],
)  # fmt: skip
def test_a_range_has_numbers_that_can_be_counted(limits: dict[str, object]) -> None:
    with pytest.raises(GrammarError):
        load_grammar(_hassil({"range": limits}))


@pytest.mark.parametrize(
    ("limits", "values"),
    [
        ({"from": 0.5, "to": 1.5}, [0.5, 1.5]),
        ({"from": 0, "to": 10, "step": 2.5}, [0, 2.5, 5, 7.5, 10]),
        ({"from": -1, "to": 0, "step": "0.25"}, [-1, -0.75, -0.5, -0.25, 0]),
        ({"from": 0.1, "to": 0.35, "step": 0.1}, [0.1, 0.2, 0.3]),
    ],
)
def test_ranges_keep_their_fractions(limits: dict[str, object], values: list[float]) -> None:
    kind = load_grammar(_hassil({"range": limits})).slot_types["x"]
    assert isinstance(kind, ValueList)
    assert [value.value for value in kind.values] == values


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan")])
def test_json_has_null_where_there_is_no_number(value: float) -> None:
    rows = {"a": [1.5, value, {"b": (value, "ü")}]}
    assert to_json(rows) == '{"a": [1.5, null, {"b": [null, "ü"]}]}'


@pytest.mark.parametrize("out", [float("inf"), float("nan")])
def test_a_value_that_is_no_number_is_refused(out: float) -> None:
    with pytest.raises(GrammarError, match="no finite number"):
        load_grammar(_hassil({"values": [{"in": "one", "out": out}]}))
