"""A grammar and what was compiled of it, replaced slot by slot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from threading import RLock

from ...errors import GrammarError
from ...grammar.expression import EMPTY, Grammar, SlotUse, Value, ValueList, walk
from ...grammar.formats.limits import check_values
from ...phonetics.pronouncer import Pronouncer
from ..engine import Schema
from ..given_values import ways_of
from .compile import Part, SlotPart, compile_sentences, compile_slot
from .graph import Graph, link, meanings_of, unlink
from .stored_graph import Stored


class CompiledGrammar:
    """A grammar, its phone graph and who pronounces its words; safe to share between threads.

    It is compiled when its graph is first asked for, or comes from a store; the parts of the graph,
    and of a stored one the grammar itself, are made when they are first needed.
    """

    def __init__(self, grammar: Grammar | Stored, pronouncer: Pronouncer | None = None) -> None:
        """`pronouncer` is that of the grammar's own lexicon unless told."""
        self.pronouncer = pronouncer or Pronouncer(grammar.lexicon)
        if isinstance(grammar, Stored):
            self.pronouncer.remember(grammar.answers)
        self._changing = RLock()
        """Held while the grammar is replaced or compiled: turns begin on one or the other."""
        self._stored = grammar if isinstance(grammar, Stored) else None
        self._grammar = None if isinstance(grammar, Stored) else grammar
        self._graph = None if self._stored is None else self._stored.graph
        self._model = "" if self._stored is None else self._stored.model
        self._parts: tuple[Part, dict[str, SlotPart]] | None = None
        self._schema = None if self._stored is None else self._stored.schema

    @property
    def grammar(self) -> Grammar:
        """All that it says."""
        with self._changing:
            if self._grammar is None:
                assert self._stored is not None
                self._grammar = self._stored.grammar()
            return self._grammar

    @property
    def refuse_below(self) -> float | None:
        """See Grammar."""
        return self.grammar.refuse_below if self._stored is None else self._stored.refuse_below

    @property
    def graph(self) -> Graph:
        """The phone graph. Raises GrammarError where it cannot be compiled."""
        with self._changing:
            if self._graph is None:
                sentences, slots = self._linkable()
                meanings = meanings_of(self.grammar.sentences)
                self._graph = link(sentences, slots, meanings)
            return self._graph

    @property
    def model(self) -> str:
        """The grammar's name and a digest of all that it says; `set_slot` changes it."""
        with self._changing:
            self._model = self._model or _digest(self.grammar)
            return self._model

    @property
    def schema(self) -> Schema:
        """Intents, slots and replies."""
        with self._changing:
            self._schema = self._schema or schema_of(self.grammar)
            return self._schema

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """See GrammarEngine."""
        slot_types = self.grammar.slot_types
        if name not in slot_types:
            slot_names = ", ".join(sorted(slot_types))
            raise GrammarError(f"no slot ${name} in this grammar; its slots are: {slot_names}")
        kind = ValueList(name, tuple(_values_of(values)))
        try:
            check_values(kind)
        except ValueError as error:
            raise GrammarError(str(error)) from error
        new_part = compile_slot(kind, self.pronouncer)
        with self._changing:
            sentences, slots = self._linkable()
            if name in slots:  # one that no sentence uses is not in the graph
                slots = {**slots, name: new_part}
            self._parts = sentences, slots
            types = {**self.grammar.slot_types, name: kind}
            self._grammar = replace(self.grammar, slot_types=types)
            self._graph, self._model = None, ""

    def _linkable(self) -> tuple[Part, dict[str, SlotPart]]:
        """The parts of the graph."""
        if self._parts is None:
            self._parts = self._compiled() if self._graph is None else unlink(self._graph)
        return self._parts

    def _compiled(self) -> tuple[Part, dict[str, SlotPart]]:
        grammar = self.grammar
        sentences = compile_sentences(grammar, self.pronouncer)
        used = {use.type for arcs in sentences.slot_arcs for use, _ in arcs}
        for name in sorted(used):
            if name not in grammar.slot_types:
                raise GrammarError(f"slot ${name} is used but never defined")
        slot_types = ((name, grammar.slot_types[name]) for name in sorted(used))
        return sentences, {name: compile_slot(kind, self.pronouncer) for name, kind in slot_types}


def schema_of(grammar: Grammar) -> Schema:
    """The intents of a grammar, the kinds of their slots, and its replies."""
    intents: dict[str, dict[str, str]] = {}
    for sentence in grammar.sentences:
        kinds = intents.setdefault(sentence.intent, {})
        for part in walk(sentence.expression):
            if isinstance(part, SlotUse):
                # The first type written words it: "$Percent:level, $Integer:level".
                kinds.setdefault(part.name, part.type)
    return Schema(intents, grammar.responses, grammar.source)


def _values_of(values: Mapping[str, Iterable[str]] | Iterable[str]) -> Iterator[Value]:
    from ...grammar.phrases import phrase  # and all of reading aloud: seldom needed

    for value, way in ways_of(values, GrammarError):
        expression = phrase(way)
        if expression != EMPTY:
            yield Value(value, expression)


def _digest(grammar: Grammar) -> str:
    digest = hashlib.sha256(repr(grammar.sentences).encode())
    digest.update(repr(sorted(grammar.slot_types.items())).encode())
    digest.update(repr(sorted(grammar.lexicon.items())).encode())
    return f"{grammar.name}@sha256:{digest.hexdigest()[:12]}"
