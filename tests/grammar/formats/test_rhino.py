"""Rhino contexts become grammars; every mistake in one is named with its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mondegreen.errors import GrammarError
from mondegreen.grammar.analysis.sample import count_sentences, sample
from mondegreen.grammar.expression import (
    EMPTY,
    Choice,
    FreeWords,
    Pattern,
    Sequence,
    SlotUse,
    ValueList,
    Word,
    walk,
)
from mondegreen.grammar.formats.rhino_syntax import ExpressionError, assemble, parse_expression
from mondegreen.grammar.load import load_grammar
from mondegreen.phonetics.pronouncer import Pronouncer

COFFEE = """\
context:
  expressions:
    orderDrink:
      - "[make, get me] (a, an) $size:cup @drink (please)"
      - "I'd like $pv.TwoDigitInteger:count $drink:what"
    ask:
      - "tell me $mondegreen.Words:question"
  slots:
    size: [small, large]
    drink:
      - latte
      - {value: flat white, say: ["flat white", "[a, one] flatty"]}
  macros:
    drink: ["latte", "@tea"]
    tea: ["[green, black] tea"]
responses:
  orderDrink: "A {cup}, coming."
lexicon:
  latte: ["l ɑ t eɪ", "l æ t eɪ"]
"""


def write(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "grammar.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def rejected(tmp_path: Path, text: str | bytes) -> GrammarError:
    with pytest.raises(GrammarError) as caught:
        load_grammar(write(tmp_path, text))
    return caught.value


def context(expressions: str, rest: str = "") -> str:
    return f"context:\n  expressions:\n    go:\n      - {expressions}\n{rest}"


def test_reads_every_part_of_a_context(tmp_path: Path) -> None:
    grammar = load_grammar(write(tmp_path, COFFEE))
    assert grammar.name == "grammar"
    assert grammar.intents == ("orderDrink", "ask")
    assert [s.line for s in grammar.sentences] == [4, 5, 7]
    assert grammar.responses == {"orderDrink": "A {cup}, coming."}
    assert grammar.lexicon == {"latte": ("l ɑ t eɪ", "l æ t eɪ")}
    assert isinstance(grammar.slot_types["mondegreen.TwoDigitInteger"], Pattern)
    assert isinstance(grammar.slot_types["mondegreen.Words"], FreeWords)
    first = grammar.sentences[0].expression
    assert isinstance(first, Sequence)
    assert first.items[1] == Choice((Word("a"), Word("an"), EMPTY))
    assert first.items[2] == SlotUse("cup", "size", 4)
    drink = grammar.slot_types["drink"]
    assert isinstance(drink, ValueList)
    assert [v.value for v in drink.values] == ["latte", "flat white"]


def test_a_macro_stands_for_its_alternatives_and_may_use_others(tmp_path: Path) -> None:
    text = context('"@a now"', '  macros: {a: ["one", "@b two"], b: ["[x, y]"]}\n')
    assert count_sentences(load_grammar(write(tmp_path, text))) == 3


def test_written_numbers_become_words_and_plain_values_stay_as_written(tmp_path: Path) -> None:
    text = context('"make 8 $s:s"', '  slots: {s: [12 oz, "Turn-On", on]}\n')
    grammar = load_grammar(write(tmp_path, text))
    assert Word("eight") in walk(grammar.sentences[0].expression)
    kind = grammar.slot_types["s"]
    assert isinstance(kind, ValueList)
    assert [v.value for v in kind.values] == ["12 oz", "Turn-On", "on"]
    assert kind.values[1].expression == Sequence((Word("turn"), Word("on")))


def test_a_value_has_its_own_spoken_forms(tmp_path: Path) -> None:
    slots = '  slots: {s: [{value: off, say: ["off", "out"]}, {value: 3, say: three}]}\n'
    kind = load_grammar(write(tmp_path, context('"go $s"', slots))).slot_types["s"]
    assert isinstance(kind, ValueList)
    assert [v.value for v in kind.values] == ["off", 3]
    assert kind.values[0].expression == Choice((Word("off"), Word("out")))


def test_a_value_is_what_people_wrote_not_what_yaml_makes_of_it(tmp_path: Path) -> None:
    values = {"010": "010", "7:30": "7:30", "1_000": "1_000", "0x1F": "0x1F", "12": 12, "2.5": 2.5}
    ways = zip(values, "abcdef", strict=True)
    listed = ", ".join(f"{{value: {written}, say: way {way}}}" for written, way in ways)
    path = write(tmp_path, context('"go $s"', f"  slots: {{s: [{listed}]}}\n"))
    kind = load_grammar(path).slot_types["s"]
    assert isinstance(kind, ValueList)
    assert [v.value for v in kind.values] == list(values.values())


def test_words_may_touch_brackets(tmp_path: Path) -> None:
    close = load_grammar(write(tmp_path, context('"turn[on, off](the)light"')))
    apart = load_grammar(write(tmp_path, context('"turn [on, off] (the) light"')))
    assert close.sentences == apart.sentences


def test_accented_latin_names_are_read(tmp_path: Path) -> None:
    slots = "  slots: {s: [Nguyễn, İstanbul, Đặng Thị, Łódź]}\n"
    kind = load_grammar(write(tmp_path, context('"call $s"', slots))).slot_types["s"]
    assert isinstance(kind, ValueList)
    pronouncer = Pronouncer()
    for value in kind.values:
        assert isinstance(value.expression, Word | Sequence)
        words = [value.expression] if isinstance(value.expression, Word) else value.expression.items
        assert all(pronouncer.word(word.text) for word in words)


def test_catalogue_lines_give_values_and_spoken_forms(tmp_path: Path) -> None:
    names = "# my music\nThe Beatles\n\n4'33\"\tfour thirty three\n"
    (tmp_path / "names.txt").write_text(names, encoding="utf-8")
    text = context('"play $title"', "  slots: {title: {catalogue: names.txt}}\n")
    kind = load_grammar(write(tmp_path, text)).slot_types["title"]
    assert isinstance(kind, ValueList)
    assert [v.value for v in kind.values] == ["The Beatles", "4'33\""]
    assert kind.values[1].expression == Sequence((Word("four"), Word("thirty"), Word("three")))


def test_a_name_that_nobody_can_say_is_named_with_the_catalogues_line(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("Toto\n" + "la " * 300 + "\n", encoding="utf-8")
    text = context('"play $title"', "  slots: {title: {catalogue: names.txt}}\n")
    (tmp_path / "g.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(GrammarError, match=r"names\.txt:2: up to 300 words"):
        load_grammar(tmp_path / "g.yaml")


def test_a_large_catalogue_is_read_in_steps_for_each_name(
    tmp_path: Path, calls: Callable[..., int]
) -> None:
    first = [a + b + c for a in "bdfgklmnpr" for b in "aeiou" for c in "lmnrst"]
    names = [f"{x.title()} {y.title()}" for x in first for y in first][:80_000]
    (tmp_path / "names.txt").write_text("\n".join(names), encoding="utf-8")
    text = context('"play $title"', "  slots: {title: {catalogue: names.txt}}\n")
    path = write(tmp_path, text)
    kinds = []
    calls(lambda: kinds.append(load_grammar(path).slot_types["title"]), 100 * len(names))
    (kind,) = kinds
    assert isinstance(kind, ValueList)
    assert len(kind.values) == 80_000


# Each mistake with the line it stands on and what the message must say.
MISTAKES = [
    (context('"a [b, c"'), 4, "'[' is never closed"),
    (context('"a b]"'), 4, "']' closes nothing"),
    (context('"a [b)"'), 4, "']' must close"),
    (context('"[a, ] b"'), 4, "empty alternative"),
    (context('"a, b"'), 4, "comma outside brackets"),
    (context('"light[s] on"'), 4, "[light, lights]"),
    (context('"walk[ing] home"'), 4, "endings cannot be glued on"),
    (context('"[light, lamp]s on"'), 4, "column 14: endings cannot be glued on"),
    (context('"what is $s:who\'s name"', "  slots: {s: [ann]}\n"), 4, "among its values"),
    (context('"a {b}"'), 4, "hassil"),
    (context('"a $sizes"', "  slots: {size: [small]}\n"), 4, "did you mean 'size'?"),
    (context('"a @greet"', '  macros: {greeting: ["hello"]}\n'), 4, "did you mean 'greeting'?"),
    (context('"@a"', '  macros:\n    a: ["@b"]\n    b: ["@a"]\n'), None, "circle: @a → @b → @a"),
    (context('"a $s"', "  slots:\n    s: []\n"), 6, "no values"),
    (context('"a $s"', "  slots:\n    s: small\n"), 6, "expected a list"),
    (context('"a $s"', '  slots:\n    s: ["[a, b]"]\n'), 6, "say: [first, second]"),
    (context('"a $s"', '  slots:\n    s: ["?!"]\n'), 6, "no speakable word"),
    (context('"a $s"', "  slots:\n    s: [{say: x}]\n"), 6, "lacks `value:`"),
    (context('"a $s"', "  slots:\n    s: [{value: x, says: y}]\n"), 6, "unknown key 'says'"),
    (context('"a $s"', "  slots:\n    s: {catalogue: no.txt}\n"), 6, "no such file"),
    (context('""'), 4, "empty expression"),
    (context("[a, b]"), 4, "quotes"),
    (context('"at $pv.TwoDigitIntger:n"'), 4, "did you mean TwoDigitInteger?"),
    (context('"at $pv.Nonsense:n"'), 4, "The built-ins are: Cardinal"),
    (context('"a"', '    go: ["b"]\n'), 5, "'go' is defined twice here, first on line 3"),
    (context("12: 3"), 4, "expected"),
    ("context:\n  expressions: [a]\n", 2, "expected a mapping"),
    ("context:\n  slots: {}\n", 2, "no `expressions:`"),
    ("context:\n  expressions: {}\n", 2, "no intents"),
    (context('"a"', "  slot: {s: [x]}\n"), 5, "did you mean 'slots'?"),
    (context('"a"', "responses: {goo: hello}\n"), 5, "did you mean 'go'?"),
    (context('"a"', 'responses: {go: "to {place}"}\n'), 5, "no slot of it"),
    (context('"a"', 'responses: {go: "to {"}\n'), 5, "expected a slot's name"),
    (context('"a"', 'lexicon: {cat: "k æ q"}\n'), 5, "unknown phone 'q'"),
    (context('"a"', 'lexicon: {black cat: "k æ t"}\n'), 5, "not one word"),
    ("context:\n\texpressions: {}\n", 2, "not valid YAML"),
    (context("@greeting there"), 4, "quote expressions that begin with @"),
    (context('"a"', "---\ncontext: {}\n"), 5, "second document"),
    ("context: *nowhere\n", 1, "no anchor"),
]


@pytest.mark.parametrize(("text", "line", "message"), MISTAKES, ids=[m[2] for m in MISTAKES])
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    error = rejected(tmp_path, text)
    assert message in str(error)
    if line is not None:
        assert error.line == line
        assert str(error).startswith(f"{tmp_path / 'grammar.yaml'}:{line}: ")


def test_a_file_that_is_not_utf8_is_refused_with_the_line(tmp_path: Path) -> None:
    error = rejected(tmp_path, b"context:\n  expressions: {a: [caf\xe9]}\n")
    assert (error.line, "not UTF-8" in str(error)) == (2, True)


@pytest.mark.parametrize(
    "expression",
    [
        '"' + "word " * 200_000 + '"',
        '"' + "[" * 500_000 + '"',
        '"' + "[a, b] " * 150_000 + "(" + '"',
    ],
    ids=["words", "brackets", "choices"],
)
def test_a_line_of_a_megabyte_is_refused_early(
    tmp_path: Path, expression: str, calls: Callable[..., int]
) -> None:
    path = write(tmp_path, context(expression))
    with pytest.raises(GrammarError) as caught:
        calls(lambda: load_grammar(path), 30 * len(expression))
    assert caught.value.line == 4


def test_deeply_nested_yaml_is_refused(tmp_path: Path) -> None:
    error = rejected(tmp_path, "context: " + "[" * 100_000)
    assert "levels deep" in str(error)


def test_macros_that_double_and_double_are_refused(tmp_path: Path) -> None:
    macros = "".join(f'    m{i}: ["@m{i - 1} @m{i - 1}"]\n' for i in range(1, 40))
    text = context('"@m39"', f'  macros:\n    m0: ["x"]\n{macros}')
    assert "use a slot instead" in str(rejected(tmp_path, text))


def test_unknown_keys_and_unused_macros_are_noticed(tmp_path: Path) -> None:
    text = context('"a"', '  macros: {unused: ["b"]}\nauthor: me\n')
    notices = load_grammar(write(tmp_path, text)).notices
    assert any("'author'" in n.message for n in notices)
    assert any("@unused" in n.message for n in notices)


def test_pv_and_mondegreen_prefixes_name_the_same_type() -> None:
    grammar = load_grammar(
        {"context": {"expressions": {"a": ["$pv.Percent", "$mondegreen.percent:p"]}}}
    )
    assert list(grammar.slot_types) == ["mondegreen.Percent"]
    names = [
        e.name for s in grammar.sentences for e in walk(s.expression) if isinstance(e, SlotUse)
    ]
    assert names == ["Percent", "p"]


WORDS = st.sampled_from(["go", "home", "eight", "now", "don't"])
TREES = st.recursive(
    WORDS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda a: f"[{', '.join(a)}]"),
        st.lists(inner, min_size=1, max_size=3).map(lambda a: f"({', '.join(a)})"),
    ),
    max_leaves=12,
)


@given(TREES)
def test_any_well_formed_expression_is_read_and_only_says_its_words(text: str) -> None:
    expression = assemble(parse_expression(text), {})
    words = {e.text for e in walk(expression) if isinstance(e, Word)}
    assert words == set(text.translate(str.maketrans("[](),", "     ")).split())


@given(st.text(alphabet="ab [](),$@:{}|<>'", max_size=40))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    reason = "column 0"
    try:
        parse_expression(text)
    except ExpressionError as error:
        reason = str(error)
    assert reason.startswith("column ")


def test_samples_of_the_example_fit_its_slots(tmp_path: Path) -> None:
    grammar = load_grammar(write(tmp_path, COFFEE))
    for one in sample(grammar, 50, seed=1):
        for slot in one.slots:
            assert slot.start is not None
            assert one.text[slot.start : slot.end]


def test_a_backslash_in_a_reply_makes_a_brace(tmp_path: Path) -> None:
    text = context('"a"') + "responses: {go: 'to \\{there\\}'}\n"
    assert load_grammar(write(tmp_path, text)).responses == {"go": "to \\{there\\}"}


def test_values_that_json_does_not_have_stay_text(tmp_path: Path) -> None:
    text = context('"$x"', "  slots: {x: [{value: .nan, say: a}, {value: 2024-01-01, say: b}]}\n")
    (kind,) = load_grammar(write(tmp_path, text)).slot_types.values()
    assert isinstance(kind, ValueList)
    assert [value.value for value in kind.values] == [".nan", "2024-01-01"]


def test_a_grammar_says_how_sure_is_sure_enough(tmp_path: Path) -> None:
    assert load_grammar(write(tmp_path, COFFEE)).refuse_below is None
    assert load_grammar(write(tmp_path, COFFEE + "refuse_below: 0.4\n")).refuse_below == 0.4


@pytest.mark.parametrize("value", ["1.5", "-0.1", "often", ".nan", "[0.4]"])
def test_what_is_no_confidence_is_named_with_its_line(tmp_path: Path, value: str) -> None:
    error = rejected(tmp_path, COFFEE + f"refuse_below: {value}\n")
    assert error.line == COFFEE.count("\n") + 1
    assert "from 0 to 1" in str(error)
