"""hassil's sentence trees, which count characters, as expressions, which count words.

In a template `light[s]` is one word and `turn[ on]` is two. Runs without a space between their
parts are written out in full, small as they are; everything else keeps its shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import permutations, product

from hassil.expression import (
    Alternative,
    Group,
    ListReference,
    Permutation,
    RuleReference,
    TextChunk,
)
from hassil.expression import Expression as Template

from ..expression import EMPTY, Expression, Sequence, SlotUse, Word, one_of
from ..phrases import phrase, silence

MAX_GLUED = 512
"""Wordings of one run of glued parts; Home Assistant's English needs at most a few dozen."""
MAX_PERMUTED = 5
"""Parts of a permutation: 5 give 120 orders."""

Lookup = Callable[[ListReference], SlotUse | None]
"""The slot a list reference fills, or None when the list has no values."""
Rules = Callable[[str], Template | None]
"""The body of a rule by name, None for one that is not defined; none is circular."""

Atom = str | SlotUse


class TemplateError(ValueError):
    """What is wrong with a template; the reader adds where it stands."""


class TemplateConverter:
    """Turns templates of one block into expressions; None stands for what can never be said."""

    def __init__(self, lookup: Lookup, rules: Rules) -> None:
        self.lookup = lookup
        self.rules = rules
        self._rule_expressions: dict[str, Expression | None] = {}

    def convert(self, template: Template) -> Expression | None:
        """The expression of a template, or None when it needs a list without values or a rule that
        is not defined. Raises TemplateError for what cannot be said or is too large."""
        if isinstance(template, Alternative):
            return self._alternatives(template)
        if isinstance(template, Permutation):
            return self._permutation(template)
        if isinstance(template, Group):
            return self._sequence(template.items)
        if isinstance(template, RuleReference):
            name = template.rule_name
            if name not in self._rule_expressions:
                body = self.rules(name)
                self._rule_expressions[name] = None if body is None else self.convert(body)
            return self._rule_expressions[name]
        return self._sequence([template])

    def _alternatives(self, template: Alternative) -> Expression | None:
        """A choice. Raises TemplateError for a symbol that would stand for saying nothing."""
        items = [self.convert(item) for item in template.items]
        if any(item not in (None, EMPTY) for item in items):
            for part, item in zip(template.items, items, strict=True):
                written = _text_of(part).strip()
                if item == EMPTY and written:
                    raise TemplateError(
                        f"nobody can say {written!r}, which is one of several alternatives; write "
                        "it as it is said, or leave it out"
                    )
        return self._choice(items)

    @staticmethod
    def _choice(items: list[Expression | None]) -> Expression | None:
        possible = tuple(dict.fromkeys(item for item in items if item is not None))
        return one_of(possible) if possible else None

    def _permutation(self, template: Permutation) -> Expression | None:
        if len(template.items) > MAX_PERMUTED:
            raise TemplateError(
                f"a permutation of {len(template.items)} parts; at most {MAX_PERMUTED} are read"
            )
        items = [self.convert(item) for item in template.items]
        if any(item is None for item in items):
            return None
        parts = [item for item in items if item is not None]
        return self._choice([_join(list(order)) for order in permutations(parts)])

    def _sequence(self, items: list[Template]) -> Expression | None:
        parts: list[Expression] = []
        for run in _runs(items):
            part = self._run(run)
            if part is None:
                return None
            parts.append(part)
        return _join(parts)

    def _run(self, run: list[str | Template]) -> Expression | None:
        """One run of parts without a space between them."""
        if len(run) == 1 and not isinstance(run[0], str | ListReference):
            return self.convert(run[0])
        try:
            wordings = self._product(run)
        except OverflowError:
            # Too many to write out: read as if there were spaces between the parts.
            parts = [phrase(p) if isinstance(p, str) else self.convert(p) for p in run]
            return None if None in parts else _join([p for p in parts if p is not None])
        return self._choice([_from_atoms(atoms) for atoms in wordings])

    def _product(self, parts: list[str | Template]) -> list[tuple[Atom, ...]]:
        expanded = [self._expand(part) for part in parts]
        count = 1
        for options in expanded:
            count *= len(options)
            if count > MAX_GLUED:
                raise OverflowError
        return [tuple(a for piece in combo for a in piece) for combo in product(*expanded)]

    def _expand(self, part: str | Template) -> list[tuple[Atom, ...]]:
        """Every wording of a part, as text (spaces included) and slots."""
        if isinstance(part, str):
            return [(part,)]
        if isinstance(part, TextChunk):
            return [(part.original_text,)]
        if isinstance(part, ListReference):
            use = self.lookup(part)
            return [] if use is None else [(use,)]
        if isinstance(part, RuleReference):
            body = self.rules(part.rule_name)
            return [] if body is None else self._expand(body)
        if isinstance(part, Alternative):
            wordings = [wording for item in part.items for wording in self._expand(item)]
        elif isinstance(part, Permutation):
            if len(part.items) > MAX_PERMUTED:
                raise OverflowError
            orders = permutations(part.items)
            wordings = [wording for order in orders for wording in self._product(list(order))]
        else:
            assert isinstance(part, Group)
            wordings = self._product(list(part.items))
        if len(wordings) > MAX_GLUED:
            raise OverflowError
        return list(dict.fromkeys(wordings))


