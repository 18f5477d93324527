"""hassil sentence templates, the format of Home Assistant's voice intents.

Templates are parsed by hassil itself; its tree is walked into expressions. What a recogniser of
speech cannot use (responses, metadata, the satellite's area) is left out, see docs/formats.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hassil.expression import Expression as Template
from hassil.expression import Group, ListReference, Permutation, RuleReference
from hassil.parse_expression import parse_sentence
from hassil.parser import ParseError

from ...errors import GrammarError
from ...registry import nearest
from ..expression import (
    EMPTY,
    Choice,
    Expression,
    Grammar,
    Notice,
    Sentence,
    SlotType,
    SlotUse,
    optional,
)
from ..expression import Sequence as Run
from ..phrases import phrase
from .format import Options
from .hassil_lists import NamedList, has_context, slot_type
from .hassil_words import MAX_PERMUTED, TemplateConverter, TemplateError, only_words
from .limits import MAX_NODES
from .marked_yaml import Items, Keys, Node, Scalar, plain

MAX_TEMPLATE = 20_000
"""Characters of one template: hassil parses in quadratic time, and real ones have 400 at most."""
MAX_NESTING = 64
_CLOSING = ("please", "for me", "now", "thanks", "thank you")
"""Skip words that can end a sentence; "can you" and "I want" only begin one."""


class Hassil:
    """hassil sentence templates, as Home Assistant writes them. A `GrammarFormat`."""

    def recognises(self, document: Node) -> bool:
        """Whether a document holds hassil intents, or is one of the files that belong to them."""
        if not isinstance(document, Keys) or document.get("context") is not None:
            return False
        return any(document.get(key) is not None for key in ("intents", "lists", "expansion_rules"))

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """The grammar of hassil documents, merged in order as Home Assistant does.

        The lists of `options` define or replace those that are filled at run time
        (`{"area": ["kitchen", …]}`). Sentences that need a list without values are left out, and
        `notices` says so. Raises GrammarError.
        """
        one = len(documents) == 1
        source = documents[0].source if one else str(options.folder)
        return _Reader(options.lists).read(documents, options.name, source)


class _Reader:
    """Reads one set of documents."""

    def __init__(self, lists: Mapping[str, Any]) -> None:
        self.lists: dict[str, NamedList] = {}
        self.option_lists = {key: NamedList(key, value) for key, value in lists.items()}
        self.rules: dict[str, Template] = {}
        self.places: dict[str, Scalar] = {}
        self.skip_words: list[str] = []
        self.slot_types: dict[str, SlotType] = {}
        self.losses_by_list: dict[str, list[int]] = {}
        # Sentences left out, and sentences that lost some wordings, by list.
        self.first_loss_by_list: dict[str, Node] = {}
        self.notices: list[Notice] = []

    def read(self, documents: Sequence[Node], name: str, source: str | None) -> Grammar:
        blocks: list[tuple[str, Keys]] = []
        for document in documents:
            if not isinstance(document, Keys):
                raise document.error(f"a hassil file is a mapping, not {document.kind}")
            self._read_shared(document)
            blocks += list(_blocks(document))
        self.lists |= self.option_lists
        self._check_rules(self.rules, self.places)
        sentences: list[Sentence] = []
        for number, (intent, block) in enumerate(blocks):
            sentences += _Block(self, intent, block, number).sentences()
        if not sentences:
            raise GrammarError(
                "no sentence can be said" + "".join(f"; {n.message}" for n in self._loss_notices()),
                source=source,
            )
        sayable = {sentence.intent for sentence in sentences}
        silent = {intent: block for intent, block in blocks if intent not in sayable}
        notices = [*self.notices, *self._loss_notices()]
        notices += [
            Notice(f"intent {intent} has no sentence left", block.source, block.line)
            for intent, block in sorted(silent.items())
        ]
        return Grammar(
            name,
            tuple(sentences),
            self.slot_types,
            source=source,
            notices=tuple(notices),
        )  # fmt: skip

    def _read_shared(self, document: Keys) -> None:
        """Lists, rules and skip words that every intent shares."""
        language = document.get("language")
        if isinstance(language, Scalar) and not language.text.startswith("en"):
            message = f"language {language.text}: numbers and sounds are English here"
            self.notices.append(Notice(message, language.source, language.line))
        for key, node in _entries(document, "lists"):
            self.lists[key.text] = NamedList(key.text, plain(node), document.source, key.line)
        for key, node in _entries(document, "expansion_rules"):
            self.rules[key.text] = _template(node, f"rule <{key.text}>")
            self.places[key.text] = key
        skip = document.get("skip_words")
        if isinstance(skip, Items):
            self.skip_words += [i.text for i in skip.items if isinstance(i, Scalar)]

    def _check_rules(self, rules: Mapping[str, Template], places: Mapping[str, Scalar]) -> None:
        """Raises GrammarError when rules refer to each other in a circle or unfold without end."""
        state: dict[str, int] = {}
        sizes: dict[str, int] = {}
        for root in rules:
            # Depth first with a stack of our own: a chain of rules may be long.
            path = [(root, iter(sorted(_rules_in(rules[root]))))] if root not in state else []
            state.setdefault(root, 1)
            while path:
                here, inner = path[-1]
                for used in inner:
                    if state.get(used) == 1:
                        loop = [n for n, _ in path][[n for n, _ in path].index(used) :]
                        circle = " → ".join(f"<{n}>" for n in [*loop, used])
                        raise places[used].error(
                            f"rules refer to each other in a circle: {circle}; break it"
                        )
                    if used in rules and used not in state:
                        state[used] = 1
                        path.append((used, iter(sorted(_rules_in(rules[used])))))
                        break
                else:
                    state[here] = 2
                    sizes[here] = _size(rules[here], sizes)
                    if sizes[here] > MAX_NODES:
                        raise places[here].error(
                            f"rule <{here}> unfolds into more than {MAX_NODES:,} parts; "
                            "use a list instead"
                        )
                    path.pop()

    def _loss_notices(self) -> list[Notice]:
        notices = []
        for name, (gone, shorter) in sorted(self.losses_by_list.items()):
            first = self.first_loss_by_list[name]
            where = "here" if first.line is not None else repr(plain(first))
            message = (
                f"list {{{name}}} has no values: {gone} sentences are left out, {shorter} have "
                f"fewer wordings, the first {where}; define it under `lists:`, or give it with "
                f"--lists FILE (in Python: lists={{{name!r}: […]}})"
            )
            notices.append(Notice(message, first.source, first.line))
        return notices

    def with_skip_words(self, expression: Expression) -> Expression:
        """A sentence with the skip words that people put before it (two at most) and after it."""
        before = _either(self.skip_words)
        after = _either([w for w in self.skip_words if w in _CLOSING])
        parts = [expression]
        if before is not None:
            parts.insert(0, optional(Run((before, optional(before)))))
        if after is not None:
            parts.append(optional(after))
        return parts[0] if len(parts) == 1 else Run(tuple(parts))


def _either(texts: list[str]) -> Expression | None:
    phrases = tuple(p for p in map(phrase, texts) if p != EMPTY)
    return None if not phrases else phrases[0] if len(phrases) == 1 else Choice(phrases)


class _Block:
    """One entry of an intent's `data:` with its own rules and lists."""

    def __init__(self, reader: _Reader, intent: str, node: Keys, number: int) -> None:
        self.reader = reader
        self.intent = intent
        self.node = node
        self.number = number
        block_rules = _entries(node, "expansion_rules")
        self.rules = {
            **reader.rules, **{k.text: _template(v, f"rule <{k.text}>") for k, v in block_rules}
        }  # fmt: skip
        if block_rules:
            reader._check_rules(
                self.rules, {**reader.places, **{k.text: k for k, _ in block_rules}}
            )
        self.lists = {
            k.text: NamedList(k.text, plain(v), node.source, k.line)
            for k, v in _entries(node, "lists")
        }
        self.requires = _plain_mapping(node, "requires_context")
        self.excludes = _plain_mapping(node, "excludes_context")
        self.line: int | None = None

    def sentences(self) -> Iterator[Sentence]:
        """The sentences of this block that can be said."""
        texts = self.node.get("sentences")
        if not isinstance(texts, Items):
            raise self.node.error(f"intent {self.intent!r} has data without a list of `sentences:`")
        fixed = _plain_mapping(self.node, "slots")
        converter = TemplateConverter(self._slot_of, self._rule)
        for item in texts.items:
            self.line = item.line
            template = _template(item, f"intent {self.intent!r}")
            try:
                expression = converter.convert(template)
            except (TemplateError, RecursionError) as problem:
                raise item.error(f"intent {self.intent!r}: {problem}") from problem
            self._note_losses(item, template, left_out=expression is None)
            if expression is None:
                continue
            if expression == EMPTY:
                raise item.error(f"intent {self.intent!r} has an empty sentence; remove it")
            whole = self.reader.with_skip_words(expression)
            yield Sentence(self.intent, whole, fixed, item.line, item.source)

    def _note_losses(self, item: Node, template: Template, *, left_out: bool) -> None:
        for name in sorted(self._lists_in(template)):
            counts = self.reader.losses_by_list.setdefault(name, [0, 0])
            counts[0 if left_out else 1] += 1
            self.reader.first_loss_by_list.setdefault(name, item)

    def _lists_in(self, template: Template) -> set[str]:
        """Lists without values anywhere in a template, rules included."""
        empty: set[str] = set()
        todo, seen = [template], set[str]()
        while todo:
            part = todo.pop()
            if isinstance(part, ListReference) and self._slot_of(part) is None:
                empty.add(part.list_name)
            elif isinstance(part, Group):
                todo.extend(part.items)
            elif isinstance(part, RuleReference) and part.rule_name not in seen:
                seen.add(part.rule_name)
                todo.append(self._rule(part.rule_name))
        return empty

    def _rule(self, name: str) -> Template:
        if name not in self.rules:
            raise GrammarError(
                f"rule <{name}> is not defined under `expansion_rules:`{nearest(name, self.rules)}",
                source=self.node.source, line=self.line,
            )  # fmt: skip
        return self.rules[name]

    def _slot_of(self, reference: ListReference) -> SlotUse | None:
        name = reference.list_name
        limits = reference.get_inline_range()
        if limits:
            low, high, step = limits
            data = {"range": {"from": low, "to": high, "step": step}}
            named_list: NamedList | None = NamedList(name, data, self.node.source)
        else:
            named_list = self.lists.get(name) or self.reader.lists.get(name)
        if named_list is None:
            return None
        key = self._key(named_list)
        if key not in self.reader.slot_types:
            self.reader.slot_types[key] = slot_type(
                key, named_list, self._value_template, self.requires, self.excludes
            )
        kind = self.reader.slot_types[key]
        if getattr(kind, "values", True) == ():
            return None
        return SlotUse(reference.slot_name, key, self.line)

    def _key(self, named_list: NamedList) -> str:
        """Blocks share slot types unless a list is local or its values depend on context."""
        key = named_list.name
        if self.lists.get(named_list.name) is named_list:
            key += f"@{self.intent}.{self.number}"
        if has_context(named_list):
            rules = [
                f"{k}={_context_text(v)}"
                for k, v in self.requires.items()
                if not isinstance(v, Mapping)
            ]
            rules += [f"{k}!={_context_text(v)}" for k, v in self.excludes.items()]
            key += f"[{', '.join(rules)}]" if rules else ""
        return key

    def _value_template(self, text: str) -> Expression | None:
        template = _template(Scalar(self.line, self.node.source, text, text), "a list value")
        expression = TemplateConverter(_no_lists, self._rule).convert(template)
        assert expression is None or only_words(expression)
        return expression


