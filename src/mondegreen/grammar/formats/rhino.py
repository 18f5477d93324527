"""Picovoice Rhino contexts, with our additions: responses, a lexicon, spoken forms, catalogues.

A file Rhino accepts means the same here; every addition sits in keys that Rhino does not have.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ...errors import GrammarError
from ...phonetics import inventory
from ...registry import closest, nearest
from ..builtins import builtin
from ..builtins.dates import Clock
from ..expression import (
    Expression,
    Grammar,
    Notice,
    Sentence,
    SlotType,
    SlotUse,
    ValueList,
    one_of,
    walk,
)
from ..home.absent import without_empty_slots
from ..home.fill import fill
from ..phrases import words_of
from ..replies import template
from ..unused import unused_lists
from .format import Options
from .limits import MAX_NODES
from .marked_yaml import Items, Keys, Node, Scalar
from .rhino_syntax import ExpressionError, Parsed, assemble, mentions, parse_expression, size
from .slot_lists import read_slot


class Rhino:
    """Picovoice Rhino contexts. A `GrammarFormat`."""

    def recognises(self, document: Node) -> bool:
        """Whether a document is a Rhino context."""
        return isinstance(document, Keys) and document.get("context") is not None

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """The grammar of a context, which is one document.

        Catalogue paths are relative to the folder of `options`. Raises GrammarError with the line
        of the mistake.
        """
        if len(documents) > 1:
            raise documents[1].error("a Rhino context is one file; name the file, not its folder")
        reader = _Reader(options.folder, options.clock)
        grammar = reader.read(documents[0], options.name)
        if options.home is not None:
            grammar = fill(grammar, reader.takes, options.home)
        if options.lists:
            unused = unused_lists("a Rhino grammar has its values under `slots:`")
            grammar = replace(grammar, notices=(*grammar.notices, unused))
        grammar = without_empty_slots(grammar, frozenset(reader.takes))
        if not grammar.sentences:
            raise documents[0].error("no sentence can be said without a home; give it with --home")
        return grammar


class _Reader:
    """Reads one context; collects notices on the way."""

    def __init__(self, folder: Path | None, clock: Clock) -> None:
        self.folder = folder
        self.clock = clock
        self.keys: dict[str, Scalar] = {}
        """Where each macro is defined."""
        self.notices: list[Notice] = []
        self.takes: dict[str, tuple[str, ...]] = {}
        """What slots take from a home: see `fill`."""

    def read(self, document: Node, name: str) -> Grammar:
        top = _mapping(document, "a grammar")
        self._check_keys(
            top, ("context", "responses", "lexicon", "refuse_below", "home"), "at the top level"
        )
        context = _mapping(top.get("context") or document, "`context:`")
        self._check_keys(context, ("expressions", "slots", "macros"), "in `context:`")
        macros = self._macros(context.get("macros"))
        slot_types: dict[str, SlotType] = {}
        for key, node in _entries(context.get("slots"), "`slots:`"):
            home = node.get("home") if isinstance(node, Keys) and len(node.entries) == 1 else None
            if home is None:
                slot_types[key.text] = read_slot(key.text, node, self.folder)
            else:
                slot_types[key.text] = ValueList(key.text, (), node.line, node.source)
                self.takes[key.text] = _kinds(key.text, home)
        self.takes |= _takes(top.get("home"), slot_types)
        sentences = self._sentences(context, macros)
        self._resolve_slots(sentences, slot_types, document.source)
        return Grammar(
            name=name,
            sentences=tuple(sentences),
            slot_types=slot_types,
            responses=self._responses(top.get("responses"), sentences),
            lexicon=_lexicon(top.get("lexicon")),
            refuse_below=_refusal_threshold(top.get("refuse_below")),
            source=document.source,
            notices=tuple(self.notices),
        )

    def _check_keys(self, node: Keys, expected: tuple[str, ...], where: str) -> None:
        for key, _ in node.entries:
            if key.text in expected:
                continue
            if closest(key.text, expected) is not None:
                raise key.error(f"unknown key {key.text!r} {where}{nearest(key.text, expected)}")
            message = f"the key {key.text!r} {where} has no meaning here; ignored"
            self.notices.append(Notice(message, key.source, key.line))

    def _sentences(self, context: Keys, macros: dict[str, Expression]) -> list[Sentence]:
        expressions = context.get("expressions")
        if expressions is None:
            raise context.error("`context:` has no `expressions:`; that is where intents go")
        sentences: list[Sentence] = []
        used: set[str] = set()
        for intent, node in _entries(expressions, "`expressions:`"):
            for item in _texts(node, f"intent {intent.text!r}"):
                parts = _parse(item, f"intent {intent.text!r}")
                used |= mentions(parts)
                _check_macros(parts, macros, item)
                sentences.append(
                    Sentence(
                        intent.text, assemble(parts, macros), line=item.line, source=item.source
                    )
                )
        if not sentences:
            raise expressions.error("`expressions:` has no intents; add one with its sentences")
        used |= {m for name in macros for m in self.inner.get(name, ()) if m in macros}
        self.notices += [
            Notice(f"macro @{name} is never used", key.source, key.line)
            for name, key in self.keys.items()
            if name not in used
        ]
        return sentences

    def _macros(self, node: Node | None) -> dict[str, Expression]:
        """Every macro with the macros inside it put in place."""
        parsed: dict[str, list[tuple[Scalar, tuple[Parsed, ...]]]] = {}
        for key, body in _entries(node, "`macros:`"):
            self.keys[key.text] = key
            parsed[key.text] = [
                (t, _parse(t, f"macro @{key.text}")) for t in _texts(body, f"macro @{key.text}")
            ]
        self.inner = {name: {m for _, p in ps for m in mentions(p)} for name, ps in parsed.items()}
        for parts in parsed.values():
            for item, tokens in parts:
                _check_macros(tokens, parsed, item)
        try:
            order = tuple(TopologicalSorter(self.inner).static_order())
        except CycleError as error:
            loop = " → ".join(f"@{n}" for n in reversed(error.args[1]))
            raise self.keys[error.args[1][0]].error(
                f"macros refer to each other in a circle: {loop}; break it"
            ) from error
        expressions: dict[str, Expression] = {}
        sizes: dict[str, int] = {}
        for name in order:
            sizes[name] = 1 + sum(size(tokens, sizes) for _, tokens in parsed[name])
            if sizes[name] > MAX_NODES:
                raise self.keys[name].error(
                    f"macro @{name} unfolds into more than {MAX_NODES:,} parts; use a slot instead"
                )
            expressions[name] = one_of(assemble(tokens, expressions) for _, tokens in parsed[name])
        return {name: expressions[name] for name in parsed}

    def _resolve_slots(
        self, sentences: list[Sentence], slot_types: dict[str, SlotType], source: str | None
    ) -> None:
        """Add the built-ins that are used; refuse slots nobody defined."""
        for sentence in sentences:
            for part in walk(sentence.expression):
                if not isinstance(part, SlotUse) or part.type in slot_types:
                    continue
                prefix, dot, last = part.type.partition(".")
                if not dot or prefix != "mondegreen":
                    raise GrammarError(
                        f"slot ${part.type} is used but not defined under `slots:`"
                        f"{nearest(part.type, slot_types)}",
                        source=source,
                        line=part.line,
                    )
                slot_types[part.type] = builtin(last, clock=self.clock)

    def _responses(self, node: Node | None, sentences: list[Sentence]) -> dict[str, str]:
        slots: dict[str, set[str]] = {}
        for sentence in sentences:
            uses = (e for e in walk(sentence.expression) if isinstance(e, SlotUse))
            slots.setdefault(sentence.intent, set()).update(use.name for use in uses)
        responses: dict[str, str] = {}
        for key, value in _entries(node, "`responses:`"):
            if key.text not in slots:
                raise key.error(
                    f"a response for the unknown intent {key.text!r}{nearest(key.text, slots)}"
                )
            if not isinstance(value, Scalar):
                raise value.error(f"the response of {key.text!r} is {value.kind}; expected a text")
            try:
                fields = template(value.text).fields
            except GrammarError as error:
                raise value.error(f"the response of {key.text!r} has a mistake: {error}") from error
            for field in fields:
                if field not in slots[key.text]:
                    raise value.error(
                        f"the response of {key.text!r} uses {{{field}}}, which is no slot of it"
                        f"{nearest(field, sorted(slots[key.text]))}"
                    )
            responses[key.text] = value.text
        return responses


def _takes(node: Node | None, slot_types: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """What each slot takes from a home: areas, floors, or devices of some domains."""
    takes: dict[str, tuple[str, ...]] = {}
    for key, value in _entries(node, "`home:`"):
        if key.text not in slot_types:
            raise key.error(
                f"`home:` fills ${key.text}, which is not defined under `slots:`"
                f"{nearest(key.text, slot_types)}"
            )
        takes[key.text] = _kinds(key.text, value)
    return takes


def _kinds(slot: str, node: Node) -> tuple[str, ...]:
    return tuple(item.text for item in _texts(node, f"`home:` of ${slot}", single=True))


def _refusal_threshold(node: Node | None) -> float | None:
    if node is None:
        return None
    try:
        value = float(node.text) if isinstance(node, Scalar) else -1.0
    except ValueError:
        value = -1.0
    if not 0.0 <= value <= 1.0:  # and not nan
        raise node.error("`refuse_below:` is a confidence; expected a number from 0 to 1")
    return value


def _lexicon(node: Node | None) -> dict[str, tuple[str, ...]]:
    """The user's own pronunciations, checked against the phone inventory."""
    lexicon: dict[str, tuple[str, ...]] = {}
    for key, value in _entries(node, "`lexicon:`"):
        words = words_of(key.text)
        if len(words) != 1:
            raise key.error(
                f"{key.text!r} in the lexicon is not one word; give each word its own line"
            )
        spellings = []
        for item in _texts(value, f"lexicon word {key.text!r}", single=True):
            try:
                phones = inventory.parse(item.text)
            except ValueError as error:
                raise item.error(f"lexicon word {key.text!r}: {error}") from error
            if not phones:
                raise item.error(f"lexicon word {key.text!r} has an empty pronunciation")
            spellings.append(inventory.spell(phones))
        lexicon[words[0]] = tuple(spellings)
    return lexicon


