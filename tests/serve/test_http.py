"""HTTP over a running server: what it answers, and what it refuses with which status."""

from __future__ import annotations

import io
import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile as sf

from mondegreen.serve.http.gate import Allowance, TokenCheck
from mondegreen.serve.log import finish
from mondegreen.serve.service import Service

Serving = Callable[..., AbstractContextManager[str]]
TOKEN = "correct-horse-battery"


@pytest.fixture(scope="module")
def server(serving: Serving) -> Iterator[httpx.Client]:
    """A client of a server without tokens."""
    with serving() as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
        yield client


@pytest.fixture(scope="module")
def guarded(serving: Serving) -> Iterator[httpx.Client]:
    """A client, as yet without a token, of a server that wants one."""
    with serving(TOKEN) as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
        yield client


def _problem(reply: httpx.Response, status: int) -> str:
    assert reply.status_code == status, reply.text
    assert reply.headers["content-type"] == "application/problem+json"
    body = reply.json()
    assert (body["status"], body["type"]) == (status, "about:blank")
    return str(body["detail"])


@pytest.mark.parametrize("form", ["body", "multipart", "raw"])
def test_sound_is_understood_however_it_comes(
    server: httpx.Client, example: bytes, form: str
) -> None:
    if form == "multipart":
        reply = server.post("/v1/understand", files={"file": ("order.wav", example)})
    elif form == "raw":
        samples, rate = sf.read(io.BytesIO(example), dtype="int16")
        reply = server.post(
            "/v1/understand", params={"rate": rate}, content=samples.astype("<i2").tobytes()
        )
    else:
        reply = server.post(
            "/v1/understand", content=example, headers={"content-type": "audio/wav"}
        )
    body = reply.json()
    assert body["slots"][0]["value"] == "Rhapsody in Blue"
    assert body["reply"] == "Playing 'Rhapsody in Blue'."


def test_a_text_is_understood_and_acted_upon_if_asked(server: httpx.Client) -> None:
    body = {"text": "set a timer for five minutes"}
    assert server.post("/v1/understand", json=body).json()["reply"] == "Timer set for 5 minutes."
    reply = server.post("/v1/understand", params={"act": False}, json=body)
    assert (reply.json()["intent"], reply.json()["reply"]) == ("SetTimer", "")
    cancelled = server.post("/v1/understand", json={"text": "cancel the timer"}).json()
    assert "cancelled" in cancelled["reply"].lower()  # others find the service as it was


def test_a_text_is_said(server: httpx.Client) -> None:
    reply = server.post("/v1/say", json={"text": "Hello there."})
    assert reply.headers["content-type"] == "audio/wav"
    samples, rate = sf.read(io.BytesIO(reply.content))
    assert len(samples) > rate / 2
    assert np.abs(samples).max() > 0.05


@pytest.mark.parametrize(
    ("body", "status", "detail"),
    [
        ({"content": b""}, 422, "empty file"),
        ({"content": b"rubbish that is no sound"}, 422, "not audio"),
        ({"content": b"\x00" * 7, "params": {"rate": 16_000}}, 422, "multiple of 2"),
        ({"content": b"\x00" * 8, "params": {"rate": 1}}, 400, "expected 1 to 8 at"),
        ({"content": b"", "params": {"n_best": 99}}, 400, "query.n_best"),
        ({"json": {"text": "hello"}, "params": {"Act": "false"}}, 400, "did you mean 'act'?"),
        ({"json": {"text": "hello"}, "params": {"x": 1}}, 400, "unknown parameter 'x'"),
        ({"json": {"text": ""}}, 400, "expected 1 to 2000"),
        ({"json": {"text": "hello", "url": "http://127.0.0.1/"}}, 400, "unknown field `url`"),
        ({"json": ["hello"]}, 400, "makes no sense"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "no sense"),
        ({"data": {"file": "text"}, "files": {"other": b"x"}}, 400, "found no file"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "boundary"),
    ],
)
def test_what_cannot_be_understood_is_a_problem(
    server: httpx.Client, body: dict[str, Any], status: int, detail: str
) -> None:
    assert detail in _problem(server.post("/v1/understand", **body), status)


