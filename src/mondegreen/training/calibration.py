"""Calibrating the confidence: synthetic speech in and out of many grammars, and a logistic fit.

Every grammar used here is made of training text: the starter's own sentences, and lists of commands
drawn at random, each command its own intent. Half of the speech fits the grammar it is decoded
with; the rest are other commands, near misses (one word changed), wake words, and noise. A reading
is right when its meaning is the intended one, or when its words are the very words spoken: another
assistant's sentence may well be in the grammar.

Half and half is good for learning the difference and no estimate of what an assistant hears, so the
fitted odds are then corrected to the share the grammar has in use (`in_use`; King and Zeng 2001).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from ..audio.read import read_audio
from ..audio.samples import RATE
from ..audio.worse.conditions import Conditions
from ..engines.grammar.confidence import (
    EVIDENCE,
    Calibration,
    CalibrationDescription,
    Logistic,
    in_doubt,
)
from ..engines.grammar.engine import GrammarEngine
from ..engines.grammar.second_opinion import OPINION
from ..grammar.analysis.membership import has_text, same_words
from ..grammar.analysis.sample import sample
from ..grammar.expression import Grammar, Sentence, Sequence, Word
from ..grammar.load import load_grammar
from ..jobs.job import Job, Result, run_to_file
from ..jobs.lock import alone
from ..jobs.problems import Problems
from ..jobs.seeds import stable_seed
from ..text.read_aloud import spoken_words
from ..version import __version__
from ..weights.folder import write_folder
from .phones.clips import digest_of, draw_voice, speak
from .phones.noisy_frames import NoiseRecipe, noise_bank, worsen
from .phones.texts import gather

TRIALS = "trials.jsonl"
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What the confidence is fitted on, and for whom."""

    trials: Annotated[int, Meta(ge=100)] = 4_000
    """Utterances to judge."""
    seed: int = 1
    """Everything random follows from it."""
    list_sizes: tuple[int, ...] = (8, 20, 60, 150)
    """Commands of a list grammar, one of these."""
    joined: tuple[int, ...] = (1, 1, 2, 3)
    """Sentences that make up one command of a list: people's orders run to twenty words, and a long
    reading that fits is surer than a short one."""
    in_use: Annotated[float, Meta(gt=0, lt=1)] = 0.9
    """Share of what an assistant is told that its grammar has. A confidence means something only
    for some such share: at the trials' half and half it says 93 % of real orders of which 99.6 %
    are understood rightly. Nine in ten is a round guess at people who know what the thing can
    do."""
    refuse_below: Annotated[float, Meta(ge=0, le=1)] = 0.3
    """Confidence under which a reading is refused. Chosen on people's recordings, not fitted:
    synthetic trials make it look dearer than it is. On 119 real orders in kitchen noise of 6 dB it
    refuses no right reading where 0.5 refuses three, and of 593 utterances that the grammar lacks
    either accepts none. A grammar that fits more speech sets its own (see the starter's)."""


@dataclass(frozen=True)
class Trial:
    """One utterance against one grammar; `meaning` is None when the grammar lacks it."""

    text: str
    grammar: str
    meaning: tuple[str, tuple[tuple[str, str], ...]] | None
    recording: str | None = None
    """A real recording instead of spoken text."""


def list_grammar(name: str, texts: list[str]) -> Grammar:
    """A grammar whose every sentence is an intent of its own."""
    sentences = []
    for number, text in enumerate(texts):
        words = tuple(Word(w) for w in spoken_words(text))
        if words:
            sentences.append(Sentence(f"s{number}", Sequence(words)))
    return Grammar(name, tuple(sentences), {})


def _near_miss(text: str, words: list[str], rng: np.random.Generator) -> str:
    text_words = text.split()
    text_words[int(rng.integers(len(text_words)))] = str(rng.choice(words))
    return " ".join(text_words)


