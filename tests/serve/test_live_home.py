"""Names that follow a Home Assistant, which is played here: its messages are those of 2025.4."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from mondegreen.errors import SettingsError
from mondegreen.serve.config import read_serve_settings
from mondegreen.serve.live_home import LiveHome

LoopThread = Any
ServerProcess = Any
"""Those of tests/serve/conftest.py."""
TOKEN = "a-long-lived-access-token"
PATIENCE = 120.0
GRAMMAR = """
context:
  expressions:
    On: ["turn on the $lamp:lamp [in the $room:room, here]"]
  slots: {lamp: [night light], room: [attic]}
home: {lamp: light, room: area}
"""


class PlayedHome:
    """What answers as Home Assistant does, over its WebSocket API."""

    def __init__(self, on_loop: LoopThread) -> None:
        self._on_loop = on_loop
        self._followers: dict[ServerConnection, dict[str, int]] = {}
        self._server: Server | None = None
        self.port = 0
        self.lamp = "Reading Lamp"
        self.asked = 0

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}"

    def open(self) -> None:
        """Be there, at the same port each time."""

        async def begin() -> None:
            self._server = await serve(self._answer, "127.0.0.1", self.port)
            self.port = next(iter(self._server.sockets)).getsockname()[1]

        self._on_loop(begin())

    def close(self) -> None:
        """Be away."""

        async def end() -> None:
            assert self._server is not None
            self._server.close()
            await self._server.wait_closed()

        self._on_loop(end())

    def rename(self, name: str) -> None:
        """Call the lamp something else, and tell who follows."""
        self.lamp = name

        async def tell() -> None:
            for socket, numbers in self._followers.items():
                event = {"event_type": "entity_registry_updated", "data": {"action": "update"}}
                number = numbers["entity_registry_updated"]
                await socket.send(json.dumps({"id": number, "type": "event", "event": event}))

        self._on_loop(tell())

    async def _answer(self, socket: ServerConnection) -> None:
        if socket.request is None or socket.request.path != "/api/websocket":
            return
        await socket.send(json.dumps({"type": "auth_required", "ha_version": "2025.4.4"}))
        shown = json.loads(await socket.recv())
        if shown != {"type": "auth", "access_token": TOKEN}:
            await socket.send(json.dumps({"type": "auth_invalid", "message": "Invalid password"}))
            return
        await socket.send(json.dumps({"type": "auth_ok", "ha_version": "2025.4.4"}))
        numbers = self._followers[socket] = {}
        async for text in socket:
            message = json.loads(text)
            self.asked += 1
            if message["type"] == "subscribe_events":
                numbers[message["event_type"]] = message["id"]
            reply: dict[str, Any] = {"id": message["id"], "type": "result", "success": True}
            if message["type"] == "config/floor_registry/list":  # as before 2024.4
                error = {"code": "unknown_command", "message": "Unknown command."}
                reply |= {"success": False, "error": error}
            else:
                reply["result"] = self._result(message)
            await socket.send(json.dumps(reply))
        del self._followers[socket]

    def _result(self, message: dict[str, Any]) -> Any:
        listed = {
            "entity_id": "light.reading", "name": self.lamp, "original_name": None,
            "area_id": "study", "device_id": None, "disabled_by": None, "hidden_by": None,
            "entity_category": None, "has_entity_name": False, "platform": "demo",
            "options": {"conversation": {"should_expose": True}},
        }  # fmt: skip
        hidden = {**listed, "entity_id": "light.secret", "name": "Secret Lamp",
                  "options": {"conversation": {"should_expose": False}}}  # fmt: skip
        match message["type"]:
            case "config/entity_registry/list":
                return [listed, hidden]
            case "config/entity_registry/get_entries":
                assert message["entity_ids"] == ["light.reading", "light.secret"]
                more = {"aliases": ["book light"], "device_class": None}
                return {"light.reading": {**listed, **more}, "light.secret": None}
            case "config/area_registry/list":
                return [{"area_id": "study", "name": "Study", "aliases": [], "floor_id": None}]
            case "config/device_registry/list":
                return []
        return None


@pytest.fixture
def home(on_loop: LoopThread) -> Iterator[PlayedHome]:
    played = PlayedHome(on_loop)
    played.open()
    yield played
    played.close()


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    return tmp_path / "token"


def lamp_in(server: ServerProcess, text: str) -> str | None:
    """The lamp that a text is about; None where it means nothing."""
    result = server.client.post("/v1/understand", json={"text": text}, params={"act": False}).json()
    return next((s["value"] for s in result["slots"] if s["name"] == "lamp"), None)


def wait_for_lamp(server: ServerProcess, text: str, lamp: str) -> None:
    until = time.monotonic() + PATIENCE
    while lamp_in(server, text) != lamp:
        assert time.monotonic() < until, server.log
        time.sleep(0.2)


@pytest.mark.slow
def test_names_are_there_and_follow_what_is_renamed(
    home: PlayedHome, token_file: Path, tmp_path: Path, begin: Callable[..., ServerProcess]
) -> None:
    (tmp_path / "lamps.yaml").write_text(GRAMMAR, encoding="utf-8")
    settings = {
        "MONDEGREEN_SERVE_ENGINE": str(tmp_path / "lamps.yaml"),
        "MONDEGREEN_SERVE_HASS_URL": home.url,
        "MONDEGREEN_SERVE_HASS_TOKEN_FILE": str(token_file),
    }
    server = begin(tmp_path, **settings)
    assert lamp_in(server, "turn on the reading lamp in the study") == "Reading Lamp"
    assert lamp_in(server, "turn on the book light here") == "Reading Lamp"
    assert lamp_in(server, "turn on the secret lamp here") is None
    home.rename("Piano Lamp")
    wait_for_lamp(server, "turn on the piano lamp here", "Piano Lamp")
    assert lamp_in(server, "turn on the reading lamp here") is None
    home.close()
    home.open()
    home.lamp = "Shelf Lamp"
    wait_for_lamp(server, "turn on the shelf lamp here", "Shelf Lamp")
    home.close()
    assert server.close() == 0
    # It is away: the names of last time are there.
    server = begin(tmp_path, **settings)
    assert lamp_in(server, "turn on the shelf lamp here") == "Shelf Lamp"
    assert server.close() == 0
    assert not [line for line in server.log if TOKEN in line or "Lamp" in line]
    home.open()


def test_a_token_that_is_not_taken_is_said_at_once(
    home: PlayedHome, token_file: Path, on_loop: LoopThread
) -> None:
    token_file.write_text("another-token", encoding="utf-8")
    names = LiveHome(settings_of(home.url, token_file))
    with pytest.raises(SettingsError, match="does not take the token"):
        on_loop(names.first())
    assert home.asked == 0


@pytest.mark.parametrize(
    ("url", "token", "message"),
    [
        ("http://127.0.0.1:8123", "x", "expected ws://HOST:PORT"),
        ("ws://127.0.0.1:8123", "", "found 0 words"),
        ("ws://127.0.0.1:8123", "two words", "found 2 words"),
    ],
)
def test_settings_that_make_no_sense(token_file: Path, url: str, token: str, message: str) -> None:
    token_file.write_text(token, encoding="utf-8")
    with pytest.raises(SettingsError, match=message):
        LiveHome(settings_of(url, token_file))


def test_names_come_from_one_place() -> None:
    with pytest.raises(SettingsError, match="leave one out"):
        read_serve_settings(None, {"home": "h.yaml", "hass_url": "ws://127.0.0.1:8123"}, {})


def settings_of(url: str, token_file: Path) -> Any:
    options = {"hass_url": url, "hass_token_file": str(token_file)}
    return read_serve_settings(None, options, {})
