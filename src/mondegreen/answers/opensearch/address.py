"""Where an index lies on a server, and as whom to ask there."""

from __future__ import annotations

import os
import re
from base64 import b64encode
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from ...errors import SettingsError

USER, PASSWORD = "MONDEGREEN_OPENSEARCH_USER", "MONDEGREEN_OPENSEARCH_PASSWORD"
"""Environment variables, for an address that names neither."""
_SCHEMES = ("http://", "https://")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,199}")
"""OpenSearch takes no capitals and 255 bytes; ours is followed by a version."""
_EXPECTED = "expected http://HOST:9200/NAME or https://USER:PASSWORD@HOST:9200/NAME"


@dataclass(frozen=True)
class Address:
    """Made by `read_address`. As text it is without its password."""

    server: str
    """Scheme, host and port, and the path before the name where there is one."""
    name: str
    """Of the index."""
    authorization: str = field(default="", repr=False)
    """The header; empty for nobody."""

    def __str__(self) -> str:
        return f"{self.server}/{self.name}"


def is_address(text: object) -> bool:
    """Whether that names a server, and no folder."""
    return str(text).lower().startswith(_SCHEMES)


def read_address(text: str) -> Address:
    """Raises SettingsError for what is no address; its message has no password."""
    shown = re.sub(r"//[^/]*@", "//…@", text)
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SettingsError(f"{shown} is no address ({error}); {_EXPECTED}") from None
    if not is_address(text) or not host or parts.query or parts.fragment:
        raise SettingsError(f"{shown} is no address of an index; {_EXPECTED}")
    before, _, name = parts.path.rstrip("/").rpartition("/")
    if not _NAME.fullmatch(name):
        raise SettingsError(
            f"{shown} names the index {name!r}; expected small letters, digits, '.', '_' and '-', "
            "a letter or digit first"
        )
    host = f"[{host}]" if ":" in host else host
    server = f"{parts.scheme.lower()}://{host}{'' if port is None else f':{port}'}{before}"
    user = os.environ.get(USER, "") if parts.username is None else unquote(parts.username)
    password = os.environ.get(PASSWORD, "") if parts.password is None else unquote(parts.password)
    token = b64encode(f"{user}:{password}".encode()).decode() if user else ""
    return Address(server, name, f"Basic {token}" if token else "")


__all__ = ["PASSWORD", "USER", "Address", "is_address", "read_address"]