def _parse(item: Scalar, where: str) -> tuple[Parsed, ...]:
    try:
        parts = parse_expression(item.text, item.line)
    except ExpressionError as problem:
        raise item.error(f"{where}, {problem}") from problem
    if not parts:
        raise item.error(f"{where} has an empty expression; write what can be said, or remove it")
    return parts


def _check_macros(parts: tuple[Parsed, ...], macros: Iterable[str], item: Scalar) -> None:
    for used in sorted(mentions(parts)):
        if used not in macros:
            raise item.error(f"macro @{used} is not defined under `macros:`{nearest(used, macros)}")


def _mapping(node: Node, what: str) -> Keys:
    if not isinstance(node, Keys):
        raise node.error(f"{what} is {node.kind}; expected a mapping of names")
    return node


def _entries(node: Node | None, what: str) -> tuple[tuple[Scalar, Node], ...]:
    """The entries of an optional mapping; an empty one may be written as nothing at all."""
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    return _mapping(node, what).entries


def _texts(node: Node, what: str, *, single: bool = False) -> list[Scalar]:
    """The texts of a non-empty list (or, with `single`, one text on its own)."""
    if single and isinstance(node, Scalar) and node.value is not None:
        return [node]
    if not isinstance(node, Items):
        raise node.error(f"{what} is {node.kind}; expected a list of texts")
    if not node.items:
        raise node.error(f"{what} is empty; add at least one")
    for item in node.items:
        if not isinstance(item, Scalar):
            raise item.error(
                f"{what} holds {item.kind} where a text is expected; put the expression in quotes"
            )
        if item.value is None:
            raise item.error(
                f"{what} has an empty expression; write what can be said, or remove it"
            )
    return [item for item in node.items if isinstance(item, Scalar)]