def _runs(items: list[Template]) -> list[list[str | Template]]:
    """Split the parts of a sequence wherever there is a space."""
    runs: list[list[str | Template]] = [[]]

    def add(item: Template) -> None:
        if isinstance(item, TextChunk):
            for piece in re.findall(r"\s+|\S+", item.original_text):
                if piece.isspace():
                    runs.append([])
                else:
                    runs[-1].append(piece)
        elif isinstance(item, Group) and not isinstance(item, Alternative | Permutation):
            for inner in item.items:
                add(inner)
        else:
            runs[-1].append(item)

    for item in items:
        add(item)
    runs = [run for run in runs if run]
    return [run for i, run in enumerate(runs) if not _is_dash(runs, i)]


def _is_dash(runs: list[list[str | Template]], place: int) -> bool:
    """Whether a run is a dash between words ("sci - fi"), and not the minus between numbers."""
    if runs[place] not in (["-"], ["−"]) or place in (0, len(runs) - 1):
        return False
    around = [*runs[place - 1], *runs[place + 1]]
    return all(isinstance(part, str) and part.isalpha() for part in around)


def _text_of(template: Template) -> str:
    """The text written in a template, when it is nothing but text."""
    if isinstance(template, TextChunk):
        return str(template.original_text)
    if isinstance(template, Group) and not isinstance(template, Alternative | Permutation):
        return "".join(map(_text_of, template.items))
    return ""


def _from_atoms(atoms: tuple[Atom, ...]) -> Expression:
    parts: list[Expression] = []
    text = ""
    for atom in (*atoms, None):
        if isinstance(atom, str):
            text += atom
            continue
        if parts and isinstance(parts[-1], SlotUse):
            # "{name}'s": the s is part of how the name is said, not a word.
            text = re.sub(r"^['’]s\b", "", text)
        words = phrase(text) if text.strip() else EMPTY
        if words == EMPTY and silence(text):
            raise TemplateError(f"no speakable word in {text.strip()!r}{silence(text)}")
        parts += words.items if isinstance(words, Sequence) else (words,)
        text = ""
        if atom is not None:
            parts.append(atom)
    return _join(parts)


def _join(parts: list[Expression]) -> Expression:
    """Parts in order, nested sequences flattened."""
    flat: list[Expression] = []
    for part in parts:
        flat.extend(part.items if isinstance(part, Sequence) else (part,))
    return flat[0] if len(flat) == 1 else Sequence(tuple(flat))


def only_words(expression: Expression) -> bool:
    """Whether an expression has no slot in it."""
    if isinstance(expression, Word):
        return True
    return not isinstance(expression, SlotUse) and all(map(only_words, expression.items))
