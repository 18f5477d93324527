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
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...errors import DataError, SettingsError
from ...grouping import Groups
from ...registry import nearest
from ..check.unseen_proof import DEV, SEEN, TRAIN, UNPAIRED, UNSEEN, check_unseen
from ..utterance import Utterance
from .slot_values import Finder, Form, Frame, Key, form_of, forms_of, frame_of, keys_of
from .split import Divided, Shares, shuffle_key, stratified

_YIELDS = (0.5, 0.25, 0.1, 0.05)
"""Pairs that a value must bring for each utterance it takes from training; values that bring fewer
are tried only when the better ones make too few pairs. Under one for twenty, training loses more
than the test tells: without this end, sentences of random words gave 23 pairs for a tenth of all
utterances."""


@dataclass(frozen=True, slots=True)
class _Row:
    """What is needed of an utterance."""

    id: str
    frame: Frame
    values: frozenset[Form]
    """The values of the slots that may be held out, each by one of its forms."""
    keys: frozenset[Key]

    @property
    def needs(self) -> set[Key]:
        """What training has to have before this can be tested: its values and its intent."""
        return {*self.keys, ("", (self.frame[0],))}


Sentence = Form
"""Sentences stay whole: all their rows are trained, or none is."""


@dataclass
class _Corpus:
    """The utterances by sentence, and what each value would take from training."""

    sentences: dict[Sentence, list[_Row]]
    touched: dict[Form, set[Sentence]]
    """The sentences in which a value occurs in any way, for those that `budget` allows."""
    cost: Counter[Form]
    """The utterances in which a value occurs in any way."""
    forms: dict[Form, set[Form]]
    """All forms of a value."""
    size: int
    budget: int
    """Utterances that may be taken from training."""


def _values(
    utterances: Iterable[Utterance], names: Collection[str] | None
) -> tuple[int, Groups[Form]]:
    """How many utterances there are, and the forms of their values: a group is one value."""
    groups = Groups[Form]()
    size = 0
    for utterance in utterances:
        size += 1
        for label in utterance.slots:
            if names is None or label.name in names:
                groups.join(forms_of(label, utterance.text))
    return size, groups


def _corpus(
    utterances: Iterable[Utterance], names: Collection[str] | None, share: float
) -> _Corpus:
    """The utterances by sentence and value; at most `share` of them may leave training."""
    size, groups = _values(utterances, names)
    value_of = groups.leader
    finder = Finder(groups)
    sentences: dict[Sentence, list[_Row]] = defaultdict(list)
    touched: dict[Form, set[Sentence]] = defaultdict(set)
    cost: Counter[Form] = Counter()
    budget = int(share * size)
    once: dict[Any, Any] = {}
    """Equal frames and values as one object: most rows of a large data set repeat them."""
    for utterance in utterances:
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
        for value in set(map(value_of, finder.within(sentence) | (mentioned & finder.forms))):
            cost[value] += 1
            if cost[value] <= budget:
                touched[value].add(sentence)
            else:  # it stays, and a word that is everywhere has a long list
                touched.pop(value, None)
        parts = frame_of(utterance), frozenset(values), frozenset(keys_of(utterance, names))
        row = _Row(utterance.id, *(once.setdefault(part, part) for part in parts))
        sentences[sentence].append(row)
    forms: dict[Form, set[Form]] = defaultdict(set)
    for form in groups:
        forms[value_of(form)].add(form)
    return _Corpus(sentences, touched, cost, forms, size, budget)


def _shuffle(seed: int) -> Callable[[Form], tuple[bytes, Form]]:
    """A key to sort word sequences by: random, and independent of the order of the rows."""
    return lambda form: (shuffle_key(seed, " ".join(form)), form)


