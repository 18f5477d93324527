"""How one dictionary reading is said by different people: taps, reductions, accents, weak forms."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .inventory import Pronunciation, from_misaki, parse

# Words that are nearly always reduced in running speech: every form people use, commonest first.
_WEAK_FORMS: dict[str, tuple[Pronunciation, ...]] = {
    word: tuple(map(parse, forms.split("|")))
    for word, forms in (
        line.split(": ")
        for line in """\
a: ə | eɪ
an: ə n | æ n
and: æ n d | ə n d | ə n | n | æ n
n': ə n | n | æ n d | ə n d
the: ð ə | ð i
to: t ə | t u | t ʊ | ɾ ə
of: ə v | ʌ v | ə
for: f ɔ ɹ | f ə ɹ | f ə | f ɔ
with: w ɪ ð | w ɪ θ | w ɪ t
at: æ t | ə t
can: k æ n | k ə n | k ɪ n
from: f ɹ ʌ m | f ɹ ə m
some: s ʌ m | s ə m
have: h æ v | h ə v | ə v
has: h æ z | h ə z | ə z
had: h æ d | h ə d | ə d
is: ɪ z | z
are: ɑ ɹ | ə ɹ | ɑ | ə
was: w ʌ z | w ə z | w ɑ z
were: w ɜ ɹ | w ə ɹ | w ɜ
or: ɔ ɹ | ə ɹ | ɔ
as: æ z | ə z
that: ð æ t | ð ə t
you: j u | j ə
your: j ɔ ɹ | j ʊ ɹ | j ə ɹ | j ɔ
you're: j ʊ ɹ | j ɔ ɹ | j ə ɹ | j ɔ
my: m aɪ | m ə
me: m i
he: h i | i
her: h ɜ ɹ | ə ɹ | h ɜ
him: h ɪ m | ɪ m
his: h ɪ z | ɪ z
them: ð ɛ m | ð ə m | ə m
'em: ə m
us: ʌ s | ə s
in: ɪ n | ə n
on: ɑ n | ɔ n
by: b aɪ
it: ɪ t | ɪ ɾ | ə t
just: dʒ ʌ s t | dʒ ə s t | dʒ ʌ s | dʒ ɪ s t
but: b ʌ t | b ə t | b ʌ ɾ
do: d u | d ə
does: d ʌ z | d ə z
will: w ɪ l | w ə l | ə l
would: w ʊ d | w ə d | ə d
could: k ʊ d | k ə d
should: ʃ ʊ d | ʃ ə d
must: m ʌ s t | m ə s t | m ə s
than: ð æ n | ð ə n
then: ð ɛ n
there: ð ɛ ɹ | ð ɛ
so: s oʊ | s ə
be: b i
been: b ɪ n | b i n | b ɛ n
because: b ɪ k ʌ z | b ɪ k ɔ z | b ə k ɑ z | k ə z
am: æ m | ə m | eɪ ɛ m
i: aɪ | ɑ
i'd: aɪ d | aɪ
i'll: aɪ l | ɑ l | ə l
i'm: aɪ m | ə m
i've: aɪ v | aɪ ə v
we'll: w i l | w ɪ l
you'll: j u l | j ə l
it's: ɪ t s | ə t s
what's: w ʌ t s | w ɑ t s
what: w ʌ t | w ɑ t | w ʌ ɾ
let's: l ɛ t s | l ɛ s
gonna: ɡ ə n ə | ɡ ɑ n ə | ɡ ʌ n ə
wanna: w ɑ n ə | w ʌ n ə
please: p l i z | p ə l i z
ok: oʊ k eɪ
not: n ɑ t | n ɑ ɾ
want: w ɑ n t | w ɔ n t | w ʌ n t | w ɑ n
get: ɡ ɛ t | ɡ ɪ t | ɡ ɛ ɾ
going: ɡ oʊ ɪ ŋ | ɡ oʊ ɪ n | ɡ oʊ ə n
our: aʊ ə ɹ | ɑ ɹ | aʊ ə | aʊ ɹ
hour: aʊ ə ɹ | aʊ ɹ | aʊ ə
hours: aʊ ə ɹ z | aʊ ɹ z | aʊ ə z
oh: oʊ
zero: z ɪ ɹ oʊ | z i ɹ oʊ
twenty: t w ɛ n t i | t w ɛ n i | t w ʌ n i
off: ɔ f | ɑ f
one: w ʌ n | w ɑ n
okay: oʊ k eɪ | k eɪ | ə k eɪ
""".splitlines()
    )
}

_LETTER_NAMES: dict[str, str] = {
    "a": "eɪ", "b": "b i", "c": "s i", "d": "d i", "e": "i", "f": "ɛ f", "g": "dʒ i", "h": "eɪ tʃ",
    "i": "aɪ", "j": "dʒ eɪ", "k": "k eɪ", "l": "ɛ l", "m": "ɛ m", "n": "ɛ n", "o": "oʊ", "p": "p i",
    "q": "k j u", "r": "ɑ ɹ|ɑ", "s": "ɛ s", "t": "t i", "u": "j u", "v": "v i",
    "w": "d ʌ b ə l j u|d ʌ b j u", "x": "ɛ k s", "y": "w aɪ", "z": "z i|z ɛ d",
}  # fmt: skip

_VOWELS = "AIOQWYiueoaɑɒɔəɛɜɪʊʌæᵊᵻɐ"
_BROKEN_TAP = re.compile(f"nt(?=[{_VOWELS}])")
_SYLLABIC = re.compile(r"(?<=[pbtdkɡfvθszʃʒʧʤɾT])[əᵊ](?=[ln](?:[zds]|$))")
_BARE_SYLLABIC = re.compile(r"(?<=[tdʔ])(?=n$)")
_LONE_OPEN_O = re.compile(r"ɔ(?!ɹ|ː)")
_CODA_R = re.compile(f"ɹ(?![ˈˌ]?[{_VOWELS}])")

# Penalties order the readings and say which to give up first; 1.0 is about "one speaker in four".
SECOND_READING = 0.5
BRITISH = 1.0


def weak_forms(word: str) -> tuple[Pronunciation, ...]:
    """Every usual form of a function word, commonest first; empty for any other word."""
    return _WEAK_FORMS.get(word, ())


def letter_name(letter: str) -> tuple[Pronunciation, ...]:
    """The names of one lower-case letter from a to z; empty for anything else."""
    spelled = _LETTER_NAMES.get(letter)
    return tuple(parse(p) for p in spelled.split("|")) if spelled else ()


def expand(misaki: str, *, drops_r: bool) -> Iterator[tuple[float, Pronunciation]]:
    """Ways to say one dictionary reading, each with its penalty; the reading itself comes first.

    `misaki` is a US reading with its stress marks. `drops_r` adds the r-less reading, for words
    whose British one is not in the dictionary. One rule at a time: people who differ in two ways at
    once are near enough to one of the variants, and each further variant costs search.
    """
    yield 0.0, from_misaki(misaki)
    if "ɾ" in misaki or "T" in misaki:
        yield 0.8, from_misaki(misaki.replace("ɾ", "t").replace("T", "t"))
    if _LONE_OPEN_O.search(misaki):  # the cot-caught merger
        yield 1.2, from_misaki(_LONE_OPEN_O.sub("ɑ", misaki))
    if misaki.endswith("ɪŋ") and len(misaki) > 5:
        yield 1.5, from_misaki(misaki[:-1] + "n")
    if _SYLLABIC.search(misaki):
        yield 1.5, from_misaki(_SYLLABIC.sub("", misaki))
    if _BARE_SYLLABIC.search(misaki):
        yield 1.0, from_misaki(_BARE_SYLLABIC.sub("ə", misaki))
    if "ᵻ" in misaki:
        yield 1.5, from_misaki(misaki.replace("ᵻ", "ə"))
    if _BROKEN_TAP.search(misaki):  # "internet", "twenty"
        yield 1.8, from_misaki(_BROKEN_TAP.sub("n", misaki))
    if drops_r and _CODA_R.search(misaki):
        yield 1.4, from_misaki(_CODA_R.sub("", misaki))
