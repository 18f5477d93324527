"""The general model on sentences, slot values and voices that its training never met.

    python benchmarks/general.py split WORK --data DIR
    mondegreen train interpreter WORK/train.jsonl -o MODEL --people WORK/people.jsonl \
        --unrelated WORK/unrelated.jsonl --set masked.epochs=3 --set fit.runs=3
    python benchmarks/general.py refuse WORK --data DIR --model MODEL
    python benchmarks/general.py complexity WORK
    python benchmarks/general.py measure WORK --model MODEL [--baselines TRAINING]
    python benchmarks/general.py measure WORK --model MODEL --noise FILE [--snr 20 10] [--most N]
    python benchmarks/general.py amounts WORK --model MODEL --baselines TRAINING
    python benchmarks/general.py rivals WORK --baselines TRAINING TRAINING ... [--most N]
    python benchmarks/general.py seeds WORK --model MODEL MODEL ... [--most N]
    python benchmarks/general.py choices WORK [--model MODEL] [--most N]
    python benchmarks/general.py transcribers WORK [--transcribers NAME|FOLDER ...] [--most N]
    python benchmarks/general.py ablation WORK [--model MODEL] [--sentences N] [--rows NAME ...]
    python benchmarks/general.py language WORK [--sentences N] [--languages NAME ...]
    python benchmarks/general.py coffee WORK --data DIR [--sentences N] [--seed N]

DIR holds `voice-assistant-nlu/` and `people/`. `split` writes `train.jsonl`, with a part for
choosing, and `tests.jsonl`: 7 % of the sentences (`seen`, by a hash of the text), and every
sentence with a value that no training sentence has for its slot (`unseen`: 12 % of the values of
slots with 40 of them or more); and `people.jsonl`, people reading other things. `measure` has the
tests spoken by a robotic voice and by natural ones, neither of them trained on, and compares on the
same recordings: the labels' own text (what interpreting alone loses), the model as it ships, with
lists of all values of the open slots and of those of the training alone, and the same interpreter
on the published transcriber's one text (the cascade); with --baselines, where TRAINING is the
working folder of the training, also two that are fitted here on the same speech: one network from
frames to meaning with no words between (direct), and one decoder that writes the transcript and
then the meaning (transcript first). With --noise it measures the model alone, on recordings clean
and in that noise, mixed as in `speech_to_intent.py`. `amounts` fits the direct one on parts of the
speech, `rivals` both of these two by the seed and on the speech of several trainings. `complexity`
says how much is said in the sentences, `seeds` compares models that differ by their seed, `choices`
ways to use several texts (`general_choices.py`), `transcribers` transcribers before the interpreter
that ships (`general_transcribers.py`), `ablation` bridges and what is learned from speech
(`general_ablation.py`), `language` language models (`general_language.py`), `refuse` plays what the
model is not about, and `coffee` is another model (`general_coffee.py`).
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from general_ablation import ablation
from general_baselines import Direct, TranscriptFirst, answered, compare_amounts, compare_rivals
from general_choices import compare_choices
from general_coffee import coffee
from general_figures import (
    VOICES,
    Figures,
    answers_of,
    over_seeds,
    some,
    spoken_tests,
    written_down,
)
from general_language import compare_languages
from general_transcribers import compare_transcribers
from mondegreen.audio.read import read_audio
from mondegreen.complexity.corpus import from_utterances
from mondegreen.complexity.measures import lexical
from mondegreen.data.importers.importer import read
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.engines.general.choice import Written, choose
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import words_of
from mondegreen.engines.general.model_folder import model_folder
from mondegreen.engines.general.turn import meaning_of
from mondegreen.evaluate.intervals import mcnemar, wilson
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.jobs.problems import Problems
from mondegreen.training.phones.recordings import recordings
from speech_to_intent import InNoise, at_levels, level

_OPEN = 40
"""Different values from which a slot is open: any of them may be new."""
_TIMES = ("date", "time", "timeofday")
"""Slots that nobody lists."""
_PEOPLE = ("common-voice", "common-voice-2", "crema-d")
_EVERY = 3
"""One in so many of their recordings is used."""


def share(text: str) -> float:
    """A number from 0 to 1 that is the text's own."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big") / 2**64