def plan(data: Path, settings: Settings) -> tuple[list[Trial], dict[str, list[str]]]:
    """The trials, and the sentences of each list grammar by name."""
    count, seed = settings.trials, settings.seed
    rng = np.random.default_rng(seed)
    texts = [
        t
        for t in gather(data, commands=None, prose=0, random_runs=0, seed=seed)
        if 2 <= len(t.split()) <= 12
    ]
    words = sorted({w for t in texts[:3000] for w in t.split()})
    grammars: dict[str, list[str]] = {}
    trials: list[Trial] = []
    commands = sample(load_grammar("starter"), count, seed)
    foreign = [str(p) for p in sorted(data.glob("wake-words/*/*.flac"))]
    while len(trials) < count:
        if rng.random() < 0.5:
            name, draw = "starter", rng.random()
            command = commands[len(trials)]
            if draw < 0.5:
                slots = tuple(sorted((s.name, repr(s.value)) for s in command.slots))
                trials.append(Trial(command.text, name, (command.intent, slots)))
                continue
            text = command.text
        else:
            name = f"list-{len(grammars)}"
            joined = int(rng.choice(settings.joined))
            rows = rng.choice(texts, (int(rng.choice(settings.list_sizes)), joined), False)
            grammars[name] = [" and ".join(map(str, row)) for row in rows]
            text, draw = str(rng.choice(grammars[name])), rng.random()
            if draw < 0.5:
                trials.append(Trial(text, name, (f"s{grammars[name].index(text)}", ())))
                continue
        # Near misses are the hardest and, among real mistakes, the rarest.
        if draw < 0.53:
            trials.append(Trial(_near_miss(text, words, rng), name, None))
        elif draw < 0.63 and foreign:
            trials.append(Trial("", name, None, str(rng.choice(foreign))))
        elif draw < 0.66:
            trials.append(Trial("", name, None))
        else:
            trials.append(Trial(str(rng.choice(texts)), name, None))
    return trials, grammars


@lru_cache(maxsize=1)
def _starter() -> GrammarEngine:
    return GrammarEngine.load("starter")


@lru_cache(maxsize=4)
def _engine(name: str, texts: tuple[str, ...]) -> GrammarEngine:
    starter = _starter()
    if name == "starter":
        return starter
    return GrammarEngine(list_grammar(name, list(texts)), starter.ear, starter.pronouncer)


def _sound(trial: Trial, seed: int, noise: NoiseRecipe) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    samples: npt.NDArray[np.float32]
    if trial.recording:
        samples = read_audio(trial.recording).samples
    elif trial.text:
        speech = speak(trial.text, draw_voice(rng), seed).audio
        samples = speech.astype(np.float32) / np.float32(32768)
    else:
        samples = np.zeros(int(rng.integers(1, 5)) * RATE, np.float32)
    return worsen(samples, rng, Conditions(), noise_bank(tuple(noise.noise_folders)), ())


@dataclass(frozen=True)
class Examine:
    """Evidence for the best reading of one trial, and whether it is right; an empty row: no
    reading.

    The evidence is that of EVIDENCE, and of OPINION after it.
    """

    noise: NoiseRecipe

    def __call__(self, item: tuple[Trial, tuple[str, ...], int]) -> Result:
        trial, texts, seed = item
        engine = _engine(trial.grammar, texts)
        turn = engine.begin()
        turn.hear(engine.ear.listen(_sound(trial, seed, self.noise)))
        evidence = turn.evidence()
        if evidence is None:
            return Result({})
        reading, numbers = evidence
        right = reading.meaning().key == trial.meaning or same_words(
            reading.transcript, trial.text, engine.pronouncer
        )
        return Result({"evidence": numbers.tolist(), "right": right})


def fits_grammar(trials: list[Trial]) -> list[bool]:
    """Whether the grammar of each trial has what is said in it; others' sentences may be in it."""
    starter = _starter()
    return [
        t.meaning is not None
        or (t.grammar == "starter" and has_text(starter.grammar, t.text, starter.pronouncer))
        for t in trials
    ]


def to_use(in_grammar: list[bool], in_use: float) -> float:
    """Log-odds to add to a confidence fitted on such trials, so that it holds where the share
    `in_use` of what is said is in the grammar.

    Exact where all that is in the grammar is read rightly; it is in 95 of 100 trials.
    """
    share = sum(in_grammar) / len(in_grammar)
    return math.log(in_use / (1 - in_use)) - math.log(share / (1 - share))


