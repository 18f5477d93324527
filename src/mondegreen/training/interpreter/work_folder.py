"""What a general model's training keeps in its working folder, and the model made of it.

A training says what it trains before its first step, so that its latest checkpoint can be made into
a model at any time, finished or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import msgspec

from ...data.manifest import Manifest
from ...engines.general.interpreter import Interpreter as RunningInterpreter
from ...engines.general.interpreter import words_of
from ...engines.general.model_folder import BEGINNINGS, Balance, Certainty, model_folder
from ...engines.general.turn import meaning_of
from ...errors import DataError, ModelError
from ...evaluate.intervals import Interval, wilson
from ...evaluate.metrics import exact_match
from ...jobs.files import read_bytes, replacing
from ...model.transcribers import transcriber_of
from ..checkpoint import steps_in
from .export_interpreter import Bits, check_free, export
from .export_transcriber import transcriber_files, writer_of
from .fit_certainty import ENOUGH, NOBODY
from .fit_interpreter import Interpreter, interpreter_in
from .fit_joint import joint_in
from .fit_runs import MEAN
from .fit_transcriber import decoder_in
from .interpreter_recipe import Recipe
from .labelled_sentences import Names
from .stages import (
    INTERPRETER,
    JOINT,
    MASKED,
    SENTENCES,
    TRANSCRIBER,
    Stage,
    differing,
    stages_of,
)

TRAINING = "training.json"
"""What is trained there: a `Training`."""
_BEGUN = "give the --work folder of a `mondegreen train interpreter` that has begun"
_ANOTHER = "choose another --work folder, or delete this one"


@dataclass(frozen=True)
class Measured:
    """How good a model is on the sentences kept for choosing."""

    sentences: int
    written: str
    """Of the texts as they are labelled."""
    spoken: str
    """Of their speech, by voices that trained."""

    @property
    def doubt(self) -> str:
        """Why its confidence cannot be trusted, and what to do; "" where enough was measured."""
        if self.sentences >= ENOUGH:
            return ""
        return (
            f"its confidence cannot be trusted: it is fitted on {self.sentences} of the sentences, "
            f"and should be on {ENOUGH} or more; give more sentences, or a split `dev`, and "
            "recordings that mean nothing with --unrelated"
        )


class Fitted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the last step of a training finds."""

    certainty: Certainty
    balance: Balance
    measured: Measured


