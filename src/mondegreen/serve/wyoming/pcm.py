"""Sound of any format that Wyoming clients send, as the 16-bit samples that the service takes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .messages import Refused

_WIDTHS = (1, 2, 3, 4)
_WAVE = 2
"""Bytes of a sample of the service."""


class Format(NamedTuple):
    """Samples a second, bytes of a sample, and channels."""

    rate: int
    width: int
    channels: int

    @property
    def second(self) -> int:
        """Bytes of one second."""
        return self.rate * self.width * self.channels


def format_of(data: dict[str, object]) -> Format:
    """The format that a message names. Raises Refused."""
    values = [data.get(name) for name in Format._fields]
    numbers = [value for value in values if type(value) is int and value > 0]
    if len(numbers) < len(values) or numbers[1] not in _WIDTHS:
        raise Refused(
            "bad-audio",
            "found sound without a rate, a width of 1 to 4 bytes and channels, expected all three",
        )
    return Format(*numbers)


class Narrow:
    """Makes samples of `width` bytes into such of two; chunks may be cut anywhere."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._part = b""
        """Bytes of a sample of which the rest has not come yet."""

    def feed(self, pcm: bytes) -> bytes:
        """The samples that are whole, 16-bit little-endian."""
        if self._width == _WAVE:
            return pcm  # the service takes half samples
        data = self._part + pcm
        whole = len(data) // self._width * self._width
        self._part = data[whole:]
        samples = np.frombuffer(data[:whole], np.uint8).reshape(-1, self._width)
        if self._width == 1:  # unsigned, as in WAV files
            return ((samples.astype("<i2") - 128) << 8).tobytes()
        return samples[:, -_WAVE:].tobytes()
