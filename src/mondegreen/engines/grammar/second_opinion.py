"""What the transcriber, which knows no grammar, makes of readings that are in doubt.

The search gives its best reading of whatever is said, and "turn up the brightness" fits "turn up
the lights" better than chance. The transcriber was raised on people who speak English at large. It
is asked twice. Its decoder, forced over the words of each reading, says how likely it would write
them: with the phones that decides between meanings that sound alike (hybrid CTC and attention,
Watanabe et al. 2017). And it writes down what it hears itself: if those words explain the sounds
better than the best reading does, the reading is probably wrong; if they are the reading's own, it
is right. An article more or less is no other meaning: a reading may be said with the small words
that it lacks and the transcriber has. Where noise confuses the transcriber its words count little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
import numpy.typing as npt

from ...grammar.analysis.membership import same_words
from ...phonetics.pronouncer import Pronouncer
from ...speech.forced import Forced
from ...speech.hearing import Hearing, Scores
from ...speech.word_scores import words_score
from ...text.read_aloud import spoken_words
from .compile import FREE_PHONE_COST
from .reading import Reading
from .small_words import with_small_words

OPINION = ("rival", "same", "written", "preferred", "lead")
"""Names of the evidence a second opinion adds, in the order of the weights."""
RIVAL_CAP = 5.0
WRITTEN_FLOOR = -8.0
PREFERRED_CAP = 20.0
LEAD_CAP = 8.0
CONSIDERED = 16
"""Meanings that are asked about. The right one is among the first 12 in 115 of 119 orders at 0 dB,
and in doubt rarely beyond the fourth. In a grammar as rich as the starter's a command across a room
can be further back: of 8 none was right once, and an oven was switched off instead of a light."""
REACH = 12.0
"""Nats behind the best beyond which nobody is asked about a meaning. In 360 utterances of unseen
people in noise the words lifted none from further back than 8.5."""
SETTLED = 9.0
"""Nats behind the best, by phones and words together, at which a reading is asked about no further:
so far behind it does not lessen the lead, which counts up to LEAD_CAP. Of 12.3 questions that a
command by people across a room takes 0.6 are saved, and no lead falls by more than 0.1; in clear
speech two of six. At 7 nats 2.0 and four were saved, and leads fell by up to 0.8."""
CLOSE = 5.0
"""Nats between two meanings below which the words always have a say: a British "start the vacuum"
sounds like "stop the vacuum" by 2 to 5."""


class Balance(msgspec.Struct, frozen=True):
    """How phones and words are weighed against each other; fitted (see training/confidence)."""

    phones: float
    """Weight of a nat of the search's score."""
    words: float
    """Weight of a nat of the transcriber's, in speech as clear as can be."""
    blur: float
    """How fast that falls as phones become less clear: `words * exp(-blur * entropy)`."""

    def together(
        self, scores: npt.ArrayLike, likelihoods: npt.ArrayLike, entropy: float
    ) -> npt.NDArray[np.float64]:
        """What `scores` and `likelihoods (N,)`, in nats, weigh together, where a frame's phones
        have so much `entropy`, in nats."""
        weight = self.words * np.exp(-self.blur * entropy)
        return np.asarray(self.phones * np.asarray(scores) + weight * np.asarray(likelihoods))

    def shares(
        self, scores: npt.ArrayLike, likelihoods: npt.ArrayLike, entropy: float
    ) -> npt.NDArray[np.float64]:
        """The probability of each reading, given that one of them is right; see `together`."""
        total = self.together(scores, likelihoods, entropy)
        shares = np.exp(total - total.max())
        return np.asarray(shares / shares.sum())


@dataclass(frozen=True)
class Opinion:
    """What the transcriber says about one of some readings; see OPINION."""

    rival: float
    """Log-score by which its own words fit the audio better than the reading, per phone of the
    reading; 0 when they fit no better, at most RIVAL_CAP."""
    same: float
    """1 when they are the reading's words, else 0."""
    written: float
    """Nats that each of the reading's words costs it, on average; at least WRITTEN_FLOOR."""
    preferred: float
    """Nats by which it would rather write its own words; at most PREFERRED_CAP."""
    lead: float
    """Log-odds of the reading against all others; at most LEAD_CAP either way."""

    @property
    def share(self) -> float:
        """The probability of the reading, given that it or one of the others is right."""
        return float(1.0 / (1.0 + np.exp(-self.lead)))

    def vector(self) -> npt.NDArray[np.float64]:
        """`(5,)`, in the order of OPINION."""
        return np.array([self.rival, self.same, self.written, self.preferred, self.lead])


@dataclass(frozen=True)
class Hearsay:
    """Readings with what both listeners give them."""

    readings: list[Reading]
    likelihoods: npt.NDArray[np.float64]
    """`(N,)` nats: how likely the transcriber would write each reading's words, or at most, where
    a reading is too far behind to be asked about."""
    lengths: npt.NDArray[np.int64]
    """`(N,)` how many words those are."""
    as_spoken: tuple[str, ...]
    """Each reading's words, with the small words that were said."""
    fits: npt.NDArray[np.float64]
    """`(N,)` log-scores of these words over the frames; free ones cost nothing."""
    transcript: str
    """The transcriber's own words."""
    own: float
    """How likely those are, in nats."""
    own_score: float
    """Their log-score over the frames, to be compared with `fits`."""

    @property
    def scores(self) -> npt.NDArray[np.float64]:
        """`(N,)` log-scores of the search."""
        return np.array([reading.score for reading in self.readings])


