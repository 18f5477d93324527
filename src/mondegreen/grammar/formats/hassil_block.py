"""One block of hassil sentences, with its own rules and lists, as sentences of a grammar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hassil.expression import Expression as Template
from hassil.expression import Group, ListReference, RuleReference

from ...errors import GrammarError
from ...registry import nearest
from ..expression import EMPTY, Expression, Notice, Sentence, SlotType, SlotUse, ValueList
from .hassil_documents import BlockNode, entries, fixed_slots, parsed_template, requirements
from .hassil_documents import plain_mapping as plain_keys
from .hassil_lists import NamedList, has_context, slot_type
from .hassil_rules import check_rules
from .hassil_words import TemplateConverter, TemplateError, only_words
from .marked_yaml import Items, Node, Scalar, plain


@dataclass
class Loss:
    """What sentences lose by something that is missing."""

    first: Node
    """The first sentence that needs it."""
    left_out: int = 0
    shortened: int = 0
    contexts: set[str] = field(default_factory=set)
    """In which contexts a list has no value, where it has one in others."""


@dataclass
class Shared:
    """What all blocks share: lists, rules, the slot types made of them, and what is missing."""

    lists: dict[str, NamedList] = field(default_factory=dict)
    rules: dict[str, Template] = field(default_factory=dict)
    places: dict[str, Scalar] = field(default_factory=dict)
    """Where each rule is defined."""
    slot_types: dict[str, SlotType] = field(default_factory=dict)
    used_types: set[str] = field(default_factory=set)
    """Slot types of sentences that can be said."""
    missing_lists: dict[str, Loss] = field(default_factory=dict)
    missing_rules: dict[str, Loss] = field(default_factory=dict)

    def notices(self) -> list[Notice]:
        """What was left out for want of a list or a rule."""
        notices = []
        for name, loss in sorted(self.missing_lists.items()):
            here = f" for {', '.join(sorted(loss.contexts))}" if loss.contexts else ""
            remedy = (
                f"give it with --lists FILE or --home FILE (in Python: lists={{{name!r}: […]}})"
            )
            if not here:
                remedy = f"define it under `lists:`, or {remedy}"
            message = f"list {{{name}}} has no values{here}: {_cost(loss)}; {remedy}"
            notices.append(Notice(message, loss.first.source, loss.first.line))
        for name, loss in sorted(self.missing_rules.items()):
            message = (
                f"rule <{name}> is not defined under `expansion_rules:`"
                f"{nearest(name, self.rules)}: {_cost(loss)}"
            )
            notices.append(Notice(message, loss.first.source, loss.first.line, "warning"))
        return notices


def _cost(loss: Loss) -> str:
    where = "here" if loss.first.line is not None else repr(plain(loss.first))
    left_out = "1 sentence is" if loss.left_out == 1 else f"{loss.left_out} sentences are"
    shortened = "1 has" if loss.shortened == 1 else f"{loss.shortened} have"
    return f"{left_out} left out, {shortened} fewer wordings, the first {where}"


class Block:
    """One entry of an intent's `data:`; `number` tells it from the others."""

    def __init__(self, shared: Shared, block: BlockNode, number: int) -> None:
        self.shared = shared
        self.intent, self.node = block.intent, block.node
        self.number = number
        own_rules = entries(self.node, "expansion_rules")
        self.rules = {
            **shared.rules, **{k.text: parsed_template(v, f"rule <{k.text}>") for k, v in own_rules}
        }  # fmt: skip
        if own_rules:
            check_rules(self.rules, {**shared.places, **{k.text: k for k, _ in own_rules}})
        self.lists = {
            k.text: NamedList(k.text, plain(v), self.node.source, k.line)
            for k, v in entries(self.node, "lists")
        }
        self.requires = requirements(self.node)
        self.excludes = plain_keys(self.node, "excludes_context")
        self.line: int | None = None

    def sentences(self) -> Iterator[Sentence]:
        """The sentences of this block that can be said. Raises GrammarError for mistakes."""
        texts = self.node.get("sentences")
        if not isinstance(texts, Items):
            raise self.node.error(f"intent {self.intent!r} has data without a list of `sentences:`")
        fixed = fixed_slots(self.node)
        converter = TemplateConverter(self._slot_of, self.rules.get)
        for item in texts.items:
            self.line = item.line
            template = parsed_template(item, f"intent {self.intent!r}")
            try:
                expression = converter.convert(template)
            except (TemplateError, RecursionError) as problem:
                raise item.error(f"intent {self.intent!r}: {problem}") from problem
            self._note_losses(item, template, left_out=expression is None)
            if expression is None:
                continue
            if expression == EMPTY:
                raise item.error(f"intent {self.intent!r} has an empty sentence; remove it")
            yield Sentence(self.intent, expression, fixed, item.line, item.source)

    def _note_losses(self, item: Node, template: Template, *, left_out: bool) -> None:
        lists, rules = self._references(template)
        for name in sorted(rules - self.rules.keys()):
            loss = self.shared.missing_rules.setdefault(name, Loss(item))
            loss.left_out += left_out
            loss.shortened += not left_out
        for reference in lists:
            use = self._slot_of(reference)
            if use is not None:
                if not left_out:
                    self.shared.used_types.add(use.type)
                continue
            loss = self.shared.missing_lists.setdefault(reference.list_name, Loss(item))
            loss.left_out += left_out
            loss.shortened += not left_out
            loss.contexts |= self._context_without_values(reference.list_name)

    def _references(self, template: Template) -> tuple[list[ListReference], set[str]]:
        """The lists (one reference to each slot they fill) and the rules anywhere in a template."""
        lists: dict[tuple[str, str], ListReference] = {}
        rules: set[str] = set()
        todo = [template]
        while todo:
            part = todo.pop()
            if isinstance(part, ListReference):
                lists.setdefault((part.list_name, part.slot_name), part)
            elif isinstance(part, Group):
                todo.extend(part.items)
            elif isinstance(part, RuleReference) and part.rule_name not in rules:
                rules.add(part.rule_name)
                todo += [self.rules[part.rule_name]] if part.rule_name in self.rules else []
        return list(lists.values()), rules

    def _context_without_values(self, name: str) -> set[str]:
        """The context in which a list has no value; nothing where it has none in any."""
        named_list = self.lists.get(name) or self.shared.lists.get(name)
        return set() if named_list is None else set(self._conditions(named_list))

    def _slot_of(self, reference: ListReference) -> SlotUse | None:
        name = reference.list_name
        limits = reference.get_inline_range()
        if limits:
            low, high, step = limits
            data = {"range": {"from": low, "to": high, "step": step}}
            named_list: NamedList | None = NamedList(name, data, self.node.source)
        else:
            named_list = self.lists.get(name) or self.shared.lists.get(name)
        if named_list is None:
            return None
        key = self._key(named_list)
        if key not in self.shared.slot_types:
            self.shared.slot_types[key] = slot_type(
                key, named_list, self._value_template, self.requires, self.excludes
            )
        kind = self.shared.slot_types[key]
        if isinstance(kind, ValueList) and not kind.values:
            return None
        return SlotUse(reference.slot_name, key, self.line)

    def _key(self, named_list: NamedList) -> str:
        """Blocks share slot types unless a list is local or its values depend on context."""
        key = named_list.name
        if self.lists.get(named_list.name) is named_list:
            key += f"@{self.intent}.{self.number}"
        conditions = self._conditions(named_list)
        return f"{key}[{', '.join(conditions)}]" if conditions else key

    def _conditions(self, named_list: NamedList) -> list[str]:
        """What the context of this block demands of the values of a list."""
        if not has_context(named_list):
            return []
        required = [
            f"{k}={_context_text(v)}"
            for k, v in self.requires.items()
            if not isinstance(v, Mapping)
        ]
        return required + [f"{k}!={_context_text(v)}" for k, v in self.excludes.items()]

    def _value_template(self, text: str) -> Expression | None:
        template = parsed_template(Scalar(None, None, text, text), "a value")
        expression = TemplateConverter(_no_lists, self.rules.get).convert(template)
        assert expression is None or only_words(expression)
        return expression


def _context_text(value: Any) -> str:
    return "|".join(map(str, value)) if isinstance(value, list) else str(value)


def _no_lists(reference: ListReference) -> SlotUse | None:
    raise GrammarError(f"uses the list {{{reference.list_name}}} inside a value; write words there")
