from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"GET / HTTP/1.1\r\n", "bad-message"),
        (b"[]\n", "bad-message"),
        (b"{}\n", "bad-message"),
        (b'{"type": 7}\n', "bad-message"),
        (b'{"type": "ping", "data": 3}\n', "bad-message"),
        (b'{"type": "ping", "data_length": 4}\n7777', "bad-message"),
        (b'{"type": "ping", "data_length": -4}\n', "bad-message"),
        (b'{"type": "ping", "data_length": true}\n', "bad-message"),
        (b'{"type": "audio-chunk", "payload_length": "9"}\n', "bad-message"),
        (b'{"type": "audio-chunk", "payload_length": 10000000000}\n', "too-large"),
        (b'{"type": "ping", "data_length": 1048577}\n', "too-large"),
        (b'{"type": "' + b"x" * 70_000, "too-large"),
        (b"[" * 60_000 + b"\n", "bad-message"),
        (b'{"type": "recognize"}\n', "bad-message"),
        (b'{"type": "recognize", "data": {"text": ["a"]}}\n', "bad-message"),
        (b'{"type": "audio-start"}\n', "bad-audio"),
        (b'{"type": "audio-chunk", "data": {"rate": 1e9}}\n', "bad-audio"),
    ],
)
def test_what_is_no_message_is_named_and_ends_the_connection(
    client: Any, data: bytes, code: str
) -> None:
    client.write(data)
    event = client.next()
    assert (event.type, event.data["code"]) == ("error", code)
    assert event.data["text"]
    assert client.next() is None


@pytest.mark.parametrize("kind", ["run-satellite", "detect", "synthesize", "select-program", "?"])
def test_messages_for_other_servers_are_passed_over(client: Any, kind: str) -> None:
    client.write(b'{"type": "%s", "payload_length": 3}\nabc{"type": "ping"}\n' % kind.encode())
    assert client.next().type == "pong"


def test_data_may_stand_in_the_line_or_after_it(client: Any) -> None:
    client.write(b'{"type": "ping", "data": {"text": "in it"}}\n')
    assert client.next().data == {"text": "in it"}
    client.write(b'{"type": "ping", "data_length": 17}\n{"text": "after"}')
    assert client.next().data == {"text": "after"}


def test_a_long_text_is_too_long(client: Any) -> None:
    client.write(b'{"type": "recognize", "data": {"text": "%s"}}\n' % (b"a " * 1_500))
    assert client.next().data["code"] == "bad-message"
