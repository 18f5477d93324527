"""Words to phones: hibari's lexicon and network, weak forms, accents, the user's own lexicon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any

from ..errors import GrammarError
from ..jobs.files import read_text
from ..text.read_aloud import fold_accents, spoken_words
from ..text.spoken_text import for_voices
from . import dictionary
from .inventory import Pronunciation, from_misaki, parse
from .recent import Recent
from .variants import BRITISH, SECOND_READING, expand, letter_name, weak_forms

MOST_PER_WORD = 4
"""Content words keep this many readings: more cost the decoder time and no longer gain accuracy."""
MOST_PER_PHRASE = 6
MOST_SPELLINGS = 100
"""Lines of a lexicon for one word: each is a branch wherever the word stands."""
MOST_LETTERS = 1_000_000
"""Of the words that a pronouncer remembers: some 130,000 words, for each of which it takes 1.7 kB,
220 MB in all; what a server is asked has no end. A word that was forgotten is looked up again, in
50 µs, or in 1 ms where it is guessed."""
READINGS = Path(__file__).with_name("network_readings.tsv")
"""Spelling, tab, misaki phonemes: what the network says of the words in the shipped catalogues."""
_GUESS_AGAIN = 0.7
_NOT_SPELLED_OUT = 1.0
_SPELLED_OUT = 0.3
_SHORT = 4
"""Letters of a word in no dictionary that may be an abbreviation."""

_Scored = tuple[tuple[float, Pronunciation], ...]
Readings = dict[str, _Scored]
"""Of words: each pronunciation with its penalty, the likeliest first."""
Answers = tuple[Readings, dict[str, Pronunciation]]
"""What a pronouncer says of words: their readings, and how each is said by itself."""


@lru_cache(maxsize=2)
def _engine(british: bool) -> Any:
    from hibari.g2p import G2P

    return G2P(british=british)


@lru_cache(maxsize=1)
def _network() -> Any:
    from hibari.g2p.oov import OOV

    return OOV()


@lru_cache(maxsize=1)
def _shipped_readings() -> dict[str, str]:
    """The network's own readings of the starter's names: 2,000 of them cost it a second."""
    lines = READINGS.read_text(encoding="utf-8").splitlines() if READINGS.is_file() else []
    return dict(line.split("\t", 1) for line in lines)


def _network_reading(spelling: str) -> str:
    """Misaki phonemes of an unknown word; empty when the network finds none."""
    shipped = _shipped_readings().get(spelling)
    return shipped if shipped is not None else str(_network()(spelling) or "")


def ship_readings(words: Iterable[str], path: Path = READINGS) -> int:
    """Write the network's readings of those `words` that are guessed to `path`; their number."""
    pronouncer = Pronouncer()
    guessed = {w for w in words if pronouncer.is_guess(w)}
    spellings = guessed | {fold_accents(w) for w in guessed}
    rows = [f"{s}\t{_network()(s) or ''}\n" for s in sorted(spellings)]
    temporary = path.with_suffix(".tmp")
    temporary.write_text("".join(rows), encoding="utf-8")
    temporary.replace(path)
    return len(rows)


@lru_cache(maxsize=1)
def _names() -> dict[str, tuple[Pronunciation, ...]]:
    entries = read_lexicon(Path(__file__).with_name("names.lexicon"))
    return {word: tuple(map(parse, spellings)) for word, spellings in entries.items()}


def lexicon_words() -> list[str]:
    """Every word whose US pronunciation is known rather than guessed."""
    return sorted(_engine(False).lexicon.golds.d)


def sentence_phonemes(text: str, *, british: bool = False) -> str:
    """Misaki phonemes of running text, which `text` reads aloud; homographs are read in context."""
    return str(_engine(british)(for_voices(text)))


def _best_first(scored: Iterable[tuple[float, Pronunciation]], most: int) -> _Scored:
    """Distinct non-empty pronunciations, each at its lowest penalty, the likeliest first."""
    best: dict[Pronunciation, float] = {}
    for penalty, phones in scored:
        if phones and penalty < best.get(phones, float("inf")):
            best[phones] = penalty
    ranked = sorted(best.items(), key=lambda item: item[1])
    return tuple((penalty, phones) for phones, penalty in ranked[:most])


def _without_doubles(phones: Pronunciation) -> Pronunciation:
    return tuple(phone for phone, _ in groupby(phones))


@lru_cache(maxsize=1)
def usual_pronouncer() -> Pronouncer:
    """One without a lexicon of the user's, for all the work of a process."""
    return Pronouncer()


