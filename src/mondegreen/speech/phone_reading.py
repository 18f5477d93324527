"""What was said, phone by phone, with no words and no grammar in mind.

The likeliest phone of every frame, one after another, is what the network hears with the ears of a
stranger to the language. Here the audio and what may follow what in English are weighed together,
and where they are wanted the words that the transcriber makes of it, which it was raised on: they
are expected, and the sounds say whether they come.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from math import exp, inf, log1p
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..phonetics.expected_words import ExpectedWords
from ..phonetics.inventory import BLANK, Pronunciation
from ..phonetics.phonotactics import END, PhoneLanguage, Phonotactics
from ..phonetics.pronouncer import Pronouncer
from ..text.read_aloud import spoken_words
from .alignment import Span, align
from .phone_reader import LogPosteriors

if TYPE_CHECKING:
    from .hearing import Hearing


@dataclass(frozen=True)
class StringSettings:
    """How phones are searched for; chosen on three trained voices saying unseen sentences."""

    language: float = 0.7
    """Weight of the phonotactics against the audio, which counts 1."""
    bonus: float = 1.2
    """Nats for every phone, or the weighted phonotactics would prefer short readings."""
    beam: int = 100
    """Readings kept from frame to frame."""
    depth: float = 7.0
    """Nats below a frame's best label at which a label is still considered."""
    labels: int = 10
    """Most labels considered in a frame, or the time in mere noise would grow eighty-fold."""


@dataclass
class _Reading:
    """The paths that spell one phone string, as log probabilities (Graves 2008)."""

    on_blank: float = -inf
    on_phone: float = -inf
    language: float = 0.0
    """Weighted phonotactics and bonuses."""

    @property
    def audio(self) -> float:
        return _log_add(self.on_blank, self.on_phone)


def _log_add(a: float, b: float) -> float:
    """log(exp(a) + exp(b))."""
    if a < b:
        a, b = b, a
    return a if b == -inf else a + log1p(exp(b - a))


def likeliest_phones(
    log_posteriors: LogPosteriors,
    language: PhoneLanguage,
    settings: StringSettings | None = None,
) -> Pronunciation:
    """The phones that audio and language make likeliest together; a CTC prefix beam search.

    `log_posteriors` (T, 42) natural logs. Search: A. Graves 2008, "Supervised sequence labelling
    with recurrent neural networks", section 7.5.3. Weights: Hannun et al. 2014, arXiv:1408.2873.
    """
    search_settings = settings or StringSettings()
    readings: dict[Pronunciation, _Reading] = {(): _Reading(on_blank=0.0)}
    for frame in np.asarray(log_posteriors, np.float64):
        longer = _one_frame_later(readings, frame, language, search_settings)
        ranked = sorted(longer.items(), key=lambda item: -(item[1].audio + item[1].language))
        readings = dict(ranked[: search_settings.beam])

    def whole_score(prefix: Pronunciation) -> float:
        end = float(language.following(language.context(prefix))[END])
        return readings[prefix].audio + readings[prefix].language + search_settings.language * end

    return max(readings, key=whole_score)


def _one_frame_later(
    readings: dict[Pronunciation, _Reading],
    frame: npt.NDArray[np.float64],
    language: PhoneLanguage,
    settings: StringSettings,
) -> dict[Pronunciation, _Reading]:
    """The readings one frame later: each as it was, and each with one phone more."""
    later: defaultdict[Pronunciation, _Reading] = defaultdict(_Reading)
    likeliest = frame.argpartition(-settings.labels)[-settings.labels :]
    near = likeliest[frame[likeliest] > frame.max() - settings.depth]
    phones = [(int(label), float(frame[label])) for label in near if label != BLANK]
    blank = float(frame[BLANK])
    for prefix, reading in readings.items():
        audio, last = reading.audio, prefix[-1] if prefix else BLANK
        same = later[prefix]
        same.language = reading.language
        same.on_blank = _log_add(same.on_blank, audio + blank)
        if prefix:
            same.on_phone = _log_add(same.on_phone, reading.on_phone + float(frame[last]))
        following = language.following(language.context(prefix))
        for phone, log_score in phones:
            # A phone said twice needs a blank in between, or it sounds as one.
            before = reading.on_blank if phone == last else audio
            longer = (*prefix, phone)
            more = later[longer]
            more.language = (
                reading.language + settings.language * float(following[phone]) + settings.bonus
            )
            more.on_phone = _log_add(more.on_phone, before + log_score)
    return later


class _Exactly:
    """Pronounces one thing in one way."""

    def __init__(self, phones: Pronunciation) -> None:
        self._phones = phones

    def word(self, word: str) -> tuple[Pronunciation, ...]:
        """The phones, whatever the word."""
        del word
        return (self._phones,)


def heard_phones(
    hearing: Hearing, phonotactics: Phonotactics, pronouncer: Pronouncer | None = None
) -> Pronunciation:
    """What was said, phone by phone.

    With a `pronouncer` the words that the transcriber writes down are expected; without one the
    sounds are read alone.
    """
    if pronouncer is None:
        return likeliest_phones(hearing.log_posteriors, phonotactics)
    ways = map(pronouncer.word, spoken_words(hearing.long_transcript()))
    expected = ExpectedWords(phonotactics, [way for way in ways if way])
    return likeliest_phones(hearing.log_posteriors, expected)


def read_phones(
    hearing: Hearing, phonotactics: Phonotactics, pronouncer: Pronouncer | None = None
) -> tuple[Span, ...]:
    """What was said, phone by phone, with times in seconds and how surely each was heard.

    See `heard_phones` for what a `pronouncer` does.
    """
    phones = heard_phones(hearing, phonotactics, pronouncer)
    if not phones:
        return ()
    return align(hearing, ["utterance"], _Exactly(phones)).phones
