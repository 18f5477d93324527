"""`mondegreen say`: text into a recording."""

from __future__ import annotations

from pathlib import Path
from textwrap import shorten
from typing import Annotated

import typer

from ..errors import SettingsError, in_one_line
from .shared.options import AsJson
from .shared.output import print_json


def say(
    text: Annotated[str | None, typer.Argument(help="What to say.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write: .wav, .flac, .ogg, .mp3 or .aiff."),
    ] = None,
    voice: Annotated[str, typer.Option(help="Whose voice; --voices lists them.")] = "hibari",
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1 is normal.")] = 1.0,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices and stop.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say a text into a sound file."""
    if voices:
        from ..voices import usable_voices

        names = usable_voices()
        if as_json:
            print_json({"voices": names})
        else:
            print("\n".join(names))
        return
    if text is None or not text.strip():
        raise SettingsError('nothing to say: mondegreen say "turn on the light" -o light.wav')
    if output is None:
        raise SettingsError("no file to write: add -o speech.wav")

    from ..audio.write import check_writable, write_audio
    from ..text.spoken_text import unspeakable
    from ..voices import voice as voice_named

    check_writable(output)
    reason = unspeakable(text)
    if reason:
        raise SettingsError(f"{shorten(text, 40)!r} cannot be spoken: {reason}")
    samples, rate = voice_named(voice).speak(text, speed=speed)
    if not samples.any():
        raise SettingsError(
            f"{shorten(text, 40)!r} has no word that {voice} can say; write it in Latin letters"
        )
    write_audio(output, samples, rate)
    seconds = len(samples) / rate
    if as_json:
        print_json({"audio": str(output), "seconds": round(seconds, 3), "rate": rate})
    else:
        print(f"{in_one_line(output)}: {seconds:.1f} s")
