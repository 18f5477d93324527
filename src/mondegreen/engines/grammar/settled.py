"""How settled the meaning of unfinished speech is, by the paths that the search keeps alive.

A meaning is settled when a sentence may end here and nothing that the grammar lets follow could
change it. How likely something does follow is told from the paths that could still go on.
"""

from __future__ import annotations

from math import exp

import numpy as np
import numpy.typing as npt

from ...phonetics.inventory import BLANK
from ...types import Meaning, Outlook, Seconds
from . import confidence, second_opinion
from .compile import FREE_PHONE_COST
from .confidence import Calibration
from .lattice import Lattice
from .reading import distinct_readings
from .search import Search


def outlook(search: Search, calibration: Calibration, frame_seconds: Seconds) -> Outlook | None:
    """How settled the best meaning of the audio so far is; None where none leads what may go on.

    Times count from the first frame. Slots of free words are never settled, nor is anything while
    free words could be what is being said, nor meanings between which the transcriber's words will
    decide.
    """
    if not search.frames or _lead(search, 0.0) <= 0.0:
        return None
    lattice = Lattice(search)
    readings = distinct_readings(lattice, 2)
    if not readings or second_opinion.nearly_tied(readings):
        return None
    best = readings[0]
    if best.outside or any(slot.free for slot in best.slots):
        return None
    # Free words pay for each phone. Whether they go on is no less likely for that.
    lead = min(_lead(search, 0.0), _lead(search, -FREE_PHONE_COST * len(best.phones)))
    slots = tuple(filled.timed(frame_seconds) for filled in best.slots)
    return Outlook(
        meaning=Meaning(best.sentence.intent, slots + best.fixed),
        probability=calibration.alone.probability(
            confidence.weigh(best, readings, lattice).vector()
        ),
        growth=exp(-max(-30.0, min(30.0, lead))),
        quiet=_quiet(search) * frame_seconds,
        refuse_below=calibration.threshold,
    )


def _quiet(search: Search) -> int:
    """Frames since the last one in which a phone beat the blank."""
    for count, scores in enumerate(reversed(search.scores)):
        if int(scores.argmax()) != BLANK:
            return count
    return len(search.scores)


def _lead(search: Search, refund: float) -> float:
    """How far the best path that is settled leads the best that is not; negative: it trails.

    `refund` is what paths through free words get back of what they paid.
    """
    graph, live = search.graph, search.frames[-1]
    score = np.maximum(live.sound, live.rest)
    settled = _settled(search)
    if not settled.any():
        return -np.inf
    others = np.where(graph.free[live.context], score + np.float32(refund), score)[~settled]
    return float(score[settled].max() - others.max(initial=-np.inf))


def _settled(search: Search) -> npt.NDArray[np.bool_]:
    """For each live state, whether a sentence may end in it and only words without meaning follow.

    The last word of a slot's value counts only if no word of a longer value may follow it.
    """
    graph, live = search.graph, search.frames[-1]
    inside = live.context > 0
    end = np.where(inside, graph.returns[live.context], graph.junction[live.state])
    grows = graph.start[live.state] < graph.start[live.state + 1]
    value = graph.exit[live.state] & ~graph.outside[live.state] & ~grows
    ended = np.where(inside, value, end > 0)
    return np.asarray(ended & graph.settled[np.maximum(end, 0)])
