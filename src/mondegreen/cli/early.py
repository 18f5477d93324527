"""`mondegreen early`: decide before the speaker has stopped, at a risk that is stated and kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import MissingExtra, SettingsError
from ..jobs.files import check_place
from .shared.options import (
    CORES,
    AsJson,
    HomeFile,
    Lexicon,
    Lists,
    Seed,
    SkipBad,
    UsageFile,
    Workers,
    grammar_settings,
    group,
    note_unused,
)
from .shared.output import counted, note, print_json

if TYPE_CHECKING:
    from ..early.calibration import Calibration
    from ..evaluate.running import EngineChoice, EvaluationSet
    from ..evaluate.traces import Trace

app = group("Decide before the speaker has stopped: calibrate, measure, look.")

Source = Annotated[
    str,
    typer.Argument(metavar="ENGINE", help="A grammar file, a model folder, or a name (starter)."),
]
Data = Annotated[
    list[Path], typer.Argument(metavar="DATA...", help="Labelled recordings (manifests).")
]
Kind = Annotated[
    str | None, typer.Option("--engine", help="Kind of engine, where the source does not say it.")
]
Risks = Annotated[
    list[float] | None,
    typer.Option("--risk", help="Share of utterances in which a part may be decided wrongly."),
]

Risk = Annotated[
    float | None,
    typer.Option(help="Decide by the engine's calibration for this risk."),
]
Limit = Annotated[int | None, typer.Option(min=1, help="So many utterances of each.")]


@app.command()
def calibrate(
    source: Source,
    data: Data,
    risk: Risks = None,
    confidence: Annotated[
        float, typer.Option(help="How likely the risks are kept (0 to 1).")
    ] = 0.95,
    engine: Kind = None,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    usage: UsageFile = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Another file than where the engine looks for it."),
    ] = None,
    limit: Limit = None,
    workers: Workers = CORES,
    seed: Seed = 0,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Find when to decide so that a risk is kept, with a guarantee for so many utterances.

    Without --risk it is 0.01 and 0.05, as far as the utterances suffice.
    """
    import msgspec

    from ..early.calibration import place_for, save
    from ..evaluate.running import EngineChoice

    risks = sorted(set(risk or (0.01, 0.05)))
    _check_share("--confidence", confidence)
    for one in risks:
        _check_share("--risk", one)
    choice = EngineChoice(source, engine, grammar_settings(lexicon, lists, home, usage=usage))
    calibration = _calibrated(
        choice, data, risks, confidence, asked=risk is not None, workers=workers,
        tests=_sets(data, limit, seed, skip_bad=skip_bad),
    )  # fmt: skip
    loaded = choice.load()
    note_unused(loaded, choice.settings)
    place = output or place_for(loaded.state, loaded.folder)
    save(calibration, place)
    if as_json:
        print_json(msgspec.to_builtins(calibration) | {"file": str(place)})
    else:
        _show_rules(calibration)
        note(f"written to {place}")


def _calibrated(
    choice: EngineChoice,
    data: list[Path],
    risks: list[float],
    confidence: float,
    *,
    asked: bool,
    tests: list[EvaluationSet],
    workers: int,
) -> Calibration:
    from ..data.manifest import Manifest
    from ..early.calibration import FORMAT, Calibration
    from ..errors import DataError
    from ..evaluate.early_rules import data_digest, fitted
    from ..jobs.problems import Problems

    traces = [trace for one in tests for trace in _traced(one, choice, workers)]
    rules = []
    for one in risks:
        try:
            rules.append(fitted(traces, one, confidence))
        except DataError as error:
            if asked or (one == risks[-1] and not rules):
                raise
            note(str(error))
    return Calibration(
        format=FORMAT,
        model=choice.load().state,
        confidence=confidence,
        data=", ".join(path.name for path in data),
        data_sha256=data_digest(Manifest.open(path).checked(Problems(skip=True)) for path in data),
        utterances=len(traces),
        risks=tuple(rules),
    )


def _sets(data: list[Path], limit: int | None, seed: int, *, skip_bad: bool) -> list[EvaluationSet]:
    from ..data.manifest import Manifest
    from ..evaluate.running import evaluation_set
    from ..jobs.problems import Problems
    from .shared.outcome import note_skipped

    problems = Problems(skip=skip_bad)
    sets = [
        evaluation_set(Manifest.open(path), limit=limit, seed=seed, problems=problems)
        for path in data
    ]
    note_skipped(problems)
    return sets


