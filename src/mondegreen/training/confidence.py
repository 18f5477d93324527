"""The recipe of the confidence: synthetic speech in and out of many grammars, and a logistic fit.

Every grammar used here is made of training text: the starter's own sentences, and lists of commands
drawn at random, each command its own intent. Half of the speech fits the grammar it is decoded
with; the rest are other commands, near misses (one word changed), wake words, and noise. A reading
is right when its meaning is the intended one, or when its words are the very words spoken: another
assistant's sentence may well be in the grammar.

Half and half is good for learning the difference and no estimate of what an assistant hears, so the
fitted odds are then corrected to the share the grammar has in use (`IN_USE`; King and Zeng 2001).
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ..audio.read import read_audio
from ..audio.samples import RATE
from ..audio.worse.noises import NoiseBank
from ..engines.grammar.confidence import (
    EVIDENCE,
    Calibration,
    CalibrationDescription,
    Logistic,
    in_doubt,
)  # fmt: skip
from ..engines.grammar.engine import GrammarEngine
from ..engines.grammar.second_opinion import OPINION
from ..grammar.analysis.membership import has_text, same_words
from ..grammar.analysis.sample import sample
from ..grammar.expression import Grammar, Sentence, Sequence, Word
from ..grammar.load import load_grammar
from ..jobs.progress import track
from ..jobs.seeds import stable_seed
from ..text.read_aloud import spoken_words
from ..weights.folder import write_folder
from .phones.clips import draw_voice, speak
from .phones.noisy_frames import HELD_OUT_NOISE, Recipe, worsen
from .phones.texts import gather

Floats = npt.NDArray[np.float64]
LIST_SIZES = (8, 20, 60, 150)
JOINED = (1, 1, 2, 3)
"""Sentences that make up one command of a list: people's orders run to twenty words, and a long
reading that fits is surer than a short one."""
IN_USE = 0.9
"""Share of what an assistant is told that its grammar has. A confidence means something only for
some such share: at the trials' half and half it says 93 % of real orders of which 99.6 % are
understood rightly. Nine in ten is a round guess at people who know what the thing can do."""
REFUSE_BELOW = 0.3
"""Confidence under which a reading is refused. Chosen on people's recordings, not fitted: synthetic
trials make it look dearer than it is. On 119 real orders in kitchen noise of 6 dB it refuses no
right reading where 0.5 refuses three, and of 593 utterances that the grammar lacks either accepts
none. A grammar that fits more speech sets its own (see the starter's)."""


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


def plan(data: Path, count: int, seed: int) -> tuple[list[Trial], dict[str, list[str]]]:
    """The trials, and the sentences of each list grammar by name."""
    rng = np.random.default_rng(seed)
    texts = [
        t for t in gather(data, prose=0, random_runs=0, seed=seed) if 2 <= len(t.split()) <= 12
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
            joined = int(rng.choice(JOINED))
            rows = rng.choice(texts, (int(rng.choice(LIST_SIZES)), joined), False)
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
def _noise(folders: tuple[Path, ...]) -> NoiseBank:
    return NoiseBank(folders, exclude=HELD_OUT_NOISE)


@lru_cache(maxsize=1)
def _starter() -> GrammarEngine:
    return GrammarEngine.load("starter")


@lru_cache(maxsize=4)
def _engine(name: str, texts: tuple[str, ...]) -> GrammarEngine:
    starter = _starter()
    if name == "starter":
        return starter
    return GrammarEngine(list_grammar(name, list(texts)), starter.ear, starter.pronouncer)


def _sound(trial: Trial, seed: int, recipe: Recipe) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    samples: npt.NDArray[np.float32]
    if trial.recording:
        samples = read_audio(trial.recording).samples
    elif trial.text:
        speech = speak(trial.text, draw_voice(rng), seed).audio
        samples = speech.astype(np.float32) / np.float32(32768)
    else:
        samples = np.zeros(int(rng.integers(1, 5)) * RATE, np.float32)
    return worsen(samples, rng, _noise(tuple(recipe.noise_folders)), ())


def examine(
    job: tuple[Trial, int], grammars: dict[str, list[str]], recipe: Recipe
) -> tuple[list[float], bool] | None:
    """Evidence for the best reading of one trial, and whether it is right; None: no reading.

    The evidence is that of EVIDENCE, and of OPINION after it.
    """
    trial, seed = job
    engine = _engine(trial.grammar, tuple(grammars.get(trial.grammar, ())))
    samples = _sound(trial, seed, recipe)
    turn = engine.begin()
    turn.hear(engine.ear.listen(samples))
    evidence = turn.evidence()
    if evidence is None:
        return None
    reading, numbers = evidence
    right = reading.meaning().key == trial.meaning or same_words(
        reading.transcript, trial.text, engine.pronouncer
    )
    return numbers.tolist(), right


def fits_grammar(trials: list[Trial]) -> list[bool]:
    """Whether the grammar of each trial has what is said in it; others' sentences may be in it."""
    starter = _starter()
    return [
        t.meaning is not None
        or (t.grammar == "starter" and has_text(starter.grammar, t.text, starter.pronouncer))
        for t in trials
    ]


def to_use(in_grammar: list[bool]) -> float:
    """Log-odds to add to a confidence fitted on such trials, so that it holds at `IN_USE`.

    Exact where all that is in the grammar is read rightly; it is in 95 of 100 trials.
    """
    share = sum(in_grammar) / len(in_grammar)
    return math.log(IN_USE / (1 - IN_USE)) - math.log(share / (1 - share))


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


def train(
    data: Path, work: Path, out: Path, *, trials: int, seed: int, workers: int
) -> dict[str, Any]:
    """Run the trials (resumable in `work/trials.jsonl`), fit, and write the folder `out`."""
    jobs, grammars = plan(data, trials, seed)
    rows = list(_run(jobs, grammars, Recipe(data), work / "trials.jsonl", workers))
    observations = [r for r in rows if r is not None]
    x = np.array([r[0] for r in observations])
    y = np.array([float(r[1]) for r in observations])
    dev = np.arange(len(x)) % 4 == 0
    correction = to_use(fits_grammar(jobs))
    alone = _model(x[~dev, : len(EVIDENCE)], y[~dev], correction)
    doubt = np.array([in_doubt(alone.probability(row[: len(EVIDENCE)])) for row in x])
    advised = _model(x[~dev & doubt], y[~dev & doubt], correction)
    good_words = x[(y == 1), EVIDENCE.index("worst_word")]
    # Of good readings, 5 in 100 have a word that looks worse than the floor.
    floor = round(float(np.quantile(good_words, 0.05)), 3)
    calibration = Calibration(alone, advised, REFUSE_BELOW, floor)
    p = np.array([calibration.probability(*_parted(row)) for row in x])
    summary = {
        "trials": len(rows),
        "right": float(y.mean()),
        "second_opinions": float(doubt.mean()),
        "false_accepts": float((p[dev & (y == 0)] >= REFUSE_BELOW).mean()),
        "false_refusals": float((p[dev & (y == 1)] < REFUSE_BELOW).mean()),
    }
    recipe = {"seed": seed, **summary}
    write_folder(
        out, CalibrationDescription, {}, _card(trials, seed),
        evidence=(*EVIDENCE, *OPINION), alone=alone, advised=advised,
        threshold=REFUSE_BELOW, word_floor=floor, recipe=recipe,
    )  # fmt: skip
    return summary


def _card(trials: int, seed: int) -> str:
    return f"""# Confidence

Two logistic models that say how likely a reading's intent and all its slots are right: from eight
numbers about the audio, and from two more that a second opinion adds for readings in doubt
(`engines/grammar/confidence.py`, `engines/grammar/second_opinion.py`).

**Made by** `mondegreen train confidence DATA -o confidence --trials {trials} --seed {seed}`:
{trials:,} synthetic utterances (the phone reader's training voices, three in four in noise) against
the starter grammar and lists of commands drawn at random; half of them fit their grammar. Three
quarters of the trials were fitted on. The odds are corrected to nine in ten of what is said being
the grammar's, a guess at how assistants are used. What was counted on the last quarter stands in
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


def _run(
    jobs: list[Trial],
    grammars: dict[str, list[str]],
    recipe: Recipe,
    log: Path,
    workers: int,
) -> Iterator[tuple[list[float], bool] | None]:
    log.parent.mkdir(parents=True, exist_ok=True)
    lines = log.read_text(encoding="utf-8").splitlines(keepends=True) if log.exists() else []
    earlier_rows = [json.loads(line) for line in lines if line.endswith("\n")]
    yield from earlier_rows
    seeded = [(t, stable_seed("trial", i)) for i, t in enumerate(jobs)][len(earlier_rows) :]
    work = partial(examine, grammars=grammars, recipe=recipe)
    with log.open("w" if not earlier_rows else "r+", encoding="utf-8") as sink:
        sink.truncate(sum(len(line.encode()) for line in lines[: len(earlier_rows)]))
        sink.seek(0, os.SEEK_END)
        with ProcessPoolExecutor(workers) as pool:
            results = pool.map(work, seeded, chunksize=4)
            for row in track(results, total=len(seeded), what="trials"):
                sink.write(json.dumps(row) + "\n")
                sink.flush()
                yield row
