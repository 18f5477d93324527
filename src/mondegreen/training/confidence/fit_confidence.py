"""Fitting the balance between readings and the confidence in the best: trials, then three fits.

A reading is right when its meaning is the intended one, or when its words are the very words
spoken: another assistant's sentence may well be in the grammar. First comes the balance, by the
trials in which a right reading is among those considered; then, with the reading that it picks in
each trial, how sure a reading is by itself; then how sure with a second opinion.

The trials are no estimate of what an assistant hears, so the fitted odds are then corrected to the
share the grammar has in use (`in_use`; King and Zeng 2001).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...engines.grammar.compiled import CompiledGrammar
from ...engines.grammar.confidence import (
    EVIDENCE,
    CalibrationDescription,
    in_doubt,
)
from ...engines.grammar.engine import GrammarEngine
from ...engines.grammar.second_opinion import OPINION, Balance, lead
from ...engines.logistic import Logistic
from ...grammar.analysis.membership import has_text, same_words
from ...jobs.job import Job, Result, run_to_file
from ...jobs.lock import alone
from ...jobs.problems import Problems
from ...jobs.seeds import stable_seed
from ...version import __version__
from ...weights.folder import write_folder
from ..logistic_fit import fit
from ..phones.clips import digest_of
from ..phones.noisy_frames import NoiseRecipe, noise_bank
from .trials import Plan, Settings, Trial, list_grammar, plan, sound

TRIALS = "trials.jsonl"
Floats = npt.NDArray[np.float64]
_ENTROPY = EVIDENCE.index("entropy")


@lru_cache(maxsize=1)
def _starter() -> GrammarEngine:
    return GrammarEngine.load("starter")


@lru_cache(maxsize=4)
def _engine(name: str, texts: tuple[str, ...]) -> GrammarEngine:
    starter = _starter()
    if name == "starter":
        return starter
    grammar = CompiledGrammar(list_grammar(name, texts), starter.pronouncer)
    return GrammarEngine(grammar, starter.ear)


@dataclass(frozen=True)
class Examine:
    """The readings of one trial: scores of both listeners, evidence, and which are right."""

    noise: NoiseRecipe

    def __call__(self, item: tuple[Trial, tuple[str, ...], int]) -> Result:
        trial, texts, seed = item
        engine = _engine(trial.grammar, texts)
        turn = engine.begin()
        turn.hear(engine.ear.listen(sound(trial, seed, self.noise)))
        listed = turn.candidates()
        right = [
            c.reading.meaning().key == trial.meaning
            or same_words(c.reading.transcript, trial.text, engine.pronouncer)
            for c in listed
        ]
        return Result(
            {
                "scores": [c.reading.score for c in listed],
                "likelihoods": [c.likelihood for c in listed],
                "numbers": [c.numbers.tolist() for c in listed],
                "right": right,
            }
        )


@dataclass(frozen=True)
class TrialReadings:
    """What came of one trial: its readings, `N` of them."""

    scores: Floats
    """(N,) of the search, in nats."""
    likelihoods: Floats
    """(N,) of the transcriber, in nats."""
    numbers: Floats
    """(N, 13) in the order of EVIDENCE and OPINION, without the lead."""
    right: npt.NDArray[np.bool_]
    """(N,)"""

    def choose(self, balance: Balance) -> tuple[int, Floats]:
        """The reading that a balance picks, and the evidence for it, its lead among it."""
        entropy = float(self.numbers[0, _ENTROPY])
        shares = balance.shares(self.scores, self.likelihoods, entropy)
        best = int(shares.argmax())
        return best, np.append(self.numbers[best, :-1], lead(float(shares[best])))


def fits_grammar(trials: Sequence[Trial]) -> list[bool]:
    """Whether the grammar of each trial has what is said in it; others' sentences may be in it."""
    starter = _starter()
    return [
        t.meaning is not None
        or (t.grammar == "starter" and has_text(starter.grammar, t.text, starter.pronouncer))
        for t in trials
    ]


