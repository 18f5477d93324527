"""Numbers as they are said in English, and back: the arithmetic under every numeric built-in."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
LIMIT = 10**15
"""Numbers this large and larger are said digit by digit."""

_ORDINAL_UNITS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
VALUES = {word: n for n, word in enumerate(UNITS)} | {
    word: 10 * n for n, word in enumerate(TENS) if word
}
MULTIPLIERS = {"hundred": 100} | {word: size for size, word in SCALES}
FRACTIONS = {
    "a half": 0.5, "one half": 0.5, "half": 0.5, "a quarter": 0.25, "one quarter": 0.25,
    "three quarters": 0.75,
}  # fmt: skip
"""What may be said by itself, and after "and": two and a half."""
DIGITS = {word: str(n) for n, word in enumerate(UNITS[:10])} | {"oh": "0", "o": "0"}


def spoken_number(number: int | float) -> str:
    """The plainest way to say a number: -121.5 → "minus one hundred twenty one point five"."""
    if number < 0:
        return f"minus {spoken_number(-number)}"
    if isinstance(number, float):
        if not number.is_integer():
            whole, _, fraction = f"{number:.10f}".rstrip("0").partition(".")
            return f"{spoken_number(int(whole))} point {spoken_digits(fraction)}"
        number = int(number)
    if number >= LIMIT:
        return spoken_digits(str(number))
    if number < 20:
        return UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return TENS[tens] + (f" {UNITS[unit]}" if unit else "")
    size, name = 100, "hundred"
    for scale, scale_name in SCALES:
        if number >= scale:
            size, name = scale, scale_name
            break
    head, rest = divmod(number, size)
    return f"{spoken_number(head)} {name}" + (f" {spoken_number(rest)}" if rest else "")


def spoken_digits(digits: str) -> str:
    """Digits one by one: "007" → "zero zero seven"."""
    return " ".join(UNITS[int(d)] for d in digits)


def ordinal_word(cardinal_word: str) -> str:
    """The ordinal of one number word: "three" → "third", "twenty" → "twentieth"."""
    if cardinal_word in _ORDINAL_UNITS:
        return _ORDINAL_UNITS[cardinal_word]
    if cardinal_word.endswith("y"):
        return cardinal_word[:-1] + "ieth"
    return cardinal_word + "th"


ORDINALS = {ordinal_word(word): n for word, n in VALUES.items()}
_ORDINAL_MULTIPLIERS = {ordinal_word(word): word for word in MULTIPLIERS}


def spoken_ordinal(number: int) -> str:
    """21 → "twenty first"."""
    *head, last = spoken_number(number).split()
    return " ".join([*head, ordinal_word(last)])


def spoken_year(year: int) -> str:
    """A four-digit number as a year: 1984 → "nineteen eighty four", 2005 → "two thousand five"."""
    century, rest = divmod(year, 100)
    if rest == 0:
        return spoken_number(year) if century % 10 == 0 else f"{spoken_number(century)} hundred"
    if rest < 10:
        if century % 10 == 0:
            return spoken_number(year)
        return f"{spoken_number(century)} oh {UNITS[rest]}"
    return f"{spoken_number(century)} {spoken_number(rest)}"


def parse_cardinal(words: Sequence[str]) -> int:
    """The whole number these words say; understands "and", "a hundred", "fifteen hundred".

    Also "one oh one" and "two fifty", said without the hundred, "a dozen" and "half a dozen".
    Raises ValueError when the words are not one number.
    """
    if not words:
        raise ValueError("no number words")
    if words[-1] == "dozen":
        *count, _ = words
        return 6 if count == ["half", "a"] else 12 * parse_cardinal(count)
    hundreds = _without_hundred(words)
    if hundreds is not None:
        return hundreds
    total = group = 0
    for word in words:
        if word in ("and", "a"):
            group += word == "a"
        elif word in VALUES:
            group = _joined(group, word)
        elif word == "hundred":
            group = max(group, 1) * 100
        elif word in MULTIPLIERS:
            total += max(group, 1) * MULTIPLIERS[word]
            group = 0
        else:
            raise ValueError(f"{word!r} is not a number word")
    return total + group


def _joined(group: int, word: str) -> int:
    """A number with one more word: 20 and "five" are 25, but "five" and "twenty" are no number."""
    value, last = VALUES[word], group % 100
    room = last == 0 if value >= 10 else last == 0 or (last >= 20 and last % 10 == 0)
    if not room or (value == 0 and group):
        raise ValueError(f"{word!r} does not continue a number after {group}")
    return group + value


def _without_hundred(words: Sequence[str]) -> int | None:
    """ "four oh four" → 404, "two fifty" → 250; None for words that leave no hundred out."""
    head, *rest = words
    if not rest or not 1 <= VALUES.get(head, 0) <= 9:
        return None
    if rest[0] in ("oh", "o"):
        rest = rest[1:]
        if len(rest) != 1 or not 1 <= VALUES.get(rest[0], 0) <= 9:
            return None
    elif VALUES.get(rest[0], 0) < 10 or not VALUES.keys() >= set(rest):
        return None
    return VALUES[head] * 100 + parse_cardinal(rest)


def parse_number(text: str) -> int | float:
    """The number a phrase says, with sign and decimals: "minus twenty one point five" → -21.5.

    "two and a half", "a quarter" and "point five" are numbers too. Raises ValueError when the words
    are not one number.
    """
    words = text.split()
    sign = 1
    if words and words[0] in ("minus", "negative"):
        sign, words = -1, words[1:]
    for part, share in FRACTIONS.items():
        fraction = part.split()
        head = words[: -len(fraction)]
        # "half a dozen" has no half at its end; "a hundred and a half" has one after "and".
        if words[-len(fraction) :] == fraction and head[-1:] in ([], ["and"]):
            return sign * ((parse_cardinal(head[:-1]) if head else 0) + share)
    if "point" not in words:
        return sign * parse_cardinal(words)
    at = words.index("point")
    whole = parse_cardinal(words[:at]) if at else 0
    return sign * float(f"{whole}.{parse_digits(words[at + 1 :])}")


def parse_ordinal(words: Sequence[str]) -> int:
    """The number an ordinal stands for: twenty first → 21. Raises ValueError for anything else."""
    *head, last = words
    if last in ORDINALS:
        return (parse_cardinal(head) if head else 0) + ORDINALS[last]
    if last in _ORDINAL_MULTIPLIERS:
        return parse_cardinal([*head, _ORDINAL_MULTIPLIERS[last]])
    raise ValueError(f"{last!r} is not an ordinal")


def parse_digits(words: Sequence[str]) -> str:
    """Digits said one by one or in pairs, with "double" and "triple": double five twenty three →
    "5523". Raises ValueError for other words."""
    out, times, ten = "", 1, False
    for word in words:
        value = VALUES.get(word, 0)
        if word in ("double", "triple"):
            times = 2 if word == "double" else 3
        elif ten and 1 <= value <= 9:
            out = out[:-1] + DIGITS[word]
        elif word in DIGITS:
            out += DIGITS[word] * times
            times = 1
        elif value >= 10:
            out += str(value)
        else:
            raise ValueError(f"{word!r} is not a digit")
        ten = value >= 20
    return out