def split_of(row: Utterance, unseen: set[tuple[str, str]]) -> str:
    """`unseen`, `seen`, `dev` or `train`."""
    if any((label.name, str(label.value).lower()) in unseen for label in row.slots):
        return "unseen"
    place = share("sent" + row.text.lower())
    return "seen" if place < 0.07 else "dev" if place < 0.10 else "train"


def write_split(data: Path, work: Path) -> None:
    """Write the texts to train on, those to test with, and the recordings of people."""
    labelled = list(read("nlu-evaluation", data / "voice-assistant-nlu", Problems()))
    values: defaultdict[str, set[str]] = defaultdict(set)
    for row in labelled:
        for label in row.slots:
            values[label.name].add(str(label.value).lower())
    unseen = {
        (name, value) for name, some in values.items() if len(some) >= _OPEN for value in some
        if share("held" + name + value) < 0.12
    }  # fmt: skip
    marked = [replace_split(row, split_of(row, unseen)) for row in labelled]
    work.mkdir(parents=True, exist_ok=True)
    for name, splits in (("train", ("train", "dev")), ("tests", ("seen", "unseen"))):
        rows = [row for row in marked if row.split in splits]
        if name == "tests":
            rows.sort(key=lambda row: str(row.split))
        print(f"{name}: {write_manifest(work / f'{name}.jsonl', rows)} sentences")
    for name, paths in other_sounds(data, trained=True).items():
        print(f"{name}: {len(paths)} recordings")
    link = work / "recordings"  # a manifest's recordings lie below it
    if not link.exists():
        link.symlink_to(data.resolve())
    people = [row for row in recordings(data, measured=False) if row.name in _PEOPLE and row.text]
    read_aloud = [
        Utterance(
            f"{row.name}-{row.path.stem}", f"{link.name}/{row.path.relative_to(data)}",
            text=str(row.text), speaker=row.speaker,
        )
        for row in people[::_EVERY]
    ]  # fmt: skip
    print(f"people: {write_manifest(work / 'people.jsonl', read_aloud)} recordings")
    unrelated = (
        Utterance(f"{name}-{path.stem}", f"{link.name}/{path.relative_to(data)}")
        for name, paths in other_sounds(data, trained=True).items()
        for path in paths
    )
    write_manifest(work / "unrelated.jsonl", unrelated)


def other_sounds(data: Path, *, trained: bool) -> dict[str, list[Path]]:
    """Recordings of what the model is not about: those `trained` with, or others.

    Of people, of single words and of noise 200 are trained with; the others are of other people,
    words and noises.
    """
    common = [
        row.path for row in recordings(data, measured=not trained) if row.name == "common-voice"
    ]
    word = "alexa" if trained else "computer"
    noise = "noise-esc10" if trained else "noise-ms-snsd"
    sets = {
        "people reading": common,
        "single words": sorted((data / "wake-words" / word).rglob("*.flac")),
        "noise": sorted(p for p in (data / noise).rglob("*.*") if p.suffix in (".ogg", ".opus")),
    }
    if not trained:
        sets["coffee orders"] = sorted((data / "barista-dev").rglob("*.flac"))
    return {
        name: [paths[i] for i in np.random.default_rng(1).permutation(len(paths))[:200]]
        for name, paths in sets.items()
    }


def replace_split(row: Utterance, split: str) -> Utterance:
    """The utterance in that split."""
    return Utterance(row.id, text=row.text, intent=row.intent, slots=row.slots, split=split)