class Training(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is trained in a working folder."""

    FORMAT: ClassVar[int] = 1

    format: int
    recipe: Recipe
    intents: tuple[str, ...]
    slots: tuple[str, ...]
    """In the order of the network's outputs."""
    slots_of: dict[str, tuple[str, ...]]
    """The slots that occur with each intent."""
    fitted: Fitted | None = None
    """None until all of it is done."""
    stages: dict[str, Stage] = msgspec.field(default_factory=dict)
    """What the checkpoints there were made with, by their names; trainings of before did not note
    it."""

    @classmethod
    def read(cls, work: Path, remedy: str = _BEGUN) -> Training:
        """That of a working folder. Raises ModelError, with the remedy, when there is none."""
        path = work / TRAINING
        data = read_bytes(path, lambda reason: ModelError(f"{reason}; {remedy}"))
        try:
            training = msgspec.json.decode(data, type=cls)
            if training.format != cls.FORMAT:
                raise ValueError(f"format {training.format}, expected {cls.FORMAT}")
        except (msgspec.MsgspecError, RecursionError, ValueError) as error:
            raise ModelError(f"{path} describes no training ({error}); {remedy}") from error
        return training

    def write(self, work: Path) -> None:
        """Put it into a working folder."""
        with replacing(work / TRAINING) as temporary:
            temporary.write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")

    def interpreter(self, work: Path) -> Interpreter:
        """The interpreter of the latest checkpoint; of several fits their mean, once there is one.

        Raises ModelError when there is none.
        """
        names, recipe = Names(self.intents, self.slots), self.recipe
        mean = work / MEAN
        place = mean if recipe.fit.runs > 1 and mean.is_file() else work / INTERPRETER
        written = interpreter_in(place, names, recipe.fit, recipe.seed)
        if not recipe.joint.epochs or not (work / JOINT).is_file():
            return written
        return joint_in(work / JOINT, written, recipe.joint, recipe.fit.bridge).interpreter


@dataclass(frozen=True)
class Exported:
    """A model folder that was written."""

    place: Path
    size: int
    """Bytes of all its files."""
    interpreter_step: int
    transcriber_step: int | None
    """None where the transcriber is the published one."""
    finished: bool
    """Whether the training was: before, nothing is refused, for no confidence is fitted."""


def export_training(work: Path, out: Path, *, bits: Bits = 8) -> Exported:
    """Write the model of a working folder's latest checkpoints to the folder `out`.

    `bits` are those of its matrices. Raises ModelError for a folder without a training or without a
    checkpoint, and when what was made cannot be loaded; SettingsError where `out` is not free.
    """
    check_free(out)
    training = Training.read(work)
    recipe, fitted = training.recipe, training.fitted
    interpreter = training.interpreter(work)
    tuned = work / TRANSCRIBER
    step = steps_in(tuned) if recipe.tune.epochs and tuned.is_file() else None
    pretrained = transcriber_of(recipe.transcriber)
    decoder = None if step is None else decoder_in(tuned, pretrained, recipe.tune, recipe.seed)
    steps = steps_in(work / INTERPRETER)
    beginnings = work / BEGINNINGS
    export(
        interpreter, out, name=recipe.name, slots_of=training.slots_of, bits=bits,
        certainty=fitted.certainty if fitted else NOBODY,
        balance=fitted.balance if fitted else Balance(),
        transcriber=transcriber_files(pretrained, decoder, bits), writer=writer_of(pretrained),
        beginnings=read_bytes(beginnings, ModelError) if beginnings.is_file() else None,
        card=model_card(recipe, steps, step, fitted.measured if fitted else None),
    )  # fmt: skip
    size = sum(path.stat().st_size for path in out.iterdir() if path.is_file())
    return Exported(out, size, steps, step, fitted is not None)


def same_meanings(work: Path, out: Path, texts: Manifest) -> Interval:
    """Share of the texts that mean the same to the model in `out`, which runs on ONNX Runtime, as
    to the checkpoint in `work`, on PyTorch. Raises ModelError, and DataError for no texts."""
    rows = [words for row in texts if (words := words_of(row.text))]
    if not rows:
        raise DataError(f"{texts.name}: found no sentence to compare on")
    running = RunningInterpreter.load(model_folder(out))
    training = Training.read(work)
    whole = training.interpreter(work).read(rows, training.slots_of)
    same = exact_match(whole, [meaning_of(running.read(row), running) for row in rows])
    return wilson(int(same.sum()), len(rows))


def begin_in(work: Path, training: Training, say: Callable[[str], None]) -> None:
    """Note in a working folder what is about to be trained there.

    Raises DataError where a checkpoint that it would go on from was made of other sentences or with
    another recipe, and ModelError where nothing says what the checkpoints there were made with.
    """
    places = (INTERPRETER, MASKED, TRANSCRIBER, JOINT)
    checkpoints = [name for name in places if (work / name).is_file()]
    stages = dict(training.stages)
    if checkpoints:
        earlier = Training.read(work, f"so nobody can tell what it was made of: {_ANOTHER}")
        noted = earlier.stages or stages_of(earlier.recipe, {})
        kept = {name: noted[name] for name in checkpoints if name in noted}
        difference = differing((kept[name], stages[name]) for name in kept if name in stages)
        unsure = any(SENTENCES not in stage.data for stage in kept.values())
        if unsure and not difference and _outputs(earlier) != _outputs(training):
            difference = "of other sentences"
        if difference:
            raise DataError(f"{work} was made {difference}; {_ANOTHER}")
        if unsure:
            say(f"{work} does not say of which sentences it was made: taken to be these")
        # A checkpoint that this recipe has no use for stays, with what it was made with.
        stages |= kept
    msgspec.structs.replace(training, stages=stages).write(work)


def _outputs(training: Training) -> tuple[object, ...]:
    """What can be told of the sentences that a training of before was made of."""
    return training.intents, training.slots, training.slots_of


def finish(work: Path, fitted: Fitted) -> None:
    """Note in a working folder what the last step found. Raises ModelError as `Training.read`."""
    msgspec.structs.replace(Training.read(work), fitted=fitted).write(work)


def model_card(recipe: Recipe, steps: int, step: int | None, measured: Measured | None) -> str:
    """The card of a model after so many steps of its interpreter, and of its transcriber, if any;
    what was measured of it is None before its training has ended."""
    joint = recipe.joint
    masked, runs = recipe.masked.epochs, recipe.fit.runs
    more = (
        (masked, f"before them it filled in words of the same sentences, {masked} epochs"),
        (runs > 1, f"it is the mean of {runs} such fits, which met the sentences in other orders"),
        (joint.epochs, f"then `joint`: {joint.learns} by {joint.loss}, {joint.epochs} epochs"),
    )
    steps_more = "".join(f";\n  {text}" for done, text in more if done)
    transcriber = (
        f"its decoder tuned for {recipe.tune.epochs} epochs on speech of the same sentences"
        if step is not None
        else "as published"
    )
    quality = (
        f"- On {measured.sentences} sentences kept for choosing, written: {measured.written}.\n"
        f"- The same spoken by voices that trained: {measured.spoken}."
        + (f"\n- Beware: {measured.doubt}." if measured.doubt else "")
        if measured
        else f"- Exported before its training had ended, at step {steps} of the interpreter and\n"
        f"  {step or 0} of the transcriber. Not measured; no confidence is fitted, and it refuses\n"
        "  nothing."
    )
    return f"""# {recipe.name}

A general model: what is written down of speech is read by a language model, which gives an intent
and slots.

- **Made by**: `mondegreen train interpreter`, seed {recipe.seed}.
- Language model: {recipe.fit.language_model} ({recipe.fit.adapt}), {steps} steps, which are
  {recipe.fit.epochs} epochs where it did not end early{steps_more}.
- Transcriber: {recipe.transcriber}, {transcriber}.
- Beginnings: one layer, fitted to the vectors of beginnings of the same sentences.
{quality}

Slots hold the words that were said. It knows what its training sentences are about, and refuses
the rest by its confidence; it is no judge of what is said to anybody else.
"""


__all__ = [
    "INTERPRETER",
    "JOINT",
    "MASKED",
    "TRAINING",
    "TRANSCRIBER",
    "Exported",
    "Fitted",
    "Measured",
    "Training",
    "begin_in",
    "export_training",
    "finish",
    "model_card",
    "same_meanings",
]
