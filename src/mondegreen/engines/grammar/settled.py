"""Whether the meaning of unfinished speech is settled, and at what risk.

A meaning is settled when a sentence may end here, when nothing that the grammar lets follow could
change it, and when no other reading that could still go on fits the audio nearly as well. Whether
it is also right is what the confidence says of it, as it does of finished speech.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ...phonetics.inventory import BLANK
from ...types import Meaning
from . import confidence, second_opinion
from .compile import FREE_PHONE_COST
from .lattice import Lattice
from .reading import distinct
from .search import Search

if TYPE_CHECKING:
    from .confidence import Calibration

RISK = 0.02
"""Highest risk at which a meaning is decided before the speaker has stopped."""
LEAD = -log(RISK)
"""Log-score by which a settled reading leads all that may still go on: even odds at 0, `RISK` to
one here."""
QUIET = 0.25
"""Seconds without a phone before a decision: whoever speaks on says more than was expected. Of 60
commands that went on with foreign words 13 % were decided all the same after 0.15 s, 5 % after 0.22
and 2 % after 0.3; the decisions came 0.48, 0.42 and 0.32 s before the end was certain."""


def decide(
    search: Search, calibration: Calibration, frame_seconds: float
) -> tuple[Meaning, float] | None:
    """The settled meaning of the audio so far and its risk; None while there is none.

    Times count from the first frame. Slots of free words are never settled, and while free words
    could be what is being said, nothing is.
    """
    if not _quiet(search, frame_seconds) or _lead(search, 0.0) < LEAD:
        return None
    lattice = Lattice(search)
    readings = distinct(lattice, 2)
    if second_opinion.worth_asking(readings):  # the transcriber may yet choose the other
        return None
    best = readings[0]
    # Free words pay for each phone. Whether they go on is no less likely for that.
    given = -FREE_PHONE_COST * len(best.phones)
    if any(slot.free for slot in best.slots) or _lead(search, given) < LEAD:
        return None
    evidence = confidence.weigh(readings, lattice)
    risk = 1.0 - calibration.alone.probability(evidence.vector())
    if risk > min(RISK, 1.0 - calibration.threshold):
        return None
    slots = tuple(filled.timed(frame_seconds) for filled in best.slots)
    return Meaning(best.sentence.intent, slots + best.fixed), risk


def _quiet(search: Search, frame_seconds: float) -> bool:
    moment = max(1, round(QUIET / frame_seconds))
    last = search.scores[-moment:]
    return len(last) == moment and all(int(scores.argmax()) == BLANK for scores in last)


def _lead(search: Search, given: float) -> float:
    """How far the best path that is settled leads the best that is not; negative: it trails.

    `given` is what paths through free words get back of what they paid.
    """
    graph, live = search.graph, search.frames[-1]
    score = np.maximum(live.sound, live.rest)
    settled = _settled(search)
    if not settled.any():
        return -np.inf
    others = np.where(graph.free[live.context], score + np.float32(given), score)[~settled]
    return float(score[settled].max() - others.max(initial=-np.inf))


def _settled(search: Search) -> npt.NDArray[np.bool_]:
    """For each live state, whether a sentence may end in it and only words without meaning follow.

    The last word of a slot's value counts only if no word of a longer value may follow it.
    """
    graph, live = search.graph, search.frames[-1]
    inside = live.context > 0
    end = np.where(inside, graph.returns[live.context], graph.junction[live.state])
    grows = graph.start[live.state] < graph.start[live.state + 1]
    ended = np.where(inside, graph.exit[live.state] & ~grows, end > 0)
    return np.asarray(ended & graph.settled[np.maximum(end, 0)])
