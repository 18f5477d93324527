"""What `mondegreen.load` takes: names, paths, and grammars as mappings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import mondegreen
from mondegreen.engines.load import unused_settings
from mondegreen.errors import GrammarError, SettingsError

GRAMMAR = {"context": {"expressions": {"go": ["go home"]}}}


def test_a_grammar_may_be_a_mapping() -> None:
    assert mondegreen.load(GRAMMAR).read("go home").intent == "go"


@pytest.mark.parametrize("source", [{}, ["go home"], 5])
def test_what_is_no_grammar_is_a_grammar_error(source: Any) -> None:
    with pytest.raises(GrammarError, match=r"no known grammar format|expected the name of a file"):
        mondegreen.load(source)


@pytest.mark.parametrize("kind", ["general", "several"])
def test_a_mapping_is_no_model(kind: str) -> None:
    with pytest.raises(SettingsError, match="a mapping is a grammar"):
        mondegreen.load(GRAMMAR, engine=kind)


def test_an_engine_tells_what_it_has_no_use_for(tmp_path: Path) -> None:
    (tmp_path / "go.yaml").write_text("context: {expressions: {go: [go home]}}", "utf-8")
    for source in (str(tmp_path / "go.yaml"), f"{tmp_path / 'go.yaml'}+starter"):
        engine = mondegreen.load(source, home={"areas": ["kitchen"]})
        (line,) = unused_settings(engine)
        assert line.startswith("the home (--home) is not used")
    assert unused_settings(mondegreen.load("starter", home={"areas": ["kitchen"]})) == []
    assert unused_settings(mondegreen.load("general")) == []
