"""`mondegreen hear`: recordings, a pipe or the microphone, understood."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SettingsError
from .shared.options import (
    HomeFile,
    Lexicon,
    Lists,
    RefuseBelow,
    UsageFile,
    grammar_settings,
    note_unused,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..assistant import Assistant
    from ..assistant.session import Session, Tally, UtteranceResult
    from ..early.policy import Policy
    from ..engines.engine import Engine
    from .shared.results_file import ResultsFile
    from .shared.stream_view import Follower


Files = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="FILE...",
        help="Recordings or folders of them; - is raw 16-bit sound, or a file, piped in.",
    ),
]
Source = Annotated[
    str | None,
    typer.Option(
        "--grammar",
        "-g",
        help="A grammar file, a model folder, or the name of a grammar that ships (starter).",
    ),
]
Kind = Annotated[
    str | None,
    typer.Option(help="Kind of engine, where the grammar or model does not say it itself."),
]
NBest = Annotated[int, typer.Option(min=1, max=50, help="How many readings to give.")]
JsonLines = Annotated[bool, typer.Option("--json", help="One JSON object a line and nothing else.")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="Append results to this JSON Lines file; run again to resume."
    ),
]
Speak = Annotated[Path | None, typer.Option(help="Write the spoken reply to this file.")]
Mic = Annotated[bool, typer.Option("--mic", help="Listen to the microphone.")]
Early = Annotated[
    bool,
    typer.Option(
        "--early",
        help="With --mic: show what is still possible while you speak, and what is decided; with "
        "--json every event.",
    ),
]
Risk = Annotated[
    float | None,
    typer.Option(
        help="With --early: the share of utterances in which something may be decided wrongly; "
        "the engine must be calibrated for it (mondegreen early calibrate)."
    ),
]
Device = Annotated[str | None, typer.Option(help="Which microphone: a number or part of its name.")]
Rate = Annotated[int | None, typer.Option(help="Samples per second of - (16000 unless told).")]
Channels = Annotated[int | None, typer.Option(help="Channels of - (1 unless told).")]
Act = Annotated[
    bool | None,
    typer.Option(
        "--act/--no-act",
        help="Do what is asked and reply, or only understand. Folders and -o only understand "
        "unless told.",
    ),
]
PagesIndex = Annotated[
    str | None,
    typer.Option("--index", help="Answer questions from this index; see 'mondegreen index'."),
]
StoreFile = Annotated[
    Path | None, typer.Option(help="Where timers, lists and the home's state are kept.")
]


def hear(
    context: typer.Context,
    files: Files = None,
    grammar: Source = None,
    engine: Kind = None,
    lexicon: Lexicon = None,
    lists: Lists = None,
    home: HomeFile = None,
    refuse_below: RefuseBelow = None,
    usage: UsageFile = None,
    n_best: NBest = 1,
    as_json: JsonLines = False,
    output: Output = None,
    speak: Speak = None,
    mic: Mic = False,
    early: Early = False,
    risk: Risk = None,
    device: Device = None,
    rate: Rate = None,
    channels: Channels = None,
    act: Act = None,
    store: StoreFile = None,
    index: PagesIndex = None,
) -> None:
    """Say what recordings mean: intent and slots. Exit code 1: something was not understood."""
    import mondegreen

    from ..assistant.session import Session
    from .shared.results_file import ResultsFile

    names = files or []
    _check(names, mic=mic, output=output, piped=rate is not None or channels is not None)
    _check_microphone(mic=mic, device=device, early=early, risk=risk)
    collecting = output is not None or any(Path(name).is_dir() for name in names)
    acting = act if act is not None else not collecting
    _check_speak(speak, acting=acting)
    if index is not None and not acting:
        raise SettingsError("--index answers questions, and they are answered only with --act")
    # The context closes it when the verb ends, however it ends.
    results = None if output is None else context.with_resource(ResultsFile(output))
    settings = grammar_settings(lexicon, lists, home, refuse_below, usage)
    listener = mondegreen.load(grammar, engine=engine, **settings)
    note_unused(listener, settings)
    session = Session(listener, _assistant(listener, store, index) if acting else None, n_best)
    report = _Report(_presenter(as_json) if results is None else results.add)
    if mic:
        policy, follow = (_policy(listener, risk), _follower(as_json)) if early else (None, None)
        tally = _hear_microphone(
            session, report, _device(device), quiet=as_json, policy=policy, follow=follow
        )
    else:
        pcm = (16_000 if rate is None else rate, 1 if channels is None else channels)
        tally = _hear_all(session, _recordings(names), report, results, pcm)
    if speak is not None:
        _speak(report.reply, speak)
    raise typer.Exit(tally.exit_code)


@dataclass
class _Report:
    """Hands utterances on as they come, and keeps what is replied to them."""

    hand_on: Callable[[UtteranceResult], None]
    replies: list[str] = field(default_factory=list)

    def __call__(self, utterance: UtteranceResult) -> None:
        self.replies.append(utterance.result.reply)
        self.hand_on(utterance)

    @property
    def reply(self) -> str:
        """All replies, one behind the other."""
        return " ".join(filter(None, self.replies))


def _check_speak(speak: Path | None, *, acting: bool) -> None:
    from ..audio.write import check_writable

    if speak is not None:
        if not acting:
            raise SettingsError("--speak needs a reply, and a reply is given only with --act")
        check_writable(speak)


def _recordings(names: list[str]) -> list[Path]:
    from ..audio.sources import expand
    from .shared.output import note

    listing = expand(names)
    for line in listing.notes:
        note(line)
    return listing.recordings


def _check(names: list[str], *, mic: bool, output: Path | None, piped: bool) -> None:
    if mic and (names or output is not None):
        raise SettingsError("--mic listens to the microphone alone: leave out the files and -o")
    if not mic and not names:
        raise SettingsError("nothing to hear: name a recording, a folder, - or --mic")
    if names.count("-") > 1:
        raise SettingsError("- (standard input) can be given only once")
    if piped and "-" not in names:
        raise SettingsError(
            "--rate and --channels describe raw sound on -; files say so themselves"
        )


def _check_microphone(*, mic: bool, device: str | None, early: bool, risk: float | None) -> None:
    if (device is not None or early) and not mic:
        option = "--early" if early else "--device"
        raise SettingsError(f"{option} is for the microphone: add --mic, or leave it out")
    if risk is not None and not early:
        raise SettingsError("--risk says when to decide early: add --early, or leave it out")


def _assistant(engine: Engine, store: Path | None, index: str | None) -> Assistant:
    from ..assistant import Assistant

    if index is None:
        return Assistant.load(engine.schema, store=store)
    from ..answers import open as open_index
    from ..assistant.handlers.pages import AskPages

    if "Ask" not in engine.schema.intents:
        raise SettingsError(
            f"--index answers what is understood as the intent Ask, and {engine.model} has none; "
            "use the starter grammar, or 'mondegreen ask'"
        )
    answerer = open_index(index, ear=engine.ear)
    return Assistant.load(engine.schema, store=store, handlers={"Ask": AskPages(answerer)})


def _presenter(as_json: bool) -> Callable[[UtteranceResult], None]:
    if as_json:
        from .shared.output import print_json

        return lambda utterance: print_json(utterance.to_json())
    from .shared.render import presenter

    return presenter()


def _hear_all(
    session: Session,
    paths: list[Path],
    report: Callable[[UtteranceResult], None],
    results: ResultsFile | None,
    pcm: tuple[int, int],
) -> Tally:
    """Hear every recording; one that cannot be read is reported and the others go on."""
    from ..assistant.session import Tally
    from ..audio.sources import name_of
    from ..errors import AudioError, in_one_line
    from .shared.meters import recording_bars
    from .shared.output import note

    tally = Tally() if results is None else results.tally
    with recording_bars(len(paths)) as (meter, advance):
        for path in paths:
            name = name_of(path)
            # Standard input is another sound each time.
            before = None if name == "-" else results
            try:
                if before is None or not before.done(name):
                    after = -1.0 if before is None else before.last_offset(name)
                    utterances = session.file(
                        path, pcm, progress=meter, after=after, ahead=results is not None, note=note
                    )
                    for utterance in utterances:
                        if results is None:
                            tally.count(utterance.result.status)
                        report(utterance)
            except AudioError as error:  # any other fault would meet the next file as well
                if results is None:
                    tally.bad += 1
                    print(f"error: {in_one_line(error)}", file=sys.stderr)
                else:
                    results.add_error(name, error)
            advance()
    if results is not None:
        note(f"{results.path}: {_summary(tally)}")
    elif tally.bad and len(paths) > 1:
        note(_summary(tally))
    return tally


def _summary(tally: Tally) -> str:
    summary = f"{tally.understood} understood, {tally.not_understood} not"
    return f"{summary}, {tally.bad} could not be read" if tally.bad else summary


def _device(name: str | None) -> int | str | None:
    return int(name) if name is not None and name.isdecimal() else name


def _policy(engine: Engine, risk: float | None) -> Policy:
    """By the engine's calibration, or by a rule that needs none and states no risk."""
    from ..early.pauses import Costs
    from ..early.policy import Policy

    return Policy(costs=Costs()) if risk is None else engine.policy(risk)


