"""The whole training of a general model, each step resumable: texts, speech, fits, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from ...data.manifest import Manifest
from ...data.utterance import Utterance, trains
from ...engines.general.engine import GeneralEngine
from ...engines.general.model_folder import (
    BEGINNINGS,
    ENCODER,
    Balance,
    InterpreterDescription,
    model_folder,
)
from ...errors import DataError
from ...evaluate.intervals import wilson
from ...jobs.files import replacing
from ...jobs.lock import alone
from ...jobs.seeds import stable_seed
from ...model.language_model import LANGUAGE_MODELS
from ...model.transcribers import Pretrained, transcriber_of
from ...speech.exported_encoder import ExportedEncoder
from ...speech.moonshine import MoonshineEncoder
from ...weights.folder import CARD, Folder
from ..together import processes
from .add_intent import Added, add_intent, new_sentences
from .export_interpreter import TRANSCRIBER_FILES, check_free, export, slots_of_intents
from .export_transcriber import encoder_onnx
from .fit_beginnings import fit_beginnings, stored
from .fit_certainty import BALANCES, SOUNDS, balanced, best_balance, certainty, listen
from .fit_interpreter import Interpreter, scores_line, scores_of
from .fit_joint import Joined, check_joint, fit_joint
from .fit_masked import fit_masked
from .fit_runs import fit_runs
from .fit_transcriber import tune
from .interpreter_recipe import Recipe
from .joint_batches import examples_of
from .labelled_sentences import Names, Sentence, sentence_of
from .spoken_hypotheses import spoken_hypotheses
from .spoken_texts import examples, speech_of
from .stages import (
    INTERPRETER,
    JOINT,
    MASKED,
    PEOPLE,
    SENTENCES,
    TRANSCRIBER,
    digest_of,
    stages_of,
)
from .work_folder import (
    Fitted,
    Measured,
    Training,
    begin_in,
    export_training,
    finish,
)

_DEV = 0.04
"""Share of the sentences that are kept for choosing, where the manifest has no split for that."""
_CHOOSING = ("dev", "devel", "valid", "validation")
"""Splits to choose with, as data sets call them."""
_MOST_LEFT_OUT = 0.05
"""Share of the sentences that may have a slot without a place; SLURP has a few."""
_TIMES = 3
"""How often the sentences to choose with are said for a choice that is learned."""
_MOST_DEV = 400
"""Sentences to choose with: a point of exact match is four of them."""


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


def train(job: Job, say: Callable[[str], None]) -> Measured | None:
    """Run the recipe, taking up whatever a stopped run left in `job.work`.

    Where several processes train together (see `together`), what can be prepared or measured by one
    the first does; the others get None. Raises DataError for data that cannot be used and where
    `job.work` was made of others or with another recipe, SettingsError where `job.out` is not free,
    Busy when another process works there.
    """
    # What is misspelt or missing is said now, and not when it is needed, an hour later.
    check_free(job.out)
    check_joint(job.recipe.fit.bridge, job.recipe.joint, job.recipe.transcriber)
    LANGUAGE_MODELS.get(job.recipe.fit.language_model.partition(":")[0])
    pretrained = transcriber_of(job.recipe.transcriber)
    people, unrelated = (
        None if path is None else Manifest.open(path) for path in (job.people, job.unrelated)
    )
    group = processes()
    with alone(job.work, folder=True) if group.first else nullcontext():
        usable = _usable(Manifest.open(job.texts), say)
        rows, dev_rows = _divided(usable, str(job.texts), job.recipe.seed)
        sentences, dev = [list(map(sentence_of, some)) for some in (rows, dev_rows)]
        say(f"{len(sentences)} sentences to learn from, {len(dev)} to choose with")
        with group.in_turn():
            if group.first:
                begin_in(job.work, _training(job.recipe, sentences, usable, people), say)
        language = None
        if job.recipe.masked.epochs:
            language = fit_masked(
                sentences, dev, job.recipe.fit.language_model, job.recipe.masked, say,
                seed=job.recipe.seed, checkpoint=job.work / MASKED,
            )  # fmt: skip
        interpreter = fit_runs(
            sentences, dev, job.recipe.fit, say, seed=job.recipe.seed,
            checkpoint=job.work / INTERPRETER, pretrained=language,
        )  # fmt: skip
        if job.recipe.tune.epochs:
            _tune_decoder(job, pretrained, rows, people, say)
        balances = BALANCES
        if job.recipe.joint.epochs:
            joined = _join(job, interpreter, rows, dev_rows, say)
            interpreter, learned = joined.interpreter, joined.network.balance
            balances = (*(structs.replace(learned, sounds=sounds) for sounds in SOUNDS), *BALANCES)
        if not group.first:
            return None
        _learn_beginnings(job, interpreter, sentences, say)
        meanings = interpreter.read([s.words for s in dev], slots_of_intents(sentences))
        written = scores_line(scores_of(dev, meanings))
        spoken_dev = _speech(job, dev_rows, "dev", say)
        return _finished(job, spoken_dev, unrelated, written, balances)


def extend(
    job: Job, model: Path, intent: str, sentences: Path, say: Callable[[str], None]
) -> Added:
    """Teach the model in the folder `model`, made in `job.work` of `job.texts`, another intent.

    It is written to `job.out`; its transcriber and its confidence stay. Raises DataError,
    ModelError, and SettingsError where `job.out` is not free.
    """
    check_free(job.out)
    described = model_folder(model)
    about, seed, settings = described.about, job.recipe.seed, job.recipe.fit
    with alone(job.work, folder=True):
        usable = _usable(Manifest.open(job.texts), say)
        rows, dev_rows = _divided(usable, str(job.texts), seed)
        old, dev = [list(map(sentence_of, some)) for some in (rows, dev_rows)]
        training = Training.read(job.work)
        _check_made_there(described, training, job.work)
        settings = replace(settings, bridge=training.recipe.fit.bridge)
        interpreter = training.interpreter(job.work)
        added = add_intent(
            interpreter, old, dev, new_sentences(sentences, intent), settings, say, seed=seed
        )
        transcriber = {
            name: described.file(name).read_bytes()
            for name in TRANSCRIBER_FILES
            if name in about.files
        }
        card = (described.place / CARD).read_text(encoding="utf-8")
        export(
            added.interpreter, job.out, name=about.name, slots_of=slots_of_intents(added.sentences),
            certainty=about.certainty, balance=about.balance, transcriber=transcriber,
            beginnings=stored(fit_beginnings(added.interpreter, added.sentences, seed)),
            writer=about.transcriber, bits=8,
            card=f"{card}\nThe intent {intent} was added later: {added.line}.\n",
        )  # fmt: skip
    GeneralEngine.load(job.out)
    return added


def _check_made_there(
    model: Folder[InterpreterDescription], training: Training, work: Path
) -> None:
    """Raise DataError where the outputs of a model are not those of the training in `work`."""
    own, others = ({*one.intents, *one.slots} for one in (model.about, training))
    if own != others:
        name = min(own ^ others)
        place, other = (model.place, work) if name in own else (work, model.place)
        raise DataError(
            f"the model {model.place} was not made in the --work folder {work}: {place} has "
            f"{name!r}, and {other} has not; give the folder in which it was made, and as --model "
            "what its training wrote, to which nothing was added yet"
        )


def _usable(manifest: Manifest, say: Callable[[str], None]) -> list[Utterance]:
    """The labelled sentences, each once however often it was recorded.

    A few that cannot be learned from are left out, with a word about it; DataError for more.
    """
    once: dict[tuple[object, ...], Utterance] = {}
    for utterance in manifest:
        if utterance.intent is not None and utterance.text:
            labels = (utterance.split, utterance.text, utterance.intent, repr(utterance.slots))
            once.setdefault(labels, utterance)
    usable, problems = [], []
    for utterance in once.values():
        try:
            sentence_of(utterance)
        except DataError as error:
            problems.append(str(error))
        else:
            usable.append(utterance)
    if len(problems) > _MOST_LEFT_OUT * len(once):
        raise DataError(f"{problems[0]} ({len(problems)} of {len(once)} sentences are like that)")
    if problems:
        say(f"left out {len(problems)} of {len(once)} sentences; the first: {problems[0]}")
    return usable


def _training(
    recipe: Recipe,
    sentences: Sequence[Sentence],
    usable: Sequence[Utterance],
    people: Manifest | None,
) -> Training:
    """What is about to be trained; of what, by digests without sentences that only a test uses."""
    names, slots_of = Names.of(sentences), slots_of_intents(sentences)
    learned = (u for u in usable if _learned(u) or u.split in _CHOOSING)
    data = {SENTENCES: digest_of(learned), PEOPLE: digest_of(people or ())}
    return Training(
        Training.FORMAT, recipe, names.intents, names.slots, slots_of,
        stages=stages_of(recipe, data),
    )  # fmt: skip


def _learned(utterance: Utterance) -> bool:
    return utterance.split in (None, "") or trains(utterance.split)


def _divided(
    usable: Sequence[Utterance], name: str, seed: int
) -> tuple[list[Utterance], list[Utterance]]:
    """The sentences to learn from and those to choose with, each sentence on one side only."""
    train = [u for u in usable if _learned(u)]
    dev = [u for u in usable if u.split in _CHOOSING]
    if not dev:
        draws = {u.text: stable_seed("dev", seed, u.text) % 10_000 for u in train}
        dev = [u for u in train if draws[u.text] < 10_000 * _DEV]
        train = [u for u in train if draws[u.text] >= 10_000 * _DEV]
    if not train or not dev:
        raise DataError(
            f"{name}: found {len(train)} labelled sentences to train on and {len(dev)} "
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


def _learn_beginnings(
    job: Job, interpreter: Interpreter, sentences: Sequence[Sentence], say: Callable[[str], None]
) -> None:
    """Learn what unfinished sentences will mean, and keep it in the working folder."""
    say("learning what the beginnings of the sentences will mean")
    with replacing(job.work / BEGINNINGS) as temporary:
        temporary.write_bytes(stored(fit_beginnings(interpreter, sentences, job.recipe.seed)))


def _tune_decoder(
    job: Job,
    pretrained: Pretrained,
    rows: Sequence[Utterance],
    people: Manifest | None,
    say: Callable[[str], None],
) -> None:
    """Tune the transcriber's decoder on speech of the sentences and on people's."""
    recipe = job.recipe
    encoder = MoonshineEncoder.name
    if pretrained.encoder is not None:
        path = job.work / ENCODER
        with processes().in_turn(), replacing(path) as temporary:
            temporary.write_bytes(encoder_onnx(pretrained.encoder))
        encoder = f"{ExportedEncoder.name}:{path}"
    with processes().in_turn():
        spoken = [
            example
            for manifest in (_speech(job, rows, "train", say), people)
            if manifest is not None
            for example in examples(
                manifest, job.work / "frames", encoder, pretrained.tokens_of, workers=job.workers
            )
        ]
    say(f"{len(spoken)} recordings to tune the transcriber on")
    tune(spoken, pretrained, recipe.tune, say, seed=recipe.seed, checkpoint=job.work / TRANSCRIBER)


def _join(
    job: Job,
    interpreter: Interpreter,
    rows: Sequence[Utterance],
    dev_rows: Sequence[Utterance],
    say: Callable[[str], None],
) -> Joined:
    """Learn from what the transcriber writes down: the choice, of which there is little to learn,
    from sentences that no part has met, all else from training sentences that are said anew."""
    recipe, draft = job.recipe, job.work / "draft"
    if recipe.joint.learns == "choice":
        some, versions = dev_rows, _TIMES
    else:
        order = sorted(rows, key=lambda row: stable_seed("joint", recipe.seed, row.id))
        some, versions = order[: recipe.joint.sentences], 1
    manner = replace(recipe.speaking, seed=recipe.speaking.seed + 1)
    with processes().in_turn():
        speech = speech_of(
            some, job.work / "joint", manner, say, versions=versions, workers=job.workers
        )
        export_training(job.work, draft)
    spoken = list(spoken_hypotheses(GeneralEngine.load(draft), speech))
    examples = examples_of(spoken, interpreter.network.language, recipe.joint.texts)
    say(f"{len(examples)} recordings to learn from the transcriber's texts of")
    return fit_joint(
        interpreter, examples, recipe.joint, recipe.fit.bridge, say, balance=Balance(),
        seed=recipe.seed, checkpoint=job.work / JOINT,
    )  # fmt: skip


def _finished(
    job: Job,
    spoken: Manifest,
    unrelated: Manifest | None,
    written: str,
    balances: Sequence[Balance],
) -> Measured:
    """Export a model, fit its confidence on speech, and export it with that."""
    draft = job.work / "draft"
    export_training(job.work, draft)
    engine = GeneralEngine.load(draft)
    trials = list(listen(engine, spoken))
    balance, exact = best_balance(engine, trials, balances)
    engine = balanced(engine, balance)
    trials += listen(engine, _meaningless(job, unrelated), meaningful=False)
    sure, gap = certainty(engine, trials)
    count = len(spoken)
    interval = wilson(round(exact * count), count)
    spoken_line = (
        f"exact {exact:.1%} ({interval.low:.1%} to {interval.high:.1%}), calibration error "
        f"{gap:.3f}"
    )
    measured = Measured(count, written, spoken_line)
    finish(job.work, Fitted(sure, balance, measured))
    export_training(job.work, job.out)
    GeneralEngine.load(job.out)
    return measured


def _meaningless(job: Job, unrelated: Manifest | None) -> Manifest:
    """As many of the recordings that mean nothing as the recipe takes."""
    if unrelated is None:
        return Manifest.of((), job.work)
    seed = job.recipe.seed
    order = sorted(unrelated, key=lambda u: stable_seed("unrelated", seed, u.id))
    return Manifest.of(order[: job.recipe.unrelated], unrelated.root)


__all__ = ["Job", "extend", "train"]
