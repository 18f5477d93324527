"""What was asked for last, by word: so much of it as memory may be taken for."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Any, Generic, TypeVar

Value = TypeVar("Value")


class Recent(Generic[Value]):
    """The values of words, of which those that were asked for last stay; for several threads.

    Words are measured by their letters: a thousand letters without a space are one word as well.
    """

    def __init__(self, most: int) -> None:
        """`most` letters of all its words together are kept."""
        self._most = most
        self._values: OrderedDict[str, Value] = OrderedDict()
        """The word that was asked for last is the last one."""
        self._letters = 0
        self._lock = Lock()

    def get(self, word: str) -> Value | None:
        """The value of a word, which is now the last one; None where there is none."""
        with self._lock:
            value = self._values.get(word)
            if value is not None:
                self._values.move_to_end(word)
            return value

    def keep(self, word: str, value: Value) -> None:
        """Keep the value of a word, in the place of those that were asked for long ago."""
        with self._lock:
            if word not in self._values:
                self._letters += len(word)
            self._values[word] = value
            self._values.move_to_end(word)
            while self._letters > self._most:
                oldest, _ = self._values.popitem(last=False)
                self._letters -= len(oldest)

    def all(self) -> dict[str, Value]:
        """Every word with its value."""
        with self._lock:
            return dict(self._values)

    def __reduce__(self) -> tuple[Any, ...]:
        return Recent, (self._most,)  # empty in another process: a lock stays where it is


__all__ = ["Recent"]
