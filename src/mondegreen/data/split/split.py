"""Division of a manifest into splits: sentences or speakers stay whole, sizes come near shares."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import msgspec

from ...errors import DataError, SettingsError
from ...text.tokens import words
from ...voices.voice import people
from ..manifest import Manifest
from ..utterance import Utterance

Shares = Mapping[str, float]
"""Split names with the part of the utterances that each should get; they sum to 1."""

PAIR = "unseen_pair"
"""Key in `meta` of the pair that a test utterance belongs to; see `data.split.unseen`."""

_DRAWS = 32
"""Orders of speakers that are tried. They are few and differ in size: with 97 speakers of 50 to 500
utterances each, the first order misses a share by 0.5 %, the best of 32 by 0.1 %."""


def parse_shares(text: str) -> dict[str, float]:
    """The shares in `train=0.8,dev=0.1,test=0.1`.

    Raises SettingsError unless each is a number above 0, named once, and they sum to 1.
    """
    expected = "expected NAME=SHARE pairs such as train=0.8,dev=0.1,test=0.1"
    shares: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = (piece.strip() for piece in part.partition("="))
        try:
            share = float(number)
        except ValueError:
            share = math.nan
        if not (name and equals and 0 < share < math.inf):
            raise SettingsError(f"shares: found {part.strip()!r}, {expected}")
        if name in shares:
            raise SettingsError(f"shares: found {name!r} twice, {expected}")
        shares[name] = share
    total = sum(shares.values())
    if abs(total - 1) > 1e-6:
        raise SettingsError(f"shares: {text!r} sums to {total:g}, expected 1")
    return shares


def shuffle_key(seed: int | str, key: str) -> bytes:
    """A random number that follows from seed and key alone; sorting by it is a shuffle that does
    not depend on the order before."""
    # Surrogates are what is left of names that are no Unicode; they may be in a manifest too.
    content = f"{seed}\0{key}".encode("utf-8", "surrogatepass")
    return hashlib.blake2b(content, digest_size=8).digest()


def by_sentence(utterances: Iterable[Utterance], shares: Shares, seed: int) -> dict[str, str]:
    """The split of each utterance id, all utterances of one sentence in the same.

    A sentence is its normalised words (`mondegreen.text.tokens`). Each intent is divided as the
    whole is, as far as its sentences can be divided; an intent that has only one sentence goes to
    the largest split, for what is never trained cannot be tested. Raises DataError for an
    utterance without words, and when a split gets nothing.
    """
    sentences: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    strata: dict[str, str] = {}
    for utterance in utterances:
        sentence = " ".join(words(utterance.text))
        if not sentence:
            raise DataError(
                f"{utterance.id}: its text has no words, so its sentence is not known; give it a "
                "text or split by speaker"
            )
        sentences[utterance.id] = sentence
        sizes[sentence] += 1
        # One sentence under two intents is counted with the first by name, in whatever row order.
        intent = utterance.intent or ""
        strata[sentence] = min(strata.get(sentence, intent), intent)
    largest = max(shares, key=lambda name: shares[name])
    split_of = stratified(sizes, strata, shares, seed, main=largest)
    counts = Counter(split_of.values())
    for name in shares:
        if not counts[name]:
            raise DataError(
                f"nothing is left for {name!r}: {len(sizes)} different sentences in "
                f"{len(set(strata.values()))} intents are too few; give it a larger share or "
                "fewer splits"
            )
    return {key: split_of[sentence] for key, sentence in sentences.items()}


def stratified(
    sizes: Mapping[str, int],
    strata: Mapping[str, str],
    shares: Shares,
    seed: int,
    *,
    main: str,
    pinned: Collection[str] = (),
) -> dict[str, str]:
    """The split of each group; `sizes` are its utterances, `strata` what is to be balanced.

    Groups come in a drawn order, each goes to the split that is owed most; what rounding leaves is
    carried to the next stratum, so that many small ones do not add up. The first group of a stratum
    and those in `pinned` go to the split `main`.
    """
    members: dict[str, list[str]] = {}
    for key in sizes:
        members.setdefault(strata[key], []).append(key)
    owed = dict.fromkeys(shares, 0.0)
    split_of: dict[str, str] = {}
    for stratum in sorted(members, key=lambda name: shuffle_key(seed, name)):
        order = sorted(
            members[stratum], key=lambda key: (key not in pinned, shuffle_key(seed, key), key)
        )
        if len(order) == 1:
            # Not carried: a hundred such intents would turn the next one wholly into test data.
            split_of[order[0]] = main
            continue
        total = sum(sizes[key] for key in order)
        for name, share in shares.items():
            owed[name] += share * total
        for place, key in enumerate(order):
            forced = place == 0 or key in pinned
            name = main if forced else max(owed, key=lambda name: owed[name])
            owed[name] -= sizes[key]
            split_of[key] = name
    return split_of


def by_speaker(utterances: Iterable[Utterance], shares: Shares, seed: int) -> dict[str, str]:
    """The split of each utterance id, all utterances of one speaker in the same.

    Mixtures of synthetic voices count as one speaker with the voices in them.
    Of several drawn orders the one whose sizes come nearest to the shares is taken, and each split
    gets a speaker. Raises DataError for utterances without a speaker, and when there are fewer
    speakers than splits.
    """
    speakers: dict[str, str] = {}
    unknown: list[str] = []
    for utterance in utterances:
        if utterance.speaker:
            speakers[utterance.id] = utterance.speaker
        else:
            unknown.append(utterance.id)
    if unknown:
        raise DataError(
            f"{len(unknown):,} of {len(unknown) + len(speakers):,} utterances name no speaker, the "
            f"first is {unknown[0]!r}; fill in 'speaker' or split by sentence"
        )
    one = people(speakers.values())
    speakers = {key: one[speaker] for key, speaker in speakers.items()}
    sizes = Counter(speakers.values())
    if len(sizes) < len(shares):
        raise DataError(
            f"found {len(sizes)} speakers for {len(shares)} splits ({', '.join(shares)}); each "
            "needs one: use fewer splits or split by sentence"
        )
    draws = (_whole(sizes, shares, f"{seed}/{draw}") for draw in range(_DRAWS))
    split_of = min(draws, key=lambda draw: _miss(draw, sizes, shares))
    return {key: split_of[speaker] for key, speaker in speakers.items()}


def _whole(sizes: Mapping[str, int], shares: Shares, seed: str) -> dict[str, str]:
    """The split of each group in one drawn order; no split stays empty."""
    total = sum(sizes.values())
    owed = {name: share * total for name, share in shares.items()}
    empty = list(shares)
    order = sorted(sizes, key=lambda key: (shuffle_key(seed, key), key))
    split_of: dict[str, str] = {}
    for place, key in enumerate(order):
        among = empty if len(order) - place <= len(empty) else list(shares)
        name = max(among, key=lambda name: owed[name])
        owed[name] -= sizes[key]
        split_of[key] = name
        if name in empty:
            empty.remove(name)
    return split_of


def _miss(split_of: Mapping[str, str], sizes: Mapping[str, int], shares: Shares) -> float:
    """Twice the utterances that would have to change their split for the shares to be met."""
    total = sum(sizes.values())
    split_sizes: Counter[str] = Counter()
    for key, name in split_of.items():
        split_sizes[name] += sizes[key]
    return sum(abs(split_sizes[name] - share * total) for name, share in shares.items())


def refuse_old_splits(manifest: Manifest) -> None:
    """Raise DataError when utterances have a split already: it may be the publisher's."""
    old = Counter(name for name in manifest.column("split") if name is not None)
    if old:
        listed = ", ".join(f"{name} {count:,}" for name, count in sorted(old.items()))
        raise DataError(
            f"{manifest.name}: {old.total():,} of {len(manifest):,} utterances have a split "
            f"already ({listed}); --replace gives them new ones"
        )


