"""Errors as clients get them: problem details (RFC 9457) with a status that fits."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response

from ...client.client_error import ServerError, Unavailable
from ...errors import (
    AudioError,
    Busy,
    DataError,
    GrammarError,
    ModelError,
    MondegreenError,
    SettingsError,
)

MEDIA_TYPE = "application/problem+json"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_STATUS: dict[type[MondegreenError], int] = {
    AudioError: 422, GrammarError: 422, DataError: 422, SettingsError: 400, Busy: 429,
    ModelError: 500, ServerError: 502, Unavailable: 503,
}  # fmt: skip
_RETRY = {"retry-after": "1"}


class Problem(Exception):
    """What is wrong with a request, to be told to its client."""

    def __init__(
        self, status: int, detail: str, headers: Mapping[str, str] | None = None, **more: int
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers, self.more = status, detail, headers or {}, more

    def response(self) -> Response:
        """As it is sent."""
        body = {
            "type": "about:blank", "title": HTTPStatus(self.status).phrase, "status": self.status,
            "detail": self.detail, **self.more,
        }  # fmt: skip
        return Response(
            msgspec.json.encode(body), self.status, dict(self.headers), media_type=MEDIA_TYPE
        )


def problem_of(error: MondegreenError, *, ready: bool = True) -> Problem:
    """An error of ours as a problem. Not being `ready` is the server's matter, not the client's."""
    if isinstance(error, Busy):
        return Problem(429 if ready else 503, str(error), _RETRY)
    statuses = (_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS)
    status = next(statuses, 500)
    if isinstance(error, GrammarError) and error.line is not None:
        return Problem(status, str(error), line=error.line)
    return Problem(status, str(error), _RETRY if status == 503 else None)
