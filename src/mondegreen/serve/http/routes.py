"""HTTP routes: understand, say, grammars, slots, and what the server says of itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.responses import PlainTextResponse
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.responses import Response

from ...errors import in_one_line
from ...registry import nearest
from ...types import Understanding
from ..log import note
from ..service import VOICE, Service
from .gate import Gone
from .problem import Problem

Answer = TypeVar("Answer")
_ACT = "Do what is asked and reply, where the server acts at all."
_RATE = "Samples a second of raw 16-bit little-endian sound; left out for a sound file."

_BINARY = {"type": "string", "format": "binary"}
_NAMES = {"type": "array", "items": {"type": "string"}}
_SOUND = {
    "audio/*": {"schema": _BINARY},
    "application/octet-stream": {"schema": _BINARY},
    "multipart/form-data": {"schema": {"type": "object", "properties": {"file": _BINARY}}},
}
_VALUES = {"oneOf": [_NAMES, {"type": "object", "additionalProperties": _NAMES}]}


class TextRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A text to understand."""

    text: str
    act: bool = True


class AskRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A question in writing."""

    text: str


class SayRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A text to say."""

    text: str
    voice: str = VOICE
    speed: float = 1.0


def _check_parameters(request: Request) -> None:
    """Raise Problem 400 for a parameter that the route lacks: `?Act=false` must not act."""
    names = [parameter.alias for parameter in request.scope["route"].dependant.query_params]
    unknown = next((name for name in request.query_params if name not in names), None)
    if unknown is not None:
        expected = nearest(unknown, names) if names else "; this address takes none"
        raise Problem(400, in_one_line(f"unknown parameter {unknown[:40]!r}{expected}"))


_KNOWN = Depends(_check_parameters)


def add_routes(app: FastAPI, service: Service) -> None:
    """Give the application its routes."""
    for router in (_state(service), _speech(service), _questions(service), _grammar(service)):
        app.include_router(router)


def _state(service: Service) -> APIRouter:
    router = APIRouter(tags=["state"])

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """The process is alive."""
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> Response:
        """Whether speech is understood: 503 while the engine loads, and when the server ends."""
        state = {"status": "ready" if service.ready else "not ready", "model": service.model}
        return _json(state, 200 if service.ready else 503)

    @router.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Counts and times for Prometheus; nothing that was said."""
        return Response(service.counters.text(), media_type="text/plain; version=0.0.4")

    return router


def _speech(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["speech"], dependencies=[_KNOWN])

    @router.post(
        "/understand",
        response_model=Understanding,
        openapi_extra=_body({**_SOUND, "application/json": {"schema": _schema(TextRequest)}}),
    )
    async def understand(
        request: Request,
        act: Annotated[bool, Query(description=_ACT)] = True,
        n_best: Annotated[int, Query(ge=1, le=50, description="How many readings.")] = 1,
        rate: Annotated[int, Query(ge=0, description=_RATE)] = 0,
        channels: Annotated[int, Query(ge=1, le=8)] = 1,
    ) -> Response:
        """What one utterance means: a sound file of any format, raw sound, or a text."""
        kind = _kind(request)
        if kind == "application/json":
            body = await _decoded(request, TextRequest)
            work = service.read(body.text, act=act and body.act)
        else:
            sound = await (_uploaded(request, service) if "multipart" in kind else request.body())
            work = service.understand(sound, rate=rate, channels=channels, act=act, n_best=n_best)
        understanding = await _while_there(request, work)
        if service.settings.log_text:
            note(f"{understanding.status}: {understanding.transcript}")
        return _json(understanding.to_json())

    @router.post(
        "/say",
        response_class=Response,
        responses={200: {"content": {"audio/wav": {}}}},
        openapi_extra=_body({"application/json": {"schema": _schema(SayRequest)}}),
    )
    async def say(request: Request) -> Response:
        """A text said: a WAV file."""
        body = await _decoded(request, SayRequest)
        work = service.say(body.text, voice=body.voice, speed=body.speed)
        return Response(await _while_there(request, work), media_type="audio/wav")

    return router


def _questions(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["speech"], dependencies=[_KNOWN])

    @router.post(
        "/ask",
        openapi_extra=_body({**_SOUND, "application/json": {"schema": _schema(AskRequest)}}),
    )
    async def ask(
        request: Request,
        rate: Annotated[int, Query(ge=0, description=_RATE)] = 0,
        channels: Annotated[int, Query(ge=1, le=8)] = 1,
    ) -> Response:
        """A question answered from the server's index of pages; 404 where it has none."""
        if not service.settings.index:
            raise Problem(404, "this server has no index to answer from; serve with --index INDEX")
        kind = _kind(request)
        if kind == "application/json":
            work = service.ask((await _decoded(request, AskRequest)).text)
        else:
            sound = await (_uploaded(request, service) if "multipart" in kind else request.body())
            work = service.ask_aloud(sound, rate=rate, channels=channels)
        answer = await _while_there(request, work)
        if service.settings.log_text:
            note(f"{answer['status']}: {answer['question']}")
        return _json(answer)

    return router


