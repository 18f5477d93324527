"""The expression language of Rhino contexts: words, [choices], (optionals), $slots and @macros.

One pass over the text with a stack, so the time is linear in the length and nesting is bounded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ..builtins import canonical_name, suggestion
from ..expression import EMPTY, Expression, Sequence, SlotUse, one_of
from ..phrases import phrase, silence

MAX_NESTING = 64
"""Brackets inside brackets; hand-written expressions stay below six."""

BUILTIN_PREFIXES = ("mondegreen", "pv")

_TOKEN = re.compile(
    r"""(?P<open>[\[(]) | (?P<close>[\])]) | (?P<comma>,)
      | \$(?P<slot>[^\W\d][\w.]*)(?P<colon>:(?P<name>[^\W\d]\w*)?)?
      | @(?P<macro>[^\W\d]\w*)
      | (?P<bad>[$@{}<>|])
      | (?P<words>[^\[\](),$@{}<>|]+)
    """,
    re.VERBOSE,
)
_CLOSES = {"[": "]", "(": ")"}
_ENDING = re.compile(r"(?:['’]?s|es|e?d|e?r|ing|ly)(?!\w)", re.IGNORECASE)
"""What English glues to a word. Other letters beside a bracket are words that lack a space."""


class ExpressionError(ValueError):
    """What is wrong with an expression; the reader adds where it stands."""


@dataclass(frozen=True)
class MacroUse:
    """A macro mentioned in an expression, before it is put in its place."""

    name: str


@dataclass(frozen=True)
class Group:
    """A bracket with its alternatives, macros not yet put in; `optional` for round ones."""

    alternatives: tuple[tuple[Parsed, ...], ...]
    optional: bool


Parsed = Expression | MacroUse | Group


@dataclass
class _Level:
    """An open bracket: the alternatives read so far, the last one still growing."""

    bracket: str
    at: int
    alternatives: list[list[Parsed]] = field(default_factory=lambda: [[]])


def parse_expression(text: str, line: int | None = None) -> tuple[Parsed, ...]:
    """Parts of an expression: Expression, MacroUse and Group objects in order.

    Raises ExpressionError with the column for unbalanced brackets, empty choices, a comma outside
    brackets, too deep nesting and stray symbols.
    """
    levels = [_Level("", 0)]
    for match in _TOKEN.finditer(text):
        column = match.start() + 1
        if match["close"] or match["slot"]:
            _no_ending(text, match)
        if match["open"]:
            _open(levels, match, text)
        elif match["comma"]:
            if len(levels) == 1:
                raise ExpressionError(
                    f"column {column}: a comma outside brackets; put alternatives in [a, b]"
                )
            _check_not_empty(levels[-1], column)
            levels[-1].alternatives.append([])
        else:
            part = _close(levels, match["close"], column) if match["close"] else _leaf(match, line)
            if part != EMPTY:
                levels[-1].alternatives[-1].append(part)
    if len(levels) > 1:
        level = levels[-1]
        raise ExpressionError(
            f"column {level.at}: {level.bracket!r} is never closed; "
            f"add the missing {_CLOSES[level.bracket]!r}"
        )
    return tuple(levels[0].alternatives[0])


def _leaf(match: re.Match[str], line: int | None) -> Parsed:
    """A slot, a macro or words; EMPTY for spaces and punctuation."""
    column = match.start() + 1
    if match["slot"]:
        return _slot(match, line, column)
    if match["macro"]:
        return MacroUse(match["macro"])
    if match["bad"]:
        raise ExpressionError(_stray_message(match["bad"], column))
    words = phrase(match["words"])
    reason = silence(match["words"])
    if words == EMPTY and (reason or any(map(str.isalnum, match["words"]))):
        raise ExpressionError(f"column {column}: no speakable word in {match['words']!r}{reason}")
    return words


def _open(levels: list[_Level], match: re.Match[str], text: str) -> None:
    if len(levels) > MAX_NESTING:
        raise ExpressionError(
            f"column {match.start() + 1}: brackets nested more than {MAX_NESTING} deep"
        )
    _no_suffix(text, match)
    levels.append(_Level(match["open"], match.start() + 1))


def _slot(match: re.Match[str], line: int | None, column: int) -> SlotUse:
    if match["colon"] and not match["name"]:
        raise ExpressionError(f"column {column}: a name must follow {match.group()!r}")
    kind = match["slot"]
    prefix, dot, last = kind.rpartition(".")
    if dot:
        canonical = canonical_name(last)
        if prefix not in BUILTIN_PREFIXES:
            raise ExpressionError(
                f"column {column}: unknown built-in ${kind}; they are written $mondegreen.Name "
                "or $pv.Name"
            )
        if canonical is None:
            raise ExpressionError(f"column {column}: unknown built-in ${kind}; {suggestion(last)}")
        kind = f"mondegreen.{canonical}"
    return SlotUse(match["name"] or last, kind, line)


def _no_suffix(text: str, match: re.Match[str]) -> None:
    """Refuse "light[s]", which would be heard as two words."""
    suffix = _ENDING.match(text, match.end())
    closes = suffix is not None and text[suffix.end() : suffix.end() + 1] in tuple("])")
    if closes and text[match.start() - 1 : match.start()].isalpha():
        raise ExpressionError(_ending_message(match.start() + 1))


def _no_ending(text: str, match: re.Match[str]) -> None:
    """Refuse "[light, lamp]s" and "$person's", which would be heard as two words."""
    if _ENDING.match(text, match.end()):
        raise ExpressionError(_ending_message(match.end() + 1))


def _ending_message(column: int) -> str:
    return (
        f"column {column}: endings cannot be glued on; write whole words: [light, lights], and "
        "for a slot put them among its values"
    )


def _check_not_empty(level: _Level, column: int) -> None:
    if not level.alternatives[-1]:
        raise ExpressionError(
            f"column {column}: an empty alternative in {level.bracket!r}; "
            "remove the comma, or use (…) for something that may be left out"
        )


def _close(levels: list[_Level], bracket: str, column: int) -> Group:
    level = levels[-1]
    if len(levels) == 1:
        raise ExpressionError(f"column {column}: {bracket!r} closes nothing; remove it")
    if _CLOSES[level.bracket] != bracket:
        raise ExpressionError(
            f"column {column}: {bracket!r} found where {_CLOSES[level.bracket]!r} must close the "
            f"{level.bracket!r} of column {level.at}"
        )
    _check_not_empty(level, column)
    levels.pop()
    return Group(tuple(tuple(a) for a in level.alternatives), level.bracket == "(")


def _stray_message(symbol: str, column: int) -> str:
    hints = {
        "$": "a slot is written $type:name",
        "@": "a macro is written @name",
        "{": "{…} belongs to hassil templates; here a slot is written $type:name",
        "<": "<…> belongs to hassil templates; here a macro is written @name",
        "|": "alternatives are separated by commas: [a, b]",
    }
    hint = hints.get(symbol, "it has no meaning here; remove it")
    return f"column {column}: stray {symbol!r}; {hint}"


def assemble(parts: tuple[Parsed, ...], macros: dict[str, Expression]) -> Expression:
    """The expression of parsed parts, with every macro put in its place (all must be known)."""
    expressions: list[Expression] = []
    for part in parts:
        if isinstance(part, MacroUse):
            expressions.append(macros[part.name])
        elif isinstance(part, Group):
            choices = tuple(assemble(a, macros) for a in part.alternatives)
            if part.optional:
                choices = (*choices, EMPTY)
            expressions.append(one_of(choices))
        else:
            expressions.append(part)
    return expressions[0] if len(expressions) == 1 else Sequence(tuple(expressions))


def mentions(parts: tuple[Parsed, ...]) -> set[str]:
    """Names of the macros used in parsed parts."""
    names: set[str] = set()
    todo = list(parts)
    while todo:
        part = todo.pop()
        if isinstance(part, MacroUse):
            names.add(part.name)
        elif isinstance(part, Group):
            todo.extend(p for a in part.alternatives for p in a)
    return names


def size(parts: tuple[Parsed, ...], macros: dict[str, int]) -> int:
    """How many nodes `assemble` would make, given the sizes of the macros."""
    total = 0
    todo = list(parts)
    while todo:
        part = todo.pop()
        total += macros[part.name] if isinstance(part, MacroUse) else 1
        if isinstance(part, Group):
            todo.extend(p for a in part.alternatives for p in a)
    return total
