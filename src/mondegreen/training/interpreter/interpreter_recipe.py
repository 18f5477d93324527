"""The whole recipe of a general model, each step resumable: texts, speech, fits, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from ...data.make.synthesize import Manner
from ...data.manifest import Manifest
from ...data.utterance import Utterance
from ...engines.general.engine import GeneralEngine
from ...engines.general.model_folder import MEMORY, STEP, Balance, Certainty, model_folder
from ...errors import DataError
from ...evaluate.intervals import wilson
from ...jobs.lock import alone
from ...jobs.seeds import stable_seed
from ...model.language_model import LANGUAGE_MODELS
from ...model.moonshine_decoder import MoonshineDecoder
from ...weights.folder import CARD
from .add_intent import Added, add_intent, fitted, new_sentences
from .export_interpreter import export, slots_of_intents, transcriber_files
from .fit_certainty import NOBODY, balanced, best_balance, certainty, listen
from .fit_interpreter import Fit, Interpreter, fit, scores_line
from .fit_transcriber import Tuning, tune
from .labelled_sentences import Names, Sentence, sentence_of
from .spoken_texts import VOICES, examples, speech_of

INTERPRETER = "interpreter.safetensors"
"""Checkpoint of the interpreter in the working folder."""
_DEV = 0.04
"""Share of the sentences that are kept for choosing, where the manifest has no split for that."""
_MOST_DEV = 400
"""Sentences to choose with: a point of exact match is four of them."""


@dataclass(frozen=True)
class Recipe:
    """All that a general model depends on beside its data. `training/recipes/interpreter.toml`
    holds the same numbers."""

    seed: int = 1
    """Everything random follows from it."""
    name: str = "general"
    """What the model is called in results."""
    fit: Fit = field(default_factory=Fit)
    """The language model and what is put on it."""
    speaking: Manner = field(default_factory=lambda: Manner(VOICES, seed=3))
    """How voices say the sentences."""
    versions: Annotated[int, Meta(ge=1)] = 1
    """How often each sentence is said."""
    tune: Tuning = field(default_factory=Tuning)
    """The transcriber; with no epochs it stays as published, and writes one hypothesis."""
    unrelated: Annotated[int, Meta(ge=0)] = 600
    """Recordings of anything else, at the most, which the model learns to refuse."""


@dataclass(frozen=True)
class Job:
    """What to train on, where, and with how much of the machine."""

    recipe: Recipe
    texts: Path
    """Manifest of labelled sentences: `train`, and `dev` where there is one."""
    people: Path | None
    """Manifest of recordings of people, with their words, whatever they talk of."""
    unrelated: Path | None
    """Manifest of recordings that mean nothing: people who talk of anything else, noise."""
    work: Path
    out: Path
    workers: int


@dataclass(frozen=True)
class Measured:
    """How good a model is on the sentences kept for choosing."""

    sentences: int
    written: str
    """Of the texts as they are labelled."""
    spoken: str
    """Of their speech, by voices that trained."""


def train(job: Job, say: Callable[[str], None]) -> Measured:
    """Run the recipe, taking up whatever a stopped run left in `job.work`.

    Raises DataError for data that cannot be used, Busy when another process works there.
    """
    # What is misspelt or missing is said now, and not when it is needed, an hour later.
    LANGUAGE_MODELS.get(job.recipe.fit.language_model.partition(":")[0])
    people, unrelated = (
        None if path is None else Manifest.open(path) for path in (job.people, job.unrelated)
    )
    with alone(job.work, folder=True):
        rows, dev_rows = _divided(Manifest.open(job.texts), job.recipe.seed)
        sentences, dev = [list(map(sentence_of, some)) for some in (rows, dev_rows)]
        say(f"{len(sentences)} sentences to learn from, {len(dev)} to choose with")
        interpreter = fit(
            sentences, dev, job.recipe.fit, say, seed=job.recipe.seed,
            checkpoint=job.work / INTERPRETER,
        )  # fmt: skip
        decoder = _decoder(job, rows, people, say) if job.recipe.tune.epochs else None
        written = scores_line(dev, interpreter.read([sentence.words for sentence in dev]))
        files = transcriber_files(decoder)
        finish = _Finish(job, interpreter, files, sentences, unrelated, written, len(dev))
        spoken_dev = _speech(job, dev_rows, "dev", say)
        return finish(spoken_dev)


def extend(
    job: Job, model: Path, intent: str, sentences: Path, say: Callable[[str], None]
) -> Added:
    """Teach the model in the folder `model`, made in `job.work` of `job.texts`, another intent.

    It is written to `job.out`; its transcriber and its confidence stay. Raises DataError and
    ModelError.
    """
    described = model_folder(model)
    about, seed, settings = described.about, job.recipe.seed, job.recipe.fit
    with alone(job.work, folder=True):
        rows, dev_rows = _divided(Manifest.open(job.texts), seed)
        old, dev = [list(map(sentence_of, some)) for some in (rows, dev_rows)]
        interpreter = fitted(
            job.work / INTERPRETER, Names(about.intents, about.slots), settings, seed
        )
        added = add_intent(
            interpreter, old, dev, new_sentences(sentences, intent), settings, say, seed=seed
        )
        transcriber = {
            name: described.file(name).read_bytes()
            for name in (MEMORY, STEP)
            if name in about.files
        }
        card = (described.place / CARD).read_text(encoding="utf-8")
        export(
            added.interpreter, job.out, name=about.name, slots_of=slots_of_intents(added.sentences),
            certainty=about.certainty, balance=about.balance, transcriber=transcriber,
            card=f"{card}\nThe intent {intent} was added later: {added.line}.\n",
        )  # fmt: skip
    GeneralEngine.load(job.out)
    return added


def _divided(manifest: Manifest, seed: int) -> tuple[list[Utterance], list[Utterance]]:
    """The sentences to learn from and those to choose with, each sentence on one side only."""
    usable = [u for u in manifest if u.intent is not None and u.text]
    train = [u for u in usable if u.split in (None, "") or u.split.startswith("train")]
    dev = [u for u in usable if u.split == "dev"]
    if not dev:
        draws = {u.text: stable_seed("dev", seed, u.text) % 10_000 for u in train}
        dev = [u for u in train if draws[u.text] < 10_000 * _DEV]
        train = [u for u in train if draws[u.text] >= 10_000 * _DEV]
    if not train or not dev:
        raise DataError(
            f"{manifest.name}: found {len(train)} labelled sentences to train on and {len(dev)} "
            "for choosing; expected at least some dozens, with an intent each"
        )
    intents = {u.intent for u in train}
    slots = {label.name for u in train for label in u.slots}
    dev = [u for u in dev if u.intent in intents and all(s.name in slots for s in u.slots)]
    return train, dev[:_MOST_DEV]


def _speech(job: Job, rows: Sequence[Utterance], name: str, say: Callable[[str], None]) -> Manifest:
    return speech_of(
        rows, job.work / name, job.recipe.speaking, say, versions=job.recipe.versions,
        workers=job.workers,
    )  # fmt: skip


def _decoder(
    job: Job, rows: Sequence[Utterance], people: Manifest | None, say: Callable[[str], None]
) -> MoonshineDecoder:
    """The transcriber's decoder, tuned on speech of the sentences and on people's."""
    recipe = job.recipe
    manifest = _speech(job, rows, "train", say)
    spoken = examples(manifest, job.work / "frames", workers=job.workers)
    if people is not None:
        spoken += examples(people, job.work / "frames", workers=job.workers)
    say(f"{len(spoken)} recordings to tune the transcriber on")
    return tune(
        spoken, recipe.tune, say, seed=recipe.seed,
        checkpoint=job.work / "transcriber.safetensors",
    )  # fmt: skip


@dataclass(frozen=True)
class _Finish:
    """Exports a model, fits its confidence on speech, and exports it with that."""

    job: Job
    interpreter: Interpreter
    transcriber: Mapping[str, bytes]
    sentences: Sequence[Sentence]
    unrelated: Manifest | None
    written: str
    count: int

    def __call__(self, spoken: Manifest) -> Measured:
        draft = self.job.work / "draft"
        self._export(draft, NOBODY, Balance(), "A draft.\n")
        engine = GeneralEngine.load(draft)
        trials = list(listen(engine, spoken))
        balance, exact = best_balance(engine, trials)
        engine = balanced(engine, balance)
        trials += listen(engine, self._meaningless(), meaningful=False)
        sure, gap = certainty(engine, trials)
        interval = wilson(round(exact * self.count), self.count)
        spoken_line = (
            f"exact {exact:.1%} ({interval.low:.1%} to {interval.high:.1%}), calibration error "
            f"{gap:.3f}"
        )
        measured = Measured(self.count, self.written, spoken_line)
        self._export(self.job.out, sure, balance, _card(self.job.recipe, measured))
        GeneralEngine.load(self.job.out)
        return measured

    def _meaningless(self) -> Manifest:
        """As many of the recordings that mean nothing as the recipe takes."""
        if self.unrelated is None:
            return Manifest.of((), self.job.work)
        seed = self.job.recipe.seed
        order = sorted(self.unrelated, key=lambda u: stable_seed("unrelated", seed, u.id))
        return Manifest.of(order[: self.job.recipe.unrelated], self.unrelated.root)

    def _export(self, place: Path, sure: Certainty, balance: Balance, card: str) -> None:
        export(
            self.interpreter, place, name=self.job.recipe.name,
            slots_of=slots_of_intents(self.sentences), certainty=sure, balance=balance, card=card,
            transcriber=self.transcriber,
        )  # fmt: skip


def _card(recipe: Recipe, measured: Measured) -> str:
    transcriber = (
        f"tuned for {recipe.tune.epochs} epochs on speech of the same sentences"
        if recipe.tune.epochs
        else "as published"
    )
    return f"""# {recipe.name}

A general model: what is written down of speech is read by a language model, which gives an intent
and slots.

- **Made by**: `mondegreen train interpreter`, seed {recipe.seed}.
- Language model: {recipe.fit.language_model} ({recipe.fit.adapt}), {recipe.fit.epochs} epochs.
- Transcriber: Moonshine tiny's decoder, {transcriber}.
- On {measured.sentences} sentences kept for choosing, written: {measured.written}.
- The same spoken by voices that trained: {measured.spoken}.

Slots hold the words that were said. It knows what its training sentences are about, and refuses
the rest by its confidence; it is no judge of what is said to anybody else.
"""


__all__ = ["Job", "Measured", "Recipe", "extend", "train"]
