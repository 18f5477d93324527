"""hassil sentence templates, the format of Home Assistant's voice intents.

Templates are parsed by hassil itself; its tree is walked into expressions. What a recogniser of
speech cannot use (responses, metadata, the satellite's area) is left out, see docs/formats.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...errors import GrammarError
from ..expression import EMPTY, Expression, Grammar, Notice, Sentence, one_of, optional
from ..expression import Sequence as Run
from ..home.device_classes import names_before_classes
from ..home.first import names_first
from ..home.home import AREA, FLOOR, Home
from ..phrases import phrase
from ..unused import unused_home, unused_lists
from .format import Options
from .hassil_block import Block, Shared
from .hassil_documents import BlockNode, beside, blocks, entries, is_hassil, parsed_template
from .hassil_lists import NamedList
from .hassil_rules import check_rules
from .marked_yaml import Items, Keys, Node, Scalar, plain

_CLOSING = ("please", "for me", "now", "thanks", "thank you")
"""Skip words that can end a sentence; "can you" and "I want" only begin one."""


class Hassil:
    """hassil sentence templates, as Home Assistant writes them. A `GrammarFormat`."""

    def recognises(self, document: Node) -> bool:
        """Whether a document holds hassil intents, or is one of the files that belong to them."""
        return is_hassil(document)

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """The grammar of hassil documents, merged in order as Home Assistant does.

        The lists of `options` define or replace those that are filled at run time
        (`{"area": ["kitchen", …]}`). Sentences that need a list without values, or a rule that is
        not defined, are left out, and `notices` says so. A home gives the lists `area`, `floor` and
        `name`. Raises GrammarError.
        """
        one = len(documents) == 1
        source = documents[0].source if one else str(options.folder)
        nodes = documents if one else [*beside(options.folder or Path()), *documents]
        home = options.home or Home()
        grammar = _Reader({**home.lists(), **options.lists}).read(nodes, options.name, source)
        notices = (*home.notices, *grammar.notices, *_unused(grammar, home, options.lists))
        noticed = replace(grammar, notices=notices)
        if not home.devices:
            return noticed
        # As in Home Assistant, which looks for a name before it looks for anything else.
        places = frozenset({AREA, FLOOR} & grammar.slot_types.keys())
        named = names_first(noticed, places, home.device_wordings())
        return names_before_classes(named, home)


def _unused(grammar: Grammar, home: Home, lists: Mapping[str, Any]) -> Iterator[Notice]:
    """What was given and fills no slot: of several lists one that does is enough."""
    # A list with a context is in slot types such as "name[domain=light]"; with @ it is a block's.
    filled = {key.partition("[")[0] for key in grammar.slot_types if "@" not in key}
    if home.lists() and filled.isdisjoint(home.lists()):
        yield unused_home("no sentence has {area}, {floor} or {name}")
    if lists and filled.isdisjoint(lists):
        names = ", ".join(f"{{{name}}}" for name in lists)
        yield unused_lists(f"no sentence has {names}")


class _Reader:
    """Reads one set of documents."""

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self.option_lists = {key: NamedList(key, value) for key, value in lists.items()}
        self.shared = Shared()
        self.skip_words: list[str] = []
        self.before: Expression | None = None
        self.after: Expression | None = None
        """What people say before a sentence (two skip words at most) and after it."""
        self.notices: list[Notice] = []

    def read(self, documents: Sequence[Node], name: str, source: str | None) -> Grammar:
        block_nodes: list[BlockNode] = []
        for document in documents:
            if not isinstance(document, Keys):
                raise document.error(f"a hassil file is a mapping, not {document.kind}")
            self._read_shared(document)
            block_nodes += blocks(document)
        self.shared.lists |= self.option_lists
        check_rules(self.shared.rules, self.shared.places)
        before = _either(self.skip_words)
        self.before = None if before is None else optional(Run((before, optional(before))))
        after = _either([w for w in self.skip_words if w in _CLOSING])
        self.after = None if after is None else optional(after)
        sentences: list[Sentence] = []
        for number, block in enumerate(block_nodes):
            sentences += map(self._polite, Block(self.shared, block, number).sentences())
        losses = self.shared.notices()
        if not sentences:
            raise _nothing_left(block_nodes, losses, source)
        sayable = {sentence.intent for sentence in sentences}
        silent = {block.intent: block.node for block in block_nodes if block.intent not in sayable}
        used = self.shared.used_types
        return Grammar(
            name,
            tuple(sentences),
            {key: kind for key, kind in self.shared.slot_types.items() if key in used},
            source=source,
            notices=(
                *self.notices,
                *losses,
                *(
                    Notice(f"intent {intent} has no sentence left", node.source, node.line)
                    for intent, node in sorted(silent.items())
                ),
            ),
        )

    def _read_shared(self, document: Keys) -> None:
        """Lists, rules and skip words that every intent shares."""
        language = document.get("language")
        if isinstance(language, Scalar) and not language.text.startswith("en"):
            message = f"language {language.text}: numbers and sounds are English here"
            self.notices.append(Notice(message, language.source, language.line))
        for key, node in entries(document, "lists"):
            self.shared.lists[key.text] = NamedList(
                key.text, plain(node), document.source, key.line
            )
        for key, node in entries(document, "expansion_rules"):
            self.shared.rules[key.text] = parsed_template(node, f"rule <{key.text}>")
            self.shared.places[key.text] = key
        skip = document.get("skip_words")
        if isinstance(skip, Items):
            self.skip_words += [i.text for i in skip.items if isinstance(i, Scalar)]

    def _polite(self, sentence: Sentence) -> Sentence:
        """A sentence with the skip words around it."""
        parts = (self.before, sentence.expression, self.after)
        around = tuple(part for part in parts if part is not None)
        return sentence if len(around) == 1 else replace(sentence, expression=Run(around))


def _either(texts: list[str]) -> Expression | None:
    phrases = tuple(p for p in map(phrase, texts) if p != EMPTY)
    return one_of(phrases) if phrases else None


def _nothing_left(
    block_nodes: Sequence[BlockNode], losses: Sequence[Notice], source: str | None
) -> GrammarError:
    if not block_nodes:
        return GrammarError(
            "found lists and rules, and no sentences; expected `intents:`", source=source
        )
    because = "".join(f"; {notice.message}" for notice in losses)
    first = losses[0] if losses else Notice("", source)
    return GrammarError(f"no sentence can be said{because}", source=first.source, line=first.line)
