"""Meanings decided before the speaker has stopped: how many, how much sooner, how often wrong.

    python benchmarks/deciding.py --data DIR [--sentences 120] [--spoken MANIFEST] [--only NAME]

Streams, with looks every 0.192 s, by every rule that the starter comes with. `commands`: sentences
of the starter grammar by a trained and an untrained voice, clean and in DIR's held-out noise.
`onward`: speakers who go on with words that the grammar lacks, in one breath and after a pause,
where not all should be decided; what is decided before the first of these words can be heard nobody
could know better, and is counted apart. And speakers who pause in the middle of a command, where
what came before the pause is a command as well. `pairs`: sentences that differ in one sound, by
British voices, where nothing of that should be decided before the sound. `people`: DIR's recorded
coffee orders, and how often a risk is kept on those that a calibration has not seen. `splits`: the
same for MANIFEST, labelled recordings of the starter's sentences. `cost`: processor time for 80 ms
of sound.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

import mondegreen
from mondegreen.audio.samples import RATE, Samples, resample
from mondegreen.audio.worse import effects as augment
from mondegreen.audio.worse import noises
from mondegreen.data.importers import rhino
from mondegreen.data.manifest import Manifest
from mondegreen.data.recording import utterance_samples
from mondegreen.data.utterance import SlotLabel, Utterance
from mondegreen.early.policy import KINDS, Policy
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.engines.stream import CLOSELY, Stream
from mondegreen.evaluate.early_figures import Commitment, commitments
from mondegreen.evaluate.early_rules import fitted
from mondegreen.evaluate.intervals import wilson
from mondegreen.evaluate.traces import Trace, trace
from mondegreen.grammar.analysis.membership import has_sentence
from mondegreen.grammar.analysis.sample import Sample, sample
from mondegreen.grammar.expression import FreeWords, Grammar, SlotUse, walk
from mondegreen.jobs.memory import keep_loaded
from mondegreen.jobs.problems import Problems
from mondegreen.speech.alignment import align
from mondegreen.text.read_aloud import spoken_words
from mondegreen.training.phones.phone_error import dishes
from mondegreen.types import ALL, Final
from mondegreen.voices import voice

PAUSE = 0.4
"""Seconds; a pause of 0.8 would end the utterance. The voices add silence of their own."""
SILENCE = np.zeros(RATE, np.float32)
RISKS = (0.01, 0.05)
VOICES = ("hibari", "flite-slt")
ONWARD = (
    "whenever the neighbours are away", "or maybe not", "that my sister gave me",
    "said the old man", "because I cannot see a thing", "as soon as dinner is ready",
)  # fmt: skip
"""What no command of the starter ends with."""
BRITISH = ("kokoro-bf_emma", "kokoro-bm_george", "kokoro-bf_isabella", "kokoro-bm_lewis")
PAIRS = (
    ("start the vacuum", "stop the vacuum", 0, 2), ("add a coat to it", "add a goat to it", 2, 0),
    ("add a bear to it", "add a pear to it", 2, 0), ("call nick now", "call mick now", 1, 0),
    ("turn the light on", "turn the light off", 3, 0), ("sell my shares", "sell my chairs", 2, 0),
)  # fmt: skip
"""Sentences with the word that tells them apart, and which of its sounds does, from 0."""
PAIRED = """
context:
  expressions:
    StartVacuum: ["start the vacuum"]
    StopVacuum: ["stop the vacuum"]
    Add: ["add a $thing:thing to it"]
    Call: ["call $who:who now"]
    Turn: ["turn the light $state:state"]
    Sell: ["sell my $goods:goods"]
  slots:
    thing: [coat, goat, bear, pear]
    who: [nick, mick]
    state: ["on", "off"]
    goods: [shares, chairs]
