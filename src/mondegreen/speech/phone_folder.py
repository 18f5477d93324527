"""The folder of a phone reader: what its description says, and what lies beside the network."""

from __future__ import annotations

from math import exp, fsum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar

import msgspec

from ..phonetics.inventory import PHONES
from ..weights.folder import Description, Folder, open_folder, shipped

if TYPE_CHECKING:
    from ..phonetics.distance import PhoneDistance
    from ..phonetics.phonotactics import Phonotactics

NETWORK = "phones.onnx"
TUNED = "encoder.onnx"
"""File of an encoder that was tuned together with the reader."""
PHONOTACTICS = "phonotactics.npz"
CONFUSIONS = "confusions.json"
REBUILD = "reinstall mondegreen, or rebuild it with: mondegreen train phones"
_LEAST = -20.0
"""A label of 300,000 frames that is never met has a mean posterior of e^-12 or so. Far below that
it would be worth more than any sound: the search divides by the prior."""


class ReadEncoder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The encoder whose frames a reader was trained on."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]+\Z")]
    """The registry's, and nothing that a folder should not decide: `NAME:ARGUMENT` is refused."""
    digest: str
    """SHA-256 of its weights."""


class ReaderDescription(Description, frozen=True, kw_only=True):
    """What `mondegreen.json` says of a phone reader."""

    FORMAT: ClassVar[int] = 2
    KIND: ClassVar[str] = "phone reader"
    NEEDED: ClassVar[tuple[str, ...]] = (NETWORK,)

    phones: tuple[str, ...]
    """The labels in order, the blank first."""
    encoder: ReadEncoder
    log_prior: tuple[float, ...]
    """Natural log of how likely each label is before anything is heard."""

    def __post_init__(self) -> None:
        """Raise ValueError for what no reader can be."""
        if self.phones != PHONES:
            raise ValueError("it was made for another phone inventory")
        if len(self.log_prior) != len(PHONES):
            raise ValueError(f"log_prior has {len(self.log_prior)} numbers, not {len(PHONES)}")
        if not all(_LEAST <= value <= 0.0 for value in self.log_prior):
            raise ValueError(f"log_prior has a number that is not from {_LEAST:g} to 0")
        total = fsum(map(exp, self.log_prior))
        if abs(total - 1.0) > 0.01:  # four decimals of each are kept, which moves it by 0.0001
            raise ValueError(f"log_prior has probabilities that sum to {total:.3g}, not 1")
        if self.files.get(TUNED, self.encoder.digest) != self.encoder.digest:
            raise ValueError(f"{TUNED} is not the encoder that it names")


def reader_folder(folder: str | Path | None) -> Folder[ReaderDescription]:
    """The folder of a phone reader, None being the one that ships, once its description is checked.

    Raises ModelError when there is none, or one of another version or phone inventory.
    """
    place = shipped("phones") if folder is None else Path(folder)
    return open_folder(place, ReaderDescription, REBUILD)


def load_phonotactics(folder: str | Path | None = None) -> Phonotactics:
    """Which phones follow which, as counted on the speech that the reader was trained on.

    Raises ModelError when the folder has none, or the file is damaged.
    """
    from ..phonetics.phonotactics import Phonotactics
    from ..weights.arrays import Arrays

    return Phonotactics.load(Arrays(reader_folder(folder).file(PHONOTACTICS), REBUILD))


def load_phone_distance(folder: str | Path | None = None) -> PhoneDistance:
    """How far apart phones sound to the reader: by what it takes for what.

    Raises ModelError when the folder has no confusions, or the file is damaged.
    """
    from ..phonetics.confusions import Confusions, learned_distance

    return learned_distance(reader_folder(folder).read(CONFUSIONS, Confusions).array())
