"""Folders of weights: each described, versioned and hashed in the same way, by `mondegreen.json`.

A description is checked before any other file is looked at, and a file by its hash before it is
opened: what is loaded either works or raises ModelError.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypeVar

import msgspec

from ..errors import ModelError
from ..jobs.files import read_bytes, replacing, sha256_of
from .passed_files import once

DESCRIPTION = "mondegreen.json"
CARD = "README.md"
"""The model card: how the weights were made, measured and may be used. No program reads it."""

_LARGEST = 4 << 20
"""Bytes of a description: ours have 3,000 at most."""

FileName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*\Z")]
Sha256 = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]


class Description(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `mondegreen.json` says. Each kind of folder adds fields of its own to these.

    A kind checks its fields in `__post_init__` and raises ValueError with what is wrong.
    """

    FORMAT: ClassVar[int]
    """Version of this kind's layout; a folder of another one is refused."""
    KIND: ClassVar[str]
    NEEDED: ClassVar[tuple[str, ...]] = ()
    """Files that a folder of this kind always has."""

    format: int
    kind: str
    files: dict[FileName, Sha256]
    """Every file that is opened, with the SHA-256 of its bytes."""


class _Header(msgspec.Struct):
    """As much as every description has, of whatever version; the rest is passed over."""

    format: int
    kind: str = ""


D = TypeVar("D", bound=Description)
T = TypeVar("T")


@dataclass(frozen=True)
class Folder(Generic[D]):
    """A folder whose description is in order. Make one with `open_folder`."""

    place: Path
    about: D
    remedy: str
    """What to do about a file that does not do, for messages."""

    def file(self, name: str) -> Path:
        """Where the file `name` lies, once its bytes are those described. Raises ModelError."""
        if name not in self.about.files:
            raise ModelError(f"{self.place} has no {name}; {self.remedy}")
        return checked_file(self.place / name, self.about.files[name], self.remedy)

    def read(self, name: str, kind: type[T]) -> T:
        """What the JSON file `name` holds, as `kind`. Raises ModelError when it holds no such."""
        path = self.file(name)
        try:
            return msgspec.json.decode(path.read_bytes(), type=kind)
        except (OSError, msgspec.MsgspecError, RecursionError) as error:
            raise ModelError(f"{path} cannot be read ({error}); {self.remedy}") from error


def shipped(name: str) -> Path:
    """The folder of that name among the weights that ship."""
    return Path(__file__).with_name(name)


def open_folder(place: Path, kind: type[D], remedy: str) -> Folder[D]:
    """The folder of weights at `place`, its description checked and no other file touched yet.

    Raises ModelError, which ends with `remedy`, when there is none, or it is of another kind or
    version, or something in its description cannot be.
    """
    path = place / DESCRIPTION
    if not _is_file(path, remedy):
        raise ModelError(f"{path} is missing: no {kind.KIND} there; {remedy}")
    text = read_bytes(path, lambda reason: ModelError(f"{reason}; {remedy}"), most=_LARGEST)
    try:
        header = msgspec.json.decode(text, type=_Header)
        if header.kind not in ("", kind.KIND):
            raise ModelError(f"{path} describes {header.kind!r}, expected {kind.KIND!r}; {remedy}")
        if header.format != kind.FORMAT:
            raise ModelError(
                f"{path} has format {header.format}, expected {kind.FORMAT}: it is from another "
                f"release; {remedy}"
            )
        about = msgspec.json.decode(text, type=kind)
        _check_files(about)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise ModelError(f"{path} describes no {kind.KIND} ({error}); {remedy}") from error
    return Folder(place, about, remedy)


def described_kind(place: Path) -> str | None:
    """The kind of folder that `place` says it is; None where it does not, or is damaged."""
    try:
        data = read_bytes(place / DESCRIPTION, ModelError, most=_LARGEST)
        return msgspec.json.decode(data, type=_Header).kind or None
    except (ModelError, msgspec.MsgspecError, RecursionError):
        return None


def _check_files(about: Description) -> None:
    missing = [name for name in about.NEEDED if name not in about.files]
    if missing:
        raise ValueError(f"it lists no {missing[0]}")


def write_folder(
    place: Path, kind: type[D], files: Mapping[str, bytes], card: str, **fields: Any
) -> D:
    """Write `files`, the model card and a description with `fields` into `place`, made if need be.

    The description comes last, so a folder half written is refused and not half loaded. Raises
    ModelError, and writes nothing, when the fields are none that `open_folder` would take.
    """
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    fields = {"format": kind.FORMAT, "kind": kind.KIND, "files": digests, **fields}
    text = msgspec.json.format(msgspec.json.encode(fields), indent=1) + b"\n"
    try:
        about = msgspec.json.decode(text, type=kind)
        _check_files(about)
    except (msgspec.MsgspecError, ValueError) as error:
        raise ModelError(f"{place} is not written: what was made cannot be ({error})") from error
    place.mkdir(parents=True, exist_ok=True)
    for name, data in {**files, CARD: card.encode(), DESCRIPTION: text}.items():
        with replacing(place / name) as temporary:
            temporary.write_bytes(data)
    return about


def checked_file(path: Path, sha256: str, remedy: str) -> Path:
    """The path, once its bytes' SHA-256 matches; ModelError says what differs and the remedy.

    Computed again only when the file has changed (see `passed_files`): 60 MB take a fifth of a
    second where the processor does not help. ONNX Runtime opened on a path keeps half as much
    memory as on the same bytes, so the caller opens it anew: a file swapped between the two is not
    noticed.
    """
    if not _is_file(path, remedy):
        raise ModelError(f"{path} is missing: {remedy}")
    once(path, f"SHA-256 {sha256}", lambda: _check_bytes(path, sha256, remedy))
    return path


def _check_bytes(path: Path, sha256: str, remedy: str) -> None:
    try:
        actual = sha256_of(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
    if actual != sha256:
        raise ModelError(
            f"{path} has SHA-256 {actual[:16]}…, expected {sha256[:16]}…: the file is "
            f"damaged or from another release: {remedy}"
        )


def _is_file(path: Path, remedy: str) -> bool:
    """Whether a regular file is there: a pipe would never end. ModelError where nobody may look."""
    try:
        return path.is_file()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): {remedy}") from error
