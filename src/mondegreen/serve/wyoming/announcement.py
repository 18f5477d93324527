"""Announcing the server in the local network, so that Home Assistant offers it by itself."""

from __future__ import annotations

import hashlib
import ipaddress
import socket
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

from ..log import note

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

SERVICE = "_wyoming._tcp.local."
"""What Home Assistant listens for."""
_MULTICAST = ("224.0.0.251", 1)


class Announcement:
    """An announcement that lasts until it is closed. Make it with `announce`."""

    def __init__(self, zeroconf: AsyncZeroconf) -> None:
        self._zeroconf = zeroconf

    async def close(self) -> None:
        """Take it back."""
        await self._zeroconf.async_unregister_all_services()
        await self._zeroconf.async_close()


async def announce(host: str, port: int) -> Announcement | None:
    """Announce a server of this address; None, and a line in the log, where there is no network.

    A host that stands for all addresses is announced by the one that others reach.
    """
    from zeroconf import Error
    from zeroconf.asyncio import AsyncServiceInfo, AsyncZeroconf

    name = stable_name()
    try:
        address = _address(host)
        zeroconf = AsyncZeroconf()
        service = AsyncServiceInfo(
            SERVICE, f"{name}.{SERVICE}", addresses=[address.packed], port=port,
            server=f"{name}.local.",
        )  # fmt: skip
        await zeroconf.async_register_service(service)
    except (OSError, Error) as error:
        note(f"not announced to Home Assistant ({error}); enter {host} and {port} there")
        return None
    note(f"announced to Home Assistant as {name}")
    return Announcement(zeroconf)


def stable_name() -> str:
    """A name that this machine has each time: Home Assistant knows the server by it."""
    try:
        machine = Path("/etc/machine-id").read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        machine = ""
    # The machine's own number is to stay on it.
    digest = hashlib.sha256(f"mondegreen {machine or uuid.getnode()}".encode())
    return f"mondegreen-{digest.hexdigest()[:8]}"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The address to announce. Raises OSError where there is none."""
    text = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0]
    address = ipaddress.ip_address(str(text).partition("%")[0])
    if not address.is_unspecified:
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(_MULTICAST)  # sends nothing: asks which way it would go
        return ipaddress.ip_address(probe.getsockname()[0])
