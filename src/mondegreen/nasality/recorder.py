"""Records a session: checks the room, then one prompt after another, and writes a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..audio.samples import RATE, Samples
from ..audio.voice_activity import SpeechDetector, has_speech
from ..audio.write import write_audio
from ..data.manifest import Manifest, write_manifest
from ..data.utterance import Utterance
from ..errors import AudioError, DataError
from ..types import SpeechEnded
from .nasometer import Nasometer
from .prompts import PromptSet
from .sessions import MANIFEST

Say = Callable[[str], None]
ROOM_SECONDS = 2.0
_LOUD_ROOM = -45.0
"""dB under full scale, of the room alone."""
_QUIET_VOICE, _LOUD_VOICE = 0.05, 0.98
"""Peaks of a take."""
_LONGEST = 30.0
"""Seconds that a prompt is waited for."""
_TRIES = 3


@dataclass(frozen=True)
class Plan:
    """What is recorded, and where it goes."""

    folder: Path
    session: str
    speaker: str
    prompts: PromptSet
    takes: int = 1
    """How often each prompt is said; two give a test and a retest."""


def room_level(blocks: Iterable[Samples]) -> float:
    """dB under full scale of the first ROOM_SECONDS of `blocks (N,)`, nobody speaking."""
    taken: list[Samples] = []
    for block in blocks:
        taken.append(block)
        if sum(map(len, taken)) >= ROOM_SECONDS * RATE:
            break
    room = np.concatenate([np.zeros(0, np.float32), *taken])
    power = float(np.mean(np.square(room, dtype=np.float64))) if len(room) else 0.0
    return float(10 * np.log10(max(power, 1e-12)))


def one_take(blocks: Iterable[Samples]) -> Samples:
    """What is said next in `blocks (N,)`, up to the pause after it, or _LONGEST seconds of it.

    Raises AudioError when nobody says anything in that time.
    """
    detector, taken = SpeechDetector(), []
    for block in blocks:
        taken.append(block)
        if any(isinstance(event, SpeechEnded) for event in detector.feed(block)):
            return np.concatenate(taken)
        if sum(map(len, taken)) > _LONGEST * RATE:
            break
    detector.finish()
    if not taken or detector.time == 0.0 or not has_speech(np.concatenate(taken)):
        raise AudioError("heard nobody; check the microphone and read the prompt aloud")
    return np.concatenate(taken)


def fault(samples: Samples, text: str, nasometer: Nasometer) -> str | None:
    """Why a take should be said again; None when it is good."""
    peak = float(np.abs(samples).max(initial=0.0))
    if peak > _LOUD_VOICE:
        return "too loud: move away or turn the level down"
    if peak < _QUIET_VOICE:
        return "too quiet: come closer or turn the level up"
    try:
        nasometer.take([samples], text)
    except AudioError as error:
        return str(error)
    return None


def record_session(
    plan: Plan,
    microphone: Callable[[], Iterator[Samples]],
    nasometer: Nasometer,
    say: Say,
) -> int:
    """Record every prompt of the plan; each take is on disk as soon as it is said.

    `microphone()` gives blocks (N,) of 16 kHz from now on. A prompt that fails three times is left
    out. Returns the takes that were kept. Raises DataError when the session exists already,
    AudioError without a microphone.
    """
    manifest = plan.folder / MANIFEST
    rows = list(Manifest.open(manifest)) if manifest.exists() else []
    if any(row.meta.get("session") == plan.session for row in rows):
        raise DataError(f"{manifest} has a session {plan.session} already; give it another name")
    say(f"Be quiet for {ROOM_SECONDS:.0f} seconds: listening to the room.")
    level = room_level(microphone())
    (plan.folder / plan.session).mkdir(parents=True, exist_ok=True)
    say(
        f"The room is at {level:.0f} dB under full scale: "
        + ("too loud, results will be doubtful." if level > _LOUD_ROOM else "good.")
    )
    kept = 0
    for take in range(1, plan.takes + 1):
        for number, text in enumerate(plan.prompts.sentences, 1):
            samples = _spoken_prompt(text, microphone, nasometer, say)
            if samples is None:
                say("Left out.")
                continue
            name = f"{plan.prompts.name}-{number:02d}-take{take}"
            audio = f"{plan.session}/{name}.wav"
            write_audio(plan.folder / audio, samples, RATE)
            rows.append(_row(plan, f"{plan.session} {name}", audio, samples, text, take))
            write_manifest(manifest, rows)
            kept += 1
    return kept


def _spoken_prompt(
    text: str, microphone: Callable[[], Iterator[Samples]], nasometer: Nasometer, say: Say
) -> Samples | None:
    for _ in range(_TRIES):
        say(f"Read: {text}")
        try:
            samples = one_take(microphone())
        except AudioError as error:
            say(f"Again, please ({error}).")
            continue
        reason = fault(samples, text, nasometer)
        if reason is None:
            return samples
        say(f"Again, please ({reason}).")
    return None


def _row(plan: Plan, name: str, audio: str, samples: Samples, text: str, take: int) -> Utterance:
    return Utterance(
        id=name, audio=audio, duration=round(len(samples) / RATE, 3), text=text,
        speaker=plan.speaker,
        meta={"session": plan.session, "prompts": plan.prompts.name, "take": take},
    )  # fmt: skip