def to_use(in_grammar: Sequence[bool], in_use: float) -> float:
    """Log-odds to add to a confidence fitted on such trials, so that it holds where the share
    `in_use` of what is said is in the grammar.

    Exact where all that is in the grammar is read rightly; it is in 95 of 100 trials.
    """
    share = sum(in_grammar) / len(in_grammar)
    return math.log(in_use / (1 - in_use)) - math.log(share / (1 - share))


def fit_balance(trials: Sequence[TrialReadings], rounds: int = 60) -> Balance:
    """The balance under which the right readings are likeliest, over trials that have one.

    Newton's method on the logarithms of the two weights and on the blur, damped until the
    likelihood rises.
    """
    useful = [t for t in trials if t.right.any() and not t.right.all()]
    shape = len(useful), max((len(t.scores) for t in useful), default=1)
    scores, likelihoods = np.full(shape, -np.inf), np.zeros(shape)
    right = np.zeros(shape, bool)
    for row, t in enumerate(useful):
        count = len(t.scores)
        scores[row, :count], likelihoods[row, :count] = t.scores, t.likelihoods
        right[row, :count] = t.right
    scores -= scores.max(axis=1, keepdims=True)
    entropy = np.array([t.numbers[0, _ENTROPY] for t in useful])[:, None]

    def loss(point: Floats) -> float:
        phones, words, blur = point
        total = math.exp(phones) * scores + np.exp(words - blur * entropy) * likelihoods
        total -= total.max(axis=1, keepdims=True)
        odds = np.exp(total)
        of_right = np.where(right, odds, 0.0).sum(axis=1) / odds.sum(axis=1)
        # A little like a prior of one trial, so that nothing runs away.
        return float(-np.log(of_right + 1e-12).sum() + 0.5 * np.square(point).sum())

    point = np.array([-1.4, -1.4, 0.5])
    lowest = loss(point)
    for _ in range(rounds):
        gradient, curvature = _slope(loss, point)
        eigenvalues, axes = np.linalg.eigh(curvature)
        step = axes @ ((axes.T @ gradient) / np.maximum(np.abs(eigenvalues), 1e-3))
        share = min(1.0, 2.0 / max(1e-9, float(np.abs(step).max())))
        while share > 1e-6 and loss(point - share * step) >= lowest:
            share /= 2
        if share <= 1e-6:
            break
        point = point - share * step
        lowest = loss(point)
    phones, words, blur = (math.exp(point[0]), math.exp(point[1]), max(0.0, float(point[2])))
    return Balance(round(phones, 4), round(words, 4), round(blur, 4))


def _slope(loss: Callable[[Floats], float], point: Floats) -> tuple[Floats, Floats]:
    """Gradient and curvature by differences."""
    size, reach = len(point), 1e-3
    axes = reach * np.eye(size)
    here = loss(point)
    gradient = np.array([loss(point + a) - loss(point - a) for a in axes]) / (2 * reach)
    curvature = np.empty((size, size))
    for i in range(size):
        for j in range(size):
            curvature[i, j] = (
                loss(point + axes[i] + axes[j]) - loss(point + axes[i]) - loss(point + axes[j])
                + here
            ) / reach**2  # fmt: skip
    return gradient, (curvature + curvature.T) / 2


