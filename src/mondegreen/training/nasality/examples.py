"""Speech to fit nasality on: synthesised with a known velum, by voices, and by people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from ...audio.read import read_audio
from ...audio.samples import RATE, Samples, levelled, resample
from ...data.manifest import Manifest
from ...data.recording import utterance_samples
from ...errors import AudioError, DataError, GrammarError
from ...jobs.seeds import stable_seed
from ...nasality.evidence import Evidence, gather
from ...nasality.placed_sounds import PlacedUtterance, with_text
from ...nasality.prompts import SETS
from ...nasality.sound_classes import NASAL, ORAL_VOICED
from ...speech.ear import Ear
from ...voices.voice import voice
from ..phones.recordings import plain_words, recordings

Floats = npt.NDArray[np.float64]
Origin = Literal["synthesised", "voice", "person"]
SYNTHESISED = "vocaltractlab"
"""Folder of the training data with recordings whose velum is known, and their manifest."""

ORAL = (*SETS["zoo"].sentences, *SETS["stops"].sentences)
MIXED = (
    "Tell me when the next train leaves.",
    "The man in the garden is planting beans.",
    "I want a glass of water with some bread.",
    "Nobody can find the key to the front door.",
    "Put the lemon back on the table, please.",
    "We sang a song in the morning rain.",
    "The cat ran behind the brown chair.",
    "Turn the lamp on in the living room.",
    "They found a small island in the ocean.",
    "My friend lent me ten dollars.",
    "The wind came from the mountains last night.",
    "Can you hand me the blue pen?",
)
"""Sentences with nasals, in which most vowels stand beside none: a probe that is fitted on these
cannot go by the kind of sentence."""
_LEAST, _MOST = 1.5, 10.0
"""Seconds of a person's recording."""


@dataclass(frozen=True)
class Example:
    """One utterance to learn from."""

    evidence: Evidence
    consonants: Floats
    """(K, size) mean frames of nasals and of voiced oral consonants."""
    consonants_nasal: npt.NDArray[np.bool_]
    """(K,) which are nasals."""
    origin: Origin
    speaker: str
    sentence: str
    area: float = 0.0
    """cm² of the velum's opening."""
    kind: str = "oral"
    version: int = 0
    """0 as recorded, then worsened."""


@dataclass(frozen=True)
class Speech:
    """Sound with its text, before it is heard."""

    samples: Samples
    text: str
    origin: Origin
    speaker: str
    sentence: str
    area: float = 0.0
    kind: str = "oral"
    version: int = 0


def example(speech: Speech, ear: Ear) -> Example | None:
    """What the speech has to learn from; None where it is not what the text says."""
    try:
        utterance = with_text([speech.samples], speech.text, ear)
    except (AudioError, GrammarError):
        return None
    if utterance is None:
        return None
    frames, nasal = _consonants(utterance)
    return Example(
        gather(utterance.hearing, utterance.placed), frames, nasal, speech.origin, speech.speaker,
        speech.sentence, speech.area, speech.kind, speech.version,
    )  # fmt: skip


def _consonants(utterance: PlacedUtterance) -> tuple[Floats, npt.NDArray[np.bool_]]:
    sounds = [p for p in utterance.placed if p.phone in NASAL | ORAL_VOICED]
    frames = utterance.hearing.frames
    means = [frames[p.first : p.last].mean(axis=0) for p in sounds]
    nasal = np.array([p.phone in NASAL for p in sounds], np.bool_)
    return np.array(means, np.float64).reshape(-1, frames.shape[1]), nasal


def synthesised(data: Path) -> Iterator[Speech]:
    """The recordings of SYNTHESISED. Raises DataError when there are none or one has no area."""
    path = data / SYNTHESISED / "manifest.jsonl"
    if not path.is_file():
        raise DataError(
            f"{path}: no such manifest, expected recordings with a known velum; "
            "benchmarks/nasality_synthesis.py makes them"
        )
    manifest = Manifest.open(path)
    for place, row in manifest.places():
        try:
            area, sentence = float(row.meta["area"]), str(row.meta["sentence"])
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                f"{place}: expected meta.area in cm² and meta.sentence; "
                "benchmarks/nasality_synthesis.py makes such recordings"
            ) from error
        yield Speech(
            utterance_samples(manifest.root, row), row.text, "synthesised", row.speaker or "",
            sentence, area, str(row.meta.get("kind", "oral")),
        )  # fmt: skip


def spoken(names: Iterable[str], seed: int) -> Iterator[Speech]:
    """ORAL and MIXED by each voice. Raises SettingsError for a voice that cannot speak here."""
    for name in names:
        speaker = voice(name)
        for number, text in enumerate((*ORAL, *MIXED)):
            samples, rate = speaker.speak(text, seed=stable_seed(seed, name, number) % 1_000)
            kind = "oral" if number < len(ORAL) else "mixed"
            yield Speech(
                levelled(resample(samples, rate)), text, "voice", name, f"text {number}", kind=kind
            )


def by_people(data: Path, count: int, seed: int) -> Iterator[Speech]:
    """`count` recordings of people, of as many speakers as possible; none where there are none."""
    rows = [row for row in recordings(data, measured=False) if row.text]
    order = np.random.default_rng(stable_seed("nasality", seed)).permutation(len(rows))
    counts: dict[str, int] = {}
    taken = 0
    for i in order:
        row = rows[int(i)]
        who = f"{row.name} {row.speaker or row.path.name}"
        if taken == count or counts.get(who, 0) >= 3:
            continue
        samples = read_audio(row.path).samples
        if not _LEAST < len(samples) / RATE < _MOST:
            continue
        counts[who] = counts.get(who, 0) + 1
        taken += 1
        text = " ".join(plain_words(row.text or ""))
        yield Speech(samples, text, "person", who, row.path.name, kind="mixed")
