from __future__ import annotations

import asyncio
from typing import Any

import pytest
from zeroconf import ServiceStateChange
from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

from mondegreen.errors import SettingsError
from mondegreen.serve.wyoming.announcement import SERVICE, announce, stable_name
from mondegreen.serve.wyoming.server import Place, place_of


def test_the_name_is_the_same_each_time_and_tells_nothing_of_the_machine() -> None:
    name = stable_name()
    assert name == stable_name()
    assert name.startswith("mondegreen-")
    assert len(name) == len("mondegreen-") + 8


async def announced(host: str) -> tuple[str, AsyncServiceInfo]:
    """What another program in the network sees of an announcement, and that it goes again."""
    seen: asyncio.Queue[tuple[str, ServiceStateChange]] = asyncio.Queue()

    def note(zeroconf: Any, service_type: str, name: str, state_change: ServiceStateChange) -> None:
        del zeroconf, service_type
        if name.startswith(stable_name()):
            seen.put_nowait((name, state_change))

    announcement = await announce(host, 10_300)
    if announcement is None:
        pytest.skip("there is no network to announce anything in")
    listening = AsyncZeroconf()
    browser = AsyncServiceBrowser(listening.zeroconf, SERVICE, handlers=[note])
    try:
        name, change = await asyncio.wait_for(seen.get(), 60)
        assert change is ServiceStateChange.Added
        service = AsyncServiceInfo(SERVICE, name)
        assert await service.async_request(listening.zeroconf, 10_000)
        await announcement.close()
        while change is not ServiceStateChange.Removed:
            _, change = await asyncio.wait_for(seen.get(), 60)
    finally:
        await browser.async_cancel()
        await listening.async_close()
    return name, service


@pytest.mark.parametrize("host", ["0.0.0.0", "127.0.0.1"])
def test_it_is_announced_as_home_assistant_looks_for_it(host: str) -> None:
    name, service = asyncio.run(announced(host))
    assert name == f"{stable_name()}.{SERVICE}"
    assert service.port == 10_300
    (address,) = service.parsed_addresses()
    assert address != "0.0.0.0"
    assert host in ("0.0.0.0", address)


@pytest.mark.parametrize(
    ("uri", "place"),
    [
        ("tcp://127.0.0.1:10300", Place("127.0.0.1", 10_300)),
        ("tcp://[::1]:10300/", Place("::1", 10_300)),
        ("tcp://raspberry.local:0", Place("raspberry.local", 0)),
        ("unix:///run/mondegreen.sock", Place(path="/run/mondegreen.sock")),
    ],
)
def test_a_uri_names_a_place(uri: str, place: Place) -> None:
    assert place_of(uri) == place


@pytest.mark.parametrize(
    "uri",
    ["", "127.0.0.1:10300", "tcp://10300", "tcp://a:99999", "http://a:1", "unix://", "tcp://:1"],
)
def test_what_is_no_place_is_named(uri: str) -> None:
    with pytest.raises(SettingsError, match="expected tcp://HOST:PORT"):
        place_of(uri)
