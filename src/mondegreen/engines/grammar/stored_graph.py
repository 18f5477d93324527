"""A compiled grammar as bytes and back: the arrays of its graph as they lie in memory, and data.

Nothing in it is code. A digest of all that follows it comes first, so that what is damaged is not
used, and what another version wrote is known by its first line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import numpy.typing as npt

from ...grammar.expression import SlotUse
from ...jobs.files import digest
from ..engine import Schema
from .compile import SlotReader
from .graph import Context, Graph, SentenceMeaning

if TYPE_CHECKING:
    from ...grammar.expression import Grammar, Recipe
    from ...phonetics.pronouncer import Answers
    from .compiled import CompiledGrammar

_MAGIC = b"mondegreen compiled grammar 001\n"
_DIGEST = 32
"""Characters of a digest."""
_ALIGNED = 16
"""Arrays begin at multiples of so many bytes, or their numbers take longer to read."""
_ARRAYS: Mapping[str, type[np.generic]] = {
    "phone": np.int8, "word": np.int32, "exit": np.bool_, "outside": np.bool_,
    "cost": np.float32, "start": np.int64, "to": np.int32, "junction": np.int32,
    "shift": np.int64, "returns": np.int32, "junction_start": np.int64,
    "junction_context": np.int32, "junction_state": np.int32,
    "final": np.bool_, "free": np.bool_, "part_states": np.int64,
    "part_words": np.int64,
}  # fmt: skip
"""Those of a graph, with the type of their numbers."""


@dataclass(frozen=True)
class Stored:
    """A compiled grammar out of a store."""

    graph: Graph
    model: str
    schema: Schema
    lexicon: Mapping[str, tuple[str, ...]]
    """All that it was compiled with, the user's own pronunciations too."""
    refuse_below: float | None
    needs: Mapping[str, str]
    """Files that it was made of, with the digests of what was in them; see `noting_reads`."""
    _packed_grammar: memoryview = field(repr=False)
    _packed_answers: memoryview = field(repr=False)

    def grammar(self) -> Grammar:
        """All that the grammar says."""
        from ...grammar.stored import unpack

        return unpack(self._packed_grammar)

    def answers(self) -> Answers:
        """How its words are pronounced."""
        from ...phonetics.pronouncer import Answers

        answers: Answers = msgspec.msgpack.decode(self._packed_answers, type=Answers)
        return answers


class _Place(msgspec.Struct, array_like=True, frozen=True):
    """Bytes after the head: where they begin, and how many."""

    start: int
    size: int


class _Reader(msgspec.Struct, array_like=True, frozen=True):
    """See SlotReader; `values` are the value of each wording."""

    free: bool
    kind: str
    recipe: tuple[str, str | float | None] | None
    values: _Place | None


class _Head(msgspec.Struct, array_like=True, frozen=True):
    """All that is needed at once and is no array."""

    key: str
    needs: dict[str, str]
    model: str
    lexicon: dict[str, tuple[str, ...]]
    refuse_below: float | None
    source: str | None
    intents: dict[str, dict[str, str]]
    replies: dict[str, str]
    sentences: list[tuple[str, dict[str, Any]]]
    slots: dict[str, _Reader]
    contexts: list[tuple[int, str, str, int]]
    """Of slots: the part, the slot's name and type, the word state after it."""
    keys: int
    words: list[str]
    accepts: list[tuple[int, ...]]
    intent_sets: list[list[str]]
    reachable: list[int]
    """For each word state the place of its intents in `intent_sets`."""
    arrays: dict[str, _Place]
    grammar: _Place
    answers: _Place


def pack(compiled: CompiledGrammar, key: str, needs: Mapping[str, str]) -> bytes | None:
    """A compiled grammar as bytes, which hold the `key` too; None for one that cannot be stored."""
    from ...grammar.stored import pack as pack_grammar

    graph, schema = compiled.graph, compiled.schema
    grammar = pack_grammar(compiled.grammar)
    if grammar is None:
        return None
    body = _Body()
    sets = {intents: number for number, intents in enumerate(dict.fromkeys(graph.reachable))}
    head = _Head(
        key=key,
        needs=dict(needs),
        model=compiled.model,
        lexicon=compiled.pronouncer.lexicon,
        refuse_below=compiled.refuse_below,
        source=schema.source,
        intents={intent: dict(kinds) for intent, kinds in schema.intents.items()},
        replies=dict(schema.replies),
        sentences=[(s.intent, dict(s.fixed)) for s in graph.sentences],
        slots={name: _packed_reader(slot, body) for name, slot in graph.slots.items()},
        contexts=[(c.part, c.slot.name, c.slot.type, c.returns) for c in graph.contexts if c.slot],
        keys=graph.keys,
        words=list(graph.words),
        accepts=list(graph.accepts),
        intent_sets=[sorted(intents) for intents in sets],
        reachable=[sets[intents] for intents in graph.reachable],
        arrays={name: body.add_array(getattr(graph, name), kind) for name, kind in _ARRAYS.items()},
        grammar=body.add(grammar),
        answers=body.add(msgspec.msgpack.encode(compiled.pronouncer.answers())),
    )
    packed = msgspec.msgpack.encode(head)
    parts = [len(packed).to_bytes(8, "little"), packed, *body.parts(8 + len(packed))]
    content = b"".join(parts)
    return b"".join([_MAGIC, digest(content).encode(), content])


