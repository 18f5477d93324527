"""What a server is told: a TOML file, then the environment, then the command line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_type_hints

from msgspec import Meta

from ..errors import SettingsError
from ..jobs.files import read_text
from ..registry import nearest
from ..settings import check_share, read_settings, with_value

PREFIX = "MONDEGREEN_SERVE_"
OFF = "off"
"""An interface of this address is not served."""
_SHORTEST_TOKEN = 16
"""Characters; 16 random letters and digits are 95 bits, and nobody guesses over a network."""

ENGINES_WORD = -1.0
"""A threshold that leaves it to the grammar or the model what it refuses."""
Count = Annotated[int, Meta(ge=1)]
Length = Annotated[float, Meta(gt=0)]


@dataclass(frozen=True)
class Limits:
    """What one client, and all of them, may ask for. Sizes in bytes, times in seconds."""

    body: Count = 8 << 20
    """Bytes of a request's body: 30 s of 48 kHz stereo in a WAV file are 5.8 MB."""
    grammar: Count = 1 << 20
    """Bytes of an uploaded grammar, or of a slot's values; Home Assistant's are 1 MB together."""
    seconds: Length = 30.0
    """Sound of one utterance, once decoded: 1 kB of FLAC can be an hour."""
    text: Count = 2_000
    """Characters of a text that is read or said."""
    requests_a_minute: Count = 3_000
    """Of one client, which may be a gateway of many: 50 a second, twice what two cores do."""
    streams: Count = 64
    """Open at the same time. Two cores follow 50 in real time."""
    streams_a_client: Count = 64
    connections: Count = 512
    """Open at the same time, over HTTP."""
    waiting: Count = 32
    """Requests that may wait for a worker; one more is told to come back."""
    patience: Length = 2.0
    """How long a request waits for a worker."""
    job: Length = 30.0
    """How long a worker may take over one thing; then it is ended, and started afresh."""
    idle: Length = 30.0
    """Without a byte from a client that should be sending."""
    session: Length = 4 * 3_600.0
    """How long a stream may last."""
    drain: Length = 10.0
    """How long what runs may go on once the server is told to end."""


@dataclass(frozen=True)
class ServeSettings:
    """Settings of `mondegreen serve`, as they stand in serve.toml."""

    engine: str = "starter"
    """A grammar file, a model folder, or the name of a grammar that ships."""
    home: str = ""
    """File with the names of a home; see `mondegreen hear --home`."""
    lists: str = ""
    """File with values for hassil lists; see `mondegreen hear --lists`."""
    refuse_below: Annotated[float, Meta(ge=-1.0, le=1.0)] = ENGINES_WORD
    """Confidence under which nothing is understood (0 to 1); -1 is the engine's own word."""
    hass_url: str = ""
    """ws://HOST:8123 of a Home Assistant whose names are followed; none, unless told."""
    hass_token_file: str = ""
    """File with a long-lived access token of that Home Assistant."""
    index: str = ""
    """Folder that `mondegreen index` made, or its address on a server: questions are answered from
    it. None, unless told."""
    http: str = "127.0.0.1:8080"
    """HOST:PORT of HTTP, WebSocket and the page; "off" for none."""
    wyoming: str = OFF
    """tcp://HOST:PORT or unix://FILE of the Wyoming protocol; "off" for none."""
    announce: bool = True
    """Tell the local network about Wyoming, where others reach it."""
    wyoming_words: bool = False
    """Whether speech that means nothing comes back as its words over Wyoming, for others to try."""
    wyoming_names: str = ""
    """Slot that takes the names which Wyoming clients send; none, unless told."""
    token_file: str = ""
    """File with a token on each line; whoever has one may use HTTP and WebSocket."""
    workers: Annotated[int, Meta(ge=0)] = 0
    """Processes that understand; 0 is one for each core."""
    ray: str = ""
    """Address of a Ray cluster whose replicas serve HTTP, "auto" or "local"; none, unless told."""
    replicas: Count = 2
    """Servers side by side on Ray."""
    act: bool = True
    """Do what is asked (timers, lists) and reply, or only understand."""
    store: str = ""
    """Where timers and lists are kept; by default with the user's data."""
    editing: bool = True
    """Whether clients may change the grammar and the values of slots."""
    origins: tuple[str, ...] = ()
    """Web pages of other addresses that may use this server: https://panel.example."""
    root_path: str = ""
    """Path under which a proxy shows the server."""
    forwarded_by: tuple[str, ...] = ()
    """Addresses of proxies whose word is taken for who the client is."""
    log_text: bool = False
    """Write what was said into the log."""
    limits: Limits = field(default_factory=Limits)