def expected(reading: Reading) -> str:
    """How the transcript begins if the reading is right: its words, up to the first free ones."""
    words: list[str] = []
    for span in reading.spans:
        if not span.text:
            return " ".join(words)
        words.append(span.text)
    return " ".join(words) + "."


def nearly_tied(readings: Sequence[Reading]) -> bool:
    """Whether the best two readings fit the sounds so nearly alike that the words should decide."""
    return len(readings) > 1 and readings[0].score - readings[1].score < CLOSE


def ask(
    readings: list[Reading],
    hearing: Hearing,
    scores: Scores,
    texts: Callable[[Reading], Sequence[str]],
    pronouncer: Pronouncer,
    together: Callable[[float, float], float] | None = None,
) -> Hearsay | None:
    """What the transcriber makes of the readings; None where there is too much to hear.

    `scores (T, P)` are those that the search heard. `texts` says how a reading may be written; the
    likeliest way counts. `together` says what a reading's score and likelihood weigh in all, so
    that those which are SETTLED need not be asked about; without it all are.
    """
    transcript, forced = hearing.transcript(expected(readings[0])), hearing.forced()
    if transcript is None or forced is None:
        return None
    own = transcript.rstrip(".?!")
    ways = [tuple(texts(reading)) for reading in readings]
    plain = [
        words[0] if "…" in r.transcript else r.transcript
        for r, words in zip(readings, ways, strict=True)
    ]
    as_spoken = _as_spoken(plain, own)
    own_likelihood = forced.likelihood(own)
    every_way = [(words, *texts) for words, texts in zip(as_spoken, ways, strict=True)]
    fits = map(_fit, readings)
    fits_as_spoken = [
        fit if words == own_words else max(fit, words_score(words, scores, pronouncer))
        for fit, words, own_words in zip(fits, as_spoken, plain, strict=True)
    ]
    return Hearsay(
        readings=readings,
        likelihoods=_likeliest(readings, every_way, forced, together),
        lengths=np.array([max(1, len(texts[0].split())) for texts in ways]),
        as_spoken=as_spoken,
        fits=np.array(fits_as_spoken),
        transcript=transcript,
        own=own_likelihood,
        own_score=words_score(transcript, scores, pronouncer),
    )


def _likeliest(
    readings: Sequence[Reading],
    ways: Sequence[Sequence[str]],
    forced: Forced,
    together: Callable[[float, float], float] | None,
) -> npt.NDArray[np.float64]:
    """`(N,)` nats: of each reading its likeliest way, or the most that it may be; see `ask`."""
    likeliest, best = [], -np.inf
    for reading, texts in zip(readings, ways, strict=True):
        nats = -np.inf
        for text in texts:
            most = forced.most(text)
            settled = together is not None and together(reading.score, most) <= best - SETTLED
            nats = max(nats, most if settled else forced.likelihood(text))
        likeliest.append(nats)
        if together is not None:
            best = max(best, together(reading.score, nats))
    return np.array(likeliest)


def _fit(reading: Reading) -> float:
    """What the search takes from every free phone says nothing about how well the audio fits."""
    free = sum(len(span.phones) for span in reading.spans if not span.text)
    return reading.score - FREE_PHONE_COST * free


def _as_spoken(plain: Sequence[str], transcript: str) -> tuple[str, ...]:
    """Readings' words with the small words that were said; none becomes the words of another."""
    spoken = spoken_words(transcript)
    ways = [" ".join(with_small_words(words.split(), spoken)) for words in plain]
    return tuple(own if words in plain else words for own, words in zip(plain, ways, strict=True))


def likeliest_first(
    hearsay: Hearsay, balance: Balance, entropy: float
) -> tuple[Hearsay, npt.NDArray[np.float64]]:
    """The same with the likeliest reading first, and each one's share `(N,)`."""
    shares = balance.shares(hearsay.scores, hearsay.likelihoods, entropy)
    order = np.argsort(-shares, kind="stable")
    ordered = replace(
        hearsay,
        readings=[hearsay.readings[i] for i in order],
        likelihoods=hearsay.likelihoods[order],
        lengths=hearsay.lengths[order],
        as_spoken=tuple(hearsay.as_spoken[i] for i in order),
        fits=hearsay.fits[order],
    )
    return ordered, shares[order]


def opinion(hearsay: Hearsay, place: int, share: float, pronouncer: Pronouncer) -> Opinion:
    """The opinion on the reading at `place`, whose share is given."""
    reading, likelihood = hearsay.readings[place], float(hearsay.likelihoods[place])
    better = hearsay.own_score - float(hearsay.fits[place])
    ways = {reading.transcript, hearsay.as_spoken[place]}
    return Opinion(
        rival=min(RIVAL_CAP, max(0.0, better / len(reading.phones))),
        same=float(any(same_words(way, hearsay.transcript, pronouncer) for way in ways)),
        written=max(WRITTEN_FLOOR, likelihood / float(hearsay.lengths[place])),
        preferred=min(PREFERRED_CAP, max(0.0, hearsay.own - likelihood)),
        lead=lead(share),
    )


def lead(share: float) -> float:
    """The log-odds of a reading with that share, at most LEAD_CAP either way."""
    odds = np.log(max(1e-9, share)) - np.log(max(1e-9, 1.0 - share))
    return float(np.clip(odds, -LEAD_CAP, LEAD_CAP))
