"""Mistakes and doubts in a grammar, found before anybody speaks to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from ...errors import GrammarError, Severity
from ..expression import (
    Choice,
    Expression,
    Grammar,
    Pattern,
    Sentence,
    Sequence,
    SlotType,
    SlotUse,
    ValueList,
    Word,
    walk,
)
from .ambiguity import FREE, WordMachine, WordReading
from .sample import words_in
from .soundalikes import Phones, alike_values

MOST_PER_CODE = 25
"""Findings of one kind that are listed; a last one says how many more there are."""
MOST_GUESSES = 40
MOST_GUESSED = 100
"""Unknown words that are pronounced for comparison: the network takes up to 40 ms for each."""


@dataclass(frozen=True)
class Finding:
    """One thing to look at, with its file and line: both None where it is the whole grammar's."""

    severity: Severity
    code: str
    """What kind of thing it is: `same-sentence`."""
    message: str
    source: str | None = None
    line: int | None = None


class Pronounces(Protocol):
    """What checking by ear needs of a pronouncer."""

    def word(self, word: str) -> tuple[Phones, ...]:
        """Pronunciations of a word, best first."""
        ...

    def is_guess(self, word: str) -> bool:
        """Whether the word is in no dictionary."""
        ...


def check(grammar: Grammar, pronouncer: Pronounces | None = None) -> list[Finding]:
    """Everything found, errors first, then by file and line.

    With a pronouncer also what sounds alike and which pronunciations are guesses.
    """
    findings = [*_structure(grammar)]
    findings += [
        Finding(notice.severity, "notice", notice.message, notice.source, notice.line)
        for notice in grammar.notices
    ]
    sayable = not any(f.code in ("undefined-slot", "empty-slot") for f in findings)
    try:
        if sayable:
            findings += _conflicts(grammar)
    except GrammarError as error:
        findings.append(Finding("error", "too-large", str(error)))
        sayable = False
    if pronouncer is not None:
        findings += _by_ear(grammar, pronouncer, sentences=sayable)
    findings = list(dict.fromkeys(findings))
    order = {"error": 0, "warning": 1, "note": 2}
    return sorted(
        _limited(findings), key=lambda f: (order[f.severity], f.source or "", f.line or 0)
    )


def _limited(findings: list[Finding]) -> Iterator[Finding]:
    counts: Counter[str] = Counter()
    for finding in findings:
        counts[finding.code] += 1
        if counts[finding.code] <= MOST_PER_CODE or finding.severity == "error":
            yield finding
    for code, count in counts.items():
        if count > MOST_PER_CODE:
            more = f"{count - MOST_PER_CODE} more findings of the kind {code!r} are not listed"
            yield Finding("note", "more", more)


def _structure(grammar: Grammar) -> Iterator[Finding]:
    """Slots that are missing, empty or unused; sentences that nothing or silence satisfies."""
    used: set[str] = set()
    undefined: set[str] = set()
    for sentence in grammar.sentences:
        for part in walk(sentence.expression):
            if not isinstance(part, SlotUse):
                continue
            used.add(part.type)
            if part.type not in grammar.slot_types and part.type not in undefined:
                undefined.add(part.type)
                yield Finding(
                    "error",
                    "undefined-slot",
                    f"slot ${part.type} is used but not defined",
                    sentence.source,
                    part.line,
                )
        if _can_be_silent(sentence.expression):
            yield Finding(
                "error",
                "empty-sentence",
                f"intent {sentence.intent!r} has a sentence in which every word may be left out; "
                "silence would mean it; make one word obligatory",
                sentence.source,
                sentence.line,
            )
    for name, kind in grammar.slot_types.items():
        if isinstance(kind, ValueList) and not kind.values:
            yield _slot_finding("error", "empty-slot", f"slot ${name} has no values", kind)
        if name not in used:
            yield _slot_finding("note", "unused-slot", f"slot ${name} is never used", kind)
        if isinstance(kind, ValueList):
            yield from _repeated_values(name, kind)


def _slot_finding(severity: Severity, code: str, message: str, kind: SlotType) -> Finding:
    return Finding(severity, code, message, kind.source, kind.line)


def _can_be_silent(expression: Expression) -> bool:
    if isinstance(expression, Choice):
        return any(map(_can_be_silent, expression.items))
    return isinstance(expression, Sequence) and all(map(_can_be_silent, expression.items))


def _repeated_values(name: str, kind: ValueList) -> Iterator[Finding]:
    """One wording for two values, or one value twice."""
    first_value: dict[Expression, object] = {}
    for value in kind.values:
        wordings = value.expression.items if isinstance(value.expression, Choice) else ()
        for wording in wordings or (value.expression,):
            if wording in first_value and first_value[wording] != value.value:
                message = (
                    f"slot ${name}: {_text(wording)!r} stands for both "
                    f"{first_value[wording]!r} and {value.value!r}; the first wins"
                )
                yield _slot_finding("warning", "repeated-value", message, kind)
            first_value.setdefault(wording, value.value)


