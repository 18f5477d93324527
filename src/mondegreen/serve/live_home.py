"""The names of a home, asked of a Home Assistant that runs, and asked again when they change.

They are kept as registry files in a folder of ours: what reads those of Home Assistant's own folder
reads these, and a server that starts while Home Assistant is away has the names of last time.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path
from urllib.parse import urlsplit

from websockets.exceptions import WebSocketException

from ..errors import MondegreenError, SettingsError
from ..jobs.cache import cache_folder
from ..jobs.files import read_text, replacing
from .config import ServeSettings
from .home_assistant import NotAnswered, Refused, Registries, connected
from .log import note
from .service import Service

_LISTS = {"entity": "entities", "area": "areas", "device": "devices", "floor": "floors"}
"""The registries, and what the list in the file of each is called."""
_PATH = "/api/websocket"
_AT_FIRST = 3.0
"""Seconds that the start waits for names before it goes on with those of last time."""
_SETTLING = 1.0
"""Seconds from a change to asking: whoever renames a room changes all that is in it."""
_SOONEST, _LATEST = 1.0, 60.0
"""Seconds before the next attempt, doubled each time."""
_AWAY = (OSError, asyncio.TimeoutError, WebSocketException, NotAnswered)


class LiveHome:
    """The names of the Home Assistant at `settings.hass_url`."""

    def __init__(self, settings: ServeSettings) -> None:
        """Raises SettingsError for an address or a token file that makes no sense."""
        self._url = _address(settings.hass_url)
        self._token = _token(settings.hass_token_file)
        cache = cache_folder()
        if cache is None:
            raise SettingsError("hass_url: found no folder to keep names in; set MONDEGREEN_CACHE")
        place = hashlib.blake2b(self._url.encode(), digest_size=6).hexdigest()
        self._folder = cache / "home-assistant" / place
        self._following: asyncio.Task[None] | None = None

    async def first(self) -> str:
        """The folder with the names; those of last time where Home Assistant is away, "" where
        there are none either.

        Raises SettingsError for a token that it does not take.
        """
        try:
            self._keep(await asyncio.wait_for(self._ask(), _AT_FIRST))
        except Refused as error:
            raise SettingsError(str(error)) from error
        except _AWAY as error:
            note(f"{self._url}: {_reason(error)}; asking until it is there")
        return str(self._folder) if _file(self._folder, "entity").exists() else ""

    def follow(self, service: Service) -> None:
        """Give the service every change, until `close`."""
        self._following = asyncio.create_task(self._follow(service))

    async def close(self) -> None:
        """Ask no more."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.wait([self._following])

    async def _ask(self) -> Registries:
        async with connected(self._url, self._token) as home:
            return await home.registries()

    async def _follow(self, service: Service) -> None:
        await service.wait_until_ready()
        pause, reported, due = _SOONEST, "", False
        while True:
            try:
                async with connected(self._url, self._token) as home:
                    await home.watch(_LISTS)
                    while True:
                        due = self._keep(await home.registries()) or due or not service.home
                        if due:
                            await service.use_home(str(self._folder))
                            note(f"{self._url}: the names have changed")
                            due = False
                        pause, reported = _SOONEST, ""
                        await home.change()
                        await asyncio.sleep(_SETTLING)
            except Refused as error:  # it may shut out whoever tries too often
                note(f"{error}; asking no more")
                return
            except (*_AWAY, MondegreenError) as error:
                reason = _reason(error)
                if reason != reported:
                    note(f"{self._url}: {reason}; asking until it is there")
                reported = reason
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LATEST)

    def _keep(self, registries: Registries) -> bool:
        """Write the registries down; whether there is anything new in them."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        changed = False
        # The entities last: where they are, the others are.
        for kind in reversed(_LISTS):
            path = _file(self._folder, kind)
            text = json.dumps({"data": {_LISTS[kind]: registries[kind]}}, sort_keys=True)
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                changed = True
                with replacing(path) as temporary:
                    temporary.write_text(text, encoding="utf-8")
        return changed


def _file(folder: Path, kind: str) -> Path:
    return folder / f"core.{kind}_registry"


def _address(url: str) -> str:
    """With the path of the API, where it has none."""
    parts = urlsplit(url)
    if parts.scheme not in ("ws", "wss") or not parts.hostname:
        raise SettingsError(
            f"hass_url: found {url!r}, expected ws://HOST:PORT, such as "
            f"ws://homeassistant.local:8123{_PATH}"
        )
    return url if parts.path.strip("/") else url.rstrip("/") + _PATH


def _token(file: str) -> str:
    """The first line of the file."""
    lines = read_text(Path(file), SettingsError).split() if file else []
    if len(lines) != 1:
        raise SettingsError(
            f"hass_token_file: found {len(lines)} words in {file or 'no file'}, expected one: a "
            "long-lived access token, from the page of your profile in Home Assistant"
        )
    return lines[0]


def _reason(error: BaseException) -> str:
    return str(error) or "no answer"


__all__ = ["LiveHome"]