def train(data: Path, work: Path, out: Path, settings: Settings, *, workers: int) -> dict[str, Any]:
    """Run the trials, fit, and write the folder `out`; a stopped run goes on in the folder `work`.

    Raises DataError when `work` holds other trials, Busy when another process works there.
    """
    planned = plan(data, settings)
    rows = run_trials(planned, NoiseRecipe(data), work, workers)
    rows_of_trials = [(trial, row) for trial, row in zip(planned.trials, rows, strict=True) if row]
    readings = [row for _, row in rows_of_trials]
    dev = np.arange(len(readings)) % 4 == 0
    balance = fit_balance([row for row, held in zip(readings, dev, strict=True) if not held])
    choices = [row.choose(balance) for row in readings]
    x = np.array([numbers for _, numbers in choices])
    y = np.array([float(r.right[best]) for r, (best, _) in zip(readings, choices, strict=True)])
    correction = to_use(fits_grammar(planned.trials), settings.in_use)
    few = len(EVIDENCE)
    alone = _model(x[~dev, :few], y[~dev], correction)
    doubt = np.array([in_doubt(alone.probability(row[:few])) for row in x])
    advised = _model(x[~dev], y[~dev], correction)
    good_words = x[(y == 1), EVIDENCE.index("worst_word")]
    # Of good readings, 5 in 100 have a word that looks worse than the floor.
    floor = round(float(np.quantile(good_words, 0.05)), 3)
    p = np.array([(advised if d else alone).probability(row if d else row[:few])
                  for row, d in zip(x, doubt, strict=True)])  # fmt: skip
    summary = {
        "trials": len(rows),
        "by_people": sum(trial.grammar.startswith("people") for trial in planned.trials),
        "right": round(float(y.mean()), 4),
        "second_opinions": round(float(doubt.mean()), 4),
        "false_accepts": round(float((p[dev & (y == 0)] >= settings.refuse_below).mean()), 4),
        "false_refusals": round(float((p[dev & (y == 1)] < settings.refuse_below).mean()), 4),
    }
    write_folder(
        out, CalibrationDescription, {}, _card(settings),
        evidence=(*EVIDENCE, *OPINION), alone=alone, advised=advised, balance=balance,
        threshold=settings.refuse_below, tie=settings.tie, word_floor=floor,
        recipe={"seed": settings.seed, **summary},
    )  # fmt: skip
    return summary


def _card(settings: Settings) -> str:
    return f"""# Confidence

Which of several readings was meant, and how likely its intent and all its slots are right. Three
weights choose between readings by their phones and by the transcriber, whose word counts less the
less clear the sounds are. Two logistic models give the confidence: from eight numbers about the
audio, and from five more where a second opinion was asked (`engines/grammar/confidence.py`,
`engines/grammar/second_opinion.py`).

**Made by** `mondegreen train confidence DATA -o confidence --set trials={settings.trials} --set
by_people={settings.by_people} --set seed={settings.seed}`: {settings.trials:,} utterances by the
phone reader's training voices against the starter grammar and lists of commands drawn at random,
and {settings.by_people:,} recordings of people, from the sets that the phone reader learned from,
against lists of their sentences with others that differ by a word of like sound; most in noise.
Three quarters of the trials were fitted on. The odds are corrected to {settings.in_use:.0%} of what
is said being the grammar's, a guess at how assistants are used. What was counted on the last
quarter stands in `mondegreen.json` under `recipe`.

**Use**: English, with the phone reader that it was fitted with. Another reader needs its own;
speech that is mostly not meant for the machine makes every confidence too high. A command with one
word changed is what it tells worst.
"""


def _model(x: Floats, y: Floats, correction: float) -> Logistic:
    weights, bias = fit(x, y)
    return Logistic(tuple(np.round(weights, 5).tolist()), round(bias + correction, 5))


def run_trials(
    planned: Plan, noise: NoiseRecipe, work: Path, workers: int
) -> list[TrialReadings | None]:
    """What came of every trial; those of an earlier run of the same are taken from `work`.

    None where nothing fitted.
    """
    items = [
        (trial, tuple(planned.grammars.get(trial.grammar, ())), stable_seed("trial", number))
        for number, trial in enumerate(planned.trials)
    ]
    about = {
        "made_by": f"mondegreen {__version__} train confidence",
        "trials": digest_of(json.dumps(item, default=_described) for item in items),
        "noise": sorted(path.name for path in noise_bank(tuple(noise.noise_folders)).paths),
        "reader": _starter().ear.reader.digest,
    }
    job = Job(work, about, items, len(items), Examine(noise), "trials", part=4)
    with alone(work, folder=True) as lock:
        rows = run_to_file(job, lock, TRIALS, workers=workers, problems=Problems())
    return [_trial_readings(row) if row["scores"] else None for row in rows]


def _trial_readings(row: Any) -> TrialReadings:
    return TrialReadings(
        np.array(row["scores"]), np.array(row["likelihoods"]), np.array(row["numbers"]),
        np.array(row["right"], bool),
    )  # fmt: skip


def _described(trial: Trial) -> dict[str, Any]:
    """A trial as JSON, the same wherever the data lies."""
    return {**asdict(trial), "recording": trial.recording and Path(trial.recording).name}
