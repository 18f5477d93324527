"""How settled each part of the meaning of unfinished speech is, by the paths that are still alive.

Every path claims something of each part: a value, or that it is open. A slot that was said is
claimed by what was said, one in the middle of a word by the only value that goes on like this, the
intent by the only one that can still come. The weight of a path is its share among all, as two
meanings are weighed when the speech is over; what only the end of the speech would settle is shared
between an end here and words to come.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from math import exp

from ...early.pauses import going_on
from ...early.usage import Usage
from ...types import ALL, INTENT, SLOT, Meaning, Outlook, PartValue, Prospect, Seconds, Slot
from . import confidence
from .ahead import Ahead, Coming, Outcome
from .compile import FREE_PHONE_COST
from .confidence import Calibration
from .graph import Graph
from .lattice import Lattice, unfinished
from .onward import Onward
from .reading import read_so_far, read_unfinished
from .search import Search
from .token_passing import FilledSlot, Fillings, TokenPassing

LEAST = 0.02
"""Share of a part below which its value is not told."""
SCALE = 0.6
"""How much a nat of the search's score counts. Where the transcriber's words have a say as well it
is 0.43 (see Balance); here the phones are alone."""
GOES_ON = 0.5
"""How likely a speaker goes on where the grammar lets both, before any pause."""
BREAKS_OFF, SAYS_MORE = 0.02, 0.02
"""How likely a speaker stops where no sentence ends, and goes on where none does."""


@dataclass(frozen=True)
class Stand:
    """Where a path stands: what was said, and what may come."""

    slots: tuple[FilledSlot, ...]
    """Those that are over."""
    inside: FilledSlot | None
    """The slot that is being said, as it is if it ends here; without a value where it may not."""
    forced: bool
    """Whether that is the only value left for it."""
    coming: Coming
    ended: Outcome | None
    """What the sentence means if it ends here; None: it may not."""
    last: bool
    """Whether the sentence may end with the word that is being said."""


def outlook(
    search: Search,
    tokens: TokenPassing,
    onward: Onward,
    calibration: Calibration,
    frame_seconds: Seconds,
    pause: Seconds,
    usage: Usage | None = None,
) -> Outlook | None:
    """How settled each part of the meaning of the audio so far is; None before the first word.

    `pause` is how long nobody has been heard; `usage` tells how likely more words follow where a
    sentence may end.
    """
    lattice = Lattice(search)
    path = unfinished(lattice)
    reading = None if path is None else read_unfinished(search.graph, path)
    if path is None or reading is None:
        return None
    fit = calibration.alone.probability(confidence.weigh(reading, [reading], lattice).vector())
    words = [span.text for span in reading.spans]
    prior = GOES_ON if usage is None else usage.going_on(words, GOES_ON)
    more_likely = going_on(prior, pause)
    values: dict[tuple[str, str], PartValue] = {}
    shares: defaultdict[tuple[str, str], float] = defaultdict(float)
    complete = more = 0.0
    free = _free_words_rival(search, -FREE_PHONE_COST * len(reading.phones))
    for stand, weight in _weighed(search, tokens):
        complete += weight * stand.last
        more += weight * _more(stand, prior)
        for part, value, share in claims_of(search.graph.ahead, stand, more_likely, free=free):
            key = part, repr(value.key if isinstance(value, Meaning) else value)
            shares[key] += weight * share
            values.setdefault(key, value)
    _, slots, _ = read_so_far(search.graph, path, frame_seconds)
    times = {_named(slot): slot for slot in slots}
    ordered = sorted(shares.items(), key=lambda item: -item[1])
    return Outlook(
        prospects=tuple(
            Prospect(key[0], _timed(values[key], times), share * fit)
            for key, share in ordered
            if share >= LEAST
        ),
        # A whole sentence was said, though what followed may make the beginning of a longer one.
        complete=complete >= 0.5 or onward.score > float(search.frames[-1].best.max()),
        going_on=more,
        quiet=pause,
        refuse_below=calibration.threshold,
    )


def _free_words_rival(search: Search, refund: float) -> bool:
    """Whether free words could be what is being said, if they get `refund` back of what they paid.

    Free words pay for each phone, and known words win at the end. That they go on is no less likely
    for that.
    """
    live = search.frames[-1]
    inside = search.graph.free[live.context]
    return bool(inside.any()) and float(live.best[inside].max()) + refund >= float(live.best.max())


def _more(stand: Stand, prior: float) -> float:
    """How likely words follow that matter, before any pause."""
    if stand.ended is None:
        return 1.0 - BREAKS_OFF
    settled = len(stand.coming.outcomes) == 1 and not stand.coming.slots
    return SAYS_MORE if settled and (stand.inside is None or stand.forced) else prior


def _timed(value: PartValue, times: Mapping[tuple[str, str], Slot]) -> PartValue:
    """A value with the times of those of its slots that the best path has finished."""
    if isinstance(value, Meaning):
        return replace(value, slots=tuple(times.get(_named(s), s) for s in value.slots))
    return times.get(_named(value), value) if isinstance(value, Slot) else value


def _named(slot: Slot) -> tuple[str, str]:
    return slot.name, repr(slot.value)


def _weighed(search: Search, tokens: TokenPassing) -> list[tuple[Stand, float]]:
    """The different ways in which the living paths stand, and the share of each."""
    graph, live = search.graph, search.frames[-1]
    places: dict[tuple[int, int, int], float] = {}
    for place, filling, score in zip(*(c.tolist() for c in tokens.both()), strict=True):
        where = int(live.context[place]), int(live.state[place]), filling
        places[where] = max(score, places.get(where, score))
    # Of paths that differ in nothing that matters the best one counts.
    best: dict[tuple[object, ...], tuple[Stand, float]] = {}
    for (context, state, number), score in places.items():
        stand = stand_of(graph, tokens.fillings, number, context, state)
        key = _key(stand)
        if key not in best or score > best[key][1]:
            best[key] = stand, score
    top = max((score for _, score in best.values()), default=0.0)
    weights = [(stand, exp(SCALE * (score - top))) for stand, score in best.values()]
    total = sum(weight for _, weight in weights)
    return [(stand, weight / total) for stand, weight in weights]


def _key(stand: Stand) -> tuple[object, ...]:
    inside = None if stand.inside is None else stand.inside.key
    slots = tuple(slot.key for slot in stand.slots)
    return slots, inside, stand.forced, stand.coming, stand.ended, stand.last


def stand_of(graph: Graph, fillings: Fillings, number: int, context: int, state: int) -> Stand:
    """Where a path stands that is in `state` of `context` with a filling, by its number."""
    ahead, filling = graph.ahead, fillings.listed[number]
    if context == 0:
        after = int(graph.junction[state])
        coming = ahead.after(after) if after >= 0 else ahead.within(state)
        last = ahead.ends(after) is not None if after >= 0 else ahead.may_end(state)
        ended = ahead.ends(after) if after >= 0 else None
        return Stand(filling.slots, None, False, coming, ended, last)
    after = int(graph.returns[context])
    words = filling.words if filling.context == context else ()
    endings = ahead.endings(state) or ()
    ways = (fillings.filled(context, end.state, (*words, *end.words)) for end in endings)
    only = _only(ways)
    ends_here = bool(graph.exit[state])
    use = graph.contexts[context].slot
    assert use is not None
    if only is not None:
        inside = only
    elif ends_here:
        inside = fillings.filled(context, state, fillings.words_past(number, context, state))
    else:
        inside = FilledSlot(use.name, " ".join(words), None, has_value=False)
    final = ahead.ends(after)
    return Stand(
        slots=filling.slots,
        inside=inside,
        forced=only is not None,
        coming=ahead.after(after),
        ended=final if ends_here else None,
        last=final is not None and any(len(end.words) <= 1 for end in endings),
    )


def _only(ways: Iterator[FilledSlot]) -> FilledSlot | None:
    """The slot where all ways fill it alike; no more of them are looked at than it takes."""
    first = next(ways, None)
    return first if first is not None and all(way.key == first.key for way in ways) else None


def claims_of(
    ahead: Ahead, stand: Stand, onward: float, *, free: bool = False
) -> Iterator[tuple[str, PartValue, float]]:
    """Part, value and share of all that a path claims; `onward` is how likely it goes on.

    `free`: free words may be what is being said, so that going on may change all that is settled.
    """
    here = 1.0 - onward if stand.ended is not None else 0.0
    settled = here if free and stand.ended is not None else 1.0
    for slot in stand.slots:
        if slot.has_value:
            yield SLOT + slot.name, slot.slot(), here if slot.name in stand.coming.slots else 1.0
    inside = stand.inside
    sure = inside is None or stand.forced
    if inside is not None and inside.has_value:
        again = inside.name in stand.coming.slots
        yield SLOT + inside.name, inside.slot(), 1.0 if sure and not again else 1.0 - onward
    intents = {intent for intent, _ in stand.coming.outcomes}
    if len(intents) == 1:
        yield INTENT, next(iter(intents)), settled
    elif stand.ended is not None:
        yield INTENT, stand.ended[0], here
    slots = stand.slots if inside is None else (*stand.slots, inside)
    if not all(slot.has_value for slot in slots):
        return
    filled = tuple(slot.slot() for slot in slots)
    if len(stand.coming.outcomes) == 1 and not stand.coming.slots and sure:
        (outcome,) = stand.coming.outcomes
        yield ALL, Meaning(outcome[0], filled + ahead.fixed(outcome)), settled
    elif stand.ended is not None:
        yield ALL, Meaning(stand.ended[0], filled + ahead.fixed(stand.ended)), here