def _context_text(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)


def _no_lists(reference: ListReference) -> SlotUse | None:
    raise GrammarError(f"list {{{reference.list_name}}} is used inside a value of another list")


def _template(node: Node, what: str) -> Template:
    """A text parsed by hassil. Raises GrammarError with the line for what hassil cannot parse."""
    if not isinstance(node, Scalar) or node.value is None:
        raise node.error(f"{what} holds {node.kind} where a sentence is expected")
    if len(node.text) > MAX_TEMPLATE:
        raise node.error(
            f"{what} has a template of {len(node.text):,} characters; at most {MAX_TEMPLATE:,}; "
            "put long alternatives into a list"
        )
    depth = deepest = 0
    for symbol in node.text:
        depth += (symbol in "([") - (symbol in ")]")
        deepest = max(deepest, depth)
    if deepest > MAX_NESTING:
        raise node.error(f"{what} nests brackets more than {MAX_NESTING} deep")
    try:
        template: Template = parse_sentence(node.text).expression
    except (ParseError, AssertionError, IndexError) as error:
        reason = str(error) or "a bracket is missing or empty"
        raise node.error(f"{what} cannot be parsed: {reason[:200]}") from error
    return template


def _blocks(document: Keys) -> Iterator[tuple[str, Keys]]:
    """Intent names with their data blocks."""
    for intent, body in _entries(document, "intents"):
        data = body.get("data") if isinstance(body, Keys) else None
        if not isinstance(data, Items):
            raise intent.error(f"intent {intent.text!r} has no `data:` list")
        for block in data.items:
            if not isinstance(block, Keys):
                raise block.error(
                    f"data of intent {intent.text!r} is {block.kind}; expected a mapping"
                )
            yield intent.text, block


