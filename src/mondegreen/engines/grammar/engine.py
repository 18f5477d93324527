"""The grammar engine: a grammar compiled to a phone graph, that turns search."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import RLock
from typing import Any

from ...errors import GrammarError, SettingsError
from ...grammar.expression import EMPTY, Grammar, SlotUse, Value, ValueList, walk
from ...grammar.home.home import Home
from ...grammar.load import load_grammar
from ...grammar.phrases import phrase
from ...phonetics.pronouncer import Pronouncer, read_lexicon
from ...speech.ear import Ear
from ..engine import Engine, Schema
from . import confidence
from .compile import Part, SlotPart, compile_sentences, compile_slot
from .graph import Graph, link
from .search import SearchSettings
from .turn import Compiled, GrammarTurn


@dataclass
class GrammarEngine(Engine):
    """Understands speech over one grammar; `mondegreen.load` makes one."""

    grammar: Grammar
    ear: Ear
    pronouncer: Pronouncer
    settings: SearchSettings = field(default_factory=SearchSettings)
    calibration: confidence.Calibration = field(default_factory=confidence.default_calibration)
    kind = "grammar"
    _sentences: Part | None = None
    _slots: dict[str, SlotPart] = field(default_factory=dict)
    _graph: Graph | None = None
    _model: str = ""
    _changing: RLock = field(default_factory=RLock)
    """Held while the grammar is replaced or compiled: turns begin on one or the other."""

    @classmethod
    def load(
        cls,
        name: str | Path = "starter",
        *,
        lexicon: str | Path | None = None,
        lists: Mapping[str, Any] | str | Path | None = None,
        home: Home | Mapping[str, Any] | str | Path | None = None,
        phones: str | Path | None = None,
        encoder: str | None = None,
        threads: int = 1,
        ear: Ear | None = None,
        settings: SearchSettings | None = None,
        refuse_below: float | None = None,
    ) -> GrammarEngine:
        """Load a grammar by name or path, compile it, and open the weights.

        `lexicon` is a file of the user's own pronunciations, `lists` fills slots the grammar leaves
        to the program, `home` gives the names of a home (see load_grammar), `phones` is the folder
        of another phone reader and `encoder` where its encoder is found (see Ear.load), `threads`
        are those of one call; or share an `ear` that is open. Readings less sure than
        `refuse_below` (0 to 1; by default the grammar's own word) are not understood. Raises
        GrammarError, ModelError and SettingsError.
        """
        grammar = load_grammar(name, lists=lists, home=home)
        user_lexicon = read_lexicon(lexicon) if lexicon else {}
        engine = cls(
            grammar=grammar,
            ear=ear or Ear.load(phones, encoder, threads=threads),
            pronouncer=Pronouncer({**grammar.lexicon, **user_lexicon}),
            settings=settings or SearchSettings(),
        )
        threshold = grammar.refuse_below if refuse_below is None else refuse_below
        if threshold is not None:
            if not 0.0 <= threshold <= 1.0:
                raise SettingsError(f"refuse_below is {threshold}; expected a number from 0 to 1")
            engine.calibration = replace(engine.calibration, threshold=threshold)
        engine.graph  # noqa: B018  (compile now: mistakes belong to load, not to the first utterance)
        return engine

    @property
    def graph(self) -> Graph:
        """The compiled grammar."""
        with self._changing:
            if self._graph is None:
                if self._sentences is None:
                    self._sentences = compile_sentences(self.grammar, self.pronouncer)
                used = {use.type for arcs in self._sentences.slot_arcs for use, _ in arcs}
                for name in used - self._slots.keys():
                    if name not in self.grammar.slot_types:
                        raise GrammarError(f"slot ${name} is used but never defined")
                    kind = self.grammar.slot_types[name]
                    self._slots[name] = compile_slot(kind, self.pronouncer)
                slots = {name: self._slots[name] for name in sorted(used)}
                self._graph = link(self._sentences, slots, self.grammar.sentences)
            return self._graph

    @property
    def model(self) -> str:
        """The grammar's name and a digest of all that it says; `set_slot` changes it."""
        with self._changing:
            self._model = self._model or _digest(self.grammar)
            return self._model

    @property
    def schema(self) -> Schema:
        """See Engine."""
        return schema_of(self.grammar)

    def begin(self) -> GrammarTurn:
        """See Engine."""
        return GrammarTurn(Compiled(self.graph, self.pronouncer, self.settings, self.calibration))

    def set_slot(self, name: str, values: Mapping[str, Iterable[str]] | Iterable[str]) -> None:
        """Replace a slot's values at run time; only that slot is compiled again.

        `values` are names, said as written, or a mapping from each value to the ways it is said.
        100,000 names take seconds; names without a word that the pronouncer can read are left out.
        Utterances that are being spoken are understood by the values that they began with. Raises
        GrammarError for a slot the grammar does not have and for values that are not text.
        """
        if name not in self.grammar.slot_types:
            slot_names = ", ".join(sorted(self.grammar.slot_types))
            raise GrammarError(f"no slot ${name} in this grammar; its slots are: {slot_names}")
        kind = ValueList(name, tuple(_values_of(values)))
        compiled = compile_slot(kind, self.pronouncer)
        with self._changing:
            self._slots[name] = compiled
            types = {**self.grammar.slot_types, name: kind}
            self.grammar = replace(self.grammar, slot_types=types)
            self._graph, self._model = None, ""


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
    if isinstance(values, str):
        raise GrammarError(f"slot values are a list or a mapping, found the text {values!r}")
    pairs = values.items() if isinstance(values, Mapping) else ((v, [v]) for v in values)
    for value, ways in pairs:
        for way in [ways] if isinstance(ways, str) else ways:
            if not isinstance(way, str):
                raise GrammarError(f"slot values are text, found {way!r}")
            expression = phrase(way)
            if expression != EMPTY:
                yield Value(value, expression)


def _digest(grammar: Grammar) -> str:
    digest = hashlib.sha256(repr(grammar.sentences).encode())
    digest.update(repr(sorted(grammar.slot_types.items())).encode())
    digest.update(repr(sorted(grammar.lexicon.items())).encode())
    return f"{grammar.name}@sha256:{digest.hexdigest()[:12]}"
