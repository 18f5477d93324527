"""Grammar, home and slots replaced at the same time, and changes that fail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from mondegreen.errors import GrammarError
from mondegreen.serve.service import Service

OnLoop = Callable[[Coroutine[Any, Any, Any]], Any]
BegunService = Callable[[Mapping[str, Any]], AbstractContextManager[Service]]
GRAMMAR = """
context:
  expressions:
    %s: ["turn on the $lamp:lamp", "go to the $room:room", "make it $colour:colour"]
  slots: {lamp: [night light], room: [attic], colour: [blue]}
home: {lamp: light, room: area}
"""
TEMPLATES = """
language: en
intents:
  Go: {data: [{sentences: ["go to the {area}", "make it {colour}"]}]}
lists: {colour: {values: [blue]}}
"""


def _home(folder: Path, lamp: str, area: str = "study") -> str:
    path = folder / f"{lamp.replace(' ', '-')}.yaml"
    areas = f"areas: [{area}]\n" if area else ""
    path.write_text(f"{areas}devices: [{{name: {lamp}, domain: light}}]\n", encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a grammar, one of templates, and a home."""
    folder = tmp_path_factory.mktemp("changes")
    (folder / "lamps.yaml").write_text(GRAMMAR % "On", encoding="utf-8")
    (folder / "templates.yaml").write_text(TEMPLATES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def lamps(begun_service: BegunService, folder: Path) -> Iterator[Service]:
    """A service of one worker with the names of a home."""
    home, grammar = _home(folder, "reading lamp"), str(folder / "lamps.yaml")
    with begun_service({"workers": 1, "act": False, "engine": grammar, "home": home}) as begun:
        yield begun


async def _values(service: Service, *texts: str) -> list[dict[str, Any]]:
    return [(await service.read(text)).values() for text in texts]


def test_a_slot_that_is_set_while_names_change_stays(
    lamps: Service, on_loop: OnLoop, folder: Path
) -> None:
    async def go() -> list[dict[str, Any]]:
        await asyncio.gather(
            lamps.set_slot("colour", ["deep green"]),
            lamps.use_home(_home(folder, "piano lamp")),
            lamps.set_slot("colour", ["pale pink"]),
            lamps.use_home(_home(folder, "shelf lamp")),
        )
        return await _values(lamps, "make it pale pink", "turn on the shelf lamp", "make it blue")

    assert on_loop(go()) == [{"colour": "pale pink"}, {"lamp": "shelf lamp"}, {}]


def test_names_that_change_with_the_grammar_are_those_of_the_new_one(
    lamps: Service, on_loop: OnLoop, folder: Path
) -> None:
    async def go() -> str | None:
        changing = asyncio.create_task(lamps.use_grammar(GRAMMAR % "Switch"))
        while not lamps._crew._changing.locked() and not changing.done():
            await asyncio.sleep(0)
        await asyncio.gather(changing, lamps.use_home(_home(folder, "garden lamp")))
        return (await lamps.read("turn on the garden lamp")).intent

    assert on_loop(go()) == "Switch"
    assert list(lamps.intents) == ["Switch"]


def test_names_that_cannot_be_taken_change_nothing(
    lamps: Service, on_loop: OnLoop, folder: Path
) -> None:
    attic = _home(folder, "attic lamp")
    without_rooms = _home(folder, "lonely lamp", "")

    async def go() -> None:
        await lamps.use_grammar(TEMPLATES)
        await lamps.use_home(attic)
        await lamps.set_slot("colour", ["deep green"])
        await lamps.set_slot("area", ["wine cellar"])
        model = lamps.model
        with pytest.raises(GrammarError, match=r"no slot \$area"):
            await lamps.use_home(without_rooms)
        with pytest.raises(GrammarError):
            await lamps.use_home(str(folder / "nowhere.yaml"))
        with pytest.raises(GrammarError):
            await lamps.set_slot("colour", [])
        assert (lamps.home, lamps.model) == (attic, model)
        spoken = ("make it deep green", "go to the wine cellar")
        expected = [{"colour": "deep green"}, {"area": "wine cellar"}]
        assert await _values(lamps, *spoken) == expected
        # A worker that is started later understands the same.
        lamps._crew._members[0].kill()
        while lamps._crew.restarts < 1 or not lamps.ready:
            await asyncio.sleep(0.02)
        assert lamps.model == model
        assert await _values(lamps, *spoken) == expected

    on_loop(go())