class Pronouncer:
    """Says how words and names are pronounced, several ways each, the likeliest first.

    `lexicon` is the user's own: word -> spellings in inventory symbols ("p l eɪ"); a word in it is
    said only as written there. Constructing is cheap: dictionaries load at the first word. Answers
    are cached per word, MOST_LETTERS of words at a time. Raises GrammarError for a lexicon spelling
    with an unknown symbol.
    """

    def __init__(self, lexicon: Mapping[str, Sequence[str]] | None = None) -> None:
        self.lexicon: dict[str, tuple[str, ...]] = {}
        """The user's own, as it was given."""
        self._lexicon: Readings = {}
        self._cache: Recent[_Scored] = Recent(MOST_LETTERS)
        self._stressed: Recent[Pronunciation] = Recent(MOST_LETTERS)
        self._remembered: Callable[[], Answers] | None = None
        for word, spellings in (lexicon or {}).items():
            listed = [spellings] if isinstance(spellings, str) else spellings
            self.lexicon[word] = tuple(listed)
            try:
                readings = tuple(dict.fromkeys(p for p in map(parse, listed) if p))
            except ValueError as error:
                raise GrammarError(f"{word!r}: {error}", source="lexicon") from error
            if not readings:
                message = f"{word!r} has no phones; expected some, as in 'p l eɪ'"
                raise GrammarError(message, source="lexicon")
            self._lexicon[word.lower()] = tuple((0.1 * i, p) for i, p in enumerate(readings))

    @classmethod
    def from_file(cls, path: str | Path) -> Pronouncer:
        """A pronouncer with the lexicon in a UTF-8 file.

        Lines are `word<TAB>p l eɪ` (two spaces do as well); `#` starts a comment; a word on several
        lines gets several pronunciations. Raises GrammarError with the line for any mistake.
        """
        return cls(read_lexicon(path))

    def answers(self) -> Answers:
        """What it says of the words whose readings it was asked, and still remembers."""
        readings = self._cache.all()
        return readings, {word: self.stressed(word) for word in readings}

    def remember(self, answers: Callable[[], Answers]) -> None:
        """Take over the answers of another one with the same lexicon, at the first question."""
        self._remembered = answers

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        """Pronunciations of one spoken word, the likeliest first; at most 6, usually 1 to 3.

        Anything that is not one word ("AC/DC", "99") is read as a name, see `phrase`. Empty when
        there is nothing to say in it, as in "?" or in a script the network has no letters of.
        """
        return tuple(p for _, p in self._word(word))

    def stressed(self, word: str) -> Pronunciation:
        """The word as it is said by itself, not in passing: "to" with the vowel of "two"."""
        self._recall()
        pronunciation = self._stressed.get(word)
        if pronunciation is None:
            pronunciation = self._look_up_stressed(word)
            self._stressed.keep(word, pronunciation)
        return pronunciation

    def _look_up_stressed(self, word: str) -> Pronunciation:
        lexicon_readings = self._lexicon.get(word.lower())
        if lexicon_readings:
            return lexicon_readings[0][1]
        dictionary_readings = [
            from_misaki(reading) for reading in dictionary.us_readings(fold_accents(word))
        ]
        return next(iter((*letter_name(word), *dictionary_readings, *self.word(word))), ())

    def phrase(self, text: str) -> tuple[Pronunciation, ...]:
        """Pronunciations of a whole name, the likeliest combinations of its words first; at most 6.

        Empty when any of its words cannot be pronounced.
        """
        words = spoken_words(text)
        lexicon_readings = self._lexicon.get(text.lower()) or self._lexicon.get(" ".join(words))
        return tuple(p for _, p in lexicon_readings or self._join(words))

    def phrases(self, texts: Iterable[str]) -> list[tuple[Pronunciation, ...]]:
        """`phrase` for each text; what a catalogue of many names is pronounced with."""
        return [self.phrase(text) for text in texts]

    def lattice(self, text: str) -> tuple[tuple[str, tuple[Pronunciation, ...]], ...]:
        """The spoken words of a name, each with its pronunciations: what a graph is built from."""
        return tuple((word, self.word(word)) for word in spoken_words(text))

    def is_guess(self, word: str) -> bool:
        """Whether the word is in no dictionary, so that its sound came from the network."""
        lower = word.lower()
        if lower in self._lexicon:
            return False
        if not re.fullmatch(r"'?[^\W\d_]+(?:'[^\W\d_]+)*'?", word):
            parts = spoken_words(word)
            return not parts or any(self.is_guess(p) for p in parts if p != lower)
        folded = fold_accents(word)
        by_hand = weak_forms(folded) or letter_name(folded) or folded in _names()
        return not (by_hand or dictionary.us_readings(folded))

    def _word(self, word: str) -> _Scored:
        self._recall()
        readings = self._cache.get(word)
        if readings is None:
            readings = self._lexicon.get(word.lower()) or self._look_up(word)
            self._cache.keep(word, readings)
        return readings

    def _recall(self) -> None:
        remembered = self._remembered
        if remembered is not None:
            readings, stressed = remembered()
            for word, scored in readings.items():
                self._cache.keep(word, scored)
            for word, pronunciation in stressed.items():
                self._stressed.keep(word, pronunciation)
            self._remembered = None  # not before: another thread may ask meanwhile

    def _look_up(self, word: str) -> _Scored:
        folded = fold_accents(word.replace("’", "'"))
        weak = weak_forms(folded)
        if weak:
            return tuple((0.4 * i, p) for i, p in enumerate(weak))
        names = letter_name(folded)
        if names:
            return tuple((0.8 * i, p) for i, p in enumerate(names))
        if folded in _names():
            return tuple((0.4 * i, p) for i, p in enumerate(_names()[folded]))
        if not folded.replace("'", "").isalpha():
            parts = spoken_words(word)
            return self._join(parts) if parts and parts != (word,) else ()
        us = dictionary.us_readings(folded)
        scored = self._dictionary_readings(folded, us) if us else self._guess(word, folded)
        return _best_first(scored, MOST_PER_WORD)

    def _dictionary_readings(
        self, folded: str, us: tuple[str, ...]
    ) -> list[tuple[float, Pronunciation]]:
        british = dictionary.british_listed(folded)
        scored: list[tuple[float, Pronunciation]] = []
        for i, reading in enumerate(us):
            variants = expand(reading, drops_r=not british)
            scored += [(penalty + SECOND_READING * i, phones) for penalty, phones in variants]
        scored += [(BRITISH + 0.3 * i, from_misaki(reading)) for i, reading in enumerate(british)]
        return scored

    def _guess(self, word: str, folded: str) -> list[tuple[float, Pronunciation]]:
        scored: list[tuple[float, Pronunciation]] = []
        # No vowel letter: people say the letters ("mgmt"), or a word nobody can derive ("hmm").
        # With one, a short word may be letters all the same ("ev", "kexp").
        vowels = not set("aeiouy").isdisjoint(folded)
        if folded.isascii() and (not vowels or len(folded) <= _SHORT):
            letters = self._join(tuple(folded.replace("'", "")))[:2]
            scored += [(p + _SPELLED_OUT * vowels, phones) for p, phones in letters]
        shift = _NOT_SPELLED_OUT if scored and not vowels else 0.0
        # The network knows accents ("Beyoncé" ends in eɪ), but people type names without them.
        for i, spelling in enumerate(dict.fromkeys((word.lower(), folded))):
            reading = _network_reading(spelling)
            if reading:
                variants = expand(reading, drops_r=True)
                scored += [(p + shift + _GUESS_AGAIN * i, _without_doubles(v)) for p, v in variants]
        return scored

    def _join(self, words: Sequence[str]) -> _Scored:
        """The likeliest pronunciations of words said in a row; empty if one has none."""
        combined: _Scored = ((0.0, ()),)
        for i, word in enumerate(words):
            readings = self._word(word)
            # Between letters "a" is a letter's name: "AC/DC", "U.S.A.".
            if word == "a" and any(len(w) == 1 for w in (*words[:i][-1:], *words[i + 1 : i + 2])):
                readings = tuple((0.0, name) for name in letter_name(word))
            if len(readings) == 1:
                penalty, phones = readings[0]
                combined = tuple((cost + penalty, before + phones) for cost, before in combined)
            else:
                combined = tuple(
                    sorted((cost + penalty, before + phones)
                           for cost, before in combined for penalty, phones in readings)
                )[:MOST_PER_PHRASE]  # fmt: skip
        return _best_first(combined, MOST_PER_PHRASE)


