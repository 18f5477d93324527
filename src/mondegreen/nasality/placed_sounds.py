"""Which sounds lie where: by the text that was said, or by what the phone reader makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ..audio.samples import RATE, Samples
from ..audio.utterances import Piece, pieces
from ..errors import AudioError
from ..phonetics.inventory import INDEX
from ..phonetics.phonotactics import Phonotactics
from ..phonetics.pronouncer import usual_pronouncer
from ..speech.alignment import Span, align_posteriors
from ..speech.ear import Ear
from ..speech.hearing import Hearing
from ..speech.phone_folder import load_phonotactics
from ..speech.phone_reading import read_phones
from ..text.read_aloud import spoken_words
from .evidence import PRIOR_SCALE, JoinedHearing, Placed
from .sound_classes import NASAL

LONGEST = 300.0
"""Seconds of speech that are aligned to one text: time and memory grow with the square, to 200 MB
here."""
_APART = 0.15
"""Seconds between two sounds beyond which neither colours the other."""
_BLOCK = 4
"""Sounds that are counted as one word where no text says what the words are: as many as English
words have on average."""


@dataclass(frozen=True)
class PlacedUtterance:
    """Speech with the sounds in it."""

    hearing: JoinedHearing
    placed: tuple[Placed, ...]
    words: tuple[str, ...]
    """By the numbers that `placed` has; none without a text."""
    origins: tuple[tuple[int, float], ...]
    """Frame and second at which each piece of the recording begins."""

    def seconds(self, frame: int) -> float:
        """Where a frame lies in the recording."""
        first, second = max(origin for origin in self.origins if origin[0] <= frame)
        return second + (frame - first) * self.hearing.frame_seconds


@lru_cache(maxsize=1)
def _phonotactics() -> Phonotactics:
    return load_phonotactics()


def with_text(blocks: Iterable[Samples], text: str, ear: Ear) -> PlacedUtterance | None:
    """The speech in `blocks (N,)` with the sounds of `text` where they were said; None where nobody
    speaks.

    Raises AudioError for more than LONGEST seconds, and for a text that is too long for the sound;
    GrammarError for a text that cannot be pronounced.
    """
    words = spoken_words(text)
    spoken: list[Piece] = []
    for piece in pieces(blocks):
        spoken.append(piece)
        seconds = sum(p.segment.duration for p in spoken)
        if seconds > LONGEST:
            raise AudioError(
                f"found more than {LONGEST:.0f} s of speech for one text; give each sentence a "
                "recording of its own, or leave the text out"
            )
    if not spoken:
        return None
    hearing = _joined([ear.listen(piece.samples) for piece in spoken])
    try:
        alignment = align_posteriors(
            hearing.log_posteriors, words, usual_pronouncer(), hearing.frame_seconds,
            log_prior=hearing.log_prior, prior_scale=PRIOR_SCALE,
        )  # fmt: skip
    except AudioError as error:
        seconds = len(hearing.frames) * hearing.frame_seconds
        raise AudioError(
            f"found {seconds:.1f} s of speech for a text of {len(words)} words: the text is far "
            "longer than the speech; give the words that were said, or leave the text out"
        ) from error
    ends = [word.end for word in alignment.words]
    numbers = [int(np.searchsorted(ends, (span.start + span.end) / 2)) for span in alignment.phones]
    numbers = [min(number, len(words) - 1) for number in numbers]
    origins, frame = [], 0
    for piece, frames in zip(spoken, hearing.lengths, strict=True):
        origins.append((frame, piece.origin))
        frame += frames
    placed = _placed(alignment.phones, numbers, hearing)
    return PlacedUtterance(hearing, placed, tuple(words), tuple(origins))


def alone(blocks: Iterable[Samples], ear: Ear) -> Iterator[PlacedUtterance]:
    """The utterances in `blocks (N,)`, each with the sounds that the phone reader makes of it.

    By sound alone: expecting words makes nothing better here, and takes four times as long.
    """
    for piece in pieces(blocks):
        heard_piece = ear.listen(piece.samples)
        spans = read_phones(heard_piece, _phonotactics())
        hearing = _joined([heard_piece])
        numbers = [i // _BLOCK for i in range(len(spans))]
        yield PlacedUtterance(hearing, _placed(spans, numbers, hearing), (), ((0, piece.origin),))


def _joined(hearings: Sequence[Hearing]) -> JoinedHearing:
    """What was heard in several pieces, one after another."""
    stride = round(hearings[0].frame_seconds * RATE)
    samples = []
    for hearing in hearings:
        wanted = len(hearing.frames) * stride
        cut = hearing.samples[:wanted]
        samples.append(np.pad(cut, (0, wanted - len(cut))))
    return JoinedHearing(
        samples=np.concatenate(samples),
        frames=np.concatenate([h.frames for h in hearings]),
        log_posteriors=np.concatenate([h.log_posteriors for h in hearings]),
        log_prior=hearings[0].log_prior,
        frame_seconds=hearings[0].frame_seconds,
        lengths=tuple(len(h.frames) for h in hearings),
    )


def _placed(
    spans: Sequence[Span], numbers: Sequence[int], hearing: JoinedHearing
) -> tuple[Placed, ...]:
    phones = [INDEX[span.text] for span in spans]
    last = len(hearing.frames)
    placed = []
    for i, (span, word) in enumerate(zip(spans, numbers, strict=True)):
        near = [
            phones[j]
            for j in (i - 1, i + 1)
            if 0 <= j < len(spans) and _gap(spans[min(i, j)], spans[max(i, j)]) < _APART
        ]
        first = min(int(span.start / hearing.frame_seconds), last - 1)
        end = max(first + 1, min(round(span.end / hearing.frame_seconds), last))
        beside = any(phone in NASAL for phone in near)
        placed.append(Placed(phones[i], word, first, end, span.score, beside))
    return tuple(placed)


def _gap(before: Span, after: Span) -> float:
    return after.start - before.end