@pytest.mark.parametrize("text", ["включи свет", "turn on 电灯", "play Москва", "...", "💡"])
def test_a_text_that_no_voice_can_say_is_refused(server: httpx.Client, text: str) -> None:
    assert "cannot be spoken" in _problem(server.post("/v1/say", json={"text": text}), 400)


def test_an_address_without_parameters_takes_none(server: httpx.Client) -> None:
    reply = server.post("/v1/say", params={"voice": "hibari"}, json={"text": "hi"})
    assert "'voice'; this address takes none" in _problem(reply, 400)


def test_an_hour_in_a_kilobyte_is_refused(server: httpx.Client) -> None:
    silence = io.BytesIO()
    sf.write(silence, np.zeros(16_000 * 600, np.int16), 16_000, format="FLAC")
    assert len(silence.getvalue()) < 100_000
    reply = server.post("/v1/understand", content=silence.getvalue())
    assert "more than 30 s" in _problem(reply, 422)


def test_a_body_that_is_too_large_is_refused_announced_or_not(server: httpx.Client) -> None:
    large = bytes((8 << 20) + 1)
    assert "larger than" in _problem(server.post("/v1/understand", content=large), 413)

    def pieces() -> Iterator[bytes]:
        for _ in range(9):
            yield bytes(1 << 20)

    assert "larger than" in _problem(server.post("/v1/understand", content=pieces()), 413)


def test_paths_lead_nowhere_but_to_routes(server: httpx.Client) -> None:
    for path in ("/nothing", "/page/", "/page/nothing.js", "/page/..%2f..%2fservice.py",
                 "/page/%2e%2e/service.py", "//etc/passwd", "/docs", "/redoc"):  # fmt: skip
        _problem(server.get(path), 404)
    _problem(server.put("/healthz"), 405)


def test_every_reply_says_what_browsers_may_do(server: httpx.Client) -> None:
    for path in ("/", "/healthz", "/nothing", "/page/page.js"):
        headers = server.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "server" not in headers
    page = server.get("/").text
    assert "https://" not in page  # nothing is loaded from elsewhere
    assert "<script>" not in page
    assert "onclick" not in page


def test_pages_of_other_sites_are_refused(server: httpx.Client) -> None:
    own = str(server.base_url).rstrip("/")
    assert server.get("/v1/grammar", headers={"origin": own}).status_code == 200
    for origin in ("http://evil.example", "null", own.replace("http", "https") + "0"):
        reply = server.post("/v1/say", json={"text": "hi"}, headers={"origin": origin})
        assert "other addresses" in _problem(reply, 403)
        assert "access-control-allow-origin" not in reply.headers
    # A name that leads here is not enough: that is how a page gets around the rule.
    assert "expected localhost" in _problem(
        server.get("/v1/grammar", headers={"host": "evil.example"}), 421
    )


def test_without_a_token_of_ours_nothing_is_served(guarded: httpx.Client) -> None:
    for headers in (
        {},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer \xff"},
    ):
        for method, path in (("POST", "/v1/understand"), ("GET", "/v1/grammar"),
                             ("GET", "/metrics"), ("PUT", "/v1/slots/title")):  # fmt: skip
            encoded = {name: value.encode("latin-1") for name, value in headers.items()}
            reply = guarded.request(method, path, headers=encoded)
            assert "Bearer TOKEN" in _problem(reply, 401)
            assert reply.headers["www-authenticate"].startswith("Bearer")
    assert guarded.get("/healthz").status_code == 200
    assert guarded.get("/").status_code == 200
    allowed = guarded.get("/v1/grammar", headers={"authorization": f"Bearer {TOKEN}"})
    assert allowed.json()["model"].startswith("starter@")


def test_all_tokens_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []

    def note(candidate: bytes, own: bytes) -> bool:
        compared.append(own)
        return candidate == own

    monkeypatch.setattr("mondegreen.serve.http.gate.hmac.compare_digest", note)
    check = TokenCheck([b"first-token-of-all", b"second-token-of-all"])
    assert check.passes("first-token-of-all")
    assert compared == [b"first-token-of-all", b"second-token-of-all"]