@dataclass(frozen=True)
class Divided:
    """Utterances with their new splits and pairs; pairs of an earlier division are removed.

    A view: it makes them anew each time it is gone through.
    """

    utterances: Iterable[Utterance]
    splits: Mapping[str, str]
    """Split by utterance id."""
    pairs: Mapping[str, str] = field(default_factory=dict)
    """Pair by utterance id; see `data.split.unseen`."""

    def __iter__(self) -> Iterator[Utterance]:
        for utterance in self.utterances:
            meta = {key: value for key, value in utterance.meta.items() if key != PAIR}
            if utterance.id in self.pairs:
                meta[PAIR] = self.pairs[utterance.id]
            split = self.splits[utterance.id]
            yield msgspec.structs.replace(utterance, split=split, meta=meta)


def audio_prefix(manifest: Manifest, out: Path) -> PurePosixPath:
    """What the audio paths of a manifest need before them in a manifest at `out`.

    Raises DataError when `out` lies in a folder from which its recordings cannot be reached.
    """
    folder = out.resolve().parent
    if manifest.root.is_relative_to(folder):
        return PurePosixPath(manifest.root.relative_to(folder).as_posix())
    for utterance in manifest:
        if utterance.audio is not None:
            raise DataError(
                f"{out}: a manifest's recordings must lie inside its folder, and those of "
                f"{manifest.name} would not; write it to {manifest.root} or a folder above"
            )
    return PurePosixPath()


def moved(utterances: Iterable[Utterance], prefix: PurePosixPath) -> Iterator[Utterance]:
    """The utterances with `prefix` before their audio paths."""
    for utterance in utterances:
        if utterance.audio is None or not prefix.parts:
            yield utterance
        else:
            audio = (prefix / utterance.audio.replace("\\", "/")).as_posix()
            yield msgspec.structs.replace(utterance, audio=audio)


__all__ = [
    "PAIR",
    "Divided",
    "Shares",
    "audio_prefix",
    "by_sentence",
    "by_speaker",
    "moved",
    "parse_shares",
    "refuse_old_splits",
    "shuffle_key",
    "stratified",
]
