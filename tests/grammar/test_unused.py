"""A home and lists for which a grammar has no use are noticed, and others are not."""

from __future__ import annotations

from typing import Any

import pytest

from mondegreen.grammar.load import load_grammar
from mondegreen.grammar.unused import unused_in

HOME = {"areas": ["kitchen"], "devices": [{"name": "desk lamp", "domain": "light"}]}
RHINO = {"context": {"expressions": {"go": ["go home"]}}}
AREAS = {"area": ["kitchen"]}


def hassil(sentence: str) -> dict[str, Any]:
    return {"language": "en", "intents": {"Go": {"data": [{"sentences": [sentence]}]}}}


@pytest.mark.parametrize(
    ("grammar", "given", "notices"),
    [
        (RHINO, {"home": HOME}, ["the home (--home) is not used: the grammar has no `home:` that"]),
        (RHINO, {"lists": AREAS}, ["the lists (--lists) are not used: a Rhino grammar has"]),
        (RHINO, {}, []),
        ("starter", {"home": HOME}, []),
        (hassil("go on"), {"home": HOME}, ["the home (--home) is not used: no sentence has"]),
        (hassil("go on"), {"lists": AREAS}, ["the lists (--lists) are not used: no sentence has"]),
        (hassil("go to the {area}"), {"home": HOME}, []),
        (hassil("dim the {name}"), {"home": HOME}, []),
        (hassil("go to the {area}"), {"lists": {**AREAS, "name": ["desk lamp"]}}, []),
    ],
)  # fmt: skip
def test_what_is_not_used_is_noticed(
    grammar: Any, given: dict[str, Any], notices: list[str]
) -> None:
    lines = unused_in(load_grammar(grammar, **given))
    assert len(lines) == len(notices)
    assert all(line.startswith(start) for line, start in zip(lines, notices, strict=True))
