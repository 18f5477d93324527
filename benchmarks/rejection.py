"""What a grammar refuses: speech it lacks, noise, silence, against the good commands it accepts.

    python benchmarks/rejection.py --data DIR

DIR holds `barista-dev/` (good commands), `wake-words/` (people saying words no grammar here has),
`noise-esc10/`, and `voice-assistant-nlu/` (other assistants' sentences, spoken by a voice that was
trained on nothing). The grammar is barista-dev's, or the starter's with `--starter`, whose good
commands are then spoken by that voice. The threshold is the one that ships.

Another assistant's sentences are not all foreign: "what time is it" is the starter's as well. Those
that the grammar has, told from their text alone, are no test of refusing and are reported by
themselves. All the others should be refused, however well their words were heard.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

os.environ.setdefault("OMP_NUM_THREADS", "1")

import mondegreen
from mondegreen.audio.read import read_audio
from mondegreen.audio.resample import resample
from mondegreen.data.voices import voice
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.ranking import at_false_rejects
from mondegreen.grammar.expression import Grammar
from mondegreen.grammar.load import load_grammar
from mondegreen.grammar.membership import has_sentence, sounds_alike
from mondegreen.grammar.sample import sample
from mondegreen.phonetics.g2p import Pronouncer
from mondegreen.phonetics.spelling import spoken_readings
from mondegreen.types import Understanding

Samples = npt.NDArray[np.float32]


def other_sentences(data: Path, count: int, seed: int) -> list[str]:
    """Sentences of other assistants."""
    texts = [
        json.loads(line)["text"]
        for path in sorted((data / "voice-assistant-nlu").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    picked = np.random.default_rng(seed).choice(sorted(set(texts)), count, replace=False)
    return [str(text) for text in picked]


def known(grammar: Grammar, texts: list[str]) -> list[bool]:
    """Whether the grammar has each text, in one of the ways it may be read aloud."""
    same = sounds_alike(Pronouncer(grammar.lexicon))
    return [any(has_sentence(grammar, r, same) for r in spoken_readings(t)) for t in texts]


def spoken(texts: list[str], speaker: str) -> Iterator[Samples]:
    """Each text in one voice."""
    for text in texts:
        samples, rate = voice(speaker).speak(text)
        yield resample(samples, rate)


def sounds(folder: Path) -> Iterator[Samples]:
    """Every recording below a folder."""
    endings = {".flac", ".wav", ".ogg"}
    for path in sorted(p for p in folder.rglob("*") if p.suffix in endings):
        yield read_audio(path).samples


def reading_confidence(result: Understanding) -> float:
    """How sure the engine is of its best reading, accepted or not; 0 when there is none."""
    if result.status == "understood":
        return result.confidence
    return result.alternatives[0].confidence if result.alternatives else 0.0


def share(what: str, part: int, whole: int) -> str:
    """One line: a share with its interval."""
    found = wilson(part, whole)
    return f"{what}: {found.value:.1%} [{found.low:.1%}, {found.high:.1%}], n={found.n}"


def accepted(results: list[Understanding]) -> int:
    """How many were accepted."""
    return sum(r.status == "understood" for r in results)


def operating_point(good: list[Understanding], bad: list[Understanding]) -> str:
    """What is accepted of `bad` at the threshold that refuses at most 2 % of `good`."""
    scores = [[reading_confidence(r) for r in results] for results in (good, bad)]
    point = at_false_rejects(scores[0], scores[1], 0.02)
    return f"{point.false_accepts:.1%}, n={len(bad)} (threshold {point.threshold:.3f})"


def main() -> None:
    """Measure and print one line a kind of sound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--voice", default="flite-slt")
    parser.add_argument("--starter", action="store_true", help="measure the starter grammar")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.starter:
        engine = mondegreen.load("starter")
        texts = [c.text for c in sample(load_grammar("starter"), options.sentences, options.seed)]
        commands = spoken(texts, options.voice)
    else:
        engine = mondegreen.load(str(next((options.data / "barista-dev").glob("*.y*ml"))))
        commands = sounds(options.data / "barista-dev")
    good = [engine.understand(clip) for clip in commands]
    print(share("good commands refused", len(good) - accepted(good), len(good)))
    others = other_sentences(options.data, options.sentences, options.seed)
    kinds = {
        "other assistants' sentences": spoken(others, options.voice),
        "wake words": sounds(options.data / "wake-words"),
        "noise": sounds(options.data / "noise-esc10"),
        "silence": iter([np.zeros(48_000, np.float32)]),
    }
    found: dict[str, list[Understanding]] = {}
    for name, clips in kinds.items():
        found[name] = [engine.understand(clip) for clip in clips]
        print(share(f"{name} accepted", accepted(found[name]), len(found[name])))
    sentences, names = list(found.values())[:2]
    in_grammar = known(engine.grammar, others)
    own = [r for r, has in zip(sentences, in_grammar, strict=True) if has]
    foreign = [r for r, has in zip(sentences, in_grammar, strict=True) if not has]
    if own:
        print(share("of the sentences, those the grammar has accepted", accepted(own), len(own)))
    print(share("those it lacks accepted", accepted(foreign), len(foreign)))
    print("speech that the grammar lacks accepted, where at most 2 % of good commands are refused:")
    print(f"  {operating_point(good, foreign + names)}")
    print(f"  without wake words: {operating_point(good, foreign)}")


if __name__ == "__main__":
    main()
