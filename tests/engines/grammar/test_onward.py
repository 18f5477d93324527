"""Speech after a whole sentence that no sentence explains."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.grammar.onward import Onward
from mondegreen.engines.grammar.search import Search

Say = Callable[..., np.ndarray]
COMMAND = "turn off the lights in the kitchen"


def lead(engine: GrammarEngine, samples: np.ndarray) -> float:
    """By how much leaving the grammar is the better path, in nats."""
    search, onward = Search(engine.graph, engine.settings), Onward()
    search.advance(engine.ear.listen(samples).scores())
    onward.follow(search)
    return onward.score - float(search.frames[-1].best.max())


@pytest.mark.parametrize("more", ["whenever the neighbours are away", "said the old man"])
def test_words_of_no_sentence_are_better_left_unexplained(
    starter: GrammarEngine, say: Say, more: str
) -> None:
    assert lead(starter, say(COMMAND)) < 0.0
    assert lead(starter, say(f"{COMMAND} please")) < 0.0
    assert lead(starter, say(f"{COMMAND} {more}")) > 10.0


def test_it_grows_with_the_search_and_a_fork_goes_its_own_way(
    starter: GrammarEngine, say: Say
) -> None:
    scores = starter.ear.listen(say(f"{COMMAND} said the old man")).scores()
    half = len(scores) // 2
    search, onward = Search(starter.graph, starter.settings), Onward()
    search.advance(scores[:half])
    onward.follow(search)
    before, fork = onward.score, onward.fork()
    search.advance(scores[half:])
    fork.follow(search)
    assert onward.score == before != fork.score
    onward.follow(search)
    at_once = Onward()
    at_once.follow(search)
    assert onward.score == fork.score == at_once.score
