"""Speech with a known opening of the velum, for benchmarks/nasality.py.

Not part of the package: it runs in an environment of its own, because VocalTractLab is GPL.

    python3.11 -m venv vtl && vtl/bin/pip install vocaltractlab-cython==0.0.17 soxr soundfile numpy
    vtl/bin/python benchmarks/nasality_synthesis.py FOLDER

FOLDER gets a recording for each speaker, sentence and opening, and `manifest.jsonl`, whose `meta`
says the area of the opening in cm². What is there already is kept, so a stopped run goes on. The
whole set is 16 minutes of sound and an hour of one core.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import soundfile as sf
import soxr  # type: ignore[import-not-found, unused-ignore]

Array = npt.NDArray[np.float64]

SENTENCES = {
    "book": ("give the boy a big book", "g I v D @ b OY @ b I g b U k"),
    "egg": ("she fed the baby a soft egg", "S i f E d D @ b e b i @ s O f t E g"),
    "food": ("the dog food is beside the boat", "D @ d O g f u d I z b @ s aI d D @ b o t"),
    "coffee": ("I keep the coffee beside the tea", "aI k i p D @ k O f i b @ s aI d D @ t i"),
    "goat": ("Pete led the big goat to the field", "p i t l E d D @ b I g g o t t @ D @ f i l d"),
    "shop": ("Bobby goes to the shop today", "b O b i g o z t @ D @ S O p t @ d e"),
    "tie": ("Kate should buy a good bow tie", "k e t S U d b aI @ g U d b o t aI"),
    "key": ("she hid the gold key below the seat", "S i h I d D @ g o l d k i b @ l o D @ s i t"),
}
"""Texts without a nasal, and VocalTractLab's sounds for them; it has no English r, w, æ and dʒ."""
NASAL = {
    "men": ("many men need money", "m E n i m E n n i d m a n i"),
    "moon": ("no moon may be mean", "n o m u n m e b i m i n"),
}
"""Texts of nasals, said with a velum that cannot open as far: a cold."""
AREAS = (0.0, 0.02, 0.05, 0.2), (0.01, 0.03, 0.1, 0.4)
"""cm² of the opening that stays throughout a sentence; the first four are made of all sentences
before the others, since a part of the set can be used with them."""
CEILINGS = (0.5, 0.2, 0.1, 0.05, 0.02, 0.0)
"""cm² that nasals open to at most."""
CHANGED_AREAS = (0.0, 0.05, 0.2)

RATE = 16_000
_OWN_RATE = 44_100
_STEP = 110
"""Samples of 44.1 kHz for a state of the tract."""
_DURATIONS = {
    **dict.fromkeys(("aI", "aU", "OY"), 0.22), **dict.fromkeys("aEO", 0.15), "@": 0.07,
    **dict.fromkeys("ptk", 0.10), **dict.fromkeys("bdg", 0.08), **dict.fromkeys("sSfT", 0.11),
    **dict.fromkeys("zvD", 0.08), **dict.fromkeys("mnN", 0.085),
}  # fmt: skip
_OTHER = 0.12


@dataclass(frozen=True)
class Speaker:
    """A tract of another size and a source of another voice; the anatomy behind all is one."""

    name: str
    scale: float
    """How much shorter the tract is than the model's."""
    pitch: float
    """Hz, at the start."""
    nose: float
    """cm of the nasal cavity, before scaling."""
    breath: float
    """From -1 (pressed) to 1 (breathy)."""
    rate: float


SPEAKERS = (
    Speaker("deep", 0.94, 88.0, 12.2, 0.1, 0.92),
    Speaker("man", 1.00, 112.0, 11.4, 0.0, 1.00),
    Speaker("tense", 0.98, 125.0, 10.8, -0.5, 1.08),
    Speaker("light", 1.05, 140.0, 11.9, 0.3, 1.02),
    Speaker("low", 1.10, 178.0, 11.0, 0.0, 0.95),
    Speaker("woman", 1.15, 205.0, 11.4, 0.2, 1.00),
    Speaker("bright", 1.20, 228.0, 10.6, -0.3, 1.12),
    Speaker("high", 1.28, 275.0, 12.0, 0.1, 1.05),
)


