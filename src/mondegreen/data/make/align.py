"""When each word, phone and slot of an utterance is said."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from ...audio.samples import RATE, Samples
from ...errors import AudioError, DataError, GrammarError
from ...jobs.files import replacing
from ...jobs.job import Job, Result, run
from ...jobs.lock import alone
from ...jobs.problems import Problems
from ...phonetics.pronouncer import usual_pronouncer
from ...speech.alignment import Span, align
from ...speech.ear import shipped_ear
from ...text.spoken_text import SpokenWord, spoken_text, unspeakable
from ..manifest import Manifest
from ..recording import utterance_samples
from ..utterance import Utterance

LONGEST = 300.0
"""Seconds of one alignment: its memory grows with the square, and five minutes take 0.5 GB."""


class Timed(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A word or a phone with its time; seconds from the utterance's beginning."""

    text: str
    start: float
    end: float
    score: float = 1.0
    """How well the audio supports it, from 0 to 1."""
    at: tuple[int, int] | None = None
    """Characters of the utterance's text that a word says; None for a filler, or a phone."""


class AlignedUtterance(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The times of one utterance."""

    id: str
    duration: float
    """Seconds."""
    score: float
    """Geometric mean of the words' scores: low where text and audio do not belong together."""
    words: tuple[Timed, ...]
    phones: tuple[Timed, ...] = ()
    slots: tuple[Timed, ...] = ()
    """Slots, by name, whose words have a place in the text."""


def ear_digest() -> str:
    """SHA-256 of the weights that alignments depend on."""
    return shipped_ear().reader.digest


def align_words(samples: Samples, words: Sequence[SpokenWord]) -> tuple[list[Timed], list[Timed]]:
    """Times of the words and of their phones in `samples (N,)` at 16 kHz.

    Raises DataError when a word cannot be pronounced or the audio is too short or too long.
    """
    if len(samples) > LONGEST * RATE:
        raise DataError(
            f"{len(samples) / RATE:.0f} s is too long to align at once ({LONGEST:.0f} s at most); "
            "cut it into utterances"
        )
    try:
        alignment = align(
            shipped_ear().listen(samples), [w.word for w in words], usual_pronouncer()
        )
    except (AudioError, GrammarError) as error:
        raise DataError(str(error)) from error
    timed = [_timed(span, word.at) for span, word in zip(alignment.words, words, strict=True)]
    return timed, [_timed(span) for span in alignment.phones]


def _timed(span: Span, at: tuple[int, int] | None = None) -> Timed:
    # A tenth of a millisecond is far below what can be known, and keeps files half as long.
    return Timed(span.text, round(span.start, 4), round(span.end, 4), round(span.score, 4), at)


def align_utterance(root: Path, utterance: Utterance) -> AlignedUtterance:
    """Word, phone and slot times of an utterance; its audio path is relative to `root`.

    Raises DataError, with the utterance's id, when that cannot be.
    """
    reason = unspeakable(utterance.text)
    if reason:
        raise DataError(f"{utterance.id}: {reason}")
    words = spoken_text(utterance.text)
    samples = utterance_samples(root, utterance)
    try:
        timed, phones = align_words(samples, words)
    except DataError as error:
        raise DataError(f"{utterance.id}: {error}") from error
    return AlignedUtterance(
        id=utterance.id,
        duration=round(len(samples) / RATE, 4),
        score=round(mean_score(timed), 4),
        words=tuple(timed),
        phones=tuple(phones),
        slots=slot_times(utterance, timed),
    )


def mean_score(words: Sequence[Timed]) -> float:
    """Geometric mean of the words' scores."""
    product = 1.0
    for word in words:
        product *= max(word.score, 1e-6) ** (1 / len(words))
    return product


def slot_times(utterance: Utterance, words: Sequence[Timed]) -> tuple[Timed, ...]:
    """From the first to the last word of each slot that has a place in the text."""
    out = []
    for slot in utterance.slots:
        if slot.start is None or slot.end is None:
            continue
        inside = [w for w in words if w.at and w.at[0] < slot.end and slot.start < w.at[1]]
        if inside:
            score = round(mean_score(inside), 4)
            at = (slot.start, slot.end)
            out.append(Timed(slot.name, inside[0].start, inside[-1].end, score, at))
    return tuple(out)


@dataclass(frozen=True)
class Align:
    """Aligns one utterance; its audio path is relative to `root`."""

    root: str

    def __call__(self, utterance: Utterance) -> Result:
        return Result(msgspec.to_builtins(align_utterance(Path(self.root), utterance)))


def align_manifest(
    manifest: Manifest, out: Path, *, workers: int = 1, problems: Problems | None = None
) -> int:
    """Write the times of a manifest's utterances to the JSON Lines file `out`; how many they are.

    A run that was stopped goes on where it was: unfinished work lies beside `out`. Utterances that
    cannot be aligned go to `problems`. Raises DataError when none can, Busy when another process
    writes `out`.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with alone(out) as lock:
        folder = out.with_name(f".{out.name}.work")
        recipe = {"manifest": manifest.digest(), "ear": ear_digest()}
        job = Job(folder, recipe, manifest, len(manifest), Align(str(manifest.root)), "aligning")
        problems = Problems() if problems is None else problems
        rows = run(job, lock, workers=workers, problems=problems)
        count = 0
        with replacing(out) as temporary, temporary.open("wb") as file:
            for row in rows:
                file.write(msgspec.json.encode(row) + b"\n")
                count += 1
            if not count:
                raise DataError(
                    f"{manifest.name}: none of {len(manifest)} utterances could be aligned"
                )
        shutil.rmtree(folder)
        return count


def read_alignments(path: Path) -> Iterator[AlignedUtterance]:
    """The times in a JSON Lines file. Raises DataError for a line that is not one."""
    decode = msgspec.json.Decoder(AlignedUtterance).decode
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield decode(line)
            except msgspec.MsgspecError as error:
                raise DataError(f"{path}:{number}: not an alignment: {error}") from error


__all__ = [
    "AlignedUtterance", "Timed", "align_manifest", "align_utterance", "align_words", "ear_digest",
    "read_alignments", "slot_times",
]  # fmt: skip
