"""The proof that a division by unseen value is one, from nothing but its utterances."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable

from ...errors import DataError
from ..split.slot_values import Finder, Form, Key, form_of, forms_of, frame_of, keys_of
from ..split.split import PAIR
from ..utterance import Utterance

TRAIN, DEV, SEEN, UNSEEN, UNPAIRED = "train", "dev", "test_seen", "test_unseen", "unpaired"
"""The splits of such a division."""


def check_unseen(
    utterances: Iterable[Utterance],
    *,
    slots: Collection[str] | None = None,
    held_out: Collection[Form] = (),
) -> None:
    """Prove that a division by unseen value is one; it looks at the utterances alone.

    - Each `test_unseen` utterance has a value of `slots` (None: any) of which no form is a slot or
      a sequence of words in train or dev; the same holds for all of `held_out`.
    - All values of `slots` in `test_seen` utterances are values of the same slots in train, and
      all intents that are tested are in train.
    - Each of both belongs to a pair: one seen, one unseen, the same intent and template.
    - No sentence is in two of train, dev and test, and none of train or dev in `unpaired`.

    `utterances` are gone through several times, so that a million need not be held at once. Raises
    DataError that names the first utterance that is not so.
    """
    tested = {
        form
        for row in utterances
        if row.split == UNSEEN
        for label in row.slots
        for form in forms_of(label, row.text)
    }
    trained_forms, trained, intents = _training_content(utterances, tested | set(held_out))
    for form in held_out:
        if form in trained_forms:
            raise DataError(f"the value {' '.join(form)!r} is held out and occurs in training")
    for row in utterances:
        if row.split in (SEEN, UNSEEN) and row.intent not in intents:
            raise DataError(f"{row.id} is in {row.split}, and training has no intent {row.intent}")
        if row.split == UNSEEN and not any(
            (slots is None or label.name in slots)
            and (forms := forms_of(label, row.text))
            and not forms & trained_forms
            for label in row.slots
        ):
            raise DataError(f"{row.id} is in {UNSEEN}, and training has all its values")
        if row.split == SEEN and (strange := sorted(keys_of(row, slots) - trained)):
            name, form = strange[0]
            raise DataError(f"{row.id} is in {SEEN}, and training has no {name} {' '.join(form)!r}")
    _check_pairs(utterances)
    _check_sentences(utterances)


def _training_content(
    utterances: Iterable[Utterance], tested: set[Form]
) -> tuple[set[Form], set[Key], set[str | None]]:
    """The `tested` forms that train or dev has in any way; the values and intents of train."""
    finder = Finder(tested)
    forms: set[Form] = set()
    trained: set[Key] = set()
    intents: set[str | None] = set()
    for row in utterances:
        if row.split not in (TRAIN, DEV):
            continue
        forms |= finder.within(form_of(row.text))
        for label in row.slots:
            forms |= forms_of(label, row.text) & tested
        if row.split == TRAIN:
            trained |= keys_of(row, None)
            intents.add(row.intent)
    return forms, trained, intents


def _check_pairs(utterances: Iterable[Utterance]) -> None:
    pairs: dict[str, list[Utterance]] = defaultdict(list)
    for row in utterances:
        if row.split in (SEEN, UNSEEN):
            if PAIR not in row.meta:
                raise DataError(f"{row.id} is in {row.split} and has no {PAIR} in its meta")
            pairs[str(row.meta[PAIR])].append(row)
    for pair, members in pairs.items():
        ids = ", ".join(row.id for row in members)
        if sorted(str(row.split) for row in members) != [SEEN, UNSEEN]:
            raise DataError(f"{pair} is {ids}; expected one {SEEN} and one {UNSEEN} utterance")
        if len({frame_of(row) for row in members}) != 1:
            raise DataError(f"{pair} ({ids}) differs in intent or in the words around its slots")


def _check_sentences(utterances: Iterable[Utterance]) -> None:
    places: dict[int, str] = {}
    """The part of each sentence's hash; a million sentences would be half a gigabyte."""
    for row in utterances:
        form, part = form_of(row.text), _part(row)
        if not form:
            continue
        first = places.setdefault(hash(form), part)
        if part != first:
            other = next((r for r in utterances if form_of(r.text) == form), row)
            if _part(other) != part:
                raise DataError(
                    f"{row.id} ({part}) and {other.id} ({_part(other)}) have the same words"
                )


def _part(row: Utterance) -> str:
    return row.split if row.split in (TRAIN, DEV) else "test"


__all__ = ["DEV", "SEEN", "TRAIN", "UNPAIRED", "UNSEEN", "check_unseen"]
