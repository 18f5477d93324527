"""`mondegreen say`: text into a recording."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import MondegreenError, SettingsError


def say(
    text: Annotated[str | None, typer.Argument(help="What to say.")] = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="File to write: .wav, .flac, .ogg, .mp3 or .aiff."),
    ] = None,
    voice: Annotated[str, typer.Option(help="Whose voice; --voices lists them.")] = "hibari",
    speed: Annotated[float, typer.Option(min=0.5, max=2.0, help="1 is normal.")] = 1.0,
    voices: Annotated[bool, typer.Option("--voices", help="List the voices and stop.")] = False,
) -> None:
    """Say a text into a sound file."""
    if voices:
        for name in usable_voices():
            print(name)
        return
    if text is None or not text.strip():
        raise SettingsError('nothing to say: mondegreen say "turn on the light" -o light.wav')
    if output is None:
        raise SettingsError("no file to write: add -o speech.wav")

    from ..audio.write import check_writable, write_audio
    from ..data import voices as registry

    check_writable(output)
    samples, rate = registry.voice(voice).speak(text, speed=speed)
    write_audio(output, samples, rate)
    print(f"{output}: {len(samples) / rate:.1f} s")


def usable_voices() -> list[str]:
    """Names of the voices that can speak on this machine, sorted."""
    from ..data import voices as registry

    usable = []
    for name in sorted(registry._registry()):
        try:
            registry.voice(name)
        except MondegreenError:  # its program is not installed
            continue
        usable.append(name)
    return usable