def _text(expression: Expression) -> str:
    return " ".join(part.text for part in walk(expression) if isinstance(part, Word))


def _conflicts(grammar: Grammar) -> Iterator[Finding]:
    """Strings of words with two readings."""
    yield from _Conflicts(grammar, {}).findings()


@dataclass
class _Conflicts:
    """Turns ambiguous examples into findings, one for each pair of sentences and kind."""

    grammar: Grammar
    sounds: dict[str, str]
    _spellings_by_slot: dict[str, dict[str, str]] = field(default_factory=dict)

    def findings(self) -> Iterator[Finding]:
        machine = WordMachine(self.grammar, self.sounds)
        ambiguities = machine.ambiguities()
        reported: set[tuple[str, Severity, int, int]] = set()
        for words in ambiguities.examples:
            # In the order of the file, so that a finding is on the later line of the two.
            readings = sorted(machine.readings(words), key=lambda reading: reading.sentence)
            for i, other in enumerate(readings[1:], 1):
                for one in readings[:i]:
                    code = self._code(one, other, words)
                    if not code:
                        continue
                    finding = self._finding(code, one, other, words)
                    # A note must not keep back the warning of the same two sentences.
                    key = (code, finding.severity, one.sentence, other.sentence)
                    if key not in reported:
                        reported.add(key)
                        yield finding
        if not ambiguities.complete:
            yield Finding(
                "note",
                "not-compared",
                "the grammar is too large to compare all of its sentences; some were not",
            )

    def _code(self, one: WordReading, other: WordReading, words: tuple[str, ...]) -> str:
        first, second = (self.grammar.sentences[r.sentence] for r in (one, other))
        same_text = self._spelled_words(one, words) == self._spelled_words(other, words)
        if self.sounds and same_text:
            return ""  # the words themselves are the same, which the other search reports
        if first.intent != second.intent:
            return "same-sentence" if same_text else "sounds-same"
        if self._meaning(first, one) != self._meaning(second, other):
            return "ambiguous" if same_text else "sounds-same"
        return "" if self.sounds or one.sentence == other.sentence else "duplicate"

    @staticmethod
    def _meaning(sentence: Sentence, reading: WordReading) -> tuple[object, ...]:
        slots = sorted((name, words) for name, _, words in reading.slots)
        return (tuple(slots), tuple(sorted((k, repr(v)) for k, v in sentence.fixed.items())))

    def _spelled_words(self, reading: WordReading, words: tuple[str, ...]) -> list[str]:
        """The words of a reading in its own spelling ("four", where the search has "for")."""
        if not self.sounds:
            return list(words)
        sentence_spellings = self._spellings_in(
            [self.grammar.sentences[reading.sentence].expression]
        )
        from_slots = [
            self._slot_spellings(kind) for _, kind, slot_words in reading.slots for _ in slot_words
        ]
        out: list[str] = []
        for word, literal in zip(words, reading.literal, strict=True):
            spellings = sentence_spellings if literal else from_slots.pop(0)
            out.append(spellings.get(word, word))
        return out

    def _only_kinds_differ(
        self, one: WordReading, other: WordReading, words: tuple[str, ...]
    ) -> bool:
        """Whether two readings are spelled apart only within kinds, whose wordings are nobody's to
        change: "for ten days", and the Duration "four ten days"."""
        sides = [
            zip(self._spelled_words(reading, words), self._kinds(reading), strict=True)
            for reading in (one, other)
        ]
        return all(
            word == other_word or Pattern in (type(kind), type(other_kind))
            for (word, kind), (other_word, other_kind) in zip(*sides, strict=True)
        )

    def _kinds(self, reading: WordReading) -> list[SlotType | None]:
        """The slot type of each word; None where the sentence itself says it."""
        in_slots = [
            self.grammar.slot_types[kind]
            for _, kind, slot_words in reading.slots
            for _ in slot_words
        ]
        return [None if literal else in_slots.pop(0) for literal in reading.literal]

    def _spellings_in(self, expressions: Iterable[Expression]) -> dict[str, str]:
        """The word that stands in some expressions for each class of words that sound the same."""
        parts = (part for expression in expressions for part in walk(expression))
        return {self.sounds.get(w.text, w.text): w.text for w in parts if isinstance(w, Word)}

    def _slot_spellings(self, name: str) -> dict[str, str]:
        # Every example asks again, and a catalogue has tens of thousands of words.
        if name not in self._spellings_by_slot:
            kind = self.grammar.slot_types[name]
            expressions: list[Expression] = []
            if isinstance(kind, Pattern):
                expressions = [kind.expression]
            elif isinstance(kind, ValueList):
                expressions = [value.expression for value in kind.values]
            self._spellings_by_slot[name] = self._spellings_in(expressions)
        return self._spellings_by_slot[name]

    def _finding(
        self, code: str, one: WordReading, other: WordReading, words: tuple[str, ...]
    ) -> Finding:
        first, second = (self.grammar.sentences[r.sentence] for r in (one, other))
        text, other_text = (" ".join(self._spelled_words(r, words)) for r in (one, other))
        meaning, other_meaning = (
            _slots(s, r, self._spelled_words(r, words)) for s, r in ((first, one), (second, other))
        )
        where = _both_places(first, second)
        severity: Severity = "warning"
        if code == "same-sentence":
            message = (
                f"{text!r} means {first.intent} and also {second.intent}{where}; change one of them"
            )
        elif code == "ambiguous":
            message = (
                f"{text!r} can be read as {meaning} and as {other_meaning}{where}; "
                "put a word between the slots, or drop one way"
            )
        elif code == "sounds-same":
            remedy = "reword one"
            if first.intent == second.intent and self._only_kinds_differ(one, other, words):
                severity = "note"
                remedy = "that wording is the kind's own, and few say it so"
            message = (
                f"{text!r} ({first.intent}: {meaning}) sounds like {other_text!r} "
                f"({second.intent}: {other_meaning}){where}; {remedy}"
            )
        else:
            severity = "note"
            message = f"{text!r} can be said in two ways that mean the same{where}"
        return Finding(severity, code, message, second.source, second.line)


