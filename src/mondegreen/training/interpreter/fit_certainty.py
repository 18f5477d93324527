"""What a general model needs beside its networks: how far to trust whom, and when to refuse.

Both are fitted on speech that the networks were not fitted on: labelled, and of people who talk of
anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from ...audio.utterances import whole
from ...data.manifest import Manifest
from ...data.recording import utterance_samples
from ...engines.general.certainty import EVIDENCE, probability
from ...engines.general.choice import Written, choose
from ...engines.general.engine import GeneralEngine
from ...engines.general.model_folder import Balance, Certainty
from ...engines.general.turn import meaning_of
from ...errors import DataError
from ...evaluate.metrics import exact_match
from ...evaluate.ranking import calibration_error
from ...evaluate.trial import reference
from ...speech.hearing import Hearing
from ...types import Meaning
from ..logistic_fit import fit

BALANCES = tuple(
    Balance(writer, reader, sounds)
    for writer in (0.2, 0.3, 0.5, 1.0)
    for reader in (0.0, 0.3, 0.5, 1.0)
    for sounds in (0.0, 0.05, 0.1, 0.2)
)
"""Those that are tried."""
NOBODY = Certainty(EVIDENCE, (1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 0.0)
"""Until the fit: intent and slots by the interpreter's own word."""
REFUSE_BELOW = 0.15
"""Of what is less sure nine in ten are wrong; at 0.3 a quarter of the refused would be right."""


@dataclass(frozen=True)
class Trial:
    """One utterance, written down, and what it means (None: nothing)."""

    meaning: Meaning | None
    hearing: Hearing
    written: list[Written]


def listen(
    engine: GeneralEngine, manifest: Manifest, *, meaningful: bool = True
) -> Iterator[Trial]:
    """What the engine's transcriber writes down of each recording in which somebody speaks."""
    for utterance in manifest:
        piece = whole(utterance_samples(manifest.root, utterance))
        if piece is None:
            continue
        hearing = engine.ear.listen(piece.samples)
        turn = engine.begin()
        turn.hear(hearing)
        yield Trial(reference(utterance) if meaningful else None, hearing, turn.written())


def best_balance(
    engine: GeneralEngine, utterances: Sequence[Trial], tried: Sequence[Balance] = BALANCES
) -> tuple[Balance, float]:
    """The balance with the most exact matches, and their share; of equals the first tried.

    Raises DataError where no word was written down of any.
    """
    meant = [one for one in utterances if one.meaning is not None and one.written]
    if not meant:
        raise DataError(
            f"the transcriber wrote nothing down of {len(utterances)} recordings; expected words: "
            "tune it for longer, or choose another"
        )
    interpreter = engine.knowledge.interpreter
    read = cache(interpreter.read)
    best, share = tried[0], -1.0
    for balance in tried:
        chosen = [choose(one.written, read, balance)[0] for one in meant]
        meanings = [meaning_of(one.reading, interpreter) for one in chosen]
        right = float(exact_match([one.meaning for one in meant], meanings).mean())
        if right > share:
            best, share = balance, right
    return best, share


def certainty(engine: GeneralEngine, utterances: Sequence[Trial]) -> tuple[Certainty, float]:
    """The confidence fitted on the utterances, and its expected calibration error on them."""
    interpreter = engine.knowledge.interpreter
    rows: list[tuple[float, ...]] = []
    right: list[float] = []
    for one in utterances:
        turn = engine.begin()
        turn.hear(one.hearing)
        weighed = turn.weighed(one.written)
        if weighed is None:
            continue
        reading = weighed.meanings[0].reading
        meaning = meaning_of(reading, interpreter)
        rows.append(weighed.evidence)
        right.append(float(one.meaning is not None and exact_match([one.meaning], [meaning])[0]))
    x, y = np.array(rows), np.array(right)
    weights, bias = fit(x, y)
    fitted = Certainty(
        EVIDENCE, tuple(round(float(w), 4) for w in weights), round(bias, 4), REFUSE_BELOW
    )
    sure = [probability(fitted, row) for row in rows]
    return fitted, calibration_error(sure, y)


def balanced(engine: GeneralEngine, balance: Balance) -> GeneralEngine:
    """The engine with another balance."""
    return replace(engine, knowledge=replace(engine.knowledge, balance=balance))


__all__ = ["NOBODY", "Trial", "balanced", "best_balance", "certainty", "listen"]
