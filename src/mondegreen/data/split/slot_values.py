"""The values of an utterance's slots as words, and what an utterance is without them.

Words are found where a script puts spaces between them: of a Japanese or Thai text only the slots
themselves can be compared.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable

from ...text.tokens import straight, words
from ..utterance import SlotLabel, Utterance

Form = tuple[str, ...]
"""Normalised words."""
Frame = tuple[str, str, Form]
"""Intent, template and slot names: what the two utterances of a pair share."""
Key = tuple[str, Form]
"""A slot's name and the words spoken for it."""


def form_of(text: str) -> Form:
    """Normalised words, each chunk between spaces by itself: a Cyrillic title in a Latin text is
    not lost. An apostrophe parts words too: "John's number" says the value "John"."""
    chunks = straight(text).replace("'", " ").replace("_", " ").split()
    # One object for each word: the sentences of a large data set would be gigabytes.
    return tuple(sys.intern(word) for chunk in chunks for word in words(chunk))


def forms_of(label: SlotLabel, text: str) -> set[Form]:
    """How a slot's value appears: as spoken, and as what it means."""
    return {form_of(label.words(text)), form_of(str(label.value))} - {()}


def template(utterance: Utterance) -> str:
    """The normalised text with `{name}` for each slot; slots of unknown place are looked for."""
    tokens: list[str] = []
    at = 0
    floating: list[SlotLabel] = []
    for label in sorted(
        utterance.slots, key=lambda s: (-1 if s.start is None else s.start, s.name)
    ):
        if label.start is None or label.end is None:
            floating.append(label)
        elif label.start >= at:  # one inside another slot is part of that
            tokens += [*form_of(utterance.text[at : label.start]), f"{{{label.name}}}"]
            at = label.end
    tokens += form_of(utterance.text[at:])
    # The longest first, or "blue" would be found inside "rhapsody in blue".
    for label in sorted(floating, key=lambda s: -len(form_of(str(s.value)))):
        form = list(form_of(str(label.value)))
        for start in range(len(tokens) - len(form) + 1):
            if form and tokens[start : start + len(form)] == form:
                tokens[start : start + len(form)] = [f"{{{label.name}}}"]
                break
    return " ".join(tokens)


def frame_of(utterance: Utterance) -> Frame:
    """Intent, template and slot names: what differs in slot values only has the same."""
    names = tuple(sorted(label.name for label in utterance.slots))
    return utterance.intent or "", template(utterance), names


def keys_of(utterance: Utterance, names: Collection[str] | None) -> set[Key]:
    """The spoken values of the slots in `names` (None: of all)."""
    return {
        (label.name, form)
        for label in utterance.slots
        if (names is None or label.name in names) and (form := form_of(label.words(utterance.text)))
    }


class Finder:
    """Finds which of many word sequences occur in a text, in time that does not grow with them."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self.forms = set(forms)
        self.lengths: dict[str, set[int]] = defaultdict(set)
        for form in self.forms:
            self.lengths[form[0]].add(len(form))

    def within(self, text: Form) -> set[Form]:
        """Those of the sequences that occur in `text`."""
        return {
            text[at : at + length]
            for at, word in enumerate(text)
            for length in self.lengths.get(word, ())
        } & self.forms


__all__ = [
    "Finder",
    "Form",
    "Frame",
    "Key",
    "form_of",
    "forms_of",
    "frame_of",
    "keys_of",
    "template",
]
