"""Addresses of an index, and who asks there."""

from __future__ import annotations

from base64 import b64decode

import pytest

from mondegreen.answers.opensearch.address import PASSWORD, USER, is_address, read_address
from mondegreen.errors import SettingsError


@pytest.mark.parametrize(
    ("text", "server", "name"),
    [
        ("http://localhost:9200/pages", "http://localhost:9200", "pages"),
        ("HTTPS://Search.Example/pages-2.x/", "https://search.example", "pages-2.x"),
        ("https://host/behind/a/proxy/pages", "https://host/behind/a/proxy", "pages"),
        ("http://[::1]:9200/pages", "http://[::1]:9200", "pages"),
    ],
)
def test_server_and_name(text: str, server: str, name: str) -> None:
    address = read_address(text)
    assert (address.server, address.name, address.authorization) == (server, name, "")
    assert is_address(text)
    assert not is_address(f"./{name}")


def test_user_and_password_are_taken_from_the_address_and_shown_nowhere() -> None:
    address = read_address("https://ann:p%40ss%2Fword@host:9200/pages")
    scheme, _, token = address.authorization.partition(" ")
    assert (scheme, b64decode(token)) == ("Basic", b"ann:p@ss/word")
    assert str(address) == "https://host:9200/pages"
    assert "ann" not in repr(address)
    assert token not in repr(address)


def test_or_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(USER, "bob")
    monkeypatch.setenv(PASSWORD, "secret")
    token = read_address("http://host/pages").authorization.removeprefix("Basic ")
    assert b64decode(token) == b"bob:secret"
    token = read_address("http://ann:x@host/pages").authorization.removeprefix("Basic ")
    assert b64decode(token) == b"ann:x"


@pytest.mark.parametrize(
    "text",
    [
        "http://ann:secret@host:9200", "http://ann:secret@host:9200/Pages",
        "http://ann:secret@host:9200/_all", "http://ann:secret@host:9200/a*",
        "http://ann:secret@host:port/pages", "http://ann:secret@host/pages?x=1",
        "http://ann:secret@[host/pages", "ftp://ann:secret@host/pages", "http:///pages",
    ],
)  # fmt: skip
def test_what_is_no_address_is_said_without_the_password(text: str) -> None:
    with pytest.raises(SettingsError, match="expected") as error:
        read_address(text)
    assert "secret" not in str(error.value)