def _entries(node: Keys, key: str) -> tuple[tuple[Scalar, Node], ...]:
    mapping = node.get(key)
    if mapping is None or (isinstance(mapping, Scalar) and mapping.value is None):
        return ()
    if not isinstance(mapping, Keys):
        raise mapping.error(f"`{key}:` is {mapping.kind}; expected a mapping of names")
    return mapping.entries


def _plain_mapping(node: Keys, key: str) -> dict[str, Any]:
    return {k.text: plain(v) for k, v in _entries(node, key)}


def _size(template: Template, sizes: Mapping[str, int]) -> int:
    """How many parts a template has once its rules, of the sizes given, are in place."""
    if isinstance(template, RuleReference):
        return sizes.get(template.rule_name, 1)
    if not isinstance(template, Group):
        return 1
    inner = sum(_size(item, sizes) for item in template.items)
    orders = math.factorial(min(len(template.items), MAX_PERMUTED))
    return 1 + inner * (orders if isinstance(template, Permutation) else 1)


def _rules_in(template: Template) -> set[str]:
    names: set[str] = set()
    todo = [template]
    while todo:
        part = todo.pop()
        if isinstance(part, RuleReference):
            names.add(part.rule_name)
        elif isinstance(part, Group):
            todo.extend(part.items)
    return names
