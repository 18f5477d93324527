"""What a client raises."""

from __future__ import annotations

from ..errors import MondegreenError


class ServerError(MondegreenError):
    """The server refuses: `status` is HTTP's, or the close code of a stream."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Unavailable(ServerError):
    """The server is not there, is busy or is ending, and was asked again in vain."""
