"""`mondegreen evaluate`: how well an engine understands labelled recordings."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import DataError, SettingsError
from .shared.options import (
    AsJson,
    HomeFile,
    Lexicon,
    Lists,
    RayAddress,
    RefuseBelow,
    Seed,
    SkipBad,
    WorkersAnywhere,
    grammar_settings,
    note_unused,
)
from .shared.output import counted, note, print_json

if TYPE_CHECKING:
    from ..evaluate.running import EngineChoice, EvaluationSet
    from ..evaluate.scores import Scores
    from ..evaluate.trial import Trial
    from ..jobs.problems import Problems

_SHOWN = 5
"""Names in a note."""

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class By(str, Enum):
    """What the parts have in common that are scored by themselves."""

    SPLIT = "split"
    SPEAKER = "speaker"
    NOISE = "noise"


Source = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="What the engine understands by: a grammar file, a model folder, or a name "
        "(starter). Not needed where --engine says it all.",
    ),
]
Labelled = Annotated[
    Path | None, typer.Argument(metavar="MANIFEST", help="Labelled recordings (JSON Lines).")
]
Kind = Annotated[
    str | None, typer.Option(help="Kind of engine, where the source does not say it itself.")
]
Split = Annotated[str | None, typer.Option(help="Only the utterances of this split.")]
Parts = Annotated[By | None, typer.Option(help="Score each part by itself as well.")]
Against = Annotated[
    str | None, typer.Option(help="Source of a second engine, compared on the same utterances.")
]
AgainstKind = Annotated[str | None, typer.Option(help="Kind of the second engine.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", help="A line for each utterance; run again to resume."),
]
Plots = Annotated[Path | None, typer.Option(help="Folder for pictures (PNG).")]
Limit = Annotated[
    int | None, typer.Option(min=1, help="Only so many utterances, drawn by the seed.")
]


@app.command()
def evaluate(
    source: Source,
    manifest: Labelled = None,
    engine: Kind = None,
    split: Split = None,
    by: Parts = None,
    against: Against = None,
    against_engine: AgainstKind = None,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    refuse_below: RefuseBelow = None,
    output: Output = None,
    plots: Plots = None,
    limit: Limit = None,
    workers: WorkersAnywhere = None,
    ray: RayAddress = None,
    seed: Seed = 0,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Score an engine on labelled recordings: what it gets right, wrong, and refuses.

    Every figure comes with its number of utterances and a 95 % interval. Utterances without an
    intent should be refused. What an engine gives no answer to counts as an error. --lexicon,
    --lists, --home and --refuse-below are for the first engine.
    """
    from ..data.manifest import Manifest
    from ..evaluate.pictures import check_plots
    from ..evaluate.running import EngineChoice, evaluation_set
    from ..jobs.problems import Problems
    from ..jobs.ray_pool import workers_on

    if manifest is None and engine is None:
        raise SettingsError("found one argument, expected an engine's source and a manifest")
    place = Path(source) if manifest is None else manifest
    settings = grammar_settings(lexicon, lists, home, refuse_below)
    choices = [EngineChoice(None if manifest is None else source, engine, settings)]
    if against is not None or against_engine is not None:
        choices.append(EngineChoice(against, against_engine))
    if plots is not None:
        check_plots(plots)
    problems = Problems(skip=skip_bad)
    tests = evaluation_set(
        Manifest.open(place), split=split, limit=limit, seed=seed, problems=problems
    )
    _note_unfitting(choices, tests)
    with workers_on(ray, workers) as count:
        trials = _trials(tests, choices, output, count, problems)
    _say_skipped(problems, output)
    if not trials:
        raise DataError(
            f"{tests.name}: no utterance was evaluated, for all of them were skipped; correct the "
            "rows or put the recordings where they say"
        )
    _note_unanswered(choices, trials)
    report = _Report(tests, choices, trials, by, seed)
    report.print([] if plots is None else report.plot(plots), as_json=as_json)


def _trials(
    tests: EvaluationSet,
    choices: Sequence[EngineChoice],
    output: Path | None,
    workers: int,
    problems: Problems,
) -> list[Trial]:
    """Every utterance, understood now or in an earlier run that wrote to `output`."""
    from ..evaluate.running import run_trials
    from ..evaluate.trials_file import TrialsFile
    from ..jobs.progress import track

    with ExitStack() as stack:
        if output is None:
            trials = run_trials(tests, choices, workers=workers, problems=problems)
        else:
            engines = [choice.load() for choice in choices]
            file = stack.enter_context(
                TrialsFile(
                    output, tests.utterances, engines, sound=tests.sound,
                    settings=[choice.noted for choice in choices],
                )
            )  # fmt: skip
            if file.others:
                others = counted(file.others, "line")
                note(f"{output} has {others} about other utterances, which are not counted")
            if file.unsure:
                note(
                    f"{output} has {counted(file.unsure, 'line')} that do not say with which "
                    "settings and of which sound they are: taken to be of these"
                )
            done = file.done.values()
            trials = file.keep(
                run_trials(tests, choices, workers=workers, done=done, problems=problems)
            )
        return list(track(trials, total=len(tests), what="understanding"))


