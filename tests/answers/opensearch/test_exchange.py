"""Requests over real HTTP and TLS, and the one line about what went wrong."""

from __future__ import annotations

import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mondegreen.answers.opensearch.address import read_address
from mondegreen.answers.opensearch.exchange import Exchange, Refusal
from mondegreen.client import ServerError, Unavailable


def _exchange(url: str, timeout: float = 5.0) -> Exchange:
    return Exchange(read_address(f"{url}/pages"), timeout=timeout)


def test_the_user_is_named_in_the_header(stand_in: Any) -> None:
    stand_in.answer_once("/", 200, {"ok": True})
    url = stand_in.url.replace("//", "//ann:secret@")
    assert _exchange(url).get("/") == b'{"ok": true}'
    assert stand_in.requests[0][3] == "Basic YW5uOnNlY3JldA=="


@pytest.mark.parametrize("status", [401, 403])
def test_who_may_not_ask_is_told_what_to_do(stand_in: Any, status: int) -> None:
    url = stand_in.url.replace("//", "//ann:secret@")
    stand_in.answer_once("/", status, b"Unauthorized")
    with pytest.raises(ServerError, match=r"refuses the user.*MONDEGREEN_OPENSEARCH_") as error:
        _exchange(url).get("/")
    assert error.value.status == status
    assert "secret" not in str(error.value)
    stand_in.answer_once("/", status, b"Unauthorized")
    with pytest.raises(ServerError, match="refuses whoever gives no name"):
        _exchange(stand_in.url).get("/")


def test_an_index_that_may_not_be_written_is_no_question_of_who_asks(stand_in: Any) -> None:
    error = {"type": "cluster_block_exception", "reason": "index [pages] blocked: read-only"}
    stand_in.answer_once("/", 403, {"error": error, "status": 403})
    with pytest.raises(Refusal, match="cluster_block_exception: index"):
        _exchange(stand_in.url).get("/")


def test_a_busy_server_is_asked_again(stand_in: Any) -> None:
    for status in (429, 503):
        stand_in.answer_once("/", status, b"")
    stand_in.answer_once("/", 200, b"{}")
    assert _exchange(stand_in.url).get("/") == b"{}"
    assert len(stand_in.requests) == 3
    for _ in range(5):
        stand_in.answer_once("/", 429, {"error": {"type": "rejected", "reason": "queue"}})
    with pytest.raises(Unavailable, match=r"too busy \(429 rejected\)"):
        _exchange(stand_in.url).get("/")


def test_what_the_server_says_is_wrong_is_said(stand_in: Any) -> None:
    stand_in.answer_once("/", 400, {"error": {"type": "some_exception", "reason": "r" * 900}})
    with pytest.raises(Refusal, match="some_exception: rrr") as error:
        _exchange(stand_in.url).get("/")
    assert (error.value.kind, error.value.status) == ("some_exception", 400)
    assert len(str(error.value)) < 400


@pytest.mark.parametrize("body", [b"<html>not found</html>", b"[]", b'{"error": "plain"}', b""])
def test_a_server_of_another_kind_is_said(stand_in: Any, body: bytes) -> None:
    stand_in.answer_once("/", 404, body)
    with pytest.raises(ServerError, match="answers 404, but not as OpenSearch does"):
        _exchange(stand_in.url).get("/")


def test_no_redirect_is_followed(stand_in: Any) -> None:
    """It would take the password to another host."""
    stand_in.answer_once("/", 302, b"", Location=f"{stand_in.url}/elsewhere")
    with pytest.raises(ServerError, match="answers 302"):
        _exchange(stand_in.url.replace("//", "//ann:secret@")).get("/")
    assert len(stand_in.requests) == 1


def test_no_server_is_said_and_not_asked_again() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Unavailable, match=f"no server answers at {url}"):
            _exchange(url).get("/")


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(Unavailable, match="timed out"):
            _exchange(url, timeout=0.2).get("/")


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"Content_Length": "100"}, b"{"),
        ({"Content_Encoding": "gzip"}, b"no gzip"),
        ({"Content_Encoding": "gzip"}, b"\x1f\x8b\x08\x00\x00\x00\x00\x00"),
    ],
)
def test_a_reply_that_breaks_off_is_said(
    stand_in: Any, headers: dict[str, str], body: bytes
) -> None:
    stand_in.answer_once("/", 200, body, **headers)
    with pytest.raises(Unavailable, match="did not answer to the end"):
        _exchange(stand_in.url).get("/")


def test_a_reply_that_would_fill_the_memory_is_not_read(
    stand_in: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mondegreen.answers.opensearch.exchange._LARGEST", 1 << 20)
    stand_in.answer_once("/", 200, b" " * (2 << 20))
    with pytest.raises(Unavailable, match="more than 1 MB"):
        _exchange(stand_in.url).get("/")


@pytest.fixture
def over_tls(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A server with a certificate of its own, and the file of that certificate."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-addext", "keyUsage=critical,digitalSignature,keyCertSign",
         "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    yield f"https://localhost:{server.server_port}", certificate
    server.shutdown()
    serving.join()
    server.server_close()


def test_a_certificate_is_checked(
    over_tls: tuple[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, certificate = over_tls
    with pytest.raises(ServerError, match=r"its certificate is not trusted.*SSL_CERT_FILE"):
        _exchange(url).get("/")
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert _exchange(url).get("/") == b"{}"
