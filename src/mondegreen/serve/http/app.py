"""The HTTP application."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI, Response
from starlette.types import ASGIApp

from ...version import __version__
from ..config import Address
from ..service import Service


def make_app(service: Service, address: Address, tokens: Sequence[bytes]) -> ASGIApp:
    """The application for a service."""
    del address, tokens
    app = FastAPI(title="mondegreen", version=__version__, docs_url=None, redoc_url=None)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @app.get("/readyz")
    async def readyz(response: Response) -> dict[str, str]:
        """Whether speech is understood: 503 while the engine loads, and when the server ends."""
        response.status_code = 200 if service.ready else 503
        return {"status": "ready" if service.ready else "not ready"}

    return app
