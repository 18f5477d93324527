"""`mondegreen nasality`: score recordings, follow a speaker, prompts, recording sessions."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import AudioError, SettingsError, in_one_line
from .nasality_record import record
from .nasality_track import track
from .shared.options import BAD_INPUT, AsJson, group
from .shared.output import counted, note, print_json

if TYPE_CHECKING:
    from ..nasality.judgement import Nasality
    from ..nasality.nasometer import Nasometer

app = group("How nasal speech is: score, track, prompts, record. Not a medical device.")
app.command()(track)
app.command()(record)

Scales = Annotated[Path | None, typer.Option(help="Folder of other scales than those that ship.")]


@app.command()
def score(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Recordings or folders of them; - is a pipe."),
    ],
    text: Annotated[
        str | None, typer.Option(help="What each recording says, word for word.")
    ] = None,
    prompts: Annotated[
        str | None, typer.Option(help="The set that each recording reads: zoo, stops or nasal.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Write the nasogram of the one recording as SVG.")
    ] = None,
    scales: Scales = None,
    as_json: AsJson = False,
) -> None:
    """Say how nasal the speech of each recording is, from 0 (a typical adult) in steps."""
    from ..audio.sources import expand
    from ..nasality.nasometer import Nasometer

    words = _text(text, prompts)
    listing = expand(files)
    for line in listing.notes:
        note(line)
    if plot is not None and len(listing.recordings) != 1:
        raise SettingsError(
            f"--plot draws one recording, found {len(listing.recordings)}; name one"
        )
    if plot is not None and plot.suffix.lower() != ".svg":
        raise SettingsError(f"{plot}: found the ending {plot.suffix!r}, expected .svg")
    nasometer = Nasometer.load(scales)
    bad = 0
    for path in listing.recordings:
        try:
            result = _judged(nasometer, path, words)
        except AudioError as error:
            bad += 1
            _refuse(path, error)
            continue
        if as_json:
            print_json({"audio": _name(path), **result.to_json()})
        else:
            _show(_name(path), result)
        if plot is not None:
            _draw(result, path, plot)
    if bad:
        raise typer.Exit(BAD_INPUT)


def _text(text: str | None, prompts: str | None) -> str | None:
    from ..nasality.prompts import prompt_set

    if text is not None and prompts is not None:
        raise SettingsError("found both --text and --prompts; give one")
    if text is not None and not text.strip():
        raise SettingsError("--text is empty; give the words, or leave it out")
    return prompt_set(prompts).text if prompts is not None else text


def _judged(nasometer: Nasometer, path: Path, text: str | None) -> Nasality:
    from ..audio.sources import sound

    with sound(path) as source:
        take = nasometer.take(source.blocks(), text)
        if source.truncated:
            note(f"{path}: the file breaks off early; what could be read was judged")
    return nasometer.together([take])


def _refuse(path: Path, error: AudioError) -> None:
    name, words = in_one_line(path), in_one_line(error)
    line = words if words.startswith(name) else f"{name}: {words}"
    print(f"error: {line}", file=sys.stderr)


def _name(path: Path) -> str:
    from ..audio.sources import name_of

    return name_of(path)


def _show(name: str, result: Nasality) -> None:
    index, dose = result.index, result.dose
    print(in_one_line(name))
    if index is None or dose is None:
        print("  hypernasality  too few vowels away from nasals")
    else:
        print(
            f"  hypernasality  {index.value:5.2f} [{index.low:.2f}, {index.high:.2f}] steps over "
            f"{counted(index.n, 'word')}; graded {dose.value:.2f} [{dose.low:.2f}, {dose.high:.2f}]"
        )
    if result.stops_as_nasals is not None:
        stops, of = result.stops_as_nasals
        print(f"  stops heard as nasals  {stops} of {of}")
        hypo = result.hyponasality
        print(f"  hyponasality   {'too few nasals' if hypo is None else f'{hypo:5.2f}'}")
    if result.precise is not None:
        right, sounds = result.precise
        print(f"  articulation   {right} of {sounds} sounds heard as written")
    pitch = "no pitch" if result.pitch is None else f"{result.pitch:.0f} Hz"
    print(
        f"  {result.vowels} vowels ({result.beside_nasals} beside nasals left out), "
        f"{result.quality.seconds:.1f} s, {result.quality.snr_db:.0f} dB over noise, {pitch}"
    )
    for doubt in result.doubts:
        print(f"  doubt: {doubt.message}")
    print("  research only: not a medical device", flush=True)


def _draw(result: Nasality, path: Path, plot: Path) -> None:
    from ..jobs.files import replacing
    from ..nasality.drawing import nasogram

    with replacing(plot) as temporary:
        temporary.write_text(nasogram(result, path.name), encoding="utf-8")


@app.command()
def prompts(
    name: Annotated[str | None, typer.Argument(help="One set; all when left out.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show what to have people read, and why."""
    from ..nasality.prompts import SETS, prompt_set

    chosen = list(SETS.values()) if name is None else [prompt_set(name)]
    for one in chosen:
        if as_json:
            print_json(
                {
                    "name": one.name, "about": one.about, "reason": one.reason,
                    "sentences": list(one.sentences), "nasal": one.nasal,
                }
            )  # fmt: skip
            continue
        print(f"{one.name}: {one.about}\n  {one.reason}")
        for sentence in one.sentences:
            print(f"    {sentence}")
