"""The HTTP application: its routes behind the gate."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp

from ...errors import MondegreenError, in_one_line
from ...version import __version__
from ..config import Address
from ..log import note
from ..service import Service
from .gate import Gate, TokenCheck
from .page import add_page
from .problem import MEDIA_TYPE, SCHEMA, Problem, problem_of
from .routes import add_routes
from .websocket import add_stream

_ABOUT = """Speech straight to meaning: audio in, intent and slots out.

`WS /v1/stream` follows live speech; see docs/serving.md for its messages."""


def make_app(service: Service, address: Address, tokens: Sequence[bytes]) -> ASGIApp:
    """The application for a service."""
    check = TokenCheck(tokens)
    why_not = {"description": "Why not", "content": {MEDIA_TYPE: {"schema": SCHEMA}}}
    app = FastAPI(
        title="mondegreen", version=__version__, description=_ABOUT, docs_url=None, redoc_url=None,
        responses={"default": why_not},
    )  # fmt: skip
    add_routes(app, service)
    add_stream(app, service, check)
    add_page(app)
    _explain_errors(app, service)
    return Gate(app, service, address, check, note)


def _explain_errors(app: FastAPI, service: Service) -> None:
    """Every error as problem details."""

    async def ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, MondegreenError)
        return problem_of(error, ready=service.ready).response()

    async def of_the_framework(_: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        return Problem(error.status_code, str(error.detail), error.headers).response()

    async def of_parameters(_: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return Problem(400, "; ".join(map(_parameter, error.errors()))).response()

    async def of_ours(_: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return error.response()

    async def fault(_: Request, __: Exception) -> Response:
        return Problem(500, "a fault in mondegreen; its log says where").response()

    app.add_exception_handler(MondegreenError, ours)
    app.add_exception_handler(Exception, fault)
    app.add_exception_handler(HTTPException, of_the_framework)
    app.add_exception_handler(RequestValidationError, of_parameters)
    app.add_exception_handler(Problem, of_ours)


def _parameter(error: dict[str, Any]) -> str:
    place = ".".join(map(str, error.get("loc", ())))
    return in_one_line(f"{place}: {error.get('msg', 'makes no sense')}")
