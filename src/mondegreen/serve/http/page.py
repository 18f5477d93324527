"""The page at `/`: files of ours, by name, and nothing else of the file system."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI
from starlette.responses import Response

from .problem import Problem

_TYPES = {
    "index.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "listening.js": "text/javascript; charset=utf-8",
    "results.js": "text/javascript; charset=utf-8",
    "editor.js": "text/javascript; charset=utf-8",
    "server.js": "text/javascript; charset=utf-8",
    "microphone.js": "text/javascript; charset=utf-8",
}


def add_page(app: FastAPI) -> None:
    """Give the application its page."""
    folder = files("mondegreen.serve") / "page"
    contents = {name: (folder / name).read_bytes() for name in _TYPES}

    def sent(name: str) -> Response:
        return Response(contents[name], media_type=_TYPES[name])

    @app.get("/", include_in_schema=False)
    async def index() -> Response:
        return sent("index.html")

    @app.get("/page/{name}", include_in_schema=False)
    async def part(name: str) -> Response:
        if name not in contents:
            raise Problem(404, "there is no such file")
        return sent(name)
