"""Name lists for grammars: titles, artists and places from an annotated corpus, cleaned.

The starter grammar's catalogues are made with it from the Snips NLU benchmark (2017, CC0) and the
hand-written lists beside them:

    python -m mondegreen.training.conversions.starter_names SNIPS_FOLDER STARTER_FOLDER

The same inputs give the same files, byte for byte.
"""

from __future__ import annotations

import argparse
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import DataError
from ...phonetics.pronouncer import READINGS, ship_readings
from ...text.read_aloud import spoken_words

MAX_WORDS = 7
"""Nobody asks for a longer name in full; those that are longer are mostly subtitles."""

_SMALL_WORDS = (
    "a an the and but or nor for of in on at to by with from as vs de la le les el los las du des "
    "da do di y et e und der die das von van"
)
_SMALL = frozenset(_SMALL_WORDS.split(" "))
# Single words that are a piece of a sentence, or that the starter grammar gives another meaning.
_NOT_NAMES = (
    "about album another artist died every everything exit full here last more music next pause "
    "playlist plays ready record repeat resume shuffle some something song songs soundtrack stop "
    "stuff that them there this track tune volume what where your"
)
_FRAGMENTS = frozenset(_NOT_NAMES.split(" "))
_COARSE = re.compile(
    r"\b(?:bitch|cunt|fag|fuck|gloryhole|motherfuck|nigg|pussy|sex|shit|slut|whore)"
)
# Letters in an order that no language this grammar is spoken in writes: "Qr", "Xsuie".
_BROKEN = re.compile(r"\bx[^aeiouy ]|q[^aeiouy ]|(.)\1\1")
_ROMAN = re.compile(r"^(?:ii|iii|iv|vi|vii|viii|ix|xi|xii)$", re.IGNORECASE)
# A shift key held too long: "AMerican".
_SLIP = re.compile(r"^[A-Z]{2}[a-z]{3,}$")
_NAME = re.compile(r"^[^\W\d_]+(?:[ '.,!?-]+[^\W\d_]+)*$")
_QUOTES = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": " "})


def read_slots(folder: Path, intents: Sequence[str]) -> dict[str, Counter[str]]:
    """How often each slot value occurs in the corpus, by slot name, over the given intents.

    Raises DataError when the folder holds none of the intents' files or one is not of their form.
    """
    counts: dict[str, Counter[str]] = {}
    files = [path for name in intents for path in sorted(folder.glob(f"*_{name}*.json"))]
    if not files:
        raise DataError(
            f"{folder} holds no file such as train_{intents[0]}_full.json; "
            "give the folder of the Snips NLU benchmark"
        )
    for path in files:
        # One of the files has a few bytes that are not UTF-8; names with them are dropped later.
        text = path.read_bytes().decode("utf-8", "replace")
        try:
            for part in _entities(json.loads(text)):
                counter = counts.setdefault(part["entity"], Counter())
                counter[unicodedata.normalize("NFC", part["text"]).strip()] += 1
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataError(f"{path} is not a Snips intent file: {error!r}") from error
    return counts


def _entities(corpus: Mapping[str, Any]) -> Iterable[Mapping[str, str]]:
    for utterances in corpus.values():
        for utterance in utterances:
            yield from (part for part in utterance["data"] if "entity" in part)


def clean(name: str) -> str | None:
    """The name in title case, or None for what nobody would ask for by voice.

    Dropped: broken encodings, digits and symbols (their spoken form is unsure), scripts other than
    Latin, fragments of a sentence, names without a vowel, coarse words, and very long names.
    """
    text = name.translate(_QUOTES)
    text = re.sub(r"\s*[(\[].*?[)\]]", "", text).replace("&", " and ")
    text = " ".join(text.split()).strip(" .,!?'\"-")
    words = text.split()
    if not words or len(words) > MAX_WORDS or not _NAME.match(text):
        return None
    plain = unicodedata.normalize("NFD", text)
    letters = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    if not re.fullmatch(r"[a-z '.,!?-]+", letters) or _COARSE.search(letters):
        return None
    if _BROKEN.search(letters):
        return None
    if len(words) == 1 and (len(text) < 4 or letters in _FRAGMENTS):
        return None
    if not re.search(r"[aeiouy]", letters) or all(len(word) == 1 for word in words):
        return None
    return title_case(text)


