"""What a general model needs beside its networks: how far to trust whom, and when to refuse.

Both are fitted on speech that the networks were not fitted on: labelled, and of people who talk of
anything else.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import log

import numpy as np
import numpy.typing as npt

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

SOUNDS = (0.0, 0.05, 0.1, 0.15, 0.2)
"""Weights of the sounds that are tried."""
BALANCES = tuple(
    Balance(writer, reader, sounds)
    for writer in (0.2, 0.3, 0.5, 0.7, 1.0)
    for reader in (0.0, 0.3, 0.5, 1.0, 1.5, 2.0, 3.0)
    for sounds in SOUNDS
)
"""Those that are tried."""
NOBODY = Certainty(EVIDENCE, (1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0), 1.0, 0.0)
"""Until the fit: intent and slots by the interpreter's own word."""
_LEAST = 1e-6
"""A share that is less is as good as none."""
REFUSE_BELOW = 0.2
"""Of 286 sentences for choosing the model that ships refuses 57 so, of which 15 would be right, and
it accepts 19 of 100 people reading; 50, 14 and 25 at 0.15; 63, 17 and 15 at 0.25, where it refuses
more names that it does not know."""


ENOUGH = 30
"""Utterances with a meaning to fit a confidence on; what fewer give is drawn towards doubt."""


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
    """The balance under which what was meant is likeliest, of equals the first, and its share
    of exact matches.

    Utterances without the right meaning among their texts tell nothing of it. Counts of exact
    matches would decide by chance: of 286 sentences dozens of balances have as many, give or take
    two. Raises DataError where no word was written down of any.
    """
    meant = [one for one in utterances if one.meaning is not None and one.written]
    if not meant:
        raise DataError(
            f"the transcriber wrote nothing down of {len(utterances)} recordings; expected words: "
            "tune it for longer, or choose another"
        )
    interpreter = engine.knowledge.interpreter
    read = cache(interpreter.read)

    @cache
    def right(number: int, meaning: Meaning) -> bool:
        return bool(exact_match([meant[number].meaning], [meaning])[0])

    def figures(balance: Balance) -> tuple[float, float]:
        """How likely what was meant is in all, in nats, and the share of exact matches."""
        likelihood, exact = 0.0, 0
        for number, one in enumerate(meant):
            chosen = choose(one.written, read, balance)
            flags = [right(number, meaning_of(each.reading, interpreter)) for each in chosen]
            shares = [each.share for each, flag in zip(chosen, flags, strict=True) if flag]
            likelihood += log(max(_LEAST, sum(shares))) if shares else 0.0
            exact += flags[0]
        return likelihood, exact / len(meant)

    measured = {balance: figures(balance) for balance in tried}
    best = max(measured, key=lambda balance: measured[balance][0])
    return best, measured[best][1]


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
    meaningful = sum(one.meaning is not None for one in utterances)
    weights, bias = fit(x, y if meaningful >= ENOUGH else doubted(y))
    fitted = Certainty(
        EVIDENCE, tuple(round(float(w), 4) for w in weights), round(bias, 4), REFUSE_BELOW
    )
    sure = [probability(fitted, row) for row in rows]
    return fitted, calibration_error(sure, y)


def doubted(right: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(N,) what to fit to in place of `right (N,)`, 0 or 1, where there are few: as if one more of
    either kind had been met. A handful that are all right would else make it certain of anything.

    Platt, "Probabilistic outputs for support vector machines" (1999).
    """
    count = float(right.sum())
    high, low = (count + 1) / (count + 2), 1 / (len(right) - count + 2)
    return np.where(right > 0, high, low)


def balanced(engine: GeneralEngine, balance: Balance) -> GeneralEngine:
    """The engine with another balance."""
    return replace(engine, knowledge=replace(engine.knowledge, balance=balance))


__all__ = [
    "ENOUGH", "NOBODY", "Trial", "balanced", "best_balance", "certainty", "doubted", "listen",
]  # fmt: skip