def read_lexicon(path: str | Path) -> dict[str, tuple[str, ...]]:
    """A user's lexicon file as word -> spellings; see Pronouncer.from_file for the format.

    Raises GrammarError with the line for any mistake, and for a file that cannot be read.
    """
    path = Path(path)
    text = read_text(path, lambda reason: GrammarError(f"cannot read the lexicon: {reason}"))
    entries: dict[str, list[str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        parts = re.split(r"\t+| {2,}", content, maxsplit=1)
        if len(parts) != 2:
            raise GrammarError(
                f"found {content!r}, expected a word, a tab or two spaces, and its phones, "
                "as in 'play  p l eɪ'",
                source=str(path), line=number,
            )  # fmt: skip
        # As a grammar's words are written when they are looked up: "O’Brien" is "o'brien".
        word, spelling = " ".join(spoken_words(parts[0])), parts[1].strip()
        if not word:
            raise GrammarError(
                f"{parts[0].strip()!r} has no word in it", source=str(path), line=number
            )
        try:
            parse(spelling)
        except ValueError as error:
            raise GrammarError(str(error), source=str(path), line=number) from error
        spellings = entries.setdefault(word, [])
        if len(spellings) == MOST_SPELLINGS:
            raise GrammarError(
                f"{word!r} has more than {MOST_SPELLINGS} pronunciations; keep the usual ones",
                source=str(path), line=number,
            )  # fmt: skip
        spellings.append(spelling)
    return {word: tuple(spellings) for word, spellings in entries.items()}


SameWord = Callable[[str, str], bool]


def sounds_alike(pronouncer: Pronouncer) -> SameWord:
    """Takes words for one that sound alike when said by themselves: colour and color, to and two.

    In passing, "and" and "in" may both be a mere n; that does not count.
    """

    @lru_cache(maxsize=4096)
    def sound(word: str) -> Pronunciation:
        return pronouncer.stressed(word)

    return lambda first, second: first == second or sound(first) == sound(second) != ()