class _Choice:
    """The values that are held out, chosen for many pairs at little loss for training."""

    def __init__(self, corpus: _Corpus) -> None:
        self.corpus = corpus
        self.values: set[Form] = set()
        self.lost_sentences: set[Sentence] = set()
        """Sentences that a held-out value takes from training."""
        self.lost_utterances = 0
        """Their utterances."""
        self.pairs = 0
        self.unseen: Counter[Frame] = Counter()
        self.seen = Counter(
            row.frame for rows in corpus.sentences.values() for row in rows if row.keys
        )
        self.intents = Counter(row.frame[0] for rows in corpus.sentences.values() for row in rows)
        """Utterances of each intent that training may still have."""

    def consider(self, value: Form, least: float) -> None:
        """Hold `value` out if the budget allows it, if it brings at least `least` pairs (and more
        than none) for each utterance it takes, and if training keeps every intent."""
        unseen: Counter[Frame] = Counter()
        seen: Counter[Frame] = Counter()
        intents: Counter[str] = Counter()
        loss = 0
        fresh = self.corpus.touched[value] - self.lost_sentences
        for sentence in fresh:
            rows = self.corpus.sentences[sentence]
            loss += len(rows)
            seen.update(row.frame for row in rows if row.keys)
            intents.update(row.frame[0] for row in rows)
        if self.lost_utterances + loss > self.corpus.budget:
            return
        if any(count >= self.intents[intent] for intent, count in intents.items()):
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
        self.lost_sentences |= fresh
        self.lost_utterances += loss
        self.unseen.update(unseen)  # += would go through all frames, a million times over
        self.seen.subtract(seen)
        self.intents.subtract(intents)


def _choose(corpus: _Corpus, pairs: int, seed: int) -> set[Form]:
    """The values to hold out. Raises DataError when none can be."""
    choice = _Choice(corpus)
    affordable = sorted(corpus.touched, key=_shuffle(seed))
    if not affordable:
        rarest = min(corpus.cost, key=lambda value: (corpus.cost[value], value))
        raise DataError(
            f"no value can be held out: even {' '.join(rarest)!r} occurs in "
            f"{corpus.cost[rarest]:,} of {corpus.size:,} utterances, and the test may take "
            f"{corpus.budget:,}; give it a larger share or name other slots"
        )
    for least in _YIELDS:
        for value in affordable:
            if choice.pairs >= pairs:
                return choice.values
            if value not in choice.values:
                choice.consider(value, least)
    if not choice.values:
        raise DataError(
            "no value can be held out: hardly any two sentences have the same intent and the same "
            "words around their slots, so nothing could be compared; split by sentence"
        )
    return choice.values


@dataclass
class _Matching:
    """Pairs of rows, and the sentences that left training for them."""

    pairs: list[tuple[_Row, _Row]] = field(default_factory=list)
    """Unseen and seen."""
    moved_sentences: set[Sentence] = field(default_factory=set)


def _match(
    corpus: _Corpus, values: set[Form], lost_sentences: set[Sentence], seed: int
) -> _Matching:
    """Pair as many rows as possible whose values and intents training still has afterwards."""
    matching = _Matching()
    carriers: Counter[Key] = Counter()
    unseen: dict[Frame, list[_Row]] = defaultdict(list)
    seen: dict[Frame, list[tuple[_Row, Sentence]]] = defaultdict(list)
    needs: dict[Sentence, set[Key]] = {}
    for sentence in sorted(corpus.sentences, key=_shuffle(seed)):
        rows = sorted(
            corpus.sentences[sentence], key=lambda row: (shuffle_key(seed, row.id), row.id)
        )
        if sentence in lost_sentences:
            for row in rows:
                if row.values & values:
                    unseen[row.frame].append(row)
            continue
        needs[sentence] = {key for row in rows for key in row.needs}
        carriers.update(needs[sentence])
        for row in rows:
            if row.keys:
                seen[row.frame].append((row, sentence))
    for frame in sorted(unseen, key=lambda frame: (shuffle_key(seed, repr(frame)), frame)):
        waiting = unseen[frame][::-1]
        for row, sentence in seen[frame]:
            if not waiting:
                break
            if sentence not in matching.moved_sentences:
                if any(carriers[key] < 2 for key in needs[sentence]):
                    continue  # training would no longer know one of its values, or its intent
                matching.moved_sentences.add(sentence)
                carriers.subtract(needs[sentence])
            matching.pairs.append((waiting.pop(), row))
    return matching


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
    utterances: Collection[Utterance],
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
    corpus = _corpus(utterances, slots, shares["test"])
    goal = max(1, round(shares["test"] * corpus.size / 2))
    values = _choose(corpus, goal, seed)
    matching = _match(corpus, values, _touched(corpus, values), seed)
    # A value none of whose utterances found a partner is given back to training.
    values = {value for row, _ in matching.pairs for value in row.values if value in values}
    lost_sentences = _touched(corpus, values)
    if not matching.pairs:
        raise DataError(
            "no value can be held out: no utterance with a rare value has a partner of the same "
            "intent and words whose own values are elsewhere in the data; name other slots"
        )
    splits = _splits(corpus, shares, matching, lost_sentences, seed)
    if DEV in shares and DEV not in splits.values():
        raise DataError(
            f"nothing is left for {DEV!r}: what remains of {corpus.size:,} utterances is needed in "
            "training; leave dev out of the shares or give it a larger one"
        )
    pairs: dict[str, str] = {}
    for number, (unseen, seen) in enumerate(sorted(matching.pairs, key=lambda pair: pair[0].id), 1):
        pairs[unseen.id] = pairs[seen.id] = f"pair-{number}"
    forms = {form for value in values for form in corpus.forms[value]}
    check_unseen(Divided(utterances, splits, pairs), slots=slots, held_out=forms)
    notes = tuple(_notes(splits, len(matching.pairs), goal))
    return UnseenSplit(splits, pairs, tuple(sorted(" ".join(form) for form in forms)), notes)


