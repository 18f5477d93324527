"""A server of ours whose index lies on another: what that one cannot do is no fault."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest

from mondegreen.answers.opensearch.upload import upload
from mondegreen.answers.stored import StoredIndex

pytest.importorskip("fastapi", reason="needs the extra 'serve'")

from mondegreen.serve.config import Address, read_serve_settings
from mondegreen.serve.http.server import serve_http
from mondegreen.serve.service import Service

QUESTION = "who built the tower in paris"


def test_what_the_other_server_cannot_do_is_no_fault_of_ours(
    stand_in: Any, index: StoredIndex, tmp_path: Path
) -> None:
    upload(index, f"{stand_in.url}/pages")
    settings = {"index": f"{stand_in.url}/pages", "store": str(tmp_path / "s.sqlite")}

    async def ask() -> list[httpx.Response]:
        service = Service(read_serve_settings(None, {"workers": 1, **settings}, {}))
        service.start()
        try:
            await service.wait_until_ready()
            interface = await serve_http(service, Address("127.0.0.1", 0), [])
            url, body = f"http://127.0.0.1:{interface.port}/v1/ask", {"text": QUESTION}
            async with httpx.AsyncClient(timeout=60) as client:
                replies = [await client.post(url, json=body)]
                stand_in.out_of_turn += [("_msearch", 401, {}, b"{}")]
                replies.append(await client.post(url, json=body))
                stand_in.out_of_turn += [("_msearch", 503, {}, b"{}")] * 20
                replies.append(await client.post(url, json=body))
                stand_in.out_of_turn.clear()
                replies.append(await client.post(url, json=body))
            await interface.close()
            return replies
        finally:
            await service.close()

    first, refused, absent, again = asyncio.run(ask())
    assert [one.status_code for one in (first, refused, absent, again)] == [200, 502, 503, 200]
    assert first.json()["status"] == again.json()["status"] == "answered"
    assert "127.0.0.1" in refused.json()["detail"]
    assert absent.headers["retry-after"]