"""


def spoken(text: str, speaker: str, seed: int) -> Samples:
    """A sentence said by a voice."""
    return resample(*voice(speaker).speak(text, seed=seed))


def traced(engine: GrammarEngine, samples: Samples, utterance: Utterance) -> Trace:
    """What is expected while an utterance is spoken after a second of silence."""
    return trace(engine, np.concatenate([SILENCE, samples]), utterance)


def rules_of(engine: GrammarEngine) -> dict[str, Policy]:
    """The rules that an engine comes with, by what they are called."""
    rules = {"uncalibrated": Policy()}
    for risk in RISKS:
        try:
            rules[f"risk {risk:g}"] = engine.policy(risk)
        except mondegreen.MondegreenError:
            continue
    return rules


def report(name: str, traces: Sequence[Trace], rules: dict[str, Policy]) -> None:
    """A line of figures for each rule: all of a meaning, and the intent."""
    finals = wilson(sum(_final_right(one) for one in traces), len(traces))
    print(f"{name}: final right {finals}")
    for rule, policy in rules.items():
        for part in ("intent", ALL):
            rows = [(one, commitments(one, policy).get(part)) for one in traces]
            decided = [(one, first) for one, first in rows if first is not None]
            print(f"  {rule}, {part}: decided {wilson(len(decided), len(rows))}", end="")
            wrong = sum(not first.right for _, first in decided)
            sooner = [one.sure - first.time for one, first in decided if one.sure is not None]
            print(f"; wrong {wrong}, {wilson(wrong, len(rows))}", end="")
            print(f"; median {median(sooner):.2f} s sooner" if sooner else "", flush=True)


def _final_right(one: Trace) -> bool:
    meaning = None if one.final is None or one.final.status != "understood" else one.final.meaning
    return one.right(meaning) if meaning is not None else one.meant is None


def labelled(drawn: Sample, number: int) -> Utterance:
    """A sentence with its labels."""
    slots = tuple(SlotLabel(slot.name, slot.value) for slot in drawn.slots)
    return Utterance(str(number), text=drawn.text, intent=drawn.intent, slots=slots)


def commands(grammar: Grammar, count: int, seed: int) -> list[Utterance]:
    """Sentences of the grammar without free words, and what they mean."""
    uses = (use for s in grammar.sentences for use in walk(s.expression))
    kinds = grammar.slot_types
    free = {u.name for u in uses if isinstance(u, SlotUse) and isinstance(kinds[u.type], FreeWords)}
    drawn = sample(grammar, n=3 * count, seed=seed)
    kept = [s for s in drawn if not any(slot.name in free for slot in s.slots)][:count]
    return [labelled(one, number) for number, one in enumerate(kept)]


def broken(grammar: Grammar, count: int, seed: int) -> list[tuple[str, str, Utterance]]:
    """Commands that begin with a shorter one: that one, the words that follow, and the whole."""
    halves = []
    for utterance in commands(grammar, 12 * count, seed):
        if utterance.text.endswith(" please"):  # changes nothing
            continue
        words = utterance.text.split()
        cuts = [n for n in range(1, len(words)) if has_sentence(grammar, words[:n])]
        if cuts:
            halves.append((" ".join(words[: cuts[-1]]), " ".join(words[cuts[-1] :]), utterance))
    return halves[:count]


def of_commands(options: argparse.Namespace) -> None:
    """The starter's commands by each voice: clean, and in noise."""
    starter = GrammarEngine.load("starter")
    noise = dishes(options.data)
    for speaker in VOICES:
        clean, noisy = [], []
        for i, one in enumerate(commands(starter.grammar, options.sentences, options.seed)):
            samples = spoken(one.text, speaker, i)
            clean.append(traced(starter, samples, one))
            if noise is not None:
                cut = noises.fitted(noise, len(samples), np.random.default_rng(i))
                noisy.append(traced(starter, augment.mix(samples, cut, 12.0), one))
        report(f"starter, {speaker}, clean", clean, rules_of(starter))
        if noisy:
            report(f"starter, {speaker}, dish washing at 12 dB", noisy, rules_of(starter))


