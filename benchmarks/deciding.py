"""Meanings decided before the speaker has stopped: how many, how much sooner, how often wrong.

    python benchmarks/deciding.py --data DIR [--sentences 200]

Streams, in chunks of 0.1 s: sentences of the starter grammar by a trained and an untrained voice,
the same in DIR's held-out noise, and DIR's recorded coffee orders. Then speakers who go on: with
words that the grammar lacks, in one breath and after a pause, where nothing should be decided; and
who pause in the middle of a command, where what came before the pause is a command as well.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mondegreen.audio.samples import RATE, Samples, resample
from mondegreen.audio.worse import effects as augment
from mondegreen.audio.worse import noises
from mondegreen.data.importers import rhino
from mondegreen.data.recording import utterance_samples
from mondegreen.early.policy import KINDS, Policy
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.early_rules import fitted
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.traces import trace
from mondegreen.evaluate.trial import reference
from mondegreen.grammar.analysis.membership import has_sentence
from mondegreen.grammar.analysis.sample import sample
from mondegreen.grammar.expression import FreeWords, Grammar, SlotUse, walk
from mondegreen.jobs.problems import Problems
from mondegreen.training.phones.phone_error import dishes
from mondegreen.types import ALL, Decided, Final, Meaning, Slot
from mondegreen.voices import voice

PAUSE = 0.4
"""Seconds; a pause of 0.6 would end the utterance. The voices add silence of their own."""
CHUNK = RATE // 10
ONWARD = (
    "whenever the neighbours are away", "or maybe not", "that my sister gave me",
    "said the old man", "because I cannot see a thing", "as soon as dinner is ready",
)  # fmt: skip
"""What no command of the starter ends with."""


@dataclass(frozen=True)
class Outcome:
    """One utterance, streamed."""

    decided: Decided | None
    final: Final | None
    right: bool
    """Whether what was decided is what was meant."""
    final_right: bool


Key = tuple[str, tuple[tuple[str, str], ...]]


def stream(engine: GrammarEngine, samples: Samples, meant: Key | None) -> Outcome:
    """What a stream makes of an utterance with silence around it; `meant` None: nothing."""
    silence = np.zeros(RATE, np.float32)
    sound = np.concatenate([silence, samples, silence, silence])
    decided = final = None
    with engine.stream() as running:
        for start in range(0, len(sound), CHUNK):
            for event in running.feed(sound[start : start + CHUNK]):
                if isinstance(event, Decided) and event.part == ALL and decided is None:
                    decided = event
                final = event if isinstance(event, Final) and final is None else final
    ended = final.result.meaning if final else None
    return Outcome(
        decided,
        final,
        decided is not None and decided.meaning is not None and decided.meaning.key == meant,
        (ended.key if ended else None) == meant,
    )


def report(name: str, outcomes: Iterable[Outcome]) -> None:
    """One line of figures."""
    rows = list(outcomes)
    decided = [row for row in rows if row.decided]
    print(f"{name}: decided early {wilson(len(decided), len(rows))}", end="")
    if decided:
        wrong = wilson(sum(not row.right for row in decided), len(decided))
        stated = float(np.mean([row.decided.risk for row in decided if row.decided]))
        sooner = [row.final.time - row.decided.time for row in decided if row.decided and row.final]
        print(f"; wrong {wrong}, stated {stated:.3f}; median {median(sooner):.2f} s sooner", end="")
    finals = wilson(sum(row.final_right for row in rows), len(rows))
    print(f"; final right {finals}", flush=True)


def spoken(text: str, speaker: str, seed: int) -> Samples:
    """A sentence said by a voice."""
    return resample(*voice(speaker).speak(text, seed=seed))


def key(intent: str, slots: Iterable[tuple[str, Any]]) -> Key:
    """Identity of a meaning; see Meaning.key."""
    return Meaning(intent, tuple(Slot(name, value, "") for name, value in slots)).key


def commands(grammar: Grammar, count: int, seed: int) -> list[tuple[str, Key]]:
    """Sentences of the grammar without free words, and what they mean."""
    uses = (use for s in grammar.sentences for use in walk(s.expression))
    kinds = grammar.slot_types
    free = {u.name for u in uses if isinstance(u, SlotUse) and isinstance(kinds[u.type], FreeWords)}
    drawn = sample(grammar, n=3 * count, seed=seed)
    kept = [s for s in drawn if not any(slot.name in free for slot in s.slots)][:count]
    return [(s.text, key(s.intent, ((t.name, t.value) for t in s.slots))) for s in kept]


def broken(grammar: Grammar, count: int, seed: int) -> list[tuple[str, str, Key]]:
    """Commands that begin with a shorter one: that one, the words that follow, and the meaning."""
    halves = []
    for text, meant in commands(grammar, 12 * count, seed):
        if text.endswith(" please"):  # changes nothing
            continue
        words = text.split()
        cuts = [n for n in range(1, len(words)) if has_sentence(grammar, words[:n])]
        if cuts:
            halves.append((" ".join(words[: cuts[-1]]), " ".join(words[cuts[-1] :]), meant))
    return halves[:count]


def of_the_starter(speaker: str, count: int, seed: int, noise: Samples | None) -> None:
    """The starter's commands by one voice: clean, and in noise."""
    starter = GrammarEngine.load("starter")
    clean, noisy = [], []
    for i, (text, meant) in enumerate(commands(starter.grammar, count, seed)):
        samples = spoken(text, speaker, i)
        clean.append(stream(starter, samples, meant))
        if noise is not None:
            cut = noises.fitted(noise, len(samples), np.random.default_rng(i))
            noisy.append(stream(starter, augment.mix(samples, cut, 12.0), meant))
    report(f"starter, {speaker}, clean", clean)
    if noisy:
        report(f"starter, {speaker}, dish washing at 12 dB", noisy)


