"""hassil's expansion rules: none may refer to itself, and none may unfold without end."""

from __future__ import annotations

import math
from collections.abc import Mapping

from hassil.expression import Expression as Template
from hassil.expression import Group, Permutation, RuleReference

from .hassil_words import MAX_PERMUTED
from .limits import MAX_NODES
from .marked_yaml import Scalar


def check_rules(rules: Mapping[str, Template], places: Mapping[str, Scalar]) -> None:
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