def of_those_who_go_on(options: argparse.Namespace) -> None:
    """The starter's commands by each voice, with more to come."""
    starter = GrammarEngine.load("starter")
    pause = np.zeros(round(PAUSE * RATE), np.float32)
    for speaker in VOICES:
        breathless, halting, within, onsets = [], [], [], []
        for i, one in enumerate(commands(starter.grammar, options.sentences, options.seed)):
            more, nothing = ONWARD[i % len(ONWARD)], Utterance(one.id)
            whole = spoken(f"{one.text} {more}", speaker, i)
            breathless.append(traced(starter, whole, nothing))
            onsets.append(onset(starter, whole, one.text, more))
            parts = spoken(one.text, speaker, i), pause, spoken(more, speaker, i)
            halting.append(traced(starter, np.concatenate(parts), nothing))
        for i, (first, rest, one) in enumerate(
            broken(starter.grammar, options.sentences, options.seed)
        ):
            parts = spoken(first, speaker, i), pause, spoken(rest, speaker, i)
            within.append(traced(starter, np.concatenate(parts), one))
        rules = rules_of(starter)
        report(f"starter, {speaker}, goes on in one breath", breathless, rules)
        report_onward(breathless, onsets, rules)
        report(f"starter, {speaker}, goes on after {PAUSE} s", halting, rules)
        report(f"starter, {speaker}, a pause of {PAUSE} s within a command", within, rules)


def onset(engine: GrammarEngine, samples: Samples, command: str, more: str) -> float:
    """When the words after a command begin, in a sound after a second of silence."""
    words, first = spoken_words(f"{command} {more}"), len(spoken_words(command))
    return moment(engine, np.concatenate([SILENCE, samples]), words, first, 0)


def report_onward(
    traces: Sequence[Trace], onsets: Sequence[float], rules: dict[str, Policy]
) -> None:
    """How much was decided before the words that the grammar lacks began, and how much after."""
    for rule, policy in rules.items():
        for part in ("intent", ALL):
            leads = [
                first.time - begun
                for one, begun in zip(traces, onsets, strict=True)
                if (first := commitments(one, policy).get(part)) is not None
            ]
            late = sorted(lead for lead in leads if lead > 0.0)
            print(f"  {rule}, {part}: before they begin {len(leads) - len(late)}, after", end=" ")
            print(
                f"{wilson(len(late), len(traces))}", [round(lead, 2) for lead in late], flush=True
            )


def of_pairs(options: argparse.Namespace) -> None:
    """Sentences that one sound tells apart: when that was said, and when it was decided."""
    del options
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "pairs.yaml"
        place.write_text(PAIRED, "utf-8")
        engine = GrammarEngine.load(str(place))
    leads, wrong, right, count = list[float](), 0, 0, 0
    for speaker in (*BRITISH, *VOICES):
        for first, second, word, sound in PAIRS:
            for text in (first, second):
                samples = np.concatenate([SILENCE, spoken(text, speaker, 1)])
                one = trace(engine, samples, paired(engine, text))
                begun = moment(engine, samples, text.split(), word, sound)
                count, right = count + 1, right + _final_right(one)
                for commitment in telling(one):
                    leads.append(commitment.time - begun)
                    wrong += not commitment.right
    early = sum(lead < 0.0 for lead in leads)
    print(f"one-sound pairs: {count} sentences, final right {wilson(right, count)}")
    print(f"  decided {len(leads)}, before the sound {wilson(early, len(leads))}, wrong", end=" ")
    print(f"{wilson(wrong, len(leads))}; after its start {min(leads):.2f} s at the soonest", end="")
    print(f", {median(leads):.2f} s in the median", flush=True)


def paired(engine: GrammarEngine, text: str) -> Utterance:
    """A sentence of the pairs, with what it means by the grammar."""
    meaning = engine.read(text)
    slots = tuple(SlotLabel(slot.name, slot.value) for slot in meaning.slots)
    return Utterance(text, text=text, intent=meaning.intent, slots=slots)


def moment(
    engine: GrammarEngine, samples: Samples, words: Sequence[str], word: int, sound: int
) -> float:
    """When a sound of a word begins, in seconds."""
    alignment = align(engine.ear.listen(samples), words, engine.pronouncer)
    span = alignment.words[word]
    return [p for p in alignment.phones if span.start <= p.start < span.end][sound].start


