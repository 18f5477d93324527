"""How many words of a sentence must be heard before each part of its meaning is certain.

An oracle that hears every word perfectly and knows all that the grammar may say: no listener can
decide earlier without a risk. It is `complexity`'s decidability, of one sentence and one grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...types import Meaning
from .graph import Graph
from .settled import Stand, claims_of, stand_of
from .token_passing import Fillings

Place = tuple[int, int, int]
"""Context, state, and the number of a filling."""


def words_needed(graph: Graph, words: Sequence[str]) -> dict[str, int]:
    """How many of the `words` (lower case) decide each part: the intent, each slot, and all.

    One more than there are words where only silence after the last one decides. Empty for what the
    grammar does not say. Slots of free words are not among the parts.
    """
    fillings = Fillings(graph)
    places: set[Place] = {(0, 0, 0)}
    needed: dict[str, int] = {}
    claimed: dict[str, str] = {}
    for count in range(len(words) + 2):
        if 0 < count <= len(words):
            places = {
                end for place in places for end in _after(graph, fillings, place, words[count - 1])
            }
            if not places:
                return {}
        stands = [
            stand_of(graph, fillings, number, context, state) for context, state, number in places
        ]
        over = count > len(words)
        if over:
            stands = [stand for stand in stands if stand.ended is not None]
        agreed = _agreed(graph, stands, over=over)
        for part, value in agreed.items():
            if claimed.get(part) != value:
                needed[part], claimed[part] = count, value
    return {part: count for part, count in needed.items() if part in agreed}


def _agreed(graph: Graph, stands: Sequence[Stand], *, over: bool) -> dict[str, str]:
    """What all of them are certain of."""
    claims = [
        {
            part: repr(value.key if isinstance(value, Meaning) else value)
            for part, value, share in claims_of(graph.ahead, stand, 0.0 if over else 1.0)
            if share == 1.0
        }
        for stand in stands
    ]
    if not claims:
        return {}
    first, *others = claims
    return {p: v for p, v in first.items() if all(other.get(p) == v for other in others)}


def _after(graph: Graph, fillings: Fillings, place: Place, word: str) -> Iterator[Place]:
    """The places in which a word ends that is said next."""
    for context, state, number in _next(graph, fillings, place):
        for leaf in _leaves(graph, state):
            if graph.words[graph.word[leaf]] == word:
                yield context, leaf, number


def _next(graph: Graph, fillings: Fillings, place: Place) -> Iterator[Place]:
    """The places in which the next word may begin."""
    context, state, number = place
    if context == 0:
        yield from _through(graph, int(graph.junction[state]), number)
        return
    inside = fillings.after(number, context, state, False)
    row = graph.to[graph.start[state] : graph.start[state + 1]]
    yield from ((context, following, inside) for following in row.tolist())
    if graph.exit[state]:
        outside = fillings.after(number, context, state, True)
        yield from _through(graph, int(graph.returns[context]), outside)


def _through(graph: Graph, word_state: int, number: int) -> Iterator[Place]:
    row = slice(graph.junction_start[word_state], graph.junction_start[word_state + 1])
    contexts, states = graph.junction_context[row].tolist(), graph.junction_state[row].tolist()
    for context, state in zip(contexts, states, strict=True):
        if not graph.free[context]:
            yield context, state, number


def _leaves(graph: Graph, state: int) -> Iterator[int]:
    """The states in which the words end that go through a state."""
    todo = [state]
    while todo:
        here = todo.pop()
        if graph.word[here] >= 0:
            yield here
        else:
            todo += graph.to[graph.start[here] : graph.start[here + 1]].tolist()
