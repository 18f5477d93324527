"""Limits on the size of sentences and words: what nobody could say, no search should walk."""

from __future__ import annotations

from ...errors import GrammarError
from ..expression import Choice, Expression, Grammar, Sequence, ValueList, Word

MAX_NODES = 500_000
"""Size of one expression once its macros or rules are in place; beyond it something doubles and
doubles."""
MAX_WORDS = 200
"""Words of one sentence: recordings are cut after 20 seconds, in which nobody says a hundred."""
MAX_LETTERS = 100
"""Letters of one word; the longest in a dictionary has 45."""

MAX_NAMES = 300_000
"""Names of one list: three times the largest that is measured; a million never ended."""


def check_names(count: int, what: str) -> None:
    """Raise ValueError when `what`, with `count` names, is larger than can be compiled."""
    if count > MAX_NAMES:
        raise ValueError(
            f"{what} has {count:,} names, at most {MAX_NAMES:,} can be told apart; "
            "leave out the seldom ones, or split it among several grammars"
        )


def check_limits(grammar: Grammar) -> Grammar:
    """The same grammar. Raises GrammarError, with the line, when something in it is too long.

    Compiling takes the square of a sentence's length, so a stray megabyte would take all memory.
    """
    word_counts: dict[int, int] = {}
    for sentence in grammar.sentences:
        try:
            check_length(sentence.expression, word_counts)
        except ValueError as error:
            raise GrammarError(
                f"intent {sentence.intent!r}: {error}",
                source=sentence.source or grammar.source,
                line=sentence.line,
            ) from error
    for kind in grammar.slot_types.values():
        if not isinstance(kind, ValueList):
            continue
        try:
            check_values(kind, word_counts)
        except ValueError as error:
            raise GrammarError(
                str(error), source=kind.source or grammar.source, line=kind.line
            ) from error
    return grammar


def check_values(kind: ValueList, word_counts: dict[int, int] | None = None) -> None:
    """Raise ValueError for more values than can be told apart, or one that nobody could say."""
    check_names(len(kind.values), f"slot ${kind.name}")
    counts = {} if word_counts is None else word_counts
    for value in kind.values:
        try:
            check_length(value.expression, counts)
        except ValueError as error:
            raise ValueError(f"a value of slot ${kind.name}: {error}") from error


def check_length(expression: Expression, word_counts: dict[int, int]) -> None:
    """Raise ValueError for more words than anybody says at once; `word_counts`: see `_longest`."""
    words = _longest(expression, word_counts)
    if words > MAX_WORDS:
        raise ValueError(
            f"up to {words:,} words in one sentence, at most {MAX_WORDS} can be said in one; "
            "is a line break or a quote missing?"
        )


def _longest(expression: Expression, word_counts: dict[int, int]) -> int:
    """Words on the longest way through. `word_counts`, by id: a part used often is counted once."""
    if isinstance(expression, Word):
        if len(expression.text) > MAX_LETTERS:
            raise ValueError(
                f"the word {expression.text[:20]!r}… has {len(expression.text):,} letters, "
                f"at most {MAX_LETTERS} can be said; is a space missing?"
            )
        return 1
    if not isinstance(expression, Sequence | Choice):
        return 1
    if id(expression) not in word_counts:
        lengths = [_longest(item, word_counts) for item in expression.items]
        is_choice = isinstance(expression, Choice)
        word_counts[id(expression)] = max(lengths, default=0) if is_choice else sum(lengths)
    return word_counts[id(expression)]