def telling(one: Trace) -> Iterator[Commitment]:
    """The first commitments to what the sound tells apart: the intent of those without slots."""
    first = commitments(one, Policy())
    parts = ["slot:" + slot.name for slot in one.utterance.slots] or ["intent"]
    yield from (first[part] for part in parts if part in first)


def of_people(options: argparse.Namespace) -> None:
    """The recorded coffee orders, and how often a risk is kept on people not calibrated with."""
    folder = options.data / "barista-dev"
    orders = GrammarEngine.load(str(next(iter(sorted(folder.glob("*.yaml"))))))
    traces = [
        trace(orders, utterance_samples(folder, utterance), utterance)
        for utterance in rhino.read(folder, Problems())
    ]
    report("coffee orders, people", traces, rules_of(orders))
    of_traces("coffee orders", traces, 0.05, 80)


def of_splits(options: argparse.Namespace) -> None:
    """The same of recordings of the starter's sentences, at each risk."""
    if options.spoken is None:
        return
    starter, manifest = GrammarEngine.load("starter"), Manifest.open(options.spoken)
    traces = [trace(starter, utterance_samples(manifest.root, one), one) for one in manifest]
    report(f"starter, {options.spoken}", traces, rules_of(starter))
    for risk in RISKS:
        of_traces("starter", traces, risk, len(traces) * 3 // 5)


def of_traces(
    name: str, traces: Sequence[Trace], risk: float, calibrating: int, rounds: int = 20
) -> None:
    """How often a risk is kept on utterances of which the calibration knows nothing."""
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
        print(f"{name}, {kind}: {risk:.0%} kept in {kept} of {len(realised)} splits", end="")
        print(f", wrong {np.mean(realised):.2%} on average, {max(realised, default=0):.2%} at most")


def of_cost(options: argparse.Namespace) -> None:
    """Processor time for each 80 ms of sound: utterances of 3 s, and speech of 10 s."""
    starter = GrammarEngine.load("starter")
    keep_loaded()
    texts = [one.text for one in commands(starter.grammar, 60, options.seed)]
    voiced = [spoken(text, "hibari", i) for i, text in enumerate(texts)]
    short = [samples for samples in voiced if 2.7 <= len(samples) / RATE <= 3.3][:10]
    # Without the voice's silence around each command, so that it is one utterance.
    stripped = [samples[1_600:-4_000] for samples in voiced]
    long = [np.concatenate(stripped[n : n + 12])[: 10 * RATE] for n in range(0, 60, 12)]
    for name, sounds in (("3 s", short), ("10 s", long)):
        before, at_end = list[float](), list[float]()
        for samples in sounds:
            for milliseconds, is_final in costs(starter, samples):
                (at_end if is_final else before).append(milliseconds)
        every = before + at_end
        print(f"cost of {name}, n = {len(sounds)}: mean {np.mean(every):.1f} ms, before the end "
              f"99 % {np.quantile(before, 0.99):.0f} ms, most {max(before):.0f} ms, with the "
              f"Final {max(at_end, default=0.0):.0f} ms", flush=True)  # fmt: skip


def costs(engine: GrammarEngine, samples: Samples) -> Iterator[tuple[float, bool]]:
    """Milliseconds of processor time for each 80 ms, and whether a `Final` came with it."""
    sound, step = np.concatenate([SILENCE, samples, SILENCE]), RATE * 80 // 1000
    with Stream(engine, every=CLOSELY) as stream:
        for start in range(0, len(sound), step):
            began = time.process_time()
            events = stream.feed(sound[start : start + step])
            spent = 1000 * (time.process_time() - began)
            yield spent, any(isinstance(event, Final) for event in events)


PARTS: dict[str, Callable[[argparse.Namespace], None]] = {
    "commands": of_commands, "onward": of_those_who_go_on, "pairs": of_pairs, "people": of_people,
    "splits": of_splits, "cost": of_cost,
}  # fmt: skip


def main() -> None:
    """Speak, stream, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sentences", type=int, default=120)
    parser.add_argument("--spoken", type=Path)
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    for name in options.only or PARTS:
        PARTS[name](options)


if __name__ == "__main__":
    main()
