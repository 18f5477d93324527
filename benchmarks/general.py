"""The general model on sentences, slot values and voices that its training never met.

    python benchmarks/general.py split WORK --data DIR
    mondegreen train interpreter WORK/train.jsonl -o MODEL --people WORK/people.jsonl \
        --unrelated WORK/unrelated.jsonl
    python benchmarks/general.py refuse WORK --data DIR --model MODEL
    python benchmarks/general.py measure WORK --model MODEL [--baselines TRAINING]

DIR holds `voice-assistant-nlu/` and `people/`. `split` writes `train.jsonl`, with a part for
choosing, and `tests.jsonl`: 7 % of the sentences (`seen`, by a hash of the text), and every
sentence with a value that no training sentence has for its slot (`unseen`: 12 % of the values of
slots with 40 of them or more); and `people.jsonl`, people reading other things. `measure` has the
tests spoken by a robotic voice and by natural ones, neither of them trained on, and compares on the
same recordings: the labels' own text (what interpreting alone loses), the model as it ships, with
lists of all values of the open slots, and
the same interpreter on the published transcriber's one text (the cascade); with --baselines, where
TRAINING is the working folder of the training, also two that are fitted here on the same speech:
one network from frames to meaning with no words between (direct), and one decoder that writes the
transcript and then the meaning (transcript first). `refuse` plays what the model is not about.
"""

from __future__ import annotations

import argparse
import hashlib
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from mondegreen.audio.read import read_audio
from mondegreen.data.importers.importer import read
from mondegreen.data.make.frame_cache import FrameCache, build
from mondegreen.data.make.synthesize import Manner, synthesize
from mondegreen.data.manifest import Manifest, write_manifest
from mondegreen.data.utterance import Utterance
from mondegreen.engines.general.engine import GeneralEngine
from mondegreen.engines.general.interpreter import words_of
from mondegreen.engines.general.model_folder import MEMORY, STEP, model_folder
from mondegreen.evaluate.intervals import mcnemar, wilson
from mondegreen.evaluate.metrics import exact_match, intent_correct, slu_f1
from mondegreen.evaluate.trial import Answer, Trial
from mondegreen.jobs.problems import Problems
from mondegreen.speech.beam import BeamTranscriber
from mondegreen.speech.moonshine import MoonshineEncoder
from mondegreen.speech.transcriber import Transcriber
from mondegreen.training.baselines import fit_frames_gru
from mondegreen.training.baselines.fit_transcript_first import Reader, fit
from mondegreen.training.interpreter.export_interpreter import transcriber_files
from mondegreen.training.interpreter.fit_transcriber import Tuning
from mondegreen.training.phones.recordings import recordings
from mondegreen.types import Meaning, Understanding

NATURAL = tuple(
    f"kokoro-{name}"
    for name in ("af_heart", "am_michael", "bf_emma", "bm_george", "af_bella", "am_fenrir")
)
VOICES = {"slt": ("flite-slt",), "kokoro": NATURAL}
_OPEN = 40
"""Different values from which a slot is open: any of them may be new."""
_TIMES = ("date", "time", "timeofday")
"""Slots that nobody lists."""
_PEOPLE = ("common-voice", "common-voice-2", "crema-d")
_MOST_DEV = 400
"""Recordings on which the direct network chooses its threshold."""
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


def lists(work: Path) -> dict[str, set[str]]:
    """Every value of each open slot, those of the tests among them, as a user's lists have them."""
    values: defaultdict[str, set[str]] = defaultdict(set)
    for name in ("train", "tests"):
        for row in Manifest.open(work / f"{name}.jsonl"):
            for label in row.slots:
                values[label.name].add(" ".join(words_of(str(label.value))))
    return {
        name: some for name, some in values.items() if len(some) >= _OPEN and name not in _TIMES
    }


def spoken_tests(work: Path, name: str) -> Manifest:
    """The tests as the voices of that name say them; natural ones, which are slow, say two in
    five."""
    rows = list(Manifest.open(work / "tests.jsonl"))
    if name == "kokoro":
        rows = [row for i, row in enumerate(rows, 1) if i % 5 < 2]
    manner = Manner(VOICES[name], speed=(0.9, 1.15), shift=(1.0, 1.0), pauses=0.0, fillers=0.0)
    return synthesize(
        Manifest.of(rows), work / f"spoken-{name}", manner, timed=False, workers=os.cpu_count() or 1
    )


def answers_of(engine: GeneralEngine, manifest: Manifest, written: bool) -> Iterator[Trial]:
    """What the engine makes of the recordings, or of their texts."""
    for row in manifest:
        result = (
            engine.read(row.text)
            if written
            else engine.understand(read_audio(manifest.root / str(row.audio)))
        )
        yield Trial(row, row.duration or 0.0, (Answer(result),))


