"""Slots that only a home fills: without one, what needs them cannot be said."""

from __future__ import annotations

from dataclasses import replace

from ..expression import (
    Choice,
    Expression,
    Grammar,
    Sequence,
    SlotUse,
    ValueList,
    one_of,
    rewritten,
)


def without_empty_slots(grammar: Grammar, slots: frozenset[str]) -> Grammar:
    """The grammar without the sentences and alternatives that need one of `slots` that is empty."""
    empty = frozenset(
        name
        for name in slots
        for kind in [grammar.slot_types[name]]
        if isinstance(kind, ValueList) and not kind.values
    )
    if not empty:
        return grammar
    spoken = rewritten(grammar, lambda expression: _without(expression, empty))
    left = set(spoken.intents)
    return replace(
        spoken,
        slot_types={name: kind for name, kind in grammar.slot_types.items() if name not in empty},
        responses={key: text for key, text in grammar.responses.items() if key in left},
    )


def _without(expression: Expression, empty: frozenset[str]) -> Expression | None:
    """The same without the empty slots; None when it cannot be said."""
    if isinstance(expression, SlotUse):
        return None if expression.type in empty else expression
    if not isinstance(expression, Sequence | Choice):
        return expression
    items = [_without(item, empty) for item in expression.items]
    if all(new is old for new, old in zip(items, expression.items, strict=True)):
        return expression  # most of a grammar, which sentences share
    left = tuple(item for item in items if item is not None)
    if isinstance(expression, Sequence):
        return Sequence(left) if len(left) == len(items) else None
    return one_of(left) if left else None