def _notes(splits: Mapping[str, str], pairs: int, goal: int) -> Iterator[str]:
    """Notes on what the shares ask for and the data do not allow."""
    if pairs < goal:
        yield (
            f"{pairs:,} pairs where the shares ask for {goal:,}: the others have no partner of "
            "the same intent and words, or would take too much from training"
        )
    if aside := sum(name == UNPAIRED for name in splits.values()):
        yield f"{aside:,} utterances have no partner and may not be trained: '{UNPAIRED}'"


def _touched(corpus: _Corpus, values: Iterable[Form]) -> set[Sentence]:
    return {sentence for value in values for sentence in corpus.touched[value]}


def _check_slots(utterances: Iterable[Utterance], slots: Collection[str] | None) -> None:
    names = sorted({label.name for utterance in utterances for label in utterance.slots})
    if not names:
        raise DataError("no utterance has a slot, so no value can be held out; split by sentence")
    for name in slots or ():
        if name not in names:
            raise SettingsError(f"no slot {name!r}{nearest(name, names)}")


def _splits(
    corpus: _Corpus, shares: Shares, matching: _Matching, lost_sentences: set[Sentence], seed: int
) -> dict[str, str]:
    """The split of each utterance id, from the pairs that are tested."""
    untrained = lost_sentences | matching.moved_sentences
    pool = {s: rows for s, rows in corpus.sentences.items() if s not in untrained}
    # Of each value and intent that is tested, one sentence stays in training whatever dev gets.
    needed = {key for _, row in matching.pairs for key in row.needs}
    pinned: set[str] = set()
    for sentence in sorted(pool, key=_shuffle(seed)):
        fresh = {key for row in pool[sentence] for key in row.needs} & needed
        if fresh:
            needed -= fresh
            pinned.add(" ".join(sentence))
    rest = {name: share for name, share in shares.items() if name != "test"}
    total = sum(rest.values())
    split_of = stratified(
        {" ".join(s): len(rows) for s, rows in pool.items()},
        {" ".join(s): min(row.frame[0] for row in rows) for s, rows in pool.items()},
        {name: share / total for name, share in rest.items()},
        seed,
        main=TRAIN,
        pinned=pinned,
    )
    splits = {row.id: UNPAIRED for rows in corpus.sentences.values() for row in rows}
    splits |= {row.id: split_of[" ".join(s)] for s, rows in pool.items() for row in rows}
    for unseen, seen in matching.pairs:
        splits[unseen.id], splits[seen.id] = UNSEEN, SEEN
    return splits


__all__ = ["UnseenSplit", "by_value"]
