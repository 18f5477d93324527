"""Sound of requests and replies inside a worker: files decoded with a limit, speech encoded."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np

from ..audio.read import Recording, from_array, open_bytes
from ..audio.samples import RATE, Samples
from ..audio.utterances import whole
from ..errors import AudioError, SettingsError, in_one_line
from . import wire

if TYPE_CHECKING:
    from ..speech.ear import Ear


def recording_of(task: wire.Hear | wire.WriteDown | wire.Ask) -> Recording:
    """The sound of a request, decoded no further than it may be long. Raises AudioError."""
    if task.rate:
        return _raw(task)
    blocks: list[Samples] = []
    length = 0
    source = open_bytes(task.sound, "the sound")
    try:
        for block in source.blocks():
            blocks.append(block)
            length += len(block)
            _check_length(length / RATE, task.most_seconds)
    finally:
        source.close()
    return from_array(np.concatenate(blocks), RATE)


def _raw(task: wire.Hear | wire.WriteDown | wire.Ask) -> Recording:
    frame = 2 * task.channels
    if len(task.sound) % frame:
        raise AudioError(
            f"found {len(task.sound)} bytes of raw sound, expected a multiple of {frame}: 16-bit "
            f"samples of {task.channels} channels"
        )
    pcm = np.frombuffer(task.sound, "<i2").reshape(-1, task.channels)
    _check_length(len(pcm) / task.rate, task.most_seconds)
    return from_array(pcm, task.rate)


def _check_length(seconds: float, most: float) -> None:
    if seconds > most:
        raise AudioError(
            f"found more than {most:g} s of sound, expected one utterance; use the stream for more"
        )


def words_of(task: wire.WriteDown, ear: Ear) -> wire.WrittenDown:
    """What the transcriber, which knows no grammar, writes down of a request's sound."""
    piece = whole(recording_of(task).samples)
    return wire.WrittenDown("" if piece is None else ear.listen(piece.samples).transcript() or "")


def spoken(task: wire.Say) -> wire.Spoken:
    """A text said, as a WAV file. Raises SettingsError for a text that cannot be said."""
    import soundfile as sf

    from ..text.spoken_text import unspeakable
    from ..voices.voice import voice

    reason = unspeakable(task.text)
    if reason:  # a voice would say something, and nobody would know what
        raise SettingsError(f"the text cannot be spoken: {in_one_line(reason)}")
    samples, rate = voice(task.voice).speak(task.text, speed=task.speed)
    if not samples.any():
        raise SettingsError("the text has no word that can be said; write it in Latin letters")
    encoded = BytesIO()
    sf.write(encoded, samples, rate, format="WAV", subtype="PCM_16")
    return wire.Spoken(encoded.getvalue())
