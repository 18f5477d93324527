"""What every engine has."""

from __future__ import annotations

from mondegreen.engines.grammar.engine import GrammarEngine


def test_an_engine_shows_itself_in_a_line(starter: GrammarEngine) -> None:
    intents = len(starter.schema.intents)
    assert repr(starter) == f"<GrammarEngine {starter.model}, {intents} intents>"