def _note_unfitting(choices: Sequence[EngineChoice], tests: EvaluationSet) -> None:
    from ..evaluate.running import unknown_intents

    for choice in choices:
        note_unused(choice.load(), choice.settings)
        intents = unknown_intents(choice.load(), tests)
        if intents:
            more = ", …" if len(intents) > _SHOWN else ""
            note(
                f"{choice.name} does not have {len(intents)} of the labelled intents: "
                f"{', '.join(intents[:_SHOWN])}{more}"
            )


def _say_skipped(problems: Problems, output: Path | None) -> None:
    """Beside the results lies a list of what was skipped; nothing is written that nobody named."""
    from .shared.outcome import list_skipped, note_skipped

    if output is not None:
        list_skipped(problems, output)
    else:
        note_skipped(problems)


def _note_unanswered(choices: Sequence[EngineChoice], trials: Sequence[Trial]) -> None:
    for which, choice in enumerate(choices):
        failed = [trial for trial in trials if trial.answers[which].result is None]
        if failed:
            reason = failed[0].answers[which].error
            note(
                f"{choice.name} gave no answer to {counted(len(failed), 'utterance')}, counted as "
                f"wrong; {failed[0].utterance.id}: {reason}"
            )


def _names(choices: Sequence[EngineChoice]) -> list[str]:
    """What tables call the engines; two of one name go by their whole source."""
    names = [choice.name for choice in choices]
    if len(set(names)) < len(names):
        names = [choice.source or name for choice, name in zip(choices, names, strict=True)]
    return names


class _Report:
    """What is said of an evaluation."""

    def __init__(
        self,
        tests: EvaluationSet,
        choices: Sequence[EngineChoice],
        trials: Sequence[Trial],
        by: By | None,
        seed: int,
    ) -> None:
        from ..evaluate.comparison import compare
        from ..evaluate.groups import grouped
        from ..evaluate.scores import score

        self._tests, self._choices, self._trials, self._by = tests, choices, trials, by
        self._names = _names(choices)
        sides = range(len(choices))
        self._scores = [score(trials, which, seed=seed) for which in sides]
        self._parts: dict[str, tuple[int, list[Scores]]] = {}
        if by is not None:
            for name, part in grouped(trials, by.value).items():
                scores = [score(part, which, seed=seed) for which in sides]
                self._parts[name] = len(part), scores
        self._compared = compare(trials, seed=seed) if len(choices) > 1 else {}

    def plot(self, folder: Path) -> list[str]:
        """Draw the pictures of every engine; their files."""
        from ..evaluate.pictures import plot

        suffixes = ("", "-against")
        return [
            str(path)
            for which in range(len(self._choices))
            for path in plot(self._trials, folder, which, suffixes[which])
        ]

    def print(self, pictures: Sequence[str], *, as_json: bool) -> None:
        """All of it, and where the pictures are."""
        if as_json:
            print_json(self.to_json() | {"plots": pictures})
        else:
            self.show(pictures)

    def to_json(self) -> dict[str, Any]:
        """Everything, ready for `json.dumps`."""
        from .shared.evaluation_tables import scores_json

        row: dict[str, Any] = {"utterances": len(self._trials), "name": self._tests.name}
        for which, (key, choice) in enumerate(zip(_SIDES, self._choices, strict=False)):
            loaded = choice.load()
            row[key] = {
                "source": choice.source,
                "kind": loaded.kind,
                "model": loaded.model,
                "scores": scores_json(self._scores[which]),
            }
            if self._by is not None:
                row[key]["by"] = self._by.value
                row[key]["parts"] = {
                    name: scores_json(scores[which]) for name, (_, scores) in self._parts.items()
                }
        if len(self._choices) > 1:
            row["comparison"] = {name: asdict(figure) for name, figure in self._compared.items()}
        return row

    def show(self, pictures: Sequence[str]) -> None:
        """Tables for people."""
        from .shared.evaluation_tables import show_comparison, show_parts, show_scores

        names = self._names
        show_scores(self._tests.name, names, self._scores, self._trials)
        if self._by is not None:
            show_parts(self._by.value, names, self._parts)
        if self._compared:
            show_comparison(names, self._compared)
        if pictures:
            print(f"pictures: {', '.join(pictures)}")


_SIDES = ("engine", "against")