def of_those_who_go_on(speaker: str, count: int, seed: int) -> None:
    """The starter's commands by one voice, with more to come."""
    starter = GrammarEngine.load("starter")
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    breathless, halting, within = [], [], []
    for i, (text, _) in enumerate(commands(starter.grammar, count, seed)):
        more = ONWARD[i % len(ONWARD)]
        breathless.append(stream(starter, spoken(f"{text} {more}", speaker, i), None))
        parts = spoken(text, speaker, i), pause, spoken(more, speaker, i)
        halting.append(stream(starter, np.concatenate(parts), None))
    for i, (first, rest, meant) in enumerate(broken(starter.grammar, count, seed)):
        parts = spoken(first, speaker, i), pause, spoken(rest, speaker, i)
        within.append(stream(starter, np.concatenate(parts), meant))
    for name, rows in (("in one breath", breathless), (f"after {PAUSE} s", halting)):
        hasty = wilson(sum(row.decided is not None for row in rows), len(rows))
        print(f"starter, {speaker}, goes on {name}: decided all the same {hasty}", flush=True)
    report(f"starter, {speaker}, a pause of {PAUSE} s within a command", within)


def of_people(folder: Path) -> None:
    """The recorded coffee orders."""
    orders = GrammarEngine.load(str(next(iter(sorted(folder.glob("*.yaml"))))))
    rows = []
    for utterance in rhino.read(folder, Problems()):
        meaning = reference(utterance)
        samples = utterance_samples(folder, utterance)
        rows.append(stream(orders, samples, None if meaning is None else meaning.key))
    report("coffee orders, people", rows)


def of_splits(folder: Path, risk: float = 0.05, calibrating: int = 80, rounds: int = 20) -> None:
    """How often the risk is kept on people of whom the calibration knows nothing."""
    engine = GrammarEngine.load(str(next(iter(sorted(folder.glob("*.yaml"))))))
    traces = [
        trace(engine, utterance_samples(folder, utterance), utterance)
        for utterance in rhino.read(folder, Problems())
    ]
    shares: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for seed in range(rounds):
        order = np.random.default_rng(seed).permutation(len(traces))
        rules = fitted([traces[i] for i in order[:calibrating]], risk, 0.95)
        tested = [traces[i] for i in order[calibrating:]]
        for kind, rule in rules.kinds.items():
            wrong = [one.doubt_of_mistake(kind, Policy()) <= rule.doubt for one in tested]
            shares[kind].append(float(np.mean(wrong)))
    for kind, realised in shares.items():
        kept = sum(share <= risk for share in realised)
        print(f"coffee orders, {kind}: {risk:.0%} kept in {kept} of {len(realised)} splits", end="")
        print(f", wrong {np.mean(realised):.1%} on average, {max(realised):.1%} at most")


def main() -> None:
    """Speak, stream, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    for speaker in ("hibari", "flite-slt"):
        of_the_starter(speaker, options.sentences, options.seed, dishes(options.data))
        of_those_who_go_on(speaker, options.sentences, options.seed)
    if (options.data / "barista-dev").is_dir():
        of_people(options.data / "barista-dev")
        of_splits(options.data / "barista-dev")


if __name__ == "__main__":
    main()
