"""Speech of labelled texts, and what the transcriber hears of it, for tuning and for choosing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from ...data.make import frame_cache
from ...data.make.synthesize import Manner, choose_voices, synthesize
from ...data.manifest import Manifest, write_manifest
from ...data.utterance import Utterance
from ...jobs.problems import Problems
from ...text.joined_words import joined_words
from .fit_transcriber import Spoken

VOICES = (
    "hibari", "flite-rms", "flite-awb", "flite-kal16", "espeak-en-us+f3", "espeak-en-us+m3",
    "espeak-en-gb+f2", "espeak-en-gb-x-rp+m5", "espeak-en-gb-scotland+f4",
)  # fmt: skip
"""Voices that speak the texts, where they are installed. Kokoro's and slt are left for tests."""


def speech_of(
    utterances: Sequence[Utterance],
    folder: Path,
    manner: Manner,
    say: Callable[[str], None],
    *,
    versions: int,
    workers: int,
) -> Manifest:
    """Recordings of the utterances' texts below `folder`; a stopped run goes on.

    Voices of the manner that are not installed are left out, with a word about it.
    """
    voices, _, notes = choose_voices(manner.voices, ())
    for note in notes:
        say(note)
    folder.mkdir(parents=True, exist_ok=True)
    source = folder / "texts.jsonl"
    write_manifest(source, iter(utterances))
    return synthesize(
        Manifest.open(source), folder / "speech", replace(manner, voices=voices),
        versions=versions, timed=False, workers=workers,
    )  # fmt: skip


def examples(
    manifest: Manifest,
    cache: Path,
    encoder: str,
    tokens_of: Callable[[str], tuple[int, ...]],
    *,
    workers: int,
) -> list[Spoken]:
    """What the encoder of that name hears of each recording, with the words that were said."""
    problems = Problems()
    frame_cache.build(manifest, cache, name=encoder, workers=workers, problems=problems)
    frames = frame_cache.FrameCache.open(cache, manifest, name=encoder)
    spoken = []
    for utterance in manifest:
        words = [word.word for word in joined_words(utterance.text)]
        if words and utterance.id in frames:
            spoken.append(Spoken(frames[utterance.id], tokens_of(" ".join(words))))
    return spoken


__all__ = ["VOICES", "examples", "speech_of"]