def title_case(text: str) -> str:
    """English title case: small words low inside, capitals that the source chose kept.

    "rhapsody in blue" becomes "Rhapsody in Blue"; "MakSim" and "CJ Snare" stay.
    """
    words = text.split()
    shouted = text.isupper() and max(len(word) for word in words) > 3
    cased = []
    for position, word in enumerate(words):
        inner = 0 < position < len(words) - 1
        if inner and word.casefold() in _SMALL:
            cased.append(word.casefold())
        elif _ROMAN.match(word) and position > 0:
            cased.append(word.upper())
        elif any(c.isupper() for c in word[1:]) and not (shouted or _SLIP.match(word)):
            cased.append(word)
        else:
            cased.append(_capital(word))
    return " ".join(cased)


def _capital(word: str) -> str:
    parts = [part[:1].upper() + part[1:].lower() for part in word.split("-")]
    joined = "-".join(parts)
    return re.sub(r"^(Mc|O')([a-z])(?=..)", lambda m: m[1] + m[2].upper(), joined)


def fold(name: str) -> str:
    """What two spellings of one spoken name share: no case, no marks, no leading "the"."""
    plain = unicodedata.normalize("NFD", name.casefold())
    letters = "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c))
    return " ".join(letters.split()).removeprefix("the ")


def merge(
    first: Iterable[str], then: Iterable[str], *, without: Iterable[str] = ()
) -> tuple[str, ...]:
    """Both lists as one, sorted, each spoken name once; the spelling of `first` wins.

    Names of `without` are left out of `then` (an artist that is also a title would be ambiguous).
    """
    spellings = {fold(name): name for name in first}
    barred = {fold(name) for name in without}
    for name in sorted(then):
        key = fold(name)
        if key not in barred:
            spellings.setdefault(key, name)
    return tuple(sorted(spellings.values(), key=lambda name: (fold(name), name)))


def read_list(path: Path) -> tuple[str, ...]:
    """The names in a file, one a line, without the spoken form that may follow a tab.

    Blank lines and lines that start with # are notes. Raises DataError for an unreadable file.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path} cannot be read as a list of names: {error}") from error
    names = (line.partition("\t")[0].strip() for line in lines if not line.startswith("#"))
    return tuple(name for name in names if name)


def build(corpus: Path, folder: Path) -> dict[str, tuple[str, ...]]:
    """The starter's catalogues by file name, from the corpus and `folder`'s hand-written lists."""
    music = read_slots(corpus, ("PlayMusic", "AddToPlaylist"))
    weather = read_slots(corpus, ("GetWeather",))
    genres = read_list(folder / "genres.txt")
    excluded = read_list(folder / "left_out.txt")
    familiar_titles = read_list(folder / "well_known_titles.txt")
    artists = merge(
        read_list(folder / "well_known_artists.txt"),
        _cleaned(music, ("artist",)),
        without=(*genres, *familiar_titles, *excluded),
    )
    titles = merge(
        familiar_titles,
        _cleaned(music, ("track", "album", "entity_name")),
        without=(*artists, *genres, *excluded),
    )
    # The corpus draws towns evenly from a gazetteer: nearly all are hamlets that would only be
    # confused with each other. Its countries and states are few, and all of them are asked for.
    places = merge(
        read_list(folder / "well_known_places.txt"),
        _cleaned(weather, ("country", "state"), least=2),
    )
    return {"titles.txt": titles, "artists.txt": artists, "places.txt": places}


def _cleaned(
    slots: Mapping[str, Counter[str]], names: Sequence[str], *, least: int = 1
) -> list[str]:
    """The clean names among the values of some slots that occur at least `least` times."""
    values = (v for name in names for v, n in slots.get(name, Counter()).items() if n >= least)
    return [name for value in values if (name := clean(value)) is not None]


def main(arguments: Sequence[str] | None = None) -> None:
    """Write the starter's catalogues; see the module's text."""
    parser = argparse.ArgumentParser(description="Build the starter grammar's catalogues.")
    parser.add_argument("corpus", type=Path, help="folder of the Snips NLU benchmark")
    parser.add_argument("folder", type=Path, help="folder with the hand-written lists; written to")
    parser.add_argument(
        "--readings", type=Path, default=READINGS, help="file for the names' pronunciations"
    )
    options = parser.parse_args(arguments)
    for name, values in build(options.corpus, options.folder).items():
        path = options.folder / name
        path.write_text("\n".join(values) + "\n", encoding="utf-8", newline="\n")
        print(f"{path}: {len(values)} names")
    names = [name for path in sorted(options.folder.glob("*.txt")) for name in read_list(path)]
    words = (word for name in names for word in spoken_words(name))
    print(f"{options.readings}: {ship_readings(words, options.readings)} readings")


if __name__ == "__main__":
    main()