def _both_places(first: Sentence, second: Sentence) -> str:
    """ " (lines 3 and 7)", or with their files where these differ; nothing for one place."""
    if first.line is None or second.line is None:
        return ""
    if first.source != second.source:
        return f" ({first.source}:{first.line} and {second.source}:{second.line})"
    return f" (lines {first.line} and {second.line})" if first.line != second.line else ""


def _slots(sentence: Sentence, reading: WordReading, reading_words: list[str]) -> str:
    """The slots of a reading, in words."""
    from_slots = [
        word for word, literal in zip(reading_words, reading.literal, strict=True) if not literal
    ]
    parts: list[str] = []
    for name, _, words in reading.slots:
        parts.append(f"{name}={' '.join(from_slots[: len(words)])!r}")
        del from_slots[: len(words)]
    parts += [f"{name}={value!r}" for name, value in sentence.fixed.items()]
    return ", ".join(parts).replace(f"{FREE!r}", "any words") or "no slots"


def _by_ear(grammar: Grammar, pronouncer: Pronounces, *, sentences: bool) -> Iterator[Finding]:
    """What only a pronouncer knows: guesses, silent words, and what sounds alike."""
    words = words_in(grammar)
    guesses = [word for word in words if pronouncer.is_guess(word)]
    skipped = set(guesses[MOST_GUESSED:])
    sounds: dict[str, Phones] = {}
    for word in words:
        ways = pronouncer.word(word) if word not in skipped else ()
        if ways:
            sounds[word] = ways[0]
        elif word not in skipped:
            text = f"no pronunciation for {word!r}; add it to the lexicon or write it as it is said"
            yield Finding("error", "no-pronunciation", text)
    if guesses:
        yield guess_finding(guesses)
    if skipped:
        text = f"{len(skipped):,} words with guessed pronunciations were not compared by ear"
        yield Finding("note", "not-compared", text)
    for name, kind in grammar.slot_types.items():
        if isinstance(kind, ValueList):
            for alike in alike_values(kind, sounds):
                how = "sounds the same as" if alike.same else "is one sound away from"
                text = f"slot ${name}: {alike.second!r} {how} {alike.first!r}; add a word to one"
                severity: Severity = "warning" if alike.same else "note"
                code = "alike" if alike.same else "nearly-alike"
                yield _slot_finding(severity, code, text, kind)
    classes = _classes(sounds)
    if sentences and classes:
        yield from _Conflicts(grammar, classes).findings()


def guess_finding(guesses: list[str], source: str | None = None) -> Finding:
    """Words whose pronunciations are guessed, of which there must be some."""
    listed = ", ".join(guesses[:MOST_GUESSES]) + (", …" if len(guesses) > MOST_GUESSES else "")
    many = (
        "pronunciation of 1 word is"
        if len(guesses) == 1
        else f"pronunciations of {len(guesses)} words are"
    )
    return Finding(
        "note",
        "guess",
        f"the {many} guessed: {listed}; see how with 'mondegreen grammar words', and put what is "
        "wrong into the lexicon",
        source,
    )


def _classes(sounds: dict[str, Phones]) -> dict[str, str]:
    """For each word the first one that sounds the same, where that is another word."""
    first: dict[Phones, str] = {}
    classes: dict[str, str] = {}
    for word, phones in sounds.items():
        same = first.setdefault(phones, word)
        if same != word:
            classes[word] = same
    return classes
