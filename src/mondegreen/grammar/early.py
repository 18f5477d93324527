"""Whether the meaning of unfinished speech is settled, and at what risk.

A meaning is settled when a sentence may end here, when nothing that the grammar lets follow could
change it, and when no unfinished reading fits the audio better. Whether it is also right is what
the confidence says of it, as it does of finished speech.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..phonetics.inventory import BLANK
from ..types import Meaning
from . import confidence
from .decoder import Search
from .lattice import Lattice
from .reading import distinct

if TYPE_CHECKING:
    from .confidence import Calibration

RISK = 0.02
"""Highest risk at which a meaning is decided before the speaker has stopped."""
QUIET = 0.25
"""Seconds without a phone before a decision: whoever speaks on says more than was expected. Of 60
commands that went on with foreign words 13 % were decided all the same after 0.15 s, 5 % after 0.22
and 2 % after 0.3; the decisions came 0.48, 0.42 and 0.32 s before the end was certain."""


def decide(
    search: Search, calibration: Calibration, frame_seconds: float
) -> tuple[Meaning, float] | None:
    """The settled meaning of the audio so far and its risk; None while there is none.

    Times count from the first frame. Slots of free words are never settled.
    """
    if not _may_be_settled(search, frame_seconds):
        return None
    lattice = Lattice(search)
    readings = distinct(lattice, 2)
    best = readings[0]
    if any(slot.free for slot in best.slots):
        return None
    runner_up = readings[1].score if len(readings) > 1 else None
    evidence = confidence.weigh(best, np.stack(lattice.scores), lattice.free_score, runner_up)
    risk = 1.0 - calibration.alone.probability(evidence.vector())
    if risk > min(RISK, 1.0 - calibration.threshold):
        return None
    slots = tuple(filled.timed(frame_seconds) for filled in best.slots)
    return Meaning(best.sentence.intent, slots + best.fixed), risk


def _may_be_settled(search: Search, frame_seconds: float) -> bool:
    """Whether the best path ended a settled sentence a moment ago and nothing sounds since."""
    graph = search.graph
    moment = max(1, round(QUIET / frame_seconds))
    quiet = [int(scores.argmax()) == BLANK for scores in search.scores[-moment:]]
    if len(quiet) < moment or not all(quiet):
        return False
    live = search.frames[-1]
    place = int(np.argmax(np.maximum(live.sound, live.rest)))
    context, state = int(live.context[place]), int(live.state[place])
    if context == 0:
        end = int(graph.junction[state])
    elif graph.exit[state] and graph.start[state] == graph.start[state + 1]:
        end = int(graph.returns[context])
    else:  # the slot's value may yet grow
        return False
    return end > 0 and bool(graph.settled[end])