def _follower(as_json: bool) -> Follower:
    """Shows what happens in a stream."""
    if as_json:
        from .shared.output import print_json
        from .shared.stream_view import JsonEvents

        return JsonEvents(print_json)
    from .shared.stream_view import StreamView

    return StreamView()


def _hear_microphone(
    session: Session,
    report: Callable[[UtteranceResult], None],
    device: int | str | None,
    *,
    quiet: bool,
    policy: Policy | None,
    follow: Follower | None,
) -> Tally:
    """Understand speech as it is spoken, until Ctrl-C."""
    from ..assistant.session import Tally, UtteranceResult
    from ..audio.microphone import listen
    from ..engines.stream import CLOSELY, EVERY
    from ..jobs.memory import keep_loaded
    from ..types import Event, Final
    from .shared.stream_view import WordsView

    tally = Tally()
    every = EVERY if follow is None else CLOSELY
    with (
        session.stream(policy=policy, every=every) as stream,
        WordsView(quiet=quiet) if follow is None else follow as view,
    ):

        def tell(events: list[Event]) -> None:
            for event in events:
                view.show(event)
                if isinstance(event, Final):
                    result = session.answer(event.result)
                    tally.count(result.status)
                    report(UtteranceResult("microphone", 0.0, result))

        keep_loaded()
        try:
            for chunk in listen(device=device):
                tell(stream.feed(chunk))
        except KeyboardInterrupt:
            tell(stream.finish())  # what was being said still counts
    return tally


def _speak(reply: str, path: Path) -> None:
    from ..audio.write import write_audio
    from ..voices.voice import voice
    from .shared.output import note

    if not reply:
        note(f"there was nothing to reply, so {path} was not written")
        return
    samples, rate = voice("hibari").speak(reply)
    write_audio(path, samples, rate)
