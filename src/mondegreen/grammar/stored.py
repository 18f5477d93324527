"""Grammars as bytes and back: all that a grammar says, without the files that it was written in.

MessagePack of plain lists: nothing in it is code, and what interprets a pattern's words is named.
Expressions go into one table, children first, each once: formats share them between sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..errors import Severity
from .expression import (
    Choice,
    Expression,
    FreeWords,
    Grammar,
    Near,
    Notice,
    Pattern,
    Recipe,
    Sentence,
    Sequence,
    SlotType,
    SlotUse,
    Value,
    ValueList,
    Word,
)

Node = str | tuple[int, list[int]] | tuple[int, str, str, int | None]
"""A word; the kind and children of a Sequence or Choice; or the kind and fields of a SlotUse."""
_SEQUENCE, _CHOICE, _USE = range(3)
_PLAIN = (str, int, float, bool, type(None))


class _Type(msgspec.Struct, array_like=True, frozen=True):
    """A slot type: values and their expressions, or a pattern's, or neither for free words."""

    name: str
    line: int | None
    source: str | None
    values: list[tuple[Any, int]] | None = None
    expression: int | None = None
    recipe: tuple[str, str | float | None] | None = None
    near: tuple[int, str] | None = None
    """The expression of a piece, and the kind; see Near."""


class _Stored(msgspec.Struct, array_like=True, frozen=True):
    """A grammar; numbers are places in `nodes`."""

    name: str
    nodes: list[Any]
    sentences: list[tuple[str, int, dict[str, Any], int | None, str | None]]
    slot_types: dict[str, _Type]
    responses: dict[str, str]
    lexicon: dict[str, tuple[str, ...]]
    refuse_below: float | None
    source: str | None
    notices: list[tuple[str, str | None, int | None, Severity]]


def pack(grammar: Grammar) -> bytes | None:
    """The grammar as bytes; None for one that cannot be stored.

    That has a pattern of some other package, or a value that is no plain JSON.
    """
    table = _Table()
    try:
        stored = _Stored(
            grammar.name,
            table.nodes,
            [(s.intent, table.add(s.expression), dict(_plain(s.fixed)), s.line, s.source)
             for s in grammar.sentences],
            {name: _packed_type(kind, table) for name, kind in grammar.slot_types.items()},
            dict(_plain(grammar.responses)),
            {word: tuple(ways) for word, ways in grammar.lexicon.items()},
            grammar.refuse_below,
            grammar.source,
            [(n.message, n.source, n.line, n.severity) for n in grammar.notices],
        )  # fmt: skip
        return msgspec.msgpack.encode(stored)
    except (_NotPlain, OverflowError):  # MessagePack has integers of 64 bits
        return None


def unpack(data: bytes | memoryview) -> Grammar:
    """The grammar that `pack` made bytes of. Raises ValueError for other bytes."""
    try:
        stored = msgspec.msgpack.decode(data, type=_Stored)
        nodes = _expressions(stored.nodes)
        return Grammar(
            stored.name,
            tuple(Sentence(intent, nodes[at], fixed, line, source)
                  for intent, at, fixed, line, source in stored.sentences),
            {name: _unpacked_type(kind, nodes) for name, kind in stored.slot_types.items()},
            stored.responses,
            stored.lexicon,
            stored.refuse_below,
            stored.source,
            tuple(Notice(*notice) for notice in stored.notices),
        )  # fmt: skip
    except (msgspec.MsgspecError, IndexError, TypeError, KeyError) as error:
        raise ValueError(f"these bytes are no grammar ({error})") from error


def interpreter(recipe: Recipe) -> Callable[[str], Any]:
    """What makes values of a pattern's words. Raises ValueError for a recipe that is not known."""
    from .builtins import BUILTIN, interpreter
    from .formats.hassil_ranges import NUMBER, number_reader

    kind, argument = recipe
    if kind == BUILTIN and isinstance(argument, str):
        return interpreter(argument)
    if kind == NUMBER and not isinstance(argument, str):
        return number_reader(argument)
    raise ValueError(f"no interpreter is called {kind} {argument}")


class _NotPlain(Exception):
    """A value that MessagePack would change."""


def _plain(value: Any) -> Any:
    """The value, if it comes back from MessagePack as it is. Raises _NotPlain."""
    if type(value) in _PLAIN:
        return value
    if type(value) is list:
        for item in value:
            _plain(item)
        return value
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise _NotPlain
            _plain(item)
        return value
    raise _NotPlain


class _Table:
    """Expressions by number."""

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self._numbers: dict[int, int] = {}
        self._alive: list[Expression] = []
        """So that no number of an object, by which it is known here, is given out twice."""

    def add(self, expression: Expression) -> int:
        """The number of an expression, which is in the table from now on."""
        number = self._numbers.get(id(expression))
        if number is not None:
            return number
        node: Node
        if isinstance(expression, Word):
            node = expression.text
        elif isinstance(expression, SlotUse):
            node = (_USE, expression.name, expression.type, expression.line)
        else:
            kind = _SEQUENCE if isinstance(expression, Sequence) else _CHOICE
            node = (kind, [self.add(item) for item in expression.items])
        number = self._numbers[id(expression)] = len(self.nodes)
        self.nodes.append(node)
        self._alive.append(expression)
        return number


def _expressions(nodes: list[Any]) -> list[Expression]:
    expressions: list[Expression] = []
    for node in nodes:
        if isinstance(node, str):
            expressions.append(Word(node))
        elif node[0] == _USE:
            expressions.append(SlotUse(*node[1:]))
        else:
            items = tuple(expressions[child] for child in node[1])
            expressions.append(Sequence(items) if node[0] == _SEQUENCE else Choice(items))
    return expressions


def _packed_type(kind: SlotType, table: _Table) -> _Type:
    if isinstance(kind, ValueList):
        values = [(_plain(v.value), table.add(v.expression)) for v in kind.values]
        return _Type(
            kind.name, kind.line, kind.source, values=values, near=_packed_near(kind.near, table)
        )
    if isinstance(kind, FreeWords):
        return _Type(kind.name, kind.line, kind.source)
    if kind.recipe is None:
        raise _NotPlain
    at = table.add(kind.expression)
    return _Type(
        kind.name, kind.line, kind.source, expression=at, recipe=kind.recipe,
        near=_packed_near(kind.near, table),
    )  # fmt: skip


def _packed_near(near: Near | None, table: _Table) -> tuple[int, str] | None:
    return None if near is None else (table.add(near.piece), near.kind)


def _unpacked_type(kind: _Type, nodes: list[Expression]) -> SlotType:
    near = None if kind.near is None else Near(nodes[kind.near[0]], kind.near[1])
    if kind.values is not None:
        values = tuple(Value(value, nodes[at]) for value, at in kind.values)
        return ValueList(kind.name, values, kind.line, kind.source, near)
    if kind.expression is None or kind.recipe is None:
        return FreeWords(kind.name, kind.line, kind.source)
    return Pattern(
        kind.name, nodes[kind.expression], interpreter(kind.recipe), kind.line, kind.source,
        near, kind.recipe,
    )  # fmt: skip
