"""How a writer writes what was said: "thirty percent" as "30 percent", "30%" and as it sounds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from .numbers import (
    DIGITS,
    parse_cardinal,
    parse_digits,
    parse_ordinal,
    spoken_number,
    spoken_ordinal,
    spoken_year,
)

_MOST = 6
_UNITS = frozenset(spoken_number(n) for n in range(1, 10))
_NUMBER_WORDS = frozenset(
    word for n in (*range(21), *range(30, 100, 10), 100, 1000) for word in spoken_number(n).split()
) - {"and"} | {"oh"}
_EITHER = "|".join(sorted(_NUMBER_WORDS))
_BETWEEN = r"(?:[ -]|(?<=hundred) and |(?<=thousand) and )"
_RUN = re.compile(rf"\b(?:{_EITHER})(?:{_BETWEEN}(?:{_EITHER}))+\b", re.I)
_SIGNS = {"percent": "%", "degrees": "°"}
_HALVES = {"a": "a.m.", "p": "p.m."}


def written_forms(text: str) -> tuple[str, ...]:
    """`text`, which is spoken words, in the ways people may write it down, itself first; at most 6.

    Numbers become figures, ordinals too; percent, degrees and minus signs; "seven thirty" a time of
    day, "b fifty two" a code.
    """
    words = text.split()
    figures = _replaced(words, _figures)
    forms = [words, figures, _signed(figures), _spelled(figures), _replaced(words, _clock), _signed(
        _replaced(_replaced(words, _clock), _figures))]  # fmt: skip
    return tuple(dict.fromkeys(" ".join(form) for form in forms))[:_MOST]


def in_figures(text: str) -> str:
    """`text` with years, and numbers of two words and more below a thousand, in figures: "in
    nineteen twelve" as "in 1912", "one hundred and five" as "105". All else stays as it is."""
    return _RUN.sub(lambda run: _in_figures(run[0]), text)


def _in_figures(run: str) -> str:
    """A run of number words; where it is no number with its "and", the parts around that."""
    words = [word for word in re.split(r"[\s-]+", run.lower()) if word != "and"]
    year = _years().get(" ".join(words))
    if year is not None:
        return year
    try:
        figure = _figure(words) if len(words) > 1 else run
    except ValueError:
        figure = run
    if len(figure) < 4:
        return figure
    parts = re.split(r"( and )", run, flags=re.I)
    if len(parts) > 1:
        parts[::2] = map(_in_figures, parts[::2])
    return "".join(parts)


@lru_cache(maxsize=1)
def _years() -> dict[str, str]:
    """Years by how they are said, 1101 to 2099; "nineteen hundred five" and "two thousand twelve"
    as well."""
    years = range(1101, 2100)
    long = {
        f"{spoken_year(year - year % 100)} {spoken_number(year % 100)}": str(year)
        for year in years if year % 100
    }  # fmt: skip
    return long | {spoken_year(year): str(year) for year in years}


def _replaced(words: Sequence[str], change: Callable[[Sequence[str]], Iterator[str]]) -> list[str]:
    """The words with each run of number words changed."""
    out: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if word in _NUMBER_WORDS or _is_ordinal(word):
            run.append(word)
            continue
        if run:
            out += change(run)
            run = []
        out += [word] if word else []
    return out


def _is_ordinal(word: str) -> bool:
    try:
        return spoken_ordinal(parse_ordinal([word])) == word
    except ValueError:
        return False


def _figures(run: Sequence[str]) -> Iterator[str]:
    """A number in figures; words that are no one number stay as they are."""
    try:
        if _is_ordinal(run[-1]):
            number = parse_ordinal(run)
            ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(
                number % 10, "th"
            )  # fmt: skip
            yield f"{number}{ending}"
        else:
            yield _figure(run)
    except ValueError:
        yield from run


def _figure(run: Sequence[str]) -> str:
    """A number in figures, or digits one by one. Raises ValueError for several numbers."""
    if len(run) > 1 and all(word in DIGITS for word in run):
        return parse_digits(run)
    number = parse_cardinal(run)
    hundreds, rest = divmod(number, 100)
    short = f"{spoken_number(hundreds)} {spoken_number(rest)}" if rest >= 10 else ""
    if " ".join(run) not in (spoken_number(number).replace(" and", ""), short):
        raise ValueError("numbers one after another")
    return str(number)


def _clock(run: Sequence[str]) -> Iterator[str]:
    """ "seven thirty" and "seven oh five" as times of day; other numbers as they are."""
    try:
        hour, minute = parse_cardinal(run[:1]), parse_cardinal(run[1:])
    except ValueError:
        yield from run
        return
    if 1 <= hour <= 12 and 10 <= minute <= 59:
        yield f"{hour}:{minute:02}"
    else:
        yield from run


def _spelled(words: Sequence[str]) -> list[str]:
    """Letters and figures after one another as one code."""
    out: list[str] = []
    run: list[str] = []
    for word in [*words, ""]:
        if (len(word) == 1 and word != "a") or word.isdigit():
            run.append(word)
            continue
        is_code = len(run) > 1 and run[-2:] != ["p", "m"]
        out += ["".join(run).upper()] if is_code else run
        out += [word] if word else []
        run = []
    return out


def _signed(words: Sequence[str]) -> list[str]:
    """Signs for percent and degrees after a figure, minus before it; "p m" as it is printed."""
    out: list[str] = []
    for word in words:
        last = out[-1] if out else ""
        if word in _SIGNS and last[-1:].isdigit():
            out[-1] = last + _SIGNS[word]
        elif word == "m" and last in _HALVES:
            out[-1] = _HALVES[last]
        elif last == "minus" and word[:1].isdigit():
            out[-1] = f"-{word}"
        else:
            out.append(word)
    return out
