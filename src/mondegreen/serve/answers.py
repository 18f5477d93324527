"""Doing what was asked, inside a worker: what cannot be done is said, and the meaning stays."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..assistant.store import StoreError
from ..errors import MondegreenError
from ..types import Seconds, Understanding
from .log import fault, note

if TYPE_CHECKING:
    from ..assistant.session import Session

STORE_PATIENCE: Seconds = 2.0
"""How long a worker waits for a store that another program holds. Everybody whom it listens to
waits meanwhile, and after `limits.job` (30 s) it would be ended."""
NO_STORE = "I understood, but my memory cannot be used. The server's log says why."
NO_HANDLER = "I understood, but could not do it. The server's log says why."
UNDONE = (NO_STORE, NO_HANDLER)
"""Replies of what was understood and not done."""


def answered(session: Session, understanding: Understanding) -> Understanding:
    """The same with its reply, once what it asks for is done.

    Where the store or a handler fails the reply says so; why is for the log alone, since it names
    files of the server.
    """
    try:
        return session.answer(understanding)
    except StoreError as error:
        note(str(error))
        return replace(understanding, reply=NO_STORE)
    except MondegreenError as error:
        # Its message has that of the handler's own error, which may quote what was said.
        note(fault(error.__cause__ or error))
        return replace(understanding, reply=NO_HANDLER)


__all__ = ["NO_HANDLER", "NO_STORE", "STORE_PATIENCE", "UNDONE", "answered"]
