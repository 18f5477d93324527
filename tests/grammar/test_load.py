"""Any grammar is loaded by one function, and what is not a grammar is explained."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from mondegreen.errors import GrammarError, MondegreenError
from mondegreen.grammar.expression import Word
from mondegreen.grammar.formats.format import FORMATS
from mondegreen.grammar.formats.marked_yaml import from_python, parse_yaml, plain
from mondegreen.grammar.load import load_grammar

RHINO = 'context:\n  expressions:\n    go: ["go home"]\n'
HASSIL = 'language: en\nintents:\n  Go:\n    data:\n      - sentences: ["go [to] {room}"]\n'


def test_the_format_is_recognised_by_its_content(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RHINO, encoding="utf-8")
    (tmp_path / "b.txt").write_text(HASSIL, encoding="utf-8")
    assert load_grammar(tmp_path / "a.yaml").name == "a"
    assert load_grammar(str(tmp_path / "b.txt"), lists={"room": ["attic"]}).intents == ("Go",)


def test_lists_come_from_a_file_too(tmp_path: Path) -> None:
    (tmp_path / "b.yaml").write_text(HASSIL, encoding="utf-8")
    (tmp_path / "lists.yaml").write_text("lists:\n  room: [attic]\n", encoding="utf-8")
    grammar = load_grammar(tmp_path / "b.yaml", lists=tmp_path / "lists.yaml", name="house")
    assert (grammar.name, list(grammar.slot_types)) == ("house", ["room"])
    (tmp_path / "lists.yaml").write_text("- attic\n", encoding="utf-8")
    with pytest.raises(GrammarError, match="mapping"):
        load_grammar(tmp_path / "b.yaml", lists=tmp_path / "lists.yaml")


def test_a_mapping_and_json_are_grammars_too(tmp_path: Path) -> None:
    data = {"context": {"expressions": {"go": ["go home"]}}}
    assert load_grammar(data).intents == ("go",)
    path = tmp_path / "g.json"
    path.write_text('{"context": {"expressions": {"go": ["go home"]}}}', encoding="utf-8")
    assert load_grammar(path).intents == ("go",)


def test_the_starter_grammar_loads_by_name() -> None:
    grammar = load_grammar("starter")
    assert grammar.name == "starter"
    assert len(grammar.intents) > 10


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("contxt:\n  a: 1\n", "did you mean 'context'"),
        ("- a\n- b\n", "a grammar is a mapping, not a list"),
        ("", "the file is empty"),
        ("just words\n", "not 'just words'"),
    ],
)
def test_what_is_no_grammar_is_explained(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "g.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GrammarError, match=message):
        load_grammar(path)


def test_a_missing_file_suggests_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "coffee.yaml").write_text(RHINO, encoding="utf-8")
    with pytest.raises(GrammarError, match=r"did you mean coffee\.yaml"):
        load_grammar(tmp_path / "cofee.yaml")
    with pytest.raises(GrammarError, match="no folder"):
        load_grammar(tmp_path / "no" / "coffee.yaml")
    (tmp_path / "empty").mkdir()
    with pytest.raises(GrammarError, match=r"no \.yaml file"):
        load_grammar(tmp_path / "empty")


def test_a_folder_of_rhino_contexts_is_not_one_grammar(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(RHINO, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(RHINO, encoding="utf-8")
    with pytest.raises(GrammarError, match="name the file"):
        load_grammar(tmp_path)


ONE_WORD = """
from mondegreen.grammar.expression import Grammar, Sentence, Word
from mondegreen.grammar.formats.marked_yaml import Keys, plain


class OneWord:
    def recognises(self, document):
        return isinstance(document, Keys) and document.get("word") is not None

    def read(self, documents, options):
        word = plain(documents[0])["word"]
        return Grammar(options.name, (Sentence("Said", Word(word)),), {})
"""


def test_a_package_adds_a_format(install: Callable[..., None]) -> None:
    install("words", ONE_WORD, "mondegreen.grammars", "one-word = words:OneWord")
    assert FORMATS.names() == ["rhino", "hassil", "one-word"]
    assert load_grammar({"word": "hello"}).sentences[0].expression == Word("hello")
    with pytest.raises(GrammarError, match="one-word"):
        load_grammar({"nothing": 1})


def test_a_broken_format_is_in_nobodys_way_and_is_named_when_it_is_needed(
    install: Callable[..., None],
) -> None:
    install("words", "1 / 0", "mondegreen.grammars", "one-word = words:OneWord")
    assert load_grammar({"context": {"expressions": {"go": ["go home"]}}}).intents == ("go",)
    with pytest.raises(MondegreenError, match="'one-word' of the package 'words'"):
        load_grammar({"word": "hello"})


def test_nodes_read_yaml_as_yaml_does() -> None:
    text = "a: [1, 2.5, on, 'on', null, x: y]\nb: &k {c: true}\nd: *k\n"
    assert plain(parse_yaml(text)) == yaml.safe_load(text)
    data = {"a": [1, True, None, "x"]}
    assert plain(from_python(data)) == data


def test_aliases_that_unfold_without_end_are_refused() -> None:
    lines = [f"k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(GrammarError, match="unfold into more than") as caught:
        parse_yaml("\n".join(["k0: &a0 [x, y]", *lines]), "many.yaml")
    assert caught.value.line is not None


def test_what_is_no_file_name_is_a_grammar_error() -> None:
    for wrong in (None, 5, ["context"]):
        with pytest.raises(GrammarError, match="expected the name of a file"):
            load_grammar(wrong)  # type: ignore[arg-type]
    with pytest.raises(GrammarError, match="`lists` is list"):
        load_grammar("starter", lists=["area"])  # type: ignore[arg-type]


def test_values_without_end_are_refused() -> None:
    with pytest.raises(GrammarError, match=r"many\.yaml:1000000: more than 1,000,000 values"):
        parse_yaml("- a\n" * 1_000_005, "many.yaml")
    with pytest.raises(GrammarError, match="more than 1,000,000 values"):
        parse_yaml("[" + "[]," * 1_000_005 + "]", "many.yaml")


def test_data_that_nests_without_end_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    endless: dict[str, object] = {}
    endless["context"] = endless
    for data in ({"context": deep}, endless):
        with pytest.raises(GrammarError, match="nested more than 32 levels deep"):
            load_grammar(data)


def test_only_files_of_a_folder_are_read(tmp_path: Path) -> None:
    with pytest.raises(GrammarError, match=r"no \.yaml file in the folder"):
        load_grammar(tmp_path)
    (tmp_path / "a.yaml").write_text("context: {expressions: {go: [go home]}}\n")
    assert load_grammar(tmp_path).notices == ()
    if os.name != "nt":
        os.mkfifo(tmp_path / "pipe.yaml")
        (notice,) = load_grammar(tmp_path).notices
        assert str(notice) == f"{tmp_path / 'pipe.yaml'}: left out, since it is a pipe or a device"


@pytest.mark.skipif(os.name == "nt", reason="POSIX has such files")
@pytest.mark.parametrize("wrong", ["/dev/zero", "a\0b", "a" * 5_000])
def test_a_grammar_its_lists_and_catalogues_are_files(wrong: str) -> None:
    catalogue = {"expressions": {"go": ["$n"]}, "slots": {"n": {"catalogue": wrong}}}
    for names in (
        {"source": wrong},
        {"source": "starter", "lists": wrong},
        {"source": {"context": catalogue}},
    ):
        with pytest.raises(GrammarError, match=r"device|not a possible file|cannot read|outside"):
            load_grammar(**names)  # type: ignore[arg-type]
