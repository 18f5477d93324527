"""What built-in kinds of slots make of values just outside them, and of their own.

    python benchmarks/values.py [--clips FOLDER]

Sentences with one slot each, over all kinds, spoken by voices in turn: 300 whose value lies just
outside the kind ("level minus five percent"), 300 with a value inside it. They are written here and
not drawn from the kinds, so that they stay the same when a kind learns more. A value that somebody
who counts would give is right wherever it is given; every other one is wrong. FOLDER keeps the
recordings from one run to the next.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import tempfile
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import soundfile as sf

os.environ.setdefault("OMP_NUM_THREADS", "1")

from mondegreen.audio.read import read_audio
from mondegreen.audio.samples import Samples, resample
from mondegreen.engines.grammar.engine import GrammarEngine
from mondegreen.evaluate.intervals import wilson
from mondegreen.jobs.files import replacing
from mondegreen.jobs.seeds import stable_seed
from mondegreen.text.numbers import UNITS, spoken_digits, spoken_number, spoken_ordinal, spoken_year
from mondegreen.voices import voice

VOICES = (
    "hibari", "kokoro-am_michael", "flite-slt", "kokoro-bf_emma", "kokoro-af_bella",
    "kokoro-bm_george",
)  # fmt: skip
FRAMES = {
    "Cardinal": "count {}", "Number": "number {}", "SingleDigitInteger": "button {}",
    "TwoDigitInteger": "channel {}", "Percent": "level {}", "Ordinal": "the {} one",
    "SingleDigitOrdinal": "lane {}", "TwoDigitOrdinal": "floor {}", "Time": "at {}",
    "Duration": "wait {}", "Date": "on {}", "Colour": "use {}", "Digits": "dial {}",
    "PhoneNumber": "telephone {}", "SingleLetter": "gate {}", "Alphabetic": "spell {}",
    "Alphanumeric": "license {}",
}  # fmt: skip
"""How the value of each kind is asked for; no two alike."""
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
SHORT = ("april", "june", "september", "november")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Case(NamedTuple):
    """A sentence with one value."""

    kind: str
    phrase: str
    value: Any
    """What it counts to; None where there is no such value."""

    @property
    def text(self) -> str:
        """The whole sentence."""
        return FRAMES[self.kind].format(self.phrase)


TABLE = (
    Case("Time", "twelve noon", "12:00"), Case("Time", "twelve midnight", "00:00"),
    Case("Cardinal", "one oh one", 101), Case("Cardinal", "four oh four", 404),
    Case("Number", "point five", 0.5), Case("Percent", "minus five percent", None),
    Case("Date", "february thirtieth", None), Case("Duration", "one month", None),
    Case("Duration", "one year", None),
)  # fmt: skip
"""Values that were once taken for others."""

Draw = random.Random
Phrases = Callable[[Draw], tuple[str, Any]]


def _count(rng: Draw, low: int, high: int) -> str:
    return spoken_number(rng.randint(low, high))


def _number(rng: Draw, low: int, high: int) -> tuple[str, int]:
    value = rng.randint(low, high)
    return spoken_number(value), value


def _below_zero(rng: Draw) -> str:
    return f"{rng.choice(('minus', 'negative'))} {_count(rng, 1, 60)}"


def _millions(rng: Draw) -> tuple[str, Any]:
    count = rng.randint(2, 40)
    return f"{spoken_number(count)} million", count * 10**6


def _letters(rng: Draw, count: int) -> str:
    return " ".join(rng.choices(LETTERS, k=count))


def _digits(rng: Draw, count: int) -> str:
    return spoken_digits("".join(rng.choices("0123456789", k=count)))


def _tens(rng: Draw) -> str:
    return spoken_number(rng.choice((20, 30, 40, 50, 60, 70, 80, 90)))


def _pairs(rng: Draw, first: Callable[[Draw, int], str], count: int) -> tuple[str, str]:
    """Signs and then a number of two digits, as in "b fifty two"."""
    signs, number = first(rng, count), rng.randint(21, 99)
    value = "".join(str(UNITS.index(s)) if s in UNITS else s.upper() for s in signs.split())
    return f"{signs} {spoken_number(number)}", f"{value}{number}"


def _day_that_is_not(rng: Draw) -> str:
    month, day = rng.choice(
        [(month, 31) for month in SHORT]
        + [("february", 30), ("february", 31)]
        + [(month, rng.randint(32, 45)) for month in MONTHS]
    )
    ordinal = spoken_ordinal(day)
    return rng.choice((f"{month} {ordinal}", f"{month} the {ordinal}", f"the {ordinal} of {month}"))


def _no_leap_day(rng: Draw) -> str:
    year = rng.choice([y for y in range(1990, 2060) if y % 4])
    return f"february twenty ninth {spoken_year(year)}"


_NONE = None
OUTSIDE: dict[str, tuple[Phrases, ...]] = {
    "Cardinal": (
        _millions,
        lambda r: (_below_zero(r), _NONE),
        lambda r: (f"{_count(r, 1, 90)} point {_digits(r, 1)}", _NONE),
        lambda r: (f"{_count(r, 1, 20)} and a half", _NONE),
    ),
    "Number": (
        _millions,
        lambda r: (r.choice(("infinity", "a third", "two thirds", "a few", "plenty")), _NONE),
        lambda r: (f"{_count(r, 1, 9)} point {_digits(r, 7)}", _NONE),
    ),
    "SingleDigitInteger": (
        lambda r: (_count(r, 10, 99), _NONE),
        lambda r: (_below_zero(r), _NONE),
        lambda r: (f"{_count(r, 1, 9)} point {_digits(r, 1)}", _NONE),
    ),
    "TwoDigitInteger": (
        lambda r: (_count(r, 100, 999), _NONE),
        lambda r: (f"{_count(r, 1, 9)} oh {_count(r, 1, 9)}", _NONE),
        lambda r: (f"{_count(r, 1, 9)} {_count(r, 20, 99)}", _NONE),
        lambda r: (_below_zero(r), _NONE),
    ),
    "Percent": (
        lambda r: (f"{_below_zero(r)} percent", _NONE),
        lambda r: (f"{_count(r, 101, 400)} percent", _NONE),
        lambda r: (f"{_count(r, 1, 90)} point {_digits(r, 1)} percent", _NONE),
        lambda r: (f"{_count(r, 1, 90)} degrees", _NONE),
    ),
    "Ordinal": (
        lambda r: (r.choice(("last", "other", "zeroth", "next", "middle")), _NONE),
        lambda r: (spoken_ordinal(r.randint(2, 9) * 1000 + r.randint(0, 40)), _NONE),
    ),
    "SingleDigitOrdinal": (
        lambda r: (spoken_ordinal(r.randint(10, 99)), _NONE),
        lambda r: _number(r, 11, 60),
    ),
    "TwoDigitOrdinal": (
        lambda r: (spoken_ordinal(r.randint(100, 999)), _NONE),
        lambda r: _number(r, 101, 160),
    ),
    "Time": (
        lambda r: (f"{_count(r, 24, 59)} {_count(r, 10, 59)}", _NONE),
        lambda r: (f"{_count(r, 1, 12)} {_count(r, 60, 99)}", _NONE),
        lambda r: (f"half past {_count(r, 24, 50)}", _NONE),
        lambda r: (f"quarter to {_count(r, 25, 50)}", _NONE),
        lambda r: (r.choice(("sunrise", "dawn", "lunch time", "dusk", "bed time")), _NONE),
    ),
    "Duration": (
        lambda r: (f"{_count(r, 2, 20)} {r.choice(('months', 'years', 'decades'))}", _NONE),
        lambda r: (r.choice(("a month", "one month", "a year", "one year", "a decade")), _NONE),
        lambda r: (f"minus {_count(r, 2, 30)} {r.choice(('seconds', 'minutes', 'hours'))}", _NONE),
        lambda r: (r.choice(("a while", "forever", "some time", "a moment", "a century")), _NONE),
        lambda r: (f"{_count(r, 2, 40)} {r.choice(('meters', 'miles', 'degrees'))}", _NONE),
    ),
    "Date": (
        lambda r: (_day_that_is_not(r), _NONE),
        lambda r: (_day_that_is_not(r), _NONE),
        lambda r: (_no_leap_day(r), _NONE),
        lambda r: (f"the {spoken_ordinal(r.randint(32, 60))}", _NONE),
        lambda r: (r.choice(("easter", "pancake day", "doomsday", "no day", "payday")), _NONE),
    ),
    "Colour": (
        lambda r: (r.choice((
            "mauve", "burgundy", "salmon", "khaki", "copper", "peach", "mustard", "charcoal",
            "emerald", "rainbow", "bronze", "ivory", "dark purple", "light pink", "dark orange",
            "pale green", "bright yellow", "hot pink",
        )), _NONE),
    ),
    "Digits": (
        lambda r: _pairs(r, _digits, 2),
        lambda r: (f"{_digits(r, 2)} {_letters(r, 2)}", _NONE),
    ),
    "PhoneNumber": (
        lambda r: (_digits(r, r.randint(1, 2)), _NONE),
        lambda r: _pairs(r, _digits, 3),
        lambda r: (f"{_digits(r, 2)} {_letters(r, 2)}", _NONE),
    ),
    "SingleLetter": (
        lambda r: (_letters(r, 2), _NONE),
        lambda r: (_digits(r, 1), _NONE),
        lambda r: (_count(r, 10, 40), _NONE),
    ),
    "Alphabetic": (
        lambda r: (f"{_letters(r, 2)} {_digits(r, 1)}", _NONE),
        lambda r: (f"{_letters(r, 1)} {_tens(r)}", _NONE),
    ),
    "Alphanumeric": (
        lambda r: _pairs(r, _letters, 1),
        lambda r: (r.choice(("alpha bravo", "zulu tango", "foxtrot one", "slash b")), _NONE),
    ),
}  # fmt: skip


def _percent(rng: Draw) -> tuple[str, int]:
    spoken, value = _number(rng, 0, 100)
    return f"{spoken} percent", value


def _decimal(rng: Draw) -> tuple[str, float]:
    value = rng.choice((1, -1)) * round(rng.uniform(0, 120), 1)
    return spoken_number(value), int(value) if value.is_integer() else value


def _ordinal(rng: Draw, high: int) -> tuple[str, int]:
    value = rng.randint(1, high)
    return spoken_ordinal(value), value


def _time(rng: Draw) -> tuple[str, str]:
    hour, minute = rng.randint(1, 12), rng.choice((0, 5, 10, 15, 20, 30, 40, 45, 55))
    spoken = spoken_number(hour)
    if minute:
        spoken += (" oh " if minute < 10 else " ") + spoken_number(minute)
    half, shift = rng.choice((("", 0), (" a m", -12 * (hour == 12)), (" p m", 12 * (hour < 12))))
    return spoken + half, f"{hour + shift:02d}:{minute:02d}"


def _duration(rng: Draw) -> tuple[str, int]:
    unit, seconds, most = rng.choice(
        (("second", 1, 90), ("minute", 60, 90), ("hour", 3600, 48), ("day", 86_400, 30),
         ("week", 604_800, 9))
    )  # fmt: skip
    count = rng.randint(1, most)
    return f"{spoken_number(count)} {unit}{'s' * (count > 1)}", count * seconds


def _date(rng: Draw) -> tuple[str, str]:
    today = date.today()
    day = today + timedelta(rng.randint(0, 364))
    month, ordinal = MONTHS[day.month - 1], spoken_ordinal(day.day)
    return rng.choice((f"{month} {ordinal}", f"the {ordinal} of {month}")), day.isoformat()


def _spelled(rng: Draw, signs: str, low: int, high: int) -> tuple[str, str]:
    value = "".join(rng.choices(signs, k=rng.randint(low, high)))
    return " ".join(spoken_digits(s) if s.isdigit() else s.lower() for s in value), value


INSIDE: dict[str, Phrases] = {
    "Cardinal": lambda r: _number(r, 0, r.choice((20, 100, 1000, 9999))),
    "Number": _decimal,
    "SingleDigitInteger": lambda r: _number(r, 0, 9),
    "TwoDigitInteger": lambda r: _number(r, 0, 99),
    "Percent": _percent,
    "Ordinal": lambda r: _ordinal(r, r.choice((12, 31, 999))),
    "SingleDigitOrdinal": lambda r: _ordinal(r, 9),
    "TwoDigitOrdinal": lambda r: _ordinal(r, 99),
    "Time": _time,
    "Duration": _duration,
    "Date": _date,
    "Colour": lambda r: (r.choice(("red", "orange", "yellow", "green", "blue", "purple", "white",
                                   "warm white", "dark red", "turquoise", "pink", "grey")),) * 2,
    "Digits": lambda r: _spelled(r, "0123456789", 2, 6),
    "PhoneNumber": lambda r: _spelled(r, "0123456789", 5, 10),
    "SingleLetter": lambda r: _spelled(r, LETTERS.upper(), 1, 1),
    "Alphabetic": lambda r: _spelled(r, LETTERS.upper(), 2, 4),
    "Alphanumeric": lambda r: _spelled(r, LETTERS.upper() + "0123456789", 2, 4),
}  # fmt: skip


def cases(draw: Callable[[str, Draw], tuple[str, Any]], count: int, seed: int) -> list[Case]:
    """`count` different sentences, kind after kind; fewer of a kind that has no more to say."""
    rng = random.Random(seed)
    drawn: dict[str, Case] = {}
    for attempt in range(100 * count):
        kind = list(FRAMES)[attempt % len(FRAMES)]
        case = Case(kind, *draw(kind, rng))
        drawn.setdefault(case.text, case)
        if len(drawn) == count:
            break
    return list(drawn.values())


def outside(kind: str, rng: Draw) -> tuple[str, Any]:
    """A phrase that is no value of the kind."""
    return rng.choice(OUTSIDE[kind])(rng)


def inside(kind: str, rng: Draw) -> tuple[str, Any]:
    """A phrase that is one, and its value."""
    return INSIDE[kind](rng)


def grammar_file(folder: Path) -> Path:
    """One intent for each kind."""
    path = folder / "values.yaml"
    lines = [
        f'    {kind}: ["{frame.format(f"$mondegreen.{kind}:value")}"]'
        for kind, frame in FRAMES.items()
    ]
    path.write_text("\n".join(["context:", "  expressions:", *lines]) + "\n", encoding="utf-8")
    return path


def recordings(spoken: list[Case], clips: Path) -> Iterator[tuple[Case, str, Samples]]:
    """Every sentence by one voice, the voices in turn, and who spoke."""
    for number, case in enumerate(spoken):
        name = VOICES[number % len(VOICES)]
        path = clips / f"{stable_seed(name, case.text):016x}.flac"
        if not path.exists():
            samples, rate = voice(name).speak(case.text)
            with replacing(path) as part:
                sf.write(part, resample(samples, rate), 16_000, format="FLAC")
        yield case, name, read_audio(path).samples


def main() -> None:
    """Measure and print; every wrong or lost value on a line of its own before the shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=300)
    parser.add_argument("--clips", type=Path, help="keep the recordings here")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        clips = options.clips or Path(scratch)
        clips.mkdir(parents=True, exist_ok=True)
        engine = GrammarEngine.load(grammar_file(Path(scratch)))
        sets = {
            "the table": list(TABLE),
            "outside": cases(outside, options.sentences, options.seed),
            "inside": cases(inside, options.sentences, options.seed + 1),
        }
        for name, spoken in sets.items():
            right = wrong = 0
            for case, speaker, samples in recordings(spoken, clips):
                result = engine.understand(samples)
                accepted = result.status == "understood"
                value = result.values().get("value")
                same = accepted and result.intent == case.kind and value == case.value
                right += same
                wrong += accepted and not same
                if (accepted and not same) or (name == "inside" and not same):
                    print(json.dumps([name, speaker, case.text, value, result.confidence]))
            for what, part in (("right", right), ("wrong", wrong)):
                share = wilson(part, len(spoken))
                print(f"{name}: {what} {part} of {len(spoken)}, {share.value:.1%} "
                      f"[{share.low:.1%}, {share.high:.1%}]")  # fmt: skip


if __name__ == "__main__":
    main()