def lists(work: Path, *, tests: bool = True) -> dict[str, set[str]]:
    """Every value of each open slot, as a user's lists have them; without those of the `tests` they
    lack just what the unseen sentences ask for."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("train", "tests") if tests else ("train",):
        for row in Manifest.open(work / f"{name}.jsonl"):
            for label in row.slots:
                values[label.name].add(" ".join(words_of(str(label.value))))
    return {
        name: some for name, some in values.items() if len(some) >= _OPEN and name not in _TIMES
    }


def refused(trial: Trial, threshold: float) -> Trial:
    """The trial as if the engine had refused what is less sure than the threshold."""
    return (
        trial
        if trial.answers[0].confidence >= threshold
        else replace(trial, answers=(answered(None),))
    )


def right_ones(trials: Iterable[Trial]) -> list[bool]:
    """Which were understood exactly."""
    return [trial.right() for trial in trials]


def measure(work: Path, model: str, trainings: Sequence[Path]) -> None:
    """Print the figures of a model, a table for each kind of voice and of sentence."""
    baselines: dict[str, Direct | TranscriptFirst] = {}
    for training in trainings[:1]:
        baselines["direct"] = Direct.fit(training, work)
        baselines["transcript first"] = TranscriptFirst.fit(training, work)
    whole = GeneralEngine.load(model, refuse_below=0.0)
    threshold = model_folder(model).about.certainty.refuse_below
    cascade = replace(whole, knowledge=replace(whole.knowledge, writer=None))
    listed, lacking = replace(whole), replace(whole)
    for engine, tests in ((listed, True), (lacking, False)):
        for name, values in lists(work, tests=tests).items():
            engine.set_slot(name, sorted(values))
    for name in VOICES:
        manifest = spoken_tests(work, name)
        for split in ("seen", "unseen"):
            rows = manifest.where(split=split)
            print(f"\n{name}, {split}: n {len(rows)}")
            systems = {
                "text as labelled": list(answers_of(whole, rows, written=True)),
                "model": list(answers_of(whole, rows, written=False)),
                "model, with lists": list(answers_of(listed, rows, written=False)),
                "cascade": list(answers_of(cascade, rows, written=False)),
            }
            if split == "unseen":
                systems["model, lists lack it"] = list(answers_of(lacking, rows, written=False))
            systems |= {name: list(one.trials(rows)) for name, one in baselines.items()}
            systems["model, as it refuses"] = [
                refused(trial, threshold) for trial in systems["model"]
            ]
            for system, trials in systems.items():
                print(Figures.of(trials).line(system))
            for rival in ("cascade", *baselines):
                p_value = mcnemar(right_ones(systems["model"]), right_ones(systems[rival]))
                print(f"model against {rival}: McNemar p = {p_value:.2g}")


def measure_in_noise(
    work: Path, model: str, noise: Path, levels: Sequence[float], most: int | None
) -> None:
    """Print the figures of a model on the same recordings, clean and at each level of noise."""
    engine = GeneralEngine.load(model, refuse_below=0.0)
    for name in VOICES:
        for split in ("seen", "unseen"):
            rows = some(spoken_tests(work, name).where(split=split), most)
            sound = InNoise(rows.root, str(noise), 0)
            mixtures = at_levels(rows, noise.stem, levels)
            print(f"\n{name}, {split}: n {len(rows)}")
            trials: defaultdict[str, list[Trial]] = defaultdict(list)
            for row in mixtures:
                result = engine.understand(sound(row))
                trials[level(row)].append(Trial(row, row.duration or 0.0, (Answer(result),)))
            for system, answers in trials.items():
                print(Figures.of(answers).line(system), flush=True)


def _chosen(model: GeneralEngine, written: list[Written]) -> Answer:
    """What the model makes of what was written down."""
    interpreter = model.knowledge.interpreter
    meanings = choose(written, interpreter.read, model.knowledge.balance)
    return answered(meaning_of(meanings[0].reading, interpreter) if meanings else None)


def compare_seeds(work: Path, models: Sequence[str], most: int | None) -> None:
    """Print the figures of models that differ by their seed, and their mean.

    What a transcriber writes down is kept in `work`, for models with the same one.
    """
    engines = [GeneralEngine.load(model, refuse_below=0.0) for model in models]
    tests = Manifest.open(work / "tests.jsonl")
    parts = {f"text, {s}": ("", tests.where(split=s)) for s in ("seen", "unseen")} | {
        f"{name}, {s}": (name, some(spoken_tests(work, name).where(split=s), most))
        for name in VOICES for s in ("seen", "unseen")
    }  # fmt: skip
    for part, (voice, rows) in parts.items():
        print(f"\n{part}: n {len(rows)}")
        figures = []
        for model, engine in zip(models, engines, strict=True):
            if voice:
                texts = written_down(work, voice, engine, rows)
                answers = [_chosen(engine, written) for written in texts]
                trials = [Trial(r, 0.0, (a,)) for r, a in zip(rows, answers, strict=True)]
            else:
                trials = list(answers_of(engine, rows, written=True))
            figures.append(Figures.of(trials))
            print(figures[-1].line(Path(model).name), flush=True)
        for what, values in (
            ("exact", [f.exact.value for f in figures]), ("intent", [f.intent for f in figures]),
            ("SLU-F1", [f.slu_f1 for f in figures]),
        ):  # fmt: skip
            print(f"  {what}: {over_seeds(values)}")


def complexity(work: Path) -> None:
    """Print how much is said in the training's sentences and in the tests'."""
    parts = {
        "train": Manifest.open(work / "train.jsonl").where(split="train"),
        **{s: Manifest.open(work / "tests.jsonl").where(split=s) for s in ("seen", "unseen")},
    }
    for name, rows in parts.items():
        one = lexical.measure(from_utterances(name, rows))
        entropies = " / ".join(
            "-" if h is None else f"{h:.2f}" for h in (one.entropy_1, one.entropy_2, one.entropy_3)
        )
        print(
            f"{name}: {one.utterances} sentences, {one.unique} different, {one.words} words, "
            f"vocabulary {one.vocabulary}, H1 / H2 / H3 {entropies} bits, of a meaning "
            f"{one.interpretation_entropy:.2f}"
        )


def refuse(data: Path, model: str) -> None:
    """Print how much of what the model is not about it takes for something that it is."""
    engine = GeneralEngine.load(model)
    for name, paths in other_sounds(data, trained=False).items():
        results = [engine.understand(read_audio(path)) for path in paths]
        accepted = [r for r in results if r.status == "understood"]
        interval = wilson(len(accepted), len(results))
        intents = Counter(str(r.intent) for r in accepted).most_common(3)
        print(
            f"{name}: n {interval.n}, accepted {interval.value:.1%} ({interval.low:.1%} to "
            f"{interval.high:.1%}): {', '.join(f'{n} {intent}' for intent, n in intents)}"
        )


STEPS: dict[str, Callable[[argparse.Namespace], None]] = {
    "split": lambda o: write_split(o.data, o.work),
    "complexity": lambda o: complexity(o.work),
    "measure": lambda o: (
        measure_in_noise(o.work, o.model[0], o.noise, o.snr, o.most)
        if o.noise
        else measure(o.work, o.model[0], o.baselines)
    ),
    "amounts": lambda o: compare_amounts(o.work, o.model[0], o.baselines[0]),
    "rivals": lambda o: compare_rivals(o.work, o.baselines, o.most),
    "seeds": lambda o: compare_seeds(o.work, o.model, o.most),
    "choices": lambda o: compare_choices(o.work, o.model[0], o.most),
    "transcribers": lambda o: compare_transcribers(o.work, o.transcribers, o.most),
    "ablation": lambda o: ablation(o.work, o.model[0], o.sentences, o.most, o.rows),
    "language": lambda o: compare_languages(o.work, o.sentences, o.most, o.languages),
    "refuse": lambda o: refuse(o.data, o.model[0]),
    "coffee": lambda o: coffee(o.work, o.data, o.sentences, o.seed),
}


def main() -> None:
    """Run one of the steps; see above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=STEPS)
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", nargs="+", default=["general"])
    parser.add_argument(
        "--transcribers", nargs="+", default=["moonshine", "general", "whisper-base"]
    )
    parser.add_argument("--baselines", type=Path, nargs="+", default=[], metavar="TRAINING")
    parser.add_argument("--noise", type=Path, help="recording of noise; `measure` then plays it")
    parser.add_argument("--snr", type=float, nargs="+", default=[20, 10])
    parser.add_argument("--sentences", type=int, default=600, help="that are trained on")
    parser.add_argument(
        "--rows", nargs="+", default=(), help="of the ablation, by their beginnings"
    )
    parser.add_argument("--languages", nargs="+", default=["minilm", "smollm2"])
    parser.add_argument("--seed", type=int, default=1, help="of the training on coffee orders")
    parser.add_argument("--most", type=int, help="sentences of each kind and voice")
    options = parser.parse_args()
    if options.step in ("amounts", "rivals") and not options.baselines:
        parser.error(f"{options.step} needs --baselines TRAINING")
    STEPS[options.step](options)


if __name__ == "__main__":
    main()
