"""The names that a client sends before it speaks, as what may be said for a slot."""

from __future__ import annotations

import asyncio

from ...errors import SettingsError
from ..service import Service


class Names:
    """What clients sent last; one for all, since they speak to one engine."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._last: list[str] | None = None
        self._taking = asyncio.Lock()

    async def take(self, names: object) -> None:
        """Understand these from now on, where the settings name a slot for them.

        The same names again cost nothing. Raises SettingsError for what is no list of names, and as
        `Service.set_slot` does.
        """
        slot = self._service.settings.wyoming_names
        if not slot or names is None:
            return
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise SettingsError("found transcript_names that are no list of texts, expected one")
        texts = list(dict.fromkeys(name for name in names if name.strip()))
        async with self._taking:
            if texts and texts != self._last:
                await self._service.wait_until_ready()
                await self._service.set_slot(slot, texts)
                self._last = texts
