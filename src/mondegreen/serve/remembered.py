"""What was heard lately, by the words it was given as: meanings survive a detour through text.

Home Assistant carries nothing but text from the ear to the conversation. When the words of a
result come back within a minute they mean what was heard, not what they could mean.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from ..types import Seconds, Understanding

FOR: Seconds = 60.0
"""Home Assistant asks within a second; a minute leaves room for a slow one."""
MOST = 512
"""Results kept, a few kB each."""


class Remembered:
    """Understandings by their words, for a minute and no more than MOST of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock  # monotonic: a clock that is set does not bring anything back
        self._entries: OrderedDict[str, tuple[float, Understanding]] = OrderedDict()

    def __len__(self) -> int:
        self._forget()
        return len(self._entries)

    def add(self, understanding: Understanding) -> None:
        """Remember what was understood; what was not has no words to come back."""
        if understanding.status != "understood":
            return
        key = _key(understanding.transcript)
        self._entries.pop(key, None)
        self._entries[key] = self._clock() + FOR, replace(understanding, reply="")
        self._forget()

    def get(self, text: str) -> Understanding | None:
        """What was heard in these words, without its reply; None where it is too long ago."""
        self._forget()
        entry = self._entries.get(_key(text))
        return None if entry is None else entry[1]

    def clear(self) -> None:
        """Forget everything: another grammar may mean something else."""
        self._entries.clear()

    def _forget(self) -> None:
        now = self._clock()
        while self._entries:
            until, _ = next(iter(self._entries.values()))
            if until > now and len(self._entries) <= MOST:
                return
            self._entries.popitem(last=False)


def _key(text: str) -> str:
    """The words alone: a sentence may come back with a capital and a full stop."""
    letters = (c if c.isalnum() or c == "'" else " " for c in text.casefold())
    return " ".join("".join(letters).split())
