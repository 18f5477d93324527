"""Language models of the general model at one small budget, on written sentences.

    python benchmarks/general.py language WORK [--sentences N] [--most N] [--languages NAME ...]

Each is left as it is, and what is put on it learns from the same N sentences for one epoch, in
small batches. Says exact match, intents and SLU-F1 of the written tests, and the processor's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import process_time

import torch

from general_figures import some
from mondegreen.data.manifest import Manifest
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.metrics import exact_match
from mondegreen.jobs.seeds import stable_seed
from mondegreen.training.interpreter.fit_interpreter import Fit, fit, scores_line, scores_of
from mondegreen.training.interpreter.labelled_sentences import Names, sentence_of


def compare_languages(
    work: Path, sentences: int, most: int | None, languages: Sequence[str]
) -> None:
    """Fit and measure each language model."""
    torch.set_num_threads(1)
    train = sorted(
        map(sentence_of, Manifest.open(work / "train.jsonl").where(split="train")),
        key=lambda sentence: stable_seed("language", 1, sentence.id),
    )[:sentences]
    names = Names.of(train)
    tests = Manifest.open(work / "tests.jsonl")
    print(f"{len(train)} sentences, {len(names.intents)} intents, {len(names.slots)} slots")
    for name in languages:
        settings = Fit(language_model=name, adapt="frozen", epochs=1, batch_pieces=128)
        began = process_time()
        interpreter = fit(train, (), settings, print)
        fitted = process_time() - began
        print(f"{name}: {fitted:.0f} s of one processor", flush=True)
        for split in ("seen", "unseen"):
            rows = [sentence_of(row) for row in some(tests.where(split=split), most)]
            began = process_time()
            meanings = interpreter.read([row.words for row in rows])
            each = (process_time() - began) / len(rows)
            right = exact_match([row.meaning for row in rows], meanings)
            interval = wilson(int(right.sum()), len(rows))
            print(
                f"  {split}: n {interval.n}, {scores_line(scores_of(rows, meanings))}; exact "
                f"{interval.low:.1%} to {interval.high:.1%}; {1000 * each:.0f} ms a sentence",
                flush=True,
            )


__all__ = ["compare_languages"]
