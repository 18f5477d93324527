"""Everything mondegreen raises on purpose.

MondegreenError
├── AudioError      a recording that cannot be read or understood as audio
├── GrammarError    a grammar, catalogue or lexicon with a mistake in it
├── ModelError      weights or a model folder that do not match what is expected
├── DataError       a manifest, label file or corpus with a mistake in it
├── SettingsError   an option or recipe that makes no sense
├── StoreError      what the assistant remembers cannot be read or written (assistant.store)
└── MissingExtra    an optional dependency that this verb needs

Each message says what was found, what was expected, and what to do about it.
"""

from __future__ import annotations


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


class MissingExtra(MondegreenError):
    """An optional dependency that is not installed."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} needs an optional part: pip install 'mondegreen[{extra}]'")
        self.extra = extra
