"""`mondegreen nasality record`: a session at the microphone."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ..errors import SettingsError
from .shared.output import counted


def record(
    folder: Annotated[Path, typer.Argument(help="The speaker's folder; sessions are added to it.")],
    speaker: Annotated[str, typer.Option(help="Whose sessions these are; a code will do.")],
    prompts: Annotated[str, typer.Option(help="The set of prompts to read.")] = "zoo",
    takes: Annotated[
        int,
        typer.Option(min=1, max=10, help="How often each is read; 2 for test and retest."),
    ] = 1,
    session: Annotated[
        str | None, typer.Option(help="Its name; today's date when left out.")
    ] = None,
    device: Annotated[
        str | None, typer.Option(help="Microphone: number or part of a name.")
    ] = None,
) -> None:
    """Guide a session: listen to the room, show each prompt, check each take, write a manifest."""
    from ..audio.microphone import listen
    from ..nasality.nasometer import Nasometer
    from ..nasality.prompts import prompt_set
    from ..nasality.recorder import Plan, record_session

    name = session or date.today().isoformat()
    if name.startswith(".") or any(sign in name for sign in "/\\\0"):
        raise SettingsError(f"--session {name!r} cannot be the name of a folder; use letters")
    which = int(device) if device is not None and device.isdecimal() else device
    plan = Plan(folder, name, speaker, prompt_set(prompts), takes)
    kept = record_session(plan, lambda: listen(device=which), Nasometer.load(), _say)
    print(f"{folder}: {counted(kept, 'take')} of session {name}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