def fit(x: Floats, y: Floats, ridge: float = 1e-2, rounds: int = 50) -> tuple[Floats, float]:
    """Weights `(E,)` and bias of a logistic model by Newton's method with a small ridge."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.column_stack([(x - mean) / scale, np.ones(len(x))])
    w = np.zeros(z.shape[1])
    penalty = ridge * np.eye(len(w)) * len(x) / 100
    penalty[-1, -1] = 0.0
    for _ in range(rounds):
        p = 1.0 / (1.0 + np.exp(-np.clip(z @ w, -30, 30)))
        gradient = z.T @ (p - y) + penalty @ w
        hessian = (z * (p * (1 - p))[:, None]).T @ z + penalty + 1e-9 * np.eye(len(w))
        step = np.linalg.solve(hessian, gradient)
        w -= step
        if np.abs(step).max() < 1e-8:
            break
    weights = w[:-1] / scale
    return weights, float(w[-1] - weights @ mean)


def train(data: Path, work: Path, out: Path, settings: Settings, *, workers: int) -> dict[str, Any]:
    """Run the trials, fit, and write the folder `out`; a stopped run goes on in the folder `work`.

    Raises DataError when `work` holds other trials, Busy when another process works there.
    """
    trials, grammars = plan(data, settings)
    rows = run_trials(trials, grammars, NoiseRecipe(data), work, workers)
    observations = [row for row in rows if row is not None]
    x = np.array([row[0] for row in observations])
    y = np.array([float(row[1]) for row in observations])
    dev = np.arange(len(x)) % 4 == 0
    correction = to_use(fits_grammar(trials), settings.in_use)
    alone = _model(x[~dev, : len(EVIDENCE)], y[~dev], correction)
    doubt = np.array([in_doubt(alone.probability(row[: len(EVIDENCE)])) for row in x])
    advised = _model(x[~dev & doubt], y[~dev & doubt], correction)
    good_words = x[(y == 1), EVIDENCE.index("worst_word")]
    # Of good readings, 5 in 100 have a word that looks worse than the floor.
    floor = round(float(np.quantile(good_words, 0.05)), 3)
    calibration = Calibration(alone, advised, settings.refuse_below, floor)
    p = np.array([calibration.probability(*_parted(row)) for row in x])
    summary = {
        "trials": len(rows),
        "right": float(y.mean()),
        "second_opinions": float(doubt.mean()),
        "false_accepts": float((p[dev & (y == 0)] >= settings.refuse_below).mean()),
        "false_refusals": float((p[dev & (y == 1)] < settings.refuse_below).mean()),
    }
    recipe = {"seed": settings.seed, **summary}
    write_folder(
        out, CalibrationDescription, {}, _card(settings),
        evidence=(*EVIDENCE, *OPINION), alone=alone, advised=advised,
        threshold=settings.refuse_below, word_floor=floor, recipe=recipe,
    )  # fmt: skip
    return summary


def _card(settings: Settings) -> str:
    return f"""# Confidence

Two logistic models that say how likely a reading's intent and all its slots are right: from eight
numbers about the audio, and from two more that a second opinion adds for readings in doubt
(`engines/grammar/confidence.py`, `engines/grammar/second_opinion.py`).

**Made by** `mondegreen train confidence DATA -o confidence --set trials={settings.trials} --set
seed={settings.seed}`: {settings.trials:,} synthetic utterances (the phone reader's training voices,
three in four in noise) against the starter grammar and lists of commands drawn at random; half of
them fit their grammar. Three quarters of the trials were fitted on. The odds are corrected to
{settings.in_use:.0%} of what is said being the grammar's, a guess at how assistants are used. What
was counted on the last quarter stands in
`mondegreen.json` under `recipe`.

**Use**: English, with the phone reader that it was fitted with. Another reader needs its own;
speech that is mostly not meant for the machine makes every confidence too high. A command with one
word changed is what it tells worst.
"""


def _parted(row: Floats) -> tuple[Floats, Callable[[], Floats]]:
    """A trial's evidence, and its opinion for when it is asked for."""
    return row[: len(EVIDENCE)], lambda: row[len(EVIDENCE) :]


def _model(x: Floats, y: Floats, correction: float) -> Logistic:
    weights, bias = fit(x, y)
    return Logistic(tuple(np.round(weights, 5).tolist()), round(bias + correction, 5))


def run_trials(
    trials: list[Trial],
    grammars: dict[str, list[str]],
    noise: NoiseRecipe,
    work: Path,
    workers: int,
) -> list[tuple[list[float], bool] | None]:
    """What came of every trial; those of an earlier run of the same are taken from `work`."""
    items = [
        (trial, tuple(grammars.get(trial.grammar, ())), stable_seed("trial", number))
        for number, trial in enumerate(trials)
    ]
    about = {
        "made_by": f"mondegreen {__version__} train confidence",
        "trials": digest_of(json.dumps(item, default=_described) for item in items),
        "noise": sorted(path.name for path in noise_bank(tuple(noise.noise_folders)).paths),
    }
    job = Job(work, about, items, len(items), Examine(noise), "trials", part=4)
    with alone(work, folder=True) as lock:
        rows = run_to_file(job, lock, TRIALS, workers=workers, problems=Problems())
    return [(row["evidence"], row["right"]) if row else None for row in rows]


def _described(trial: Trial) -> dict[str, Any]:
    """A trial as JSON, the same wherever the data lies."""
    return {**asdict(trial), "recording": trial.recording and Path(trial.recording).name}
