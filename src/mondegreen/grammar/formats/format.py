"""What a format of grammars is, and the registry that finds them.

Third parties add formats through the entry-point group `mondegreen.grammars`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from ...registry import Registry
from ..builtins.dates import Clock
from ..expression import Grammar
from ..home.home import Home
from .marked_yaml import Node


@dataclass(frozen=True)
class Options:
    """What a format may need besides the text."""

    name: str
    folder: Path | None
    """What paths in the text are relative to; None: the text may name no files."""
    lists: Mapping[str, Any] = field(default_factory=dict)
    """Values for lists that the grammar names and does not define."""
    clock: Clock = date.today
    home: Home | None = None
    """Whose names the grammar takes in, where it says so."""


class GrammarFormat(Protocol):
    """A way to write grammars."""

    def recognises(self, document: Node) -> bool:
        """Whether a document is written in this format."""
        ...

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """The grammar of one or more documents (a folder gives several). Raises GrammarError."""
        ...


FORMATS: Registry[Callable[[], GrammarFormat]] = Registry(
    "mondegreen.grammars",
    "grammar format",
    {
        "rhino": "mondegreen.grammar.formats.rhino:Rhino",
        "hassil": "mondegreen.grammar.formats.hassil_templates:Hassil",
    },
)
"""What makes each format, by name."""
