"""Everything mondegreen raises on purpose.

MondegreenError
├── AudioError      a recording that cannot be read or understood as audio
├── GrammarError    a grammar, catalogue or lexicon with a mistake in it
├── ModelError      weights or a model folder that do not match what is expected
├── DataError       a manifest, label file or corpus with a mistake in it
├── SettingsError   an option or recipe that makes no sense
├── Busy            a file or folder that another process is working on
├── OutputError     a place where nothing can be written
├── StoreError      what the assistant remembers cannot be read or written (assistant.store)
└── MissingExtra    an optional dependency that this verb needs

Each message says what was found, what was expected, and what to do about it.
"""

from __future__ import annotations

import unicodedata
from typing import Literal

Severity = Literal["error", "warning", "note"]
"""How bad something is that a check lists and does not raise. error: it cannot work. warning:
results suffer. note: worth knowing."""


class MondegreenError(Exception):
    """Base of all errors a caller may want to catch."""


class AudioError(MondegreenError):
    """A recording that cannot be read or understood as audio."""


class GrammarError(MondegreenError):
    """A grammar, catalogue or lexicon with a mistake in it.

    `line` is the 1-based line in the file, when known; it is already part of the message.
    """

    def __init__(self, message: str, *, source: str | None = None, line: int | None = None) -> None:
        place = (
            f"{source or 'grammar'}:{line}: "
            if line is not None
            else (f"{source}: " if source else "")
        )
        super().__init__(place + message)
        self.source = source
        self.line = line


class ModelError(MondegreenError):
    """Weights or a model folder that do not match what is expected."""


class DataError(MondegreenError):
    """A manifest, label file or corpus with a mistake in it."""


class SettingsError(MondegreenError):
    """An option or recipe that makes no sense."""


class Busy(MondegreenError):
    """A file or folder that another process is working on."""


class OutputError(MondegreenError):
    """A place where nothing can be written: no folder, or one that takes no files.

    It would meet the next item as well: work that leaves bad items out ends at it.
    """


class MissingExtra(MondegreenError):
    """An optional dependency that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install 'mondegreen[{extra}]'")
        self.extra = extra


_REVERSING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They turn the direction of writing: a name ends in .wav and reads as something else."""


_LONGEST_LINE = 2_000
"""Characters of a message; one that quotes a file of megabytes would bury all others."""


def in_one_line(text: object) -> str:
    """A message or a name as a terminal may show it: one line that can do nothing to the screen.

    Names of files may hold anything, escape codes and ends of lines as well; those are written as
    in Python (`\\x1b`, `\\n`).
    """
    line = str(text)
    if len(line) > _LONGEST_LINE:
        line = f"{line[: _LONGEST_LINE - 200]} … {line[-200:]}"
    if line.isprintable():
        return line
    return "".join(
        character.encode("unicode_escape").decode()
        if unicodedata.category(character) in ("Cc", "Zl", "Zp") or character in _REVERSING
        else character
        for character in line
    )