class Address(NamedTuple):
    """Where HTTP is served."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return is_loopback(self.host)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def is_loopback(host: str) -> bool:
    """Whether an address is one that only this machine reaches."""
    return host in ("localhost", "::1") or re.fullmatch(r"127(\.\d{1,3}){3}", host) is not None


def read_serve_settings(
    file: Path | None = None,
    options: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] = os.environ,
) -> ServeSettings:
    """The settings of a TOML file, over them those of the environment, over them the
    `options`.

    `MONDEGREEN_SERVE_LIMITS_STREAMS=8` is `streams = 8` in the table `[limits]`. Raises
    SettingsError for an unknown name and for a value that makes no sense.
    """
    settings = read_settings(ServeSettings(), file)
    names = dict(_variables(ServeSettings))
    for variable, text in sorted(environment.items()):
        if variable.startswith(PREFIX):
            if variable not in names:
                raise SettingsError(f"there is no variable {variable}{nearest(variable, names)}")
            settings = with_value(settings, names[variable], text, variable)
    settings = replace(settings, **(options or {}))
    _check(settings)
    return settings


def _variables(kind: Any, above: str = "") -> Iterator[tuple[str, str]]:
    """Each variable with the setting it stands for: MONDEGREEN_SERVE_LIMITS_BODY, limits.body."""
    kinds = get_type_hints(kind)
    for name in (one.name for one in fields(kind)):
        if is_dataclass(kinds[name]):
            yield from _variables(kinds[name], f"{above}{name}.")
        else:
            whole = above + name
            yield PREFIX + whole.upper().replace(".", "_"), whole


def _check(settings: ServeSettings) -> None:
    address = http_address(settings)
    if address is None and settings.wyoming == OFF:
        raise SettingsError("nothing to serve: give --http HOST:PORT or --wyoming tcp://HOST:PORT")
    if address is not None and not address.is_loopback and not settings.token_file:
        raise SettingsError(
            f"--http {address} is open to the network, expected a --token-file with it; write a "
            "token into a file (openssl rand -hex 16 > tokens), or bind 127.0.0.1"
        )
    if settings.hass_url and settings.home:
        raise SettingsError("home and hass_url both say where names are from; leave one out")
    for origin in settings.origins:
        if not re.fullmatch(r"https?://[^/\s]+", origin):
            raise SettingsError(f"origins: found {origin!r}, expected https://HOST[:PORT]")
    if settings.refuse_below != ENGINES_WORD:
        check_share("refuse_below", settings.refuse_below)
    if settings.root_path and not re.fullmatch(r"(/[\w.~-]+)+", settings.root_path):
        raise SettingsError(f"root_path: found {settings.root_path!r}, expected /PATH")


def engine_settings(settings: ServeSettings, home: str | None = None) -> dict[str, Any]:
    """What `mondegreen.load` is told, with another `home` where one is given; an engine of another
    kind than grammars need not know what nobody gave."""
    files = {"home": settings.home if home is None else home, "lists": settings.lists}
    given: dict[str, Any] = {name: file for name, file in files.items() if file}
    if settings.refuse_below != ENGINES_WORD:
        given["refuse_below"] = settings.refuse_below
    return given


def http_address(settings: ServeSettings) -> Address | None:
    """Where HTTP is served; None: nowhere. Raises SettingsError for what is no HOST:PORT."""
    if settings.http == OFF:
        return None
    host, colon, port = settings.http.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not colon or not host or not port.isdecimal() or int(port) > 65_535:
        raise SettingsError(
            f"http: found {settings.http!r}, expected HOST:PORT such as 127.0.0.1:8080, or off"
        )
    return Address(host, int(port))


def read_tokens(settings: ServeSettings) -> tuple[bytes, ...]:
    """The tokens of the file, one a line; lines that begin with # are none.

    Raises SettingsError for a file that cannot be read, that has none, or too short a one.
    """
    if not settings.token_file:
        return ()
    path = Path(settings.token_file)
    lines = [line.strip() for line in read_text(path, SettingsError).splitlines()]
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens:
        raise SettingsError(f"{path}: found no token, expected one on each line")
    for number, token in enumerate(lines, 1):
        if token in tokens and (len(token) < _SHORTEST_TOKEN or not token.isascii()):
            raise SettingsError(
                f"{path}:{number}: found a token of {len(token)} characters, expected "
                f"{_SHORTEST_TOKEN} or more of ASCII (openssl rand -hex 16 makes one)"
            )
    return tuple(token.encode() for token in tokens)


__all__ = [
    "OFF", "Address", "Limits", "ServeSettings", "engine_settings", "http_address", "is_loopback",
    "read_serve_settings", "read_tokens",
]  # fmt: skip
