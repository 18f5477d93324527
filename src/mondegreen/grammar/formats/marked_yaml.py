"""YAML with a line number on every node, so that each mistake can be pointed at.

Plain YAML loading forgets where things stood, keeps the last of two equal keys and turns the word
`on` into True. These nodes keep the line, refuse the second key and keep the text as written.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from ...errors import GrammarError

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = yaml.SafeLoader("")
MAX_VALUES = 1_000_000
"""Values, once aliases are put in place: each takes half a kilobyte, and a few lines of aliases
could stand for billions."""
MAX_DEPTH = 32
"""Grammar files are five levels deep; anything far beyond is a mistake or an attack."""


@dataclass(frozen=True)
class Node:
    """One value of a YAML document and the line it stands on (None for values made in Python)."""

    line: int | None
    source: str | None

    def error(self, message: str) -> GrammarError:
        """A GrammarError that points here."""
        return GrammarError(message, source=self.source, line=self.line)

    @property
    def kind(self) -> str:
        """What this is, in words a message can use."""
        return {Scalar: "text", Items: "a list", Keys: "a mapping"}[type(self)]


@dataclass(frozen=True)
class Scalar(Node):
    """A text, number or other single value."""

    text: str
    """Exactly as written, quotes removed."""
    value: Any = None
    """What YAML reads it as: a number, a truth value, None, or the text."""

    @property
    def kind(self) -> str:
        """What this is, in words a message can use."""
        return "nothing" if self.value is None else f"{self.text[:40]!r}"


@dataclass(frozen=True)
class Items(Node):
    """A list."""

    items: tuple[Node, ...] = ()


@dataclass(frozen=True)
class Keys(Node):
    """A mapping; keys are texts."""

    entries: tuple[tuple[Scalar, Node], ...] = ()

    def get(self, name: str) -> Node | None:
        """The value under a key, or None."""
        return next((value for key, value in self.entries if key.text == name), None)


def plain(node: Node) -> Any:
    """The node as ordinary Python values, read the way YAML reads them."""
    if isinstance(node, Keys):
        return {key.text: plain(value) for key, value in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.value


def from_python(data: Any, source: str | None = None, depth: int = 0) -> Node:
    """Nodes, without lines, from what `json.load` or `yaml.safe_load` gave.

    Raises GrammarError for what nests deeper than MAX_DEPTH, as it does that holds itself.
    """
    if depth > MAX_DEPTH:
        raise GrammarError(f"nested more than {MAX_DEPTH} levels deep", source=source)
    if isinstance(data, Mapping):
        pairs = tuple(
            (Scalar(None, source, str(k), k), from_python(v, source, depth + 1))
            for k, v in data.items()
        )
        return Keys(None, source, pairs)
    if isinstance(data, list | tuple):
        return Items(None, source, tuple(from_python(v, source, depth + 1) for v in data))
    if isinstance(data, bool):
        return Scalar(None, source, "true" if data else "false", data)
    return Scalar(None, source, "" if data is None else str(data), data)


def _is_json(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, str | int)


@dataclass
class _Open:
    """A list or mapping whose end has not been read yet."""

    line: int
    mapping: bool
    anchor: str | None
    key: Scalar | None = None
    items: list[Node] = field(default_factory=list)
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)
    key_lines: dict[str, int | None] = field(default_factory=dict)
    before: int = 0
    """Values counted when it began."""


GRAMMAR = "a grammar needs `context:` (Rhino) or `intents:` (hassil)"


def parse_yaml(text: str, source: str | None = None, needs: str = GRAMMAR) -> Node:
    """The one document of a YAML (or JSON) text.

    `needs` is what an empty file is told. Raises GrammarError with the line for text that is not
    YAML, repeats a key, nests deeper than MAX_DEPTH or holds more than one document.
    """
    return _Composer(source, needs).compose(text)


class _Composer:
    """Builds nodes from YAML events on its own stack, so that nesting cannot exhaust Python's."""

    def __init__(self, source: str | None, needs: str) -> None:
        self.source, self.needs = source, needs
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.sizes: dict[str, int] = {}
        self.count = 0
        """Values so far, those of aliases each time they are used."""
        self.root: Node | None = None

    def compose(self, text: str) -> Node:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.YAMLError as error:
            raise self._not_yaml(error, text) from error
        if self.root is None:
            raise GrammarError(f"the file is empty; {self.needs}", source=self.source)
        return self.root

    def _take(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise GrammarError(
                "a second document begins here (`---`); expected one document in a file",
                source=self.source,
                line=line,
            )
        if isinstance(event, yaml.ScalarEvent):
            node: Node = self._scalar(event, line)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in self.anchors:
                raise GrammarError(
                    f"alias *{event.anchor} has no anchor &{event.anchor} before it",
                    source=self.source, line=line,
                )  # fmt: skip
            node = self._unfolded(event.anchor, line)
        elif isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            if len(self.stack) >= MAX_DEPTH:
                raise GrammarError(
                    f"nested more than {MAX_DEPTH} levels deep; look for a missing bracket, "
                    "and quote expressions that begin with [",
                    source=self.source, line=line,
                )  # fmt: skip
            mapping = isinstance(event, yaml.MappingStartEvent)
            self._count(1, line)
            self.stack.append(_Open(line, mapping, event.anchor, before=self.count))
            return
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            done = self.stack.pop()
            if done.mapping:
                node = Keys(done.line, self.source, tuple(done.entries))
            else:
                node = Items(done.line, self.source, tuple(done.items))
            if done.anchor:
                self.anchors[done.anchor] = node
                self.sizes[done.anchor] = self.count - done.before
        else:
            return
        self._place(node, line)

    def _unfolded(self, anchor: str, line: int) -> Node:
        self._count(self.sizes.get(anchor, 1), line, "aliases unfold into ")
        return self.anchors[anchor]

    def _count(self, values: int, line: int, what: str = "") -> None:
        self.count += values
        if self.count > MAX_VALUES:
            raise GrammarError(
                f"{what}more than {MAX_VALUES:,} values up to here; use a catalogue instead",
                source=self.source, line=line,
            )  # fmt: skip

    def _scalar(self, event: Any, line: int) -> Scalar:
        value: Any = event.value
        if event.implicit[0]:
            tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))
            if tag != "tag:yaml.org,2002:str":
                try:
                    value = _RESOLVER.construct_object(yaml.ScalarNode(tag, event.value), deep=True)
                except (ValueError, yaml.YAMLError):
                    value = event.value
                if not _is_json(value):  # a date, .nan: results are JSON
                    value = event.value
        self._count(1, line)
        node = Scalar(line, self.source, event.value, value)
        if event.anchor:
            self.anchors[event.anchor] = node
        return node

    def _place(self, node: Node, line: int) -> None:
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if not top.mapping:
            top.items.append(node)
        elif top.key is None:
            if not isinstance(node, Scalar):
                raise GrammarError(
                    "a key must be a plain text; quote expressions that begin with [ or {",
                    source=self.source, line=line,
                )  # fmt: skip
            if node.text in top.key_lines:
                raise GrammarError(
                    f"{node.text!r} is defined twice here, first on line "
                    f"{top.key_lines[node.text]}; merge the two or rename one",
                    source=self.source, line=line,
                )  # fmt: skip
            top.key_lines[node.text] = line
            top.key = node
        else:
            top.entries.append((top.key, node))
            top.key = None

    def _not_yaml(self, error: yaml.YAMLError, text: str) -> GrammarError:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        lines = text.splitlines()
        line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
        at = line[mark.column : mark.column + 1] if mark is not None else ""
        if at == "\t" or "\t" in line[: len(line) - len(line.lstrip())]:
            hint = "YAML is indented with spaces; replace the tab"
        elif at in ("@", "`"):
            hint = f'quote expressions that begin with {at}, like "{at}greeting there"'
        else:
            hint = "quote expressions that contain brackets, colons, # or @"
        if isinstance(error, yaml.reader.ReaderError):
            hint = "is this a text file?"
        return GrammarError(
            f"not valid YAML: {problem}; {hint}",
            source=self.source,
            line=mark.line + 1 if mark is not None else None,
        )
