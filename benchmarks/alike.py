"""Sentences of unseen people among others that differ from them by a word of like sound.

    python benchmarks/alike.py --data DIR [--utterances 360] [--seed 77]

Each utterance is one of DIR's recordings of people that training never hears, in noise and rooms as
in training, against a list of 8 to 150 sentences of the same set, of which up to three are the one
that was said with one word changed. Two lists in three have what was said.
"""

from __future__ import annotations

import argparse
import os
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

from mondegreen.engines.grammar.compiled import CompiledGrammar
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.grammar.analysis.membership import same_words
from mondegreen.jobs.seeds import stable_seed
from mondegreen.phonetics.pronouncer import Pronouncer
from mondegreen.speech.ear import Ear
from mondegreen.training.confidence.trials import Settings, by_people, list_grammar, sound
from mondegreen.training.phones.noisy_frames import NoiseRecipe
from outcomes import outcome, report


def main() -> None:
    """Understand, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--utterances", type=int, default=360)
    parser.add_argument("--seed", type=int, default=77)
    options = parser.parse_args()
    ear, pronouncer, noise = Ear.load(), Pronouncer(), NoiseRecipe(options.data)
    settings = Settings(by_people=options.utterances, seed=options.seed)
    planned = by_people(options.data, settings, measured=True)
    counts: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for number, trial in enumerate(planned.trials):
        grammar = list_grammar(trial.grammar, planned.grammars[trial.grammar])
        engine = GrammarEngine(CompiledGrammar(grammar, pronouncer), ear)
        result = engine.understand(sound(trial, stable_seed("alike", number), noise))
        has_it = trial.meaning is not None
        right = result.meaning is not None and (
            result.meaning.key == trial.meaning
            or same_words(result.transcript, trial.text, pronouncer)
        )
        counts[has_it][outcome(result, right=right)] += 1
    for has_it, outcomes in counts.items():
        report(outcomes, f"lists that {'have' if has_it else 'lack'} it: ")


if __name__ == "__main__":
    main()