@dataclass(frozen=True)
class Take:
    """One recording to make."""

    speaker: Speaker
    sentence: str
    area: float
    kind: str = "oral"

    @property
    def id(self) -> str:
        """Its name, which says all of it."""
        return f"{self.kind}-{self.sentence}-{self.speaker.name}-{self.area:.2f}"


def takes() -> Iterator[Take]:
    """All recordings, those first that are needed most: a part of the set can be used."""
    places = [(i, j) for i in range(len(SENTENCES)) for j in range(len(SPEAKERS))]
    sentences = list(SENTENCES)
    for areas in AREAS:
        # Every other speaker of each sentence first: half of the set has all of both.
        for odd in (False, True):
            for i, j in places:
                if ((i + j) % 2 == 1) == odd:
                    yield from (Take(SPEAKERS[j], sentences[i], area) for area in areas)
                if (i, j) == (2, 7) and not odd and areas is AREAS[0]:
                    yield from _changed("book", SPEAKERS[1])
    yield from _changed("coffee", SPEAKERS[1])
    for sentence in ("book", "coffee"):
        yield from _changed(sentence, SPEAKERS[5])
    for sentence in NASAL:
        for speaker in SPEAKERS[1::2]:
            yield from (Take(speaker, sentence, area, "nasal") for area in CEILINGS)


def _changed(sentence: str, speaker: Speaker) -> Iterator[Take]:
    """What a speaker may do otherwise with any velum."""
    changes = {
        "high-pitch": replace(speaker, pitch=speaker.pitch * 1.35),
        "breathy": replace(speaker, breath=1.0),
        "slow": replace(speaker, rate=speaker.rate * 0.75),
    }
    for kind, changed in changes.items():
        yield from (Take(changed, sentence, area, kind) for area in CHANGED_AREAS)


def _segments(phones: list[str], rate: float) -> list[tuple[str, float]]:
    seconds = [_DURATIONS.get(phone, _OTHER) for phone in phones]
    seconds[-2:] = [value * 1.4 for value in seconds[-2:]]
    return [("", 0.08), *((p, s / rate) for p, s in zip(phones, seconds, strict=True)), ("", 0.06)]


def _score(vtl: Any, phones: list[str], speaker: Speaker, work: Path) -> tuple[Array, Array]:
    """States of tract (T, 19) and glottis (T, 11), 2.5 ms each, of a sentence."""
    segments = _segments(phones, speaker.rate / speaker.scale)
    seg, ges, tract = (work / f"sentence.{kind}" for kind in ("seg", "ges", "tract"))
    lines = [f"name = {name}; duration_s = {seconds:.6f};" for name, seconds in segments]
    seg.write_text("\n".join(lines) + "\n")
    vtl.phoneme_file_to_gesture_file(str(seg), str(ges), False)
    vtl.gesture_file_to_motor_file(str(ges), str(tract))
    rows = [
        [float(value) for value in line.split()]
        for line in tract.read_text().splitlines()[8:]
        if line.strip()
    ]
    # The score has a long tail, in which nothing is said.
    states = int(sum(seconds for _, seconds in segments) / (_STEP / _OWN_RATE)) + 16
    return np.array(rows[1::2][:states]), np.array(rows[0::2][:states])