def unpack(data: bytes, key: str) -> Stored | None:
    """The compiled grammar that `pack` made bytes of, with the same key; None for other bytes."""
    begin = len(_MAGIC) + _DIGEST
    content = memoryview(data)[begin:]
    if not data.startswith(_MAGIC) or data[len(_MAGIC) : begin] != digest(content).encode():
        return None
    size = 8 + int.from_bytes(content[:8], "little")
    try:
        head = msgspec.msgpack.decode(content[8:size], type=_Head)
    except msgspec.MsgspecError:
        return None
    return _stored(head, content[_aligned(size) :]) if head.key == key else None


def _stored(head: _Head, body: memoryview) -> Stored:
    def piece(place: _Place) -> memoryview:
        return body[place.start : place.start + place.size]

    arrays = {name: np.frombuffer(piece(head.arrays[name]), kind) for name, kind in _ARRAYS.items()}
    contexts = (Context(part, SlotUse(name, kind), end) for part, name, kind, end in head.contexts)
    intents = [frozenset(names) for names in head.intent_sets]
    graph = Graph(
        **arrays,
        contexts=(Context(0, None, -1), *contexts),
        keys=head.keys,
        words=tuple(head.words),
        accepts=tuple(head.accepts),
        reachable=tuple(intents[number] for number in head.reachable),
        sentences=tuple(SentenceMeaning(*sentence) for sentence in head.sentences),
        slots={name: _reader(slot, piece) for name, slot in head.slots.items()},
    )
    return Stored(
        graph=graph,
        model=head.model,
        schema=Schema(head.intents, head.replies, head.source),
        lexicon=head.lexicon,
        refuse_below=head.refuse_below,
        needs=head.needs,
        _packed_grammar=piece(head.grammar),
        _packed_answers=piece(head.answers),
    )


class _Body:
    """What comes after the head, piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0

    def add(self, piece: bytes) -> _Place:
        place = _Place(self._size, len(piece))
        padding = bytes(_aligned(len(piece)) - len(piece))
        self._pieces += [piece, padding]
        self._size += len(piece) + len(padding)
        return place

    def add_array(self, array: npt.NDArray[Any], kind: type[np.generic]) -> _Place:
        if array.dtype != kind:
            raise TypeError(f"an array of {array.dtype}, expected {np.dtype(kind)}")
        return self.add(array.tobytes())

    def parts(self, before: int) -> Iterable[bytes]:
        """All of it, to be written `before` bytes after the start of the content."""
        return [bytes(_aligned(before) - before), *self._pieces]


def _aligned(size: int) -> int:
    return -(-size // _ALIGNED) * _ALIGNED


def _packed_reader(slot: SlotReader, body: _Body) -> _Reader:
    values = None if slot.values is None else body.add(msgspec.msgpack.encode(slot.values))
    return _Reader(slot.free, slot.kind, slot.recipe, values)


def _reader(slot: _Reader, piece: Callable[[_Place], memoryview]) -> SlotReader:
    """How a slot's words become a value, made when it is first asked."""
    place, recipe = slot.values, slot.recipe
    if place is not None:
        return SlotReader(_when_asked(lambda: _listed(piece(place))), kind=slot.kind)
    if recipe is not None:
        return SlotReader(_when_asked(lambda: _worked_out(recipe)), kind=slot.kind)
    return SlotReader(lambda words: words, free=True)


_Interpret = Callable[[str], Any]


def _when_asked(make: Callable[[], _Interpret]) -> _Interpret:
    interpreter = cache(make)

    def interpret(words: str) -> Any:
        return interpreter()(words)

    return interpret


def _listed(packed: memoryview) -> _Interpret:
    values: dict[str, Any] = msgspec.msgpack.decode(packed, type=dict[str, Any])
    return values.__getitem__


def _worked_out(recipe: Recipe) -> _Interpret:
    from ...grammar.stored import interpreter

    return interpreter(recipe)
