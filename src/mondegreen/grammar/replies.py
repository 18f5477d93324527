"""Reply templates: words, `{slot}` fields, and [sections] that drop out when a slot is missing.

    Playing ['{title}'[ by {artist}]|{artist}|some music].

A section is said when every field directly in it has a value; `|` separates alternatives, of which
the first that can be said is. A backslash makes the next character an ordinary one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..errors import GrammarError

_SPECIAL = "{}[]|\\"
MAX_NESTING = 32
"""Sections inside sections; replies people can follow need two."""


@dataclass(frozen=True)
class _Field:
    name: str


@dataclass(frozen=True)
class _Section:
    alternatives: tuple[_Parts, ...]


_Parts = tuple["str | _Field | _Section", ...]


@dataclass(frozen=True)
class Template:
    """A reply template, checked once and filled many times."""

    text: str
    parts: _Parts

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of all its fields, in the order written, each once."""
        return tuple(dict.fromkeys(_names(self.parts)))

    def fill(self, fields: Mapping[str, str]) -> str | None:
        """The sentence, or None when a field outside every section has no value.

        Values are put in as they are: a bracket or brace in one means nothing.
        """
        return _fill(self.parts, fields)


def template(text: str) -> Template:
    """The template written in `text`.

    Raises GrammarError with the column for brackets that do not match and fields without a name.
    """
    reader = _Reader(text)
    alternatives = reader.read(0)
    return Template(text, alternatives[0])


def _names(parts: _Parts) -> Iterator[str]:
    for part in parts:
        if isinstance(part, _Field):
            yield part.name
        elif isinstance(part, _Section):
            for alternative in part.alternatives:
                yield from _names(alternative)


def _fill(parts: _Parts, fields: Mapping[str, str]) -> str | None:
    texts: list[str] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, _Field):
            if part.name not in fields:
                return None
            texts.append(fields[part.name])
        else:
            filled = (_fill(choice, fields) for choice in part.alternatives)
            texts.append(next((text for text in filled if text is not None), ""))
    return "".join(texts)


class _Reader:
    """Recursive descent over one template."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def read(self, depth: int) -> tuple[_Parts, ...]:
        """The alternatives up to the bracket that closes this level, or the end at depth 0."""
        opened = self.at
        alternatives: list[list[str | _Field | _Section]] = [[]]
        while self.at < len(self.text):
            symbol = self.text[self.at]
            self.at += 1
            if symbol == "[":
                if depth == MAX_NESTING:
                    raise self._problem(f"sections nested more than {MAX_NESTING} deep", self.at)
                alternatives[-1].append(_Section(self.read(depth + 1)))
            elif symbol == "]":
                if not depth:
                    raise self._problem(r"']' closes nothing; write \] for a bracket", self.at)
                return tuple(map(tuple, alternatives))
            elif symbol == "|" and depth:
                alternatives.append([])
            elif symbol == "{":
                alternatives[-1].append(self._field())
            elif symbol == "}":
                raise self._problem(r"'}' closes nothing; write \} for a brace", self.at)
            else:
                alternatives[-1].append(self._literal(symbol))
        if depth:
            raise self._problem("'[' is never closed; add the missing ']'", opened)
        return tuple(map(tuple, alternatives))

    def _literal(self, symbol: str) -> str:
        if symbol != "\\":
            return symbol
        following = self.text[self.at : self.at + 1]
        if not following or following not in _SPECIAL:
            raise self._problem(f"a backslash stands before one of {_SPECIAL}", self.at)
        self.at += 1
        return following

    def _field(self) -> _Field:
        opened = self.at
        end = self.text.find("}", opened)
        name = self.text[opened:end] if end >= 0 else ""
        if not name.isidentifier():
            raise self._problem(
                f"expected a slot's name and '}}' after '{{', found {name!r}", opened
            )
        self.at = end + 1
        return _Field(name)

    def _problem(self, message: str, column: int) -> GrammarError:
        return GrammarError(f"in the reply {self.text!r}, column {column}: {message}")
