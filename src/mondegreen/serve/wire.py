"""What the server and its workers say to each other: MessagePack, each message after its length.

Nothing but these shapes is read, on either side; what comes from the network is content of theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, BinaryIO

import msgspec

from .. import errors
from ..client.client_error import ServerError, Unavailable
from ..errors import MondegreenError
from ..types import Understanding

LENGTH_BYTES = 4
_ERRORS: dict[str, Callable[[str], MondegreenError]] = {
    kind.__name__: kind
    for kind in (
        errors.AudioError, errors.GrammarError, errors.ModelError, errors.DataError,
        errors.SettingsError, errors.Busy, MondegreenError,
    )
} | {
    # Of a server that is asked in its turn, as one with an index is.
    kind.__name__: partial(kind, status=status)
    for kind, status in ((ServerError, 502), (Unavailable, 503))
}  # fmt: skip
"""What makes an error of a message, by its name."""


class Load(msgspec.Struct, tag=True, frozen=True):
    """Use this grammar or model: by name, or by the text of a grammar."""

    source: str
    is_text: bool = False
    settings: dict[str, str | float] = {}
    """What `mondegreen.load` is told beside it."""
    act: bool = True
    store: str = ""
    index: str = ""
    """Folder or address of an index of pages; questions are answered from it."""
    slots: dict[str, dict[str, list[str]]] = {}
    """What may be said for slots in place of what the source says, as in `SetSlot`."""


class Hear(msgspec.Struct, tag=True, frozen=True):
    """Understand one utterance: a sound file, or with a `rate` raw 16-bit sound."""

    sound: bytes
    most_seconds: float
    rate: int = 0
    channels: int = 1
    act: bool = True
    n_best: int = 1


class WriteDown(msgspec.Struct, tag=True, frozen=True):
    """Write down the words of raw 16-bit sound, whatever they mean."""

    sound: bytes
    most_seconds: float
    rate: int
    channels: int = 1


class Read(msgspec.Struct, tag=True, frozen=True):
    """Understand a text."""

    text: str
    act: bool = True


class Ask(msgspec.Struct, tag=True, frozen=True):
    """Answer a question from the index: a text, or sound as in `Hear`."""

    text: str = ""
    sound: bytes = b""
    most_seconds: float = 0.0
    rate: int = 0
    channels: int = 1


class Answer(msgspec.Struct, tag=True, frozen=True):
    """Do what an understanding asks for, and reply."""

    understanding: Understanding


class SetSlot(msgspec.Struct, tag=True, frozen=True):
    """Replace what may be said for a slot."""

    name: str
    values: dict[str, list[str]]


class Check(msgspec.Struct, tag=True, frozen=True):
    """Look for mistakes in the text of a grammar."""

    text: str
    home: str = ""
    lists: str = ""
    compiled: bool = False
    """Whether it is also compiled, and kept for those who load it next."""


class Say(msgspec.Struct, tag=True, frozen=True):
    """Say a text."""

    text: str
    voice: str
    speed: float = 1.0


class Open(msgspec.Struct, tag=True, frozen=True):
    """Begin a stream. It has the number of this message."""

    rate: int
    channels: int = 1
    act: bool = True
    n_best: int = 1
    risk: float | None = None
    """Share of utterances in which a part may be decided wrongly: one that the engine was
    calibrated for. None: no risk is stated."""
    partials: bool = True
    """Whether anybody looks at what was understood so far, or waits for a decision."""
    doubt: float | None = None
    """Where no risk is stated, the doubt up to which parts are decided; None is the usual one."""


class Sound(msgspec.Struct, tag=True, frozen=True):
    """More 16-bit sound of a stream; answered with a `Progress`."""

    pcm: bytes
    last: bool = False


class Drop(msgspec.Struct, tag=True, frozen=True):
    """Forget a stream: who listened is gone."""


Task = Load | Hear | WriteDown | Read | Ask | Answer | SetSlot | Check | Say | Open | Sound | Drop


class Request(msgspec.Struct, frozen=True):
    """A task and its number; `Sound` and `Drop` have that of their stream."""

    number: int
    task: Task


class Loaded(msgspec.Struct, tag=True, frozen=True):
    """What is understood now."""

    model: str
    intents: dict[str, dict[str, str]]
    replies: dict[str, str]
    unused: list[str] = []
    """What is to be said of a home and of lists that the grammar has no use for."""


class Meant(msgspec.Struct, tag=True, frozen=True):
    """What was understood."""

    understanding: Understanding


class FromPages(msgspec.Struct, tag=True, frozen=True):
    """The answer to a question; see `answers.Answer.to_json`."""

    answer: dict[str, Any]


class WrittenDown(msgspec.Struct, tag=True, frozen=True):
    """The words that were said; "" where there were none."""

    text: str


class Checked(msgspec.Struct, tag=True, frozen=True):
    """What there is to say about a grammar."""

    findings: list[dict[str, Any]]
    summary: dict[str, Any]


class Spoken(msgspec.Struct, tag=True, frozen=True):
    """A WAV file."""

    wav: bytes


class Progress(msgspec.Struct, tag=True, frozen=True):
    """Bytes of a stream that were taken in, and what happened: events as their JSON."""

    size: int
    events: list[dict[str, Any]]
    over: bool = False


class Done(msgspec.Struct, tag=True, frozen=True):
    """Nothing more to say."""


class Failed(msgspec.Struct, tag=True, frozen=True):
    """Why not: the name of an error of ours, "" for a fault, and its message."""

    error: str
    message: str


Reply = Loaded | Meant | FromPages | WrittenDown | Checked | Spoken | Progress | Done | Failed


class Response(msgspec.Struct, frozen=True):
    """A reply, with the number of its request."""

    number: int
    reply: Reply
    cpu: float = 0.0
    """Seconds of processor that it took."""


_encoder = msgspec.msgpack.Encoder()
_requests = msgspec.msgpack.Decoder(Request)
_responses = msgspec.msgpack.Decoder(Response)


def packed(message: Request | Response) -> bytes:
    """A message as it travels."""
    data = _encoder.encode(message)
    return len(data).to_bytes(LENGTH_BYTES, "big") + data


def as_request(data: bytes) -> Request:
    """The request in the bytes after its length."""
    return _requests.decode(data)


def as_response(data: bytes) -> Response:
    """The response in the bytes after its length."""
    return _responses.decode(data)


def read_message(pipe: BinaryIO) -> bytes | None:
    """The next message of a pipe, without its length; None at the end."""
    length = pipe.read(LENGTH_BYTES)
    if len(length) < LENGTH_BYTES:
        return None
    size = int.from_bytes(length, "big")
    data = pipe.read(size)
    return data if len(data) == size else None


def failure_of(error: BaseException) -> Failed:
    """An error of ours by its name and message; a fault without what it may quote."""
    if isinstance(error, MondegreenError):
        names = (kind.__name__ for kind in type(error).__mro__)
        return Failed(next(name for name in names if name in _ERRORS), str(error))
    return Failed("", type(error).__name__)


def succeeded(reply: Reply) -> Reply:
    """The reply. Raises the error that it tells of."""
    if isinstance(reply, Failed):
        raise error_of(reply)
    return reply


def error_of(failed: Failed) -> MondegreenError:
    """The error that was told of."""
    if failed.error not in _ERRORS:
        return MondegreenError(f"a fault in mondegreen ({failed.message}); its log says more")
    return _ERRORS[failed.error](failed.message)
