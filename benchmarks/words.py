"""Single words of people from a live stream: noticed, and understood for what they are.

    python benchmarks/words.py --data DIR

The words are those of DIR/people/speech-commands-more; a grammar has them all, each an intent of
its own, with some that nobody says. Each recording is streamed with a second of its own level of
quiet before and after it. Ten are all but silent, 61 dB and more below full scale where the next
has 48: the codec has left little of them, so that the others are counted by themselves as well.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

import mondegreen
from data_sets import people_of
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import RATE, Samples
from mondegreen.evaluate import Trial
from mondegreen.evaluate.intervals import wilson
from mondegreen.jobs.seeds import stable_seed
from streams import answer_of, grammar_of, labelled, line, streamed

SET = "speech-commands-more"
ALL_BUT_SILENT = -60.0
"""Decibels below full scale, of a whole recording."""
OTHERS = ["pause", "next", "go back", "louder", "turn it off", "what time is it", "help"]


def with_quiet(samples: Samples, name: str) -> Samples:
    """The recording between two seconds of noise as loud as its quietest tenth."""
    rng = np.random.default_rng(stable_seed("quiet", name))
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160)
    floor = float(np.quantile(np.sqrt(np.square(frames).mean(axis=1)), 0.1))
    quiet = rng.normal(0.0, max(floor, 1e-5), 2 * RATE).astype(np.float32)
    return np.concatenate([quiet[:RATE], samples, quiet[RATE:]])


def decibels(samples: Samples) -> float:
    """Level of a recording, 0 at full scale."""
    return float(10 * np.log10(np.square(samples).mean() + 1e-12))


def main() -> None:
    """Stream every word, count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    rows = [(row.path, row.text) for row in people_of(options.data, SET) if row.text]
    words = sorted({text for _, text in rows})
    trials: list[Trial] = []
    audible: list[Trial] = []
    with tempfile.TemporaryDirectory() as place:
        engine = mondegreen.load(str(grammar_of(words, OTHERS, Path(place))))
        for number, (path, text) in enumerate(rows):
            recording = read_audio(path).samples
            samples = with_quiet(recording, path.name)
            answer = answer_of(streamed(engine, samples))
            utterance = labelled(number, path, text, f"s{words.index(text)}")
            trials.append(Trial(utterance, len(samples) / RATE, (answer,)))
            if decibels(recording) > ALL_BUT_SILENT:
                audible.append(trials[-1])
            if not trials[-1].right():
                print(path.name, answer.error or answer.result)
    for name, some in (("all", trials), ("but for the silent ones", audible)):
        noticed = wilson(sum(not trial.answers[0].error for trial in some), len(some))
        share = f"{noticed.value:.1%} [{noticed.low:.1%}, {noticed.high:.1%}]"
        print(f"{name}: noticed {share}; {line(some, 0)}")


if __name__ == "__main__":
    main()
