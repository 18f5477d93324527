"""What a grammar is, whatever file it came from: sentences as expressions over words and slots.

Readers (`rhino`, `hassil_templates`) make these objects; `graph` compiles them; `check`, `sample`
and the rest only walk them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import Severity


@dataclass(frozen=True)
class Word:
    """One spoken word, lower case, as a pronunciation can be looked up for it."""

    text: str


@dataclass(frozen=True)
class Sequence:
    """Parts said one after another; no parts is silence (what makes a Choice optional)."""

    items: tuple[Expression, ...] = ()


@dataclass(frozen=True)
class Choice:
    """Exactly one of the parts is said."""

    items: tuple[Expression, ...]


@dataclass(frozen=True)
class SlotUse:
    """A slot filled here: `name` in the result, values from the slot type called `type`."""

    name: str
    type: str
    line: int | None = None


Expression = Word | Sequence | Choice | SlotUse

EMPTY = Sequence()


def optional(part: Expression) -> Choice:
    """The part, or nothing."""
    return Choice((part, EMPTY))


@dataclass(frozen=True)
class Value:
    """One value of a slot type: the canonical JSON value, and how it is said (no slots inside)."""

    value: Any
    expression: Expression


@dataclass(frozen=True)
class Near:
    """What people say where a value is asked for, though it is none: "minus five percent".

    Without it the audio could only be taken for the value that sounds most like it. Runs of pieces
    that are a value as well stay one; the others are heard as what they are, and refused.
    """

    piece: Expression = field(repr=False)
    """Words that may be said one after another in any order: numbers, units of time."""
    kind: str
    """What every value is, as in "'minus five percent' is not a percentage from 0 to 100"."""


@dataclass(frozen=True)
class ValueList:
    """A slot type that is a closed list of values (also a catalogue of 100,000 names)."""

    name: str
    values: tuple[Value, ...]
    line: int | None = None
    source: str | None = field(default=None, repr=False, compare=False)
    """The file it is written in; a grammar may have several."""
    near: Near | None = None


Recipe = tuple[str, str | float | None]
"""A way to interpret words that is known by name, and what it needs: see `stored.interpreter`."""


@dataclass(frozen=True)
class Pattern:
    """A slot type whose value is worked out from the words said: numbers, times, durations.

    `interpret` gets the words of one path through `expression`, joined by single spaces, and
    returns a JSON value; every path must be interpretable.
    """

    name: str
    expression: Expression
    # Its repr would be an address, and the repr of a grammar names it.
    interpret: Callable[[str], Any] = field(repr=False)
    line: int | None = None
    source: str | None = field(default=None, repr=False, compare=False)
    """See ValueList."""
    near: Near | None = None
    recipe: Recipe | None = field(default=None, repr=False, compare=False)
    """What `interpret` is, in data; None: a grammar that has it cannot be stored."""


@dataclass(frozen=True)
class FreeWords:
    """A slot type that takes any words (a wildcard); its value is what the transcriber hears."""

    name: str
    line: int | None = None
    source: str | None = field(default=None, repr=False, compare=False)
    """See ValueList."""


SlotType = ValueList | Pattern | FreeWords


@dataclass(frozen=True)
class Sentence:
    """One sentence expression of an intent, with where it was written."""

    intent: str
    expression: Expression
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Slots this sentence fills without anybody saying them."""
    line: int | None = None
    source: str | None = field(default=None, repr=False, compare=False)
    """See ValueList."""


@dataclass(frozen=True)
class Notice:
    """Something that a reader left out or doubts, and where."""

    message: str
    source: str | None = None
    line: int | None = None
    severity: Severity = "note"
    """A warning where it may well be a mistake."""

    def __str__(self) -> str:
        if self.source is None:
            return self.message
        return f"{self.source}{'' if self.line is None else f':{self.line}'}: {self.message}"


@dataclass(frozen=True)
class Grammar:
    """A whole grammar: what can be said, and what it means."""

    name: str
    sentences: tuple[Sentence, ...]
    slot_types: Mapping[str, SlotType]
    responses: Mapping[str, str] = field(default_factory=dict)
    """Reply template per intent, with `{slot}` fields."""
    lexicon: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The user's own pronunciations: word -> spellings in inventory symbols."""
    refuse_below: float | None = None
    """Confidence under which a reading is refused here; None: the one that ships."""
    source: str | None = None
    """The file or folder it was read from; None for one made in Python."""
    notices: tuple[Notice, ...] = ()
    """What the reader left out or doubts; never silently."""

    @property
    def intents(self) -> tuple[str, ...]:
        """Intent names, in order of appearance."""
        return tuple(dict.fromkeys(s.intent for s in self.sentences))


def one_of(options: Iterable[Expression]) -> Expression:
    """Any of the options, of which there must be one; a single one is itself."""
    items = tuple(options)
    return items[0] if len(items) == 1 else Choice(items)


def rewritten(grammar: Grammar, rewrite: Callable[[Expression], Expression | None]) -> Grammar:
    """The grammar with each sentence's expression rewritten; None leaves the sentence out."""
    pairs = ((sentence, rewrite(sentence.expression)) for sentence in grammar.sentences)
    sentences = (replace(sentence, expression=new) for sentence, new in pairs if new is not None)
    return replace(grammar, sentences=tuple(sentences))


def walk(expression: Expression) -> Iterator[Expression]:
    """The expression and everything inside it, depth first."""
    yield expression
    if isinstance(expression, Sequence | Choice):
        for item in expression.items:
            yield from walk(item)
