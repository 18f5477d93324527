"""The microphone as a stream of 16 kHz mono chunks (needs the extra `mic`)."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..errors import AudioError, MissingExtra
from .samples import RATE, Resampler, Samples, check_rate, to_mono


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingExtra("listening to the microphone", "mic") from error
    except OSError as error:
        raise AudioError(
            "the microphone needs the PortAudio library, which was not found; "
            "on Debian and Ubuntu: apt install libportaudio2"
        ) from error
    return sounddevice


def listen(*, device: int | str | None = None, seconds: float = 0.1) -> Iterator[Samples]:
    """Chunks (N,) from the microphone, about every `seconds`, until the caller stops asking.

    `device` is a number or part of a name; by default the system's input. Closing the generator
    (also by Ctrl-C) releases the microphone. Raises MissingExtra without the extra `mic`, and
    AudioError when there is no microphone, it cannot be opened, or it is unplugged.
    """
    sounddevice = _sounddevice()
    chunks: queue.Queue[Any] = queue.Queue()

    def collect(block: Any, _frames: int, _time: Any, _status: Any) -> None:
        chunks.put(np.array(block, np.float32))

    rate = _input_rate(sounddevice, device)
    resampler = Resampler(rate)
    try:
        stream = sounddevice.InputStream(
            samplerate=rate,
            channels=1,
            dtype="float32",
            blocksize=round(rate * seconds),
            device=device,
            callback=collect,
        )
        with stream:
            while True:
                yield resampler.feed(to_mono(_next_block(chunks, stream, seconds)))
    except sounddevice.PortAudioError as error:
        raise AudioError(f"the microphone could not be opened: {error}") from error


def microphone_name(device: int | str | None = None) -> str:
    """Name of the microphone that `listen` would use; raises as `listen` does without one."""
    sounddevice = _sounddevice()
    _input_rate(sounddevice, device)
    return str(sounddevice.query_devices(device, "input")["name"])


def _next_block(chunks: queue.Queue[Any], stream: Any, seconds: float) -> Any:
    """The next block, waiting in short steps so that Ctrl-C is heard on every system."""
    silent_for = 0.0
    while True:
        try:
            return chunks.get(timeout=0.2)
        except queue.Empty:
            silent_for += 0.2
            if not stream.active or silent_for > 5.0 + seconds:
                raise AudioError(
                    "the microphone stopped delivering sound; is it plugged in?"
                ) from None


def _input_rate(sounddevice: Any, device: int | str | None) -> int:
    """16 kHz when the device can do it, otherwise its own rate."""
    try:
        input_device = sounddevice.query_devices(device, "input")
    except (sounddevice.PortAudioError, ValueError) as error:
        raise AudioError(
            f"no microphone was found ({error}); plug one in, or name a file instead"
        ) from error
    try:
        sounddevice.check_input_settings(device=device, channels=1, samplerate=RATE)
    except sounddevice.PortAudioError:
        rate = int(input_device["default_samplerate"])
        check_rate(rate, "microphone")
        return rate
    return RATE
