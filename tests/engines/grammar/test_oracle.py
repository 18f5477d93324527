"""What an oracle needs to hear: counted by hand for a small grammar."""

from __future__ import annotations

import pytest

import mondegreen
from mondegreen.engines.grammar.graph import Graph
from mondegreen.engines.grammar.oracle import words_needed

GRAMMAR = """
context:
  expressions:
    On:
      - "turn on the light (in the $room:room) (please)"
    Off:
      - "turn off the light"
    Brew:
      - "make a $size:size coffee"
  slots:
    room: [kitchen, cellar, cellar stairs]
    size: [small, very large, very tall]
"""


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Graph:
    path = tmp_path_factory.mktemp("oracle") / "house.yaml"
    path.write_text(GRAMMAR, encoding="utf-8")
    return mondegreen.load(str(path)).graph


@pytest.mark.parametrize(
    ("text", "needed"),
    [
        ("turn on the light", {"intent": 2, "all": 5}),
        ("turn off the light", {"intent": 2, "all": 2}),
        ("turn on the light please", {"intent": 2, "all": 5}),
        ("turn on the light in the kitchen", {"intent": 2, "slot:room": 7, "all": 7}),
        ("turn on the light in the cellar", {"intent": 2, "slot:room": 8, "all": 8}),
        ("turn on the light in the cellar please", {"intent": 2, "slot:room": 8, "all": 8}),
        ("turn on the light in the cellar stairs", {"intent": 2, "slot:room": 8, "all": 8}),
        ("make a small coffee", {"intent": 1, "slot:size": 3, "all": 3}),
        ("make a very tall coffee", {"intent": 1, "slot:size": 4, "all": 4}),
        ("make some tea", {}),
        ("turn on", {}),
    ],
)
def test_words_that_decide(graph: Graph, text: str, needed: dict[str, int]) -> None:
    assert words_needed(graph, text.split()) == needed
