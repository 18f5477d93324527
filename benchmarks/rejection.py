"""What a grammar refuses: speech it lacks, noise, silence, against the good commands it accepts.

    python benchmarks/rejection.py --data DIR

DIR holds `barista-dev/` (good commands), `wake-words/` (people saying words no grammar here has),
`noise-esc10/`, and `voice-assistant-nlu/` (other assistants' sentences, spoken by a voice that was
trained on nothing). The grammar is barista-dev's, or the starter's with `--starter`, whose good
commands are then spoken by that voice; some sentences of others may be in the starter, too. The
threshold is the one that ships.
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
from mondegreen.grammar.engine import GrammarEngine
from mondegreen.grammar.load import load_grammar
from mondegreen.grammar.sample import sample
from mondegreen.types import Understanding

Samples = npt.NDArray[np.float32]


def other_sentences(data: Path, count: int, speaker: str, seed: int) -> Iterator[Samples]:
    """Sentences of other assistants, spoken."""
    texts = [
        json.loads(line)["text"]
        for path in sorted((data / "voice-assistant-nlu").glob("*.jsonl"))
        for line in path.read_text("utf-8").splitlines()
    ]
    picked = np.random.default_rng(seed).choice(sorted(set(texts)), count, replace=False)
    for text in picked:
        samples, rate = voice(speaker).speak(str(text))
        yield resample(samples, rate)


def starter_commands(count: int, speaker: str, seed: int) -> Iterator[Samples]:
    """Sentences of the starter grammar, spoken."""
    for command in sample(load_grammar("starter"), count, seed):
        samples, rate = voice(speaker).speak(command.text)
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


def confidences(engine: GrammarEngine, clips: Iterator[Samples]) -> tuple[list[float], int]:
    """How sure the engine is of each clip's best reading, and how many it accepted."""
    results = [engine.understand(clip) for clip in clips]
    accepted = sum(r.status == "understood" for r in results)
    return [reading_confidence(r) for r in results], accepted


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
        commands = starter_commands(options.sentences, options.voice, options.seed)
    else:
        engine = mondegreen.load(str(next((options.data / "barista-dev").glob("*.y*ml"))))
        commands = sounds(options.data / "barista-dev")
    good, accepted = confidences(engine, commands)
    refused = wilson(len(good) - accepted, len(good))
    print(
        f"good commands refused: {refused.value:.1%} [{refused.low:.1%}, {refused.high:.1%}], "
        f"n={refused.n}"
    )
    kinds = {
        "wake words": sounds(options.data / "wake-words"),
        "other assistants' sentences": other_sentences(
            options.data, options.sentences, options.voice, options.seed
        ),
        "noise": sounds(options.data / "noise-esc10"),
        "silence": iter([np.zeros(48_000, np.float32)]),
    }
    speech: list[float] = []
    for name, clips in kinds.items():
        found, accepted = confidences(engine, clips)
        share = wilson(accepted, len(found))
        print(
            f"{name} accepted: {share.value:.1%} [{share.low:.1%}, {share.high:.1%}], n={share.n}"
        )
        speech += found if name not in ("noise", "silence") else []
    point = at_false_rejects(good, speech, 0.02)
    print(
        f"speech accepted where at most 2 % of good commands are refused: "
        f"{point.false_accepts:.1%}, n={len(speech)} (threshold {point.threshold:.3f})"
    )


if __name__ == "__main__":
    main()