def line(name: str, trials: Sequence[Trial]) -> str:
    """The figures of some trials."""
    truth = [trial.reference for trial in trials]
    meanings: list[Meaning | None] = [trial.meaning() for trial in trials]
    right = exact_match(truth, meanings)
    interval = wilson(int(right.sum()), len(right))
    refusals = np.mean([meaning is None for meaning in meanings])
    intents, slots = intent_correct(truth, meanings).mean(), slu_f1(truth, meanings).f1
    return (
        f"{name:24s} exact {interval.value:.1%} ({interval.low:.1%} to {interval.high:.1%})  "
        f"intent {intents:.1%}  SLU-F1 {slots:.1%}  refused {refusals:.1%}"
    )


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


@dataclass(frozen=True)
class TranscriptFirst:
    """One decoder that writes the transcript, then the meaning."""

    transcriber: Transcriber
    decoder: BeamTranscriber
    reader: Reader

    @classmethod
    def fit(cls, training: Path, work: Path) -> TranscriptFirst:
        """Fit it on the speech in the working folder of a training, for as many epochs."""
        place = work / "transcript-first"
        place.mkdir(exist_ok=True)
        speech = Manifest.open(training / "train" / "speech" / "manifest.jsonl")
        decoder, reader = fit(
            speech, training / "frames", Tuning(), print, checkpoint=place / "fit.safetensors"
        )
        for name, data in transcriber_files(decoder).items():
            (place / name).write_bytes(data)
        beam = BeamTranscriber.load(place / MEMORY, place / STEP, "run the benchmark again")
        return cls(Transcriber.load(), beam, reader)

    def trials(self, manifest: Manifest) -> Iterator[Trial]:
        """What it makes of the recordings; a meaning takes more tokens than speech has."""
        for row in manifest:
            samples = read_audio(manifest.root / str(row.audio)).samples
            frames = self.transcriber.attend(samples)
            texts = self.decoder.hypotheses(frames, 2, longest=120)
            meaning = self.reader.meaning(texts[0].text) if texts else None
            yield Trial(row, row.duration or 0.0, (answered(meaning),))


def answered(meaning: Meaning | None) -> Answer:
    """An answer without a confidence."""
    if meaning is None:
        return Answer(Understanding("not_understood"))
    return Answer(Understanding("understood", meaning.intent, meaning.slots, 1.0))


@dataclass(frozen=True)
class Direct:
    """A network that goes from frames to meaning, with no words between."""

    network: fit_frames_gru.Reader
    frames: Path
    """Cache of the tests' frames."""

    @classmethod
    def fit(cls, training: Path, work: Path) -> Direct:
        """Fit it on the speech in the working folder of a training."""
        speech = Manifest.open(training / "train" / "speech" / "manifest.jsonl")
        cache = FrameCache.open(training / "frames", speech, name=MoonshineEncoder.name)
        rows = list(speech)
        settings = fit_frames_gru.Settings()
        network = fit_frames_gru.fit(rows[:-_MOST_DEV], rows[-_MOST_DEV:], cache, settings, print)
        return cls(network, work / "frames")

    def trials(self, manifest: Manifest) -> Iterator[Trial]:
        """What it makes of the recordings."""
        build(manifest, self.frames, name=MoonshineEncoder.name)
        cache = FrameCache.open(self.frames, manifest, name=MoonshineEncoder.name)
        rows = list(manifest)
        for row, meaning in zip(rows, self.network.read(cache, rows), strict=True):
            yield Trial(row, row.duration or 0.0, (answered(meaning),))


def measure(work: Path, model: str, training: Path | None) -> None:
    """Print the figures of a model, a table for each kind of voice and of sentence."""
    baselines: dict[str, Direct | TranscriptFirst] = {}
    if training is not None:
        baselines["direct"] = Direct.fit(training, work)
        baselines["transcript first"] = TranscriptFirst.fit(training, work)
    whole = GeneralEngine.load(model, refuse_below=0.0)
    threshold = model_folder(model).about.certainty.refuse_below
    cascade = replace(whole, knowledge=replace(whole.knowledge, writer=None))
    listed = replace(whole)
    for name, values in lists(work).items():
        listed.set_slot(name, sorted(values))
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
            systems |= {name: list(one.trials(rows)) for name, one in baselines.items()}
            systems["model, as it refuses"] = [
                refused(trial, threshold) for trial in systems["model"]
            ]
            for system, trials in systems.items():
                print(line(system, trials))
            for rival in ("cascade", *baselines):
                p_value = mcnemar(right_ones(systems["model"]), right_ones(systems[rival]))
                print(f"model against {rival}: McNemar p = {p_value:.2g}")


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


def main() -> None:
    """Run one of the steps; see above."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("step", choices=("split", "measure", "refuse"))
    parser.add_argument("work", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--model", default="general")
    parser.add_argument("--baselines", type=Path, metavar="TRAINING")
    options = parser.parse_args()
    if options.step == "split":
        write_split(options.data, options.work)
    elif options.step == "refuse":
        refuse(options.data, options.model)
    else:
        measure(options.work, options.model, options.baselines)


if __name__ == "__main__":
    main()
