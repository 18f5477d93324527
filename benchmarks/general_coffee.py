"""The general model on people's coffee orders, raised on sentences of their grammar alone.

    python benchmarks/general.py coffee WORK --data DIR [--sentences 600] [--seed 1]

Sentences are drawn at random from `examples/coffee_maker.yaml`, as `mondegreen grammar sample`
does, and spoken by voices; interpreter and transcriber are trained on these, and on no recording of
a person. DIR holds `barista-dev/`: orders that people spoke, to the same grammar. Strict: intent
and exactly the labelled slots, and what is refused counts as wrong.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from general_figures import Figures, answers_of
from mondegreen.data.importers import rhino
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.evaluate.trial import Trial
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.load import load_grammar
from mondegreen.jobs.problems import Problems
from mondegreen.training.interpreter.fit_interpreter import Fit
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.interpreter.interpreter_recipe import Recipe
from mondegreen.training.interpreter.train_interpreter import Job, train

GRAMMAR = Path(__file__).resolve().parent.parent / "examples" / "coffee_maker.yaml"
RECIPE = Recipe(name="coffee", fit=Fit(epochs=6), tune=Tuning(epochs=4))
"""The usual one but for the epochs: the grammar is small, and so is the speech of its sentences."""


def sentences(count: int, seed: int) -> Iterator[Utterance]:
    """So many sentences of the grammar, each once, with their slots' places."""
    texts: set[str] = set()
    for number, drawn in enumerate(sample(load_grammar(str(GRAMMAR)), 3 * count, seed)):
        if drawn.text not in texts and len(texts) < count:
            texts.add(drawn.text)
            slots = tuple(SlotLabel(s.name, s.value, s.start, s.end) for s in drawn.slots)
            yield Utterance(
                f"c{number}", text=drawn.text, intent=drawn.intent, slots=slots,
                split="train" if len(texts) % 10 else "dev",
            )  # fmt: skip


def mistakes(trials: Sequence[Trial]) -> Iterator[str]:
    """A line for each order that was not understood exactly."""
    for trial in trials:
        if not trial.right():
            wanted, meaning = trial.reference, trial.meaning()
            yield (
                f"  {trial.utterance.id} {trial.answers[0].confidence:.2f}: wanted "
                f"{wanted.values() if wanted else None}, got "
                f"{meaning.values() if meaning else None}"
            )


def coffee(work: Path, data: Path, count: int, seed: int) -> None:
    """Train on `count` sentences, the same for every `seed`, where that was not done; measure."""
    place = work / f"coffee-{seed}"
    place.mkdir(parents=True, exist_ok=True)
    texts, model = place / "texts.jsonl", place / "model"
    write_manifest(texts, sentences(count, RECIPE.seed))
    job = Job(
        replace(RECIPE, seed=seed),
        texts,
        None,
        None,
        place / "training",
        model,
        os.cpu_count() or 1,
    )
    measured = train(job, lambda line: print(line, flush=True))
    assert measured is not None  # no other process trains with it
    print(f"written: {measured.written}; spoken by voices: {measured.spoken}")
    folder = data / "barista-dev"
    orders = Manifest.of(list(rhino.read(folder, Problems())), folder)
    for name, engine in (
        ("coffee orders", GeneralEngine.load(model)),
        ("nothing refused", GeneralEngine.load(model, refuse_below=0.0)),
    ):
        trials = list(answers_of(engine, orders, written=False))
        print(f"n {len(trials)}  {Figures.of(trials).line(name)}")
    print("\n".join(mistakes(trials)))


__all__ = ["coffee"]