def _traced(tests: EvaluationSet, choice: EngineChoice, workers: int) -> Iterator[Trace]:
    """Every utterance of a set, heard as a stream."""
    from ..evaluate.traces import run_traces
    from ..jobs.progress import track

    running = run_traces(tests, choice, workers)
    yield from track(running, total=len(tests), what=f"listening to {tests.name}")


def _check_share(name: str, value: float) -> None:
    if not 0.0 < value < 1.0:
        raise SettingsError(f"{name} is {value:g}, expected a number between 0 and 1")


def _show_rules(calibration: Calibration) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(
        title=f"{calibration.model}, {counted(calibration.utterances, 'utterance')}, "
        f"confidence {calibration.confidence:g}",
        title_justify="left",
        box=None,
    )
    for heading in ("risk", "part", "highest doubt", "wrong at any moment", "p"):
        table.add_column(heading)
    for rules in calibration.risks:
        for kind, rule in rules.kinds.items():
            table.add_row(
                f"{rules.risk:g}", kind, f"{rule.doubt:.4f}", str(rule.wrong), f"{rule.p_value:.3g}"
            )
    Console().print(table)


@app.command()
def report(
    source: Source,
    data: Data,
    output: Annotated[Path, typer.Option("--output", "-o", help="The page (HTML).")] = Path(
        "early.html"
    ),
    risk: Risk = None,
    engine: Kind = None,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    usage: UsageFile = None,
    limit: Limit = None,
    workers: Workers = CORES,
    seed: Seed = 0,
    skip_bad: SkipBad = False,
    as_json: AsJson = False,
) -> None:
    """Measure how early and how rightly parts are decided; one page beside simpler rules.

    With --risk by the engine's calibration, without by the rule that needs none.
    """
    from ..early.policy import Policy
    from ..evaluate.lacking import lacking_labels
    from ..evaluate.running import EngineChoice
    from ..evaluate.word_times import timed
    from .shared.early_page import EarlyReport

    check_place(output)
    choice = EngineChoice(source, engine, grammar_settings(lexicon, lists, home, usage=usage))
    loaded = choice.load()
    note_unused(loaded, choice.settings)
    policy = Policy() if risk is None else loaded.policy(risk)
    sets = _sets(data, limit, seed, skip_bad=skip_bad)
    lacking = lacking_labels(loaded, sets)
    if lacking:
        note(lacking.line(choice.name))
    utterances = [
        timed(loaded, tests.sound(trace.utterance), trace)
        for tests in sets
        for trace in _traced(tests, choice, workers)
    ]
    rule = "uncalibrated" if risk is None else f"a risk of {risk:g}"
    page = EarlyReport(choice.name, rule, policy, utterances, lacking)
    page.write(output)
    if as_json:
        print_json({"engine": loaded.model, "page": str(output), **page.to_json()})
    else:
        page.show()
        note(f"written to {output}")


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A recording of one utterance.")],
    source: Annotated[
        str | None,
        typer.Option(
            "--grammar", "-g", help="A grammar file, a model folder, or a name; usually starter."
        ),
    ] = None,
    risk: Risk = None,
    picture: Annotated[
        Path | None, typer.Option(help="The timeline as a picture (.png, .svg, .pdf).")
    ] = None,
    engine: Kind = None,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    usage: UsageFile = None,
    as_json: AsJson = False,
) -> None:
    """Replay a recording: its words, what was possible, and what was decided when."""
    from ..audio.read import read_audio
    from ..data.utterance import Utterance
    from ..early.policy import Policy
    from ..evaluate.early_pictures import picture_format
    from ..evaluate.running import EngineChoice
    from ..evaluate.traces import trace
    from ..evaluate.word_times import timed
    from .shared.timeline import Timeline

    if picture is not None:
        check_place(picture)
        picture_format(picture)
        if find_spec("matplotlib") is None:
            raise MissingExtra("--picture", "lab")
    choice = EngineChoice(source, engine, grammar_settings(lexicon, lists, home, usage=usage))
    loaded = choice.load()
    note_unused(loaded, choice.settings)
    policy = Policy() if risk is None else loaded.policy(risk)
    samples = read_audio(file).samples
    timeline = trace(loaded, samples, Utterance(id=str(file)))
    words = "" if timeline.final is None else timeline.final.transcript
    spoken = replace(timeline, utterance=Utterance(id=str(file), text=words))
    line = Timeline(timed(loaded, samples, spoken), words.split(), policy)
    if picture is not None:
        line.draw(picture)
    if as_json:
        print_json(line.to_json())
    else:
        line.show()
