"""What a grammar refuses: speech it lacks, noise, silence, against the good commands it accepts.

    python benchmarks/rejection.py --data DIR [--starter | --intents FILE]

DIR holds `barista-dev/` (good commands), `wake-words/` (people saying words no grammar here has),
`noise-esc10/`, and `voice-assistant-nlu/` (another assistant's sentences; those held out of all
training are spoken by a voice that was trained on nothing). The grammar is barista-dev's, or the
starter's with `--starter`, or with `--intents`, which names the `data/en.json` of the package
home-assistant-intents, that of Home Assistant's sentences in a small home (home.yaml); these have
good commands spoken by that voice. The threshold is the one that ships.

Another assistant's sentences are not all foreign: "what time is it" is the starter's as well. Those
that the grammar has, told from their text alone, are no test of refusing and are reported by
themselves, with how many were taken for another sentence. All the others should be refused,
however well their words were heard.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

os.environ.setdefault("OMP_NUM_THREADS", "1")

from data_sets import HOME, assistant_texts
from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples, resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.ranking import at_false_rejects
from mondegreen.evaluate.trial import Answer
from mondegreen.grammar.analysis.membership import has_text, same_words
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import FreeWords, Grammar, SlotUse, walk
from mondegreen.training.phones.texts import is_held_out
from mondegreen.types import Understanding
from mondegreen.voices import voice


def other_sentences(data: Path, count: int, seed: int) -> list[str]:
    """Sentences of another assistant that no training heard."""
    texts = sorted(filter(is_held_out, set(assistant_texts(data))))
    return [str(t) for t in np.random.default_rng(seed).permutation(texts)[:count]]


def without_free_words(grammar: Grammar) -> Grammar:
    """The grammar as if nothing could be said for its free words."""
    kinds = grammar.slot_types.items()
    return replace(grammar, slot_types={n: k for n, k in kinds if not isinstance(k, FreeWords)})


def words_read(engine: GrammarEngine, result: Understanding) -> str:
    """The transcript with free words as an ellipsis, whatever the transcriber made of them."""
    uses = (u for s in engine.grammar.sentences for u in walk(s.expression))
    free = {
        u.name
        for u in uses
        if isinstance(u, SlotUse) and isinstance(engine.grammar.slot_types[u.type], FreeWords)
    }
    text = result.transcript
    for slot in result.slots:
        if slot.name in free and slot.spoken:
            text = "…".join(text.rsplit(slot.spoken, 1))  # they stand at the end, if anywhere
    return text


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


def share(what: str, part: int, whole: int) -> str:
    """One line: a share with its interval."""
    ratio = wilson(part, whole)
    return f"{what}: {ratio.value:.1%} [{ratio.low:.1%}, {ratio.high:.1%}], n={ratio.n}"


def accepted(results: list[Understanding]) -> int:
    """How many were accepted."""
    return sum(r.status == "understood" for r in results)


def at_two_percent(what: str, good: list[Understanding], bad: list[Understanding]) -> str:
    """What is accepted of `bad` at the threshold that refuses at most 2 % of `good`."""
    scores = [[Answer(r).confidence for r in results] for results in (good, bad)]
    point = at_false_rejects(scores[0], scores[1], 0.02)
    passed = round(point.false_accepts * len(bad))
    return f"  {share(what, passed, len(bad))} (threshold {point.threshold:.3f})"


def report(
    engine: GrammarEngine,
    good: list[Understanding],
    others: list[tuple[str, Understanding]],
    names: list[Understanding],
) -> None:
    """Part another assistant's sentences into those the grammar has and lacks, and print both."""
    closed = without_free_words(engine.grammar)
    has = [has_text(engine.grammar, text, engine.pronouncer) for text, _ in others]
    own = [other for other, it in zip(others, has, strict=True) if it]
    foreign = [result for (_, result), it in zip(others, has, strict=True) if not it]
    listed = sum(has_text(closed, text, engine.pronouncer) for text, _ in own)
    print(f"of the sentences the grammar has {listed} in its words, {len(own) - listed} more with")
    print("free words, and lacks the rest")
    if own:
        print(share("those it has accepted", accepted([r for _, r in own]), len(own)))
    understood = [(text, r) for text, r in own if r.status == "understood"]
    pronouncer = engine.pronouncer
    wrong = [r for text, r in understood if not same_words(words_read(engine, r), text, pronouncer)]
    print(f"  {len(wrong)} of them as another sentence")
    print(share("those it lacks accepted", accepted(foreign), len(foreign)))
    print("accepted where at most 2 % of good commands are refused:")
    print(at_two_percent("speech that the grammar lacks", good, foreign + names))
    print(at_two_percent("its sentences alone", good, foreign))
    print(at_two_percent("and what it took for another", good, foreign + names + wrong))


def main() -> None:
    """Measure and print one line a kind of sound."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--voice", default="flite-slt")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--starter", action="store_true", help="measure the starter grammar")
    which.add_argument("--intents", type=Path, help="en.json of home-assistant-intents")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    if options.starter or options.intents is not None:
        home = None if options.starter else HOME
        engine = GrammarEngine.load("starter" if home is None else str(options.intents), home=home)
        texts = [c.text for c in sample(engine.grammar, options.sentences, options.seed)]
        commands = spoken(texts, options.voice)
    else:
        engine = GrammarEngine.load(str(next((options.data / "barista-dev").glob("*.y*ml"))))
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
    results: dict[str, list[Understanding]] = {}
    for name, clips in kinds.items():
        results[name] = [engine.understand(clip) for clip in clips]
        print(share(f"{name} accepted", accepted(results[name]), len(results[name])))
    sentences, names = list(results.values())[:2]
    report(engine, good, list(zip(others, sentences, strict=True)), names)


if __name__ == "__main__":
    main()
