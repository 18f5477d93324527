"""What several texts are good for: ways to choose a meaning from what may have been said.

    python benchmarks/general.py choices WORK [--model MODEL] [--most N]

The transcriber's texts of each recording are kept in WORK; on the same ones each way is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

from msgspec import structs

from general_baselines import answered
from general_figures import VOICES, Figures, some, spoken_tests, written_down
from mondegreen.engines.general.choice import Read, Written, choose, merged
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import Reading
from mondegreen.engines.general.model_folder import Balance
from mondegreen.engines.general.turn import meaning_of
from mondegreen.evaluate.intervals import mcnemar
from mondegreen.evaluate.trial import Trial

Choice = Callable[[Sequence[Written], Read], Reading]


def _voted(written: Sequence[Written], read: Read, balance: Balance) -> Reading:
    return choose(written, read, balance)[0].reading


def _first(written: Sequence[Written], read: Read) -> Reading:
    best = max(merged(written), key=lambda one: one.log_probability)
    return read(best.words, best.doubts)


def _best_pair(written: Sequence[Written], read: Read, balance: Balance) -> Reading:
    """The reading with the best score of its own: what means the same does not count together."""
    pairs = [(one, read(one.words, one.doubts)) for one in merged(written)]
    _, best = max(
        pairs,
        key=lambda pair: (
            balance.writer * pair[0].log_probability
            + balance.reader * pair[1].log_probability
            + balance.sounds * pair[0].sounds
        ),
    )
    return best


def ways(balance: Balance) -> dict[str, Choice]:
    """The ways to choose, by name; `balance` is the model's own."""
    return {
        "first text": _first,
        "interpreter alone": partial(_voted, balance=Balance(0.0, 1.0)),
        "transcriber alone, meanings": partial(_voted, balance=Balance(1.0, 0.0)),
        "best single text": partial(_best_pair, balance=balance),
        "all, evenly": partial(_voted, balance=Balance(1.0, 1.0)),
        "all, without the sounds": partial(_voted, balance=structs.replace(balance, sounds=0.0)),
        "as it ships": partial(_voted, balance=balance),
    }


def compare_choices(work: Path, model: str, most: int | None) -> None:
    """Print the figures of each way, and whether it differs from the one that ships."""
    engine = GeneralEngine.load(model, refuse_below=0.0)
    interpreter = engine.knowledge.interpreter
    read = cache(interpreter.read)
    for voice in VOICES:
        for split in ("seen", "unseen"):
            rows = some(spoken_tests(work, voice).where(split=split), most)
            texts = written_down(work, voice, engine, rows)
            print(f"\n{voice}, {split}: n {len(rows)}")
            trials: dict[str, list[Trial]] = {}
            for name, way in ways(engine.knowledge.balance).items():
                readings = [way(one, read) if one else None for one in texts]
                answers = [
                    answered(meaning_of(reading, interpreter) if reading else None)
                    for reading in readings
                ]
                trials[name] = [
                    Trial(row, 0.0, (answer,)) for row, answer in zip(rows, answers, strict=True)
                ]
            shipped = [trial.right() for trial in trials["as it ships"]]
            for name, those in trials.items():
                p_value = mcnemar(shipped, [trial.right() for trial in those])
                print(f"{Figures.of(those).line(name)}  p {p_value:.2g}", flush=True)


__all__ = ["compare_choices"]
