"""`mondegreen phones`: recordings written down as sounds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import AudioError, in_one_line
from .shared.options import BAD_INPUT, AsJson
from .shared.output import note, print_json

if TYPE_CHECKING:
    from ..audio.utterances import Segment
    from ..jobs.progress import Meter
    from ..speech.alignment import Span
    from ..speech.ear import Ear
    from ..speech.hearing import Hearing


def phones(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Recordings or folders of them; - is one piped in, or raw 16-bit sound at 16 kHz.",
        ),
    ],
    reader: Annotated[
        Path | None, typer.Option(help="Folder of another phone reader than the one that ships.")
    ] = None,
    by_sound_alone: Annotated[
        bool,
        typer.Option(
            "--by-sound-alone",
            help="Expect no words: for how something was said, and for what is no English.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write down the sounds of speech, phone by phone (IPA), whatever was said.

    The words that may have been said are expected, and the sounds decide.
    """
    from ..audio.sources import expand
    from ..speech.ear import Ear
    from .shared.meters import recording_bars

    listing = expand(files)
    for line in listing.notes:
        note(line)
    ear = Ear.load(reader)
    read = _reading(reader, by_sound_alone=by_sound_alone)
    bad = 0
    with recording_bars(len(listing.recordings)) as (meter, advance):
        for path in listing.recordings:
            try:
                for row in _utterances(path, ear, read, meter):
                    _show(row, as_json=as_json)
            except AudioError as error:
                bad += 1
                print(f"error: {in_one_line(error)}", file=sys.stderr)
            advance()
    if bad:
        raise typer.Exit(BAD_INPUT)


def _reading(reader: Path | None, *, by_sound_alone: bool) -> Callable[[Hearing], tuple[Span, ...]]:
    """Reads the phones of what the ear heard."""
    from ..phonetics.pronouncer import usual_pronouncer
    from ..speech.phone_folder import load_phonotactics
    from ..speech.phone_reading import read_phones

    phonotactics = load_phonotactics(reader)
    pronouncer = None if by_sound_alone else usual_pronouncer()
    return lambda hearing: read_phones(hearing, phonotactics, pronouncer)


def _utterances(
    path: Path, ear: Ear, read: Callable[[Hearing], tuple[Span, ...]], meter: Meter
) -> Iterator[dict[str, Any]]:
    from ..assistant.session import BREAKS_OFF
    from ..audio.sources import Metered, sound
    from ..audio.utterances import Segment, pieces

    with sound(path) as source:
        metered = Metered(source.blocks(), source.expected_seconds, meter)
        silent = True
        for piece in pieces(metered):
            silent = False
            spans = read(ear.listen(piece.samples))
            yield _row(path, piece.segment, piece.origin, spans)
        if silent:
            yield _row(path, Segment(0.0, metered.seconds), 0.0, ())
        if source.truncated:
            note(f"{path}: {BREAKS_OFF}")


def _row(path: Path, segment: Segment, origin: float, spans: tuple[Span, ...]) -> dict[str, Any]:
    """One utterance as JSON; as with `hear`, times count from the start of the sound.

    Those of `spans` count from `origin`.
    """
    from ..audio.sources import name_of

    return {
        "audio": name_of(path),
        "offset": round(segment.start, 3),
        "audio_seconds": round(segment.duration, 3),
        "phones": [
            {
                "phone": span.text,
                "start": round(max(segment.start, origin + span.start), 3),
                "end": round(origin + span.end, 3),
                "score": round(span.score, 3),
            }
            for span in spans
        ],
    }


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(row)
        return
    end = row["offset"] + row["audio_seconds"]
    sounds = " ".join(phone["phone"] for phone in row["phones"]) or "(no speech)"
    print(f"{in_one_line(row['audio'])}  {row['offset']:.2f}-{end:.2f} s  {sounds}", flush=True)
