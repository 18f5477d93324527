"""Division of a manifest by unseen slot value: some values are never trained, and tested in pairs.

A value is what is spoken for a slot together with what that means: "lamp" and "lights" are one
value where both mean `lights`. A value that is held out occurs neither as a slot of training or dev
data nor as a sequence of words in one of their texts. Each test utterance with such a value
(`test_unseen`) is paired with one that differs in its values only, all of which training knows
(`test_seen`): what the model loses between the two is due to the values. `unpaired` keeps the
utterances that may not be trained and have no partner.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from ..errors import DataError, SettingsError
from .slot_values import Finder, Form, Frame, Key, form_of, forms_of, frame_of, keys_of
from .split import PAIR, Shares, drawn, stratified, with_splits
from .utterance import Utterance

TRAIN, DEV, SEEN, UNSEEN, UNPAIRED = "train", "dev", "test_seen", "test_unseen", "unpaired"

_YIELDS = (0.5, 0.25, 0.1, 0.0)
"""Pairs that a value must bring for each utterance it takes from training; values that bring fewer
are tried only when the better ones make too few pairs."""


@dataclass(frozen=True)
class _Row:
    """What is needed of an utterance."""

    id: str
    frame: Frame
    values: frozenset[Form]
    """The values of the slots that may be held out, each by one of its forms."""
    keys: frozenset[Key]


Sentence = Form
"""Sentences stay whole: all their rows are trained, or none is."""


@dataclass
class _Corpus:
    """The utterances by sentence, and what each value would take from training."""

    sentences: dict[Sentence, list[_Row]]
    touched: dict[Form, set[Sentence]]
    """The sentences in which a value occurs in any way."""
    forms: dict[Form, set[Form]]
    """All forms of a value."""
    size: int


def _corpus(utterances: Iterable[Utterance], names: Collection[str] | None) -> _Corpus:
    leader: dict[Form, Form] = {}

    def value_of(form: Form) -> Form:
        while leader.setdefault(form, form) != form:
            leader[form] = form = leader[leader[form]]
        return form

    for utterance in utterances:
        for label in utterance.slots:
            if names is None or label.name in names:
                leaders = {value_of(form) for form in forms_of(label, utterance.text)}
                for form in leaders:
                    leader[form] = min(leaders)
    finder = Finder(leader)
    sentences: dict[Sentence, list[_Row]] = defaultdict(list)
    touched: dict[Form, set[Sentence]] = defaultdict(set)
    size = 0
    for utterance in utterances:
        size += 1
        sentence = form_of(utterance.text)
        if not sentence:
            raise DataError(
                f"{utterance.id}: its text has no words, so nobody can tell which values are said "
                "in it; give it a text or split by speaker"
            )
        values = {
            value_of(form)
            for label in utterance.slots
            if names is None or label.name in names
            for form in forms_of(label, utterance.text)
        }
        mentioned = {form for label in utterance.slots for form in forms_of(label, utterance.text)}
        for form in finder.within(sentence) | (mentioned & finder.forms):
            touched[value_of(form)].add(sentence)
        keys = frozenset(keys_of(utterance, names))
        sentences[sentence].append(_Row(utterance.id, frame_of(utterance), frozenset(values), keys))
    forms: dict[Form, set[Form]] = defaultdict(set)
    for form in leader:
        forms[value_of(form)].add(form)
    return _Corpus(sentences, touched, forms, size)


def _shuffle(seed: int) -> Callable[[Form], tuple[bytes, Form]]:
    """A key to sort word sequences by: drawn, and independent of the order of the rows."""
    return lambda form: (drawn(seed, " ".join(form)), form)


class _Choice:
    """The values that are held out, chosen for many pairs at little loss for training."""

    def __init__(self, corpus: _Corpus) -> None:
        self.corpus = corpus
        self.values: set[Form] = set()
        self.gone: set[Sentence] = set()
        """Sentences that a held-out value takes from training."""
        self.lost = 0
        """Their utterances."""
        self.pairs = 0
        self.unseen: Counter[Frame] = Counter()
        self.seen = Counter(
            row.frame for rows in corpus.sentences.values() for row in rows if row.keys
        )

    def consider(self, value: Form, budget: int, least: float) -> None:
        """Hold `value` out if that takes at most `budget` utterances in all, and brings at least
        `least` pairs (and more than none) for each one it takes."""
        unseen: Counter[Frame] = Counter()
        seen: Counter[Frame] = Counter()
        loss = 0
        fresh = self.corpus.touched[value] - self.gone
        for sentence in fresh:
            rows = self.corpus.sentences[sentence]
            loss += len(rows)
            seen.update(row.frame for row in rows if row.keys)
        if self.lost + loss > budget:
            return
        for sentence in self.corpus.touched[value]:
            for row in self.corpus.sentences[sentence]:
                if value in row.values and not row.values & self.values:
                    unseen[row.frame] += 1
        gain = 0
        for frame in unseen.keys() | seen.keys():
            before = min(self.unseen[frame], self.seen[frame])
            gain += min(self.unseen[frame] + unseen[frame], self.seen[frame] - seen[frame]) - before
        if gain <= 0 or gain < least * loss:
            return
        self.pairs += gain
        self.values.add(value)
        self.gone |= fresh
        self.lost += loss
        self.unseen += unseen
        self.seen -= seen


def _choose(corpus: _Corpus, pairs: int, budget: int, seed: int) -> set[Form]:
    """The values to hold out. Raises DataError when none can be."""
    choice = _Choice(corpus)
    order = sorted(corpus.touched, key=_shuffle(seed))
    cost = {value: sum(len(corpus.sentences[s]) for s in corpus.touched[value]) for value in order}
    affordable = [value for value in order if cost[value] <= budget]
    if not affordable:
        rarest = min(order, key=lambda value: cost[value])
        raise DataError(
            f"no value can be held out: even {' '.join(rarest)!r} occurs in {cost[rarest]:,} of "
            f"{corpus.size:,} utterances, and the test may take {budget:,}; give it a larger share "
            "or name other slots"
        )
    for least in _YIELDS:
        for value in affordable:
            if choice.pairs >= pairs:
                return choice.values
            if value not in choice.values:
                choice.consider(value, budget, least)
    if not choice.values:
        raise DataError(
            "no value can be held out: no two different sentences have the same intent and the "
            "same words around their slots, so nothing could be compared; split by sentence"
        )
    return choice.values


@dataclass
class _Matching:
    """Pairs of rows, and the sentences that left training for them."""

    pairs: list[tuple[_Row, _Row]] = field(default_factory=list)
    """Unseen and seen."""
    taken: set[Sentence] = field(default_factory=set)


def _match(corpus: _Corpus, values: set[Form], gone: set[Sentence], seed: int) -> _Matching:
    """Pair as many rows as possible whose values still occur in training afterwards."""
    found = _Matching()
    carriers: Counter[Key] = Counter()
    unseen: dict[Frame, list[_Row]] = defaultdict(list)
    seen: dict[Frame, list[tuple[_Row, Sentence]]] = defaultdict(list)
    sentence_keys: dict[Sentence, set[Key]] = {}
    for sentence in sorted(corpus.sentences, key=_shuffle(seed)):
        rows = sorted(corpus.sentences[sentence], key=lambda row: (drawn(seed, row.id), row.id))
        if sentence in gone:
            for row in rows:
                if row.values & values:
                    unseen[row.frame].append(row)
            continue
        sentence_keys[sentence] = {key for row in rows for key in row.keys}
        carriers.update(sentence_keys[sentence])
        for row in rows:
            if row.keys:
                seen[row.frame].append((row, sentence))
    for frame in sorted(unseen, key=lambda frame: (drawn(seed, repr(frame)), frame)):
        waiting = unseen[frame][::-1]
        for row, sentence in seen[frame]:
            if not waiting:
                break
            if sentence not in found.taken:
                if any(carriers[key] < 2 for key in sentence_keys[sentence]):
                    continue  # training would no longer know one of its values
                found.taken.add(sentence)
                carriers.subtract(sentence_keys[sentence])
            found.pairs.append((waiting.pop(), row))
    return found


@dataclass(frozen=True)
class UnseenSplit:
    """A division by unseen value."""

    splits: dict[str, str]
    """Split by utterance id."""
    pairs: dict[str, str]
    """Pair by utterance id, for those in `test_seen` and `test_unseen`."""
    values: tuple[str, ...]
    """What is held out, in normalised words, every form of every value."""
    notes: tuple[str, ...]
    """What the user should know: too few pairs, utterances set aside."""


def by_value(
    utterances: Sequence[Utterance],
    shares: Shares,
    seed: int,
    *,
    slots: Collection[str] | None = None,
) -> UnseenSplit:
    """Hold out values of `slots` (None: of all) and pair the utterances that have them.

    `shares` are of train, dev (may be left out) and test; half of the test is unseen. Training and
    dev lose at most the test's share to held-out values, paired or not, so values that are in too
    many utterances are chosen against, and where values bring few pairs the test gets smaller, with
    a note. Whole sentences are moved. The result has passed `check_unseen`. Raises DataError when
    no value can be held out, SettingsError for unknown slots and other split names.
    """
    if not {TRAIN, "test"} <= set(shares) <= {TRAIN, DEV, "test"}:
        raise SettingsError(
            f"shares: found {', '.join(shares)}; a division by value has train, dev and test"
        )
    _check_slots(utterances, slots)
    corpus = _corpus(utterances, slots)
    wanted = max(1, round(shares["test"] * corpus.size / 2))
    values = _choose(corpus, wanted, int(shares["test"] * corpus.size), seed)
    found = _match(corpus, values, _touched(corpus, values), seed)
    # A value none of whose utterances found a partner is given back to training.
    values = {value for row, _ in found.pairs for value in row.values if value in values}
    gone = _touched(corpus, values)
    if not found.pairs:
        raise DataError(
            "no value can be held out: no utterance with a rare value has a partner of the same "
            "intent and words whose own values are elsewhere in the data; name other slots"
        )
    splits = _splits(corpus, shares, found, gone, seed)
    if DEV in shares and DEV not in splits.values():
        raise DataError(
            f"nothing is left for {DEV!r}: what remains of {corpus.size:,} utterances is needed in "
            "training; leave dev out of the shares or give it a larger one"
        )
    pairs: dict[str, str] = {}
    for number, (unseen, seen) in enumerate(sorted(found.pairs, key=lambda pair: pair[0].id), 1):
        pairs[unseen.id] = pairs[seen.id] = f"pair-{number}"
    forms = {form for value in values for form in corpus.forms[value]}
    notes = []
    if len(found.pairs) < wanted:
        notes.append(
            f"{len(found.pairs):,} pairs where the shares ask for {wanted:,}: the others have no "
            "partner of the same intent and words, or would take too much from training"
        )
    if aside := sum(name == UNPAIRED for name in splits.values()):
        notes.append(f"{aside:,} utterances have no partner and may not be trained: '{UNPAIRED}'")
    check_unseen(with_splits(utterances, splits, pairs), slots=slots, held_out=forms)
    return UnseenSplit(splits, pairs, tuple(sorted(" ".join(form) for form in forms)), tuple(notes))


def _touched(corpus: _Corpus, values: Iterable[Form]) -> set[Sentence]:
    return {sentence for value in values for sentence in corpus.touched[value]}


def _check_slots(utterances: Iterable[Utterance], slots: Collection[str] | None) -> None:
    known = sorted({label.name for utterance in utterances for label in utterance.slots})
    if not known:
        raise DataError("no utterance has a slot, so no value can be held out; split by sentence")
    for name in slots or ():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise SettingsError(f"no slot {name!r}; {hint}slots here: {', '.join(known)}")


def _splits(
    corpus: _Corpus, shares: Shares, found: _Matching, gone: set[Sentence], seed: int
) -> dict[str, str]:
    """The split of each utterance id, once it is known what is tested."""
    pool = {s: rows for s, rows in corpus.sentences.items() if s not in gone | found.taken}
    # Of each value that `test_seen` has, one sentence stays in training whatever dev gets.
    needed = {key for _, row in found.pairs for key in row.keys}
    kept: set[str] = set()
    for sentence in sorted(pool, key=_shuffle(seed)):
        fresh = {key for row in pool[sentence] for key in row.keys} & needed
        if fresh:
            needed -= fresh
            kept.add(" ".join(sentence))
    rest = {name: share for name, share in shares.items() if name != "test"}
    total = sum(rest.values())
    chosen = stratified(
        {" ".join(s): len(rows) for s, rows in pool.items()},
        {" ".join(s): min(row.frame[0] for row in rows) for s, rows in pool.items()},
        {name: share / total for name, share in rest.items()},
        seed,
        main=TRAIN,
        kept=kept,
    )
    splits = {row.id: UNPAIRED for rows in corpus.sentences.values() for row in rows}
    splits |= {row.id: chosen[" ".join(s)] for s, rows in pool.items() for row in rows}
    for unseen, seen in found.pairs:
        splits[unseen.id], splits[seen.id] = UNSEEN, SEEN
    return splits


def check_unseen(
    utterances: Iterable[Utterance],
    *,
    slots: Collection[str] | None = None,
    held_out: Collection[Form] = (),
) -> None:
    """Prove that a division by unseen value is one; it looks at the utterances alone.

    - Each `test_unseen` utterance has a value of `slots` (None: any) of which no form is a slot or
      a sequence of words in train or dev; the same holds for all of `held_out`.
    - All values of `slots` in `test_seen` utterances are values of the same slots in train.
    - Each of both belongs to a pair: one seen, one unseen, the same intent and template.
    - No sentence is in two of train, dev and test, and none of train or dev in `unpaired`.

    Raises DataError that names the first utterance that is not so.
    """
    rows = list(utterances)
    taught = [row for row in rows if row.split in (TRAIN, DEV)]
    known = {form for row in taught for label in row.slots for form in forms_of(label, row.text)}
    tested = {form for row in rows if row.split == UNSEEN
              for label in row.slots for form in forms_of(label, row.text)}  # fmt: skip
    finder = Finder(tested | set(held_out))
    for row in taught:
        known |= finder.within(form_of(row.text))
    for form in held_out:
        if form in known:
            raise DataError(f"the value {' '.join(form)!r} is held out and occurs in training")
    trained = {key for row in taught if row.split == TRAIN for key in keys_of(row, None)}
    for row in rows:
        if row.split == UNSEEN and not any(
            (slots is None or label.name in slots)
            and (forms := forms_of(label, row.text))
            and not forms & known
            for label in row.slots
        ):
            raise DataError(f"{row.id} is in {UNSEEN}, and training has all its values")
        if row.split == SEEN and (strange := sorted(keys_of(row, slots) - trained)):
            name, form = strange[0]
            raise DataError(f"{row.id} is in {SEEN}, and training has no {name} {' '.join(form)!r}")
    _check_pairs(rows)
    _check_sentences(rows)


def _check_pairs(rows: Iterable[Utterance]) -> None:
    pairs: dict[str, list[Utterance]] = defaultdict(list)
    for row in rows:
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


def _check_sentences(rows: Iterable[Utterance]) -> None:
    places: dict[Sentence, tuple[str, str]] = {}
    for row in rows:
        part = row.split if row.split in (TRAIN, DEV) else "test"
        first, other = places.setdefault(form_of(row.text), (part, row.id))
        if part != first:
            raise DataError(f"{row.id} ({part}) and {other} ({first}) have the same words")


__all__ = ["DEV", "SEEN", "TRAIN", "UNPAIRED", "UNSEEN", "UnseenSplit", "by_value", "check_unseen"]