def _synthesised(vtl: Any, take: Take, work: Path) -> Array:
    """The sound of a take at 16 kHz."""
    speaker = take.speaker
    phones = ({**SENTENCES, **NASAL})[take.sentence][1].split()
    tract, glottis = _score(vtl, phones, speaker, work)
    along = np.linspace(0.0, 1.0, len(glottis))
    melody = 1.06 - 0.22 * along + 0.05 * np.sin(2 * np.pi * 3.2 * along)
    glottis[:, 0] = speaker.pitch / speaker.scale * melody
    glottis[:, 2:4] += 0.02 * speaker.breath if speaker.breath > 0 else 0.016 * speaker.breath
    glottis[:, 4] += 0.06 * speaker.breath if speaker.breath > 0 else 0.04 * speaker.breath
    if take.kind == "nasal":
        tract[:, 7] = np.minimum(tract[:, 7], take.area if take.area else -0.1)
    elif take.area:
        tract[:, 7] = np.maximum(tract[:, 7], take.area)
    sound = np.asarray(vtl.synth_block(tract, glottis), np.float64)
    return np.asarray(soxr.resample(sound, _OWN_RATE * speaker.scale, RATE), np.float64)


def _open_nose(vtl: Any, length: float, work: Path) -> None:
    """The model's anatomy with a nasal cavity of `length` cm."""
    text = Path(vtl.DEFAULT_SPEAKER_PATH).read_text(encoding="utf-8")
    before = '<nasal_cavity length="11.4000"/>'
    if before not in text:
        raise SystemExit(f"{vtl.DEFAULT_SPEAKER_PATH} has no {before}: expected release 0.0.17")
    path = work / "own.speaker"
    path.write_text(text.replace(before, f'<nasal_cavity length="{length:.4f}"/>'), "utf-8")
    vtl.VocalTractLabApi._close()
    vtl.VocalTractLabApi._initialize(str(path))


def _row(take: Take, seconds: float) -> dict[str, Any]:
    meta = {"area": take.area, "sentence": take.sentence, "kind": take.kind}
    return {
        "id": take.id, "audio": f"{take.id}.wav", "duration": round(seconds, 4),
        "text": {**SENTENCES, **NASAL}[take.sentence][0],
        "speaker": f"vtl-{take.speaker.name}", "meta": meta,
    }  # fmt: skip


def main(folder: Path) -> None:
    """Make what is missing in `folder`."""
    import vocaltractlab_cython as vtl  # type: ignore[import-not-found, unused-ignore]

    folder.mkdir(parents=True, exist_ok=True)
    gains: dict[tuple[str, str, str], float] = {}
    nose = 0.0
    every = list(takes())
    with tempfile.TemporaryDirectory() as temporary:
        for take in every:
            path = folder / f"{take.id}.wav"
            if path.exists():
                continue
            if nose != take.speaker.nose:
                nose = take.speaker.nose
                _open_nose(vtl, nose, Path(temporary))
            sound = _synthesised(vtl, take, Path(temporary))
            key = (take.speaker.name, take.sentence, take.kind)
            if key not in gains:  # one level for all openings: loudness is no cue to be lost
                gains[key] = _gain_of(folder, take, sound)
            part = path.with_suffix(".part")
            sf.write(part, sound * gains[key], RATE, subtype="PCM_16", format="WAV")
            part.rename(path)
            print(take.id, flush=True)
            _list(folder, every)
    _list(folder, every)


def _list(folder: Path, every: list[Take]) -> None:
    """Write the manifest of what is there so far."""
    there = [(take, folder / f"{take.id}.wav") for take in every]
    rows = [_row(take, sf.info(path).duration) for take, path in there if path.exists()]
    part = folder / "manifest.part"
    part.write_text("".join(json.dumps(row) + "\n" for row in rows))
    part.rename(folder / "manifest.jsonl")


def _gain_of(folder: Path, take: Take, sound: Array) -> float:
    """What brings the first take of this speaker and sentence to a peak of 0.3; kept in a file."""
    path = folder / f"{take.kind}-{take.sentence}-{take.speaker.name}.gain"
    if not path.exists():
        path.write_text(repr(0.3 / float(np.abs(sound).max())))
    return float(path.read_text())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