def _grammar(service: Service) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["grammar"], dependencies=[_KNOWN])

    @router.get("/grammar")
    async def grammar() -> Response:
        """What is understood: intents, the kinds of their slots, replies."""
        return _json(
            {
                "model": service.model, "intents": service.intents, "replies": service.replies,
                "text": service.grammar_text, "editing": service.settings.editing,
            }
        )  # fmt: skip

    @router.post(
        "/grammars",
        openapi_extra=_body({"application/yaml": {"schema": {"type": "string"}}}),
    )
    async def grammars(
        request: Request,
        activate: Annotated[
            bool, Query(description="Understand by it from now on, once it is known to work.")
        ] = False,
    ) -> Response:
        """Check a grammar, and use it if asked. One with errors replaces nothing: 422."""
        text = await _text(request)
        if not activate:
            checked = await _while_there(request, service.check_grammar(text))
        else:
            _check_editing(service)
            checked = await service.use_grammar(text)
        return _json(
            {
                "active": activate, "model": service.model, "summary": checked.summary,
                "findings": checked.findings,
            }
        )  # fmt: skip

    @router.put(
        "/slots/{name}",
        openapi_extra=_body({"application/json": {"schema": _VALUES}}),
    )
    async def slots(name: str, request: Request) -> Response:
        """Replace what may be said for a slot: names, or each value with the ways it is said."""
        _check_editing(service)
        values = await _decoded(request, list[str] | dict[str, list[str]])
        await service.set_slot(name, values)
        return _json({"model": service.model, "values": len(values)})

    return router


def _check_editing(service: Service) -> None:
    if not service.settings.editing:
        raise Problem(403, "this server's grammar cannot be changed (editing = false)")


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def _kind(request: Request) -> str:
    """The media type of a request's body, without parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def _schema(kind: Any) -> dict[str, Any]:
    _, schemas = msgspec.json.schema_components([kind])
    return dict(next(iter(schemas.values())))


def _body(content: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}}


async def _decoded(request: Request, kind: type[Answer] | Any) -> Any:
    """The JSON of a request. Problem 400 for other shapes; nothing in it is ever fetched."""
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, f"the body makes no sense: {error}") from error


async def _text(request: Request) -> str:
    try:
        return (await request.body()).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Problem(
            400, f"found the byte 0x{error.object[error.start]:02x}, expected UTF-8"
        ) from error


async def _uploaded(request: Request, service: Service) -> bytes:
    """The file of a form, which never touches a disk."""
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=4)
    parser.spool_max_size = service.settings.limits.body + 1
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise Problem(400, f"the form makes no sense: {error.message}") from error
    except KeyError as error:
        raise Problem(400, "the form has no boundary") from error
    try:
        upload = form.get("file")
        if upload is None or isinstance(upload, str):
            raise Problem(400, "found no file in the form, expected one under the name 'file'")
        return await upload.read()
    finally:
        await form.close()


async def _while_there(request: Request, work: Awaitable[Answer]) -> Answer:
    """What `work` gives, unless the client hangs up: then it is dropped where it waits."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait([working, leaving], return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Gone
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)