def test_a_client_may_ask_so_often_and_others_are_not_held_up() -> None:
    now = [0.0]
    allowance = Allowance(60, lambda: now[0])
    assert [allowance.take("one") for _ in range(10)] == [0.0] * 10
    assert allowance.take("one") == pytest.approx(1.0)
    assert allowance.take("two") == 0.0
    now[0] += 1.0
    assert allowance.take("one") == 0.0
    assert allowance.take("one") == pytest.approx(1.0)


def test_too_many_requests_are_told_when_to_come_back(
    service: Service, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(service.settings.limits, requests_a_minute=12)
    monkeypatch.setattr(service, "settings", replace(service.settings, limits=limits))
    with serving() as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
        replies = [client.get("/v1/grammar") for _ in range(4)]
        assert [reply.status_code for reply in replies[:2]] == [200, 200]
        assert "more than 12 requests a minute" in _problem(replies[3], 429)
        assert 1 <= int(replies[3].headers["retry-after"]) <= 6
        assert client.get("/healthz").status_code == 200


def test_grammars_are_checked_before_they_are_used(server: httpx.Client) -> None:
    good = "context:\n  expressions:\n    lamp: ['lamp [on, off]']\n"
    checked = server.post("/v1/grammars", content=good).json()
    assert (checked["active"], checked["summary"]["intents"]) == (False, 1)
    bad = "context:\n  expressions:\n    lamp: ['lamp $nothing:state']\n"
    findings = server.post("/v1/grammars", content=bad).json()["findings"]
    assert findings[0]["severity"] == "error"
    assert "$nothing is used but not defined" in findings[0]["message"]
    unreadable = server.post("/v1/grammars", content="context: [").json()["findings"]
    assert (unreadable[0]["code"], unreadable[0]["line"]) == ("unreadable", 2)
    files = (
        "context:\n  expressions:\n    a: ['go $x:y']\n  slots:\n    x: {catalogue: /etc/hosts}\n"
    )
    reply = server.post("/v1/grammars", params={"activate": True}, content=files)
    assert "came without files" in _problem(reply, 422)
    _problem(server.post("/v1/grammars", content=b"\xff\xfe"), 400)
    assert server.get("/v1/grammar").json()["model"].startswith("starter@")


def test_slots_that_are_not_there_and_editing_that_is_off(
    server: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no slot $nothing" in _problem(server.put("/v1/slots/nothing", json=["a"]), 422)
    assert "no sense" in _problem(server.put("/v1/slots/title", json={"a": 1}), 400)
    monkeypatch.setattr(service, "settings", replace(service.settings, editing=False))
    assert "editing" in _problem(server.put("/v1/slots/title", json=["a"]), 403)
    reply = server.post("/v1/grammars", params={"activate": True}, content="context: 1")
    assert "editing" in _problem(reply, 403)


def test_numbers_and_description(server: httpx.Client) -> None:
    server.post("/v1/understand", json={"text": "play rhapsody in blue"})
    text = server.get("/metrics").text
    route = 'interface="http",route="/v1/understand",status="200"'
    assert f"mondegreen_requests_total{{{route}}}" in text
    assert 'mondegreen_results_total{status="understood"}' in text
    assert "rhapsody" not in text
    described = json.loads(server.get("/openapi.json").content)
    assert {"/v1/understand", "/v1/say", "/v1/grammars", "/v1/slots/{name}"} <= set(
        described["paths"]
    )


def test_a_log_has_no_words(server: httpx.Client, capfd: pytest.CaptureFixture[str]) -> None:
    server.post("/v1/understand", json={"text": "remember the unlikely marmalade"})
    server.get("/v1/unlikely-marmalade?text=unlikely")
    finish()
    logged = capfd.readouterr().err
    assert "POST /v1/understand 200" in logged
    assert "unlikely" not in logged


def test_a_log_has_words_where_they_are_wanted(
    server: httpx.Client,
    service: Service,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service, "settings", replace(service.settings, log_text=True))
    server.post("/v1/understand", json={"text": "set a timer for ten minutes", "act": False})
    finish()
    assert "understood: set a timer for ten minutes" in capfd.readouterr().err


def test_a_fault_of_ours_is_a_problem_and_logged_without_words(
    server: httpx.Client,
    service: Service,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def fail(*_: Any, **__: Any) -> None:
        raise KeyError("a word that was said")

    monkeypatch.setattr(service, "read", fail)
    reply = server.post("/v1/understand", json={"text": "hello"})
    assert "a fault in mondegreen" in _problem(reply, 500)
    log, patience = "", time.monotonic() + 10.0
    while "/v1/understand 500" not in log and time.monotonic() < patience:
        finish()  # the reply is sent before it is logged
        log += capfd.readouterr().err
    assert "fault: KeyError at test_http.py:" in log
    assert "/v1/understand 500" in log
    assert "a word that was said" not in log


def test_a_client_that_hangs_up_is_no_fault(
    server: httpx.Client, service: Service, held: Callable[..., AbstractContextManager[None]]
) -> None:
    left, until = 'route="/v1/understand",status="499"', time.monotonic() + 60
    body = b'{"text": "hello"}'
    head = b"POST /v1/understand HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    assert server.base_url.port is not None
    assert left not in server.get("/metrics").text
    with held(service):
        with socket.create_connection(("127.0.0.1", server.base_url.port), 60) as client:
            client.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            while not service._crew._members[0].load:
                assert time.monotonic() < until
                time.sleep(0.02)
        while left not in server.get("/metrics").text:
            assert time.monotonic() < until
            time.sleep(0.02)


def test_values_of_a_slot_are_bounded(
    server: httpx.Client, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(service.settings.limits, grammar=100)
    monkeypatch.setattr(service, "settings", replace(service.settings, limits=limits))
    names = [f"a name that is number {number}" for number in range(10)]
    assert "expected at most 100" in _problem(server.put("/v1/slots/room", json=names), 422)


def test_behind_a_proxy_its_path_may_stay_or_go(
    service: Service, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "settings", replace(service.settings, root_path="/panel"))
    with serving() as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
        for path in (
            "/panel/v1/grammar",
            "/v1/grammar",
            "/panel/",
            "/panel",
            "/panel/page/page.js",
        ):
            assert client.get(path).status_code == 200, path
        _problem(client.get("/panels/v1/grammar"), 404)


def test_pages_that_are_listed_may_use_the_server(
    service: Service, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin = "https://panel.example"
    monkeypatch.setattr(service, "settings", replace(service.settings, origins=(origin,)))
    with serving(TOKEN) as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
        preflight = client.options("/v1/say", headers={"origin": origin})
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == origin
        assert "authorization" in preflight.headers["access-control-allow-headers"]
        # Being listed is no token.
        _problem(client.get("/v1/grammar", headers={"origin": origin}), 401)
        headers = {"origin": origin, "authorization": f"Bearer {TOKEN}"}
        allowed = client.get("/v1/grammar", headers=headers)
        assert allowed.headers["access-control-allow-origin"] == origin
        assert allowed.headers["vary"] == "origin"
        _problem(client.options("/v1/say", headers={"origin": "https://evil.example"}), 403)


def test_who_the_client_is_only_a_named_proxy_says(
    service: Service, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = replace(service.settings.limits, requests_a_minute=12)  # two at once
    for proxies, last in (((), 429), (("127.0.0.1",), 200)):
        settings = replace(service.settings, limits=limits, forwarded_by=proxies)
        monkeypatch.setattr(service, "settings", settings)
        with serving() as place, httpx.Client(base_url=f"http://{place}", timeout=120) as client:
            codes = [
                client.get("/v1/grammar", headers={"x-forwarded-for": f"10.0.0.{n}"}).status_code
                for n in range(5)
            ]
        assert codes[:2] == [200, 200]
        assert codes[-1] == last
