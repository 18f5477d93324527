"""Doing what was asked, inside a worker: what cannot be done is said, and the meaning stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ..assistant.store import StoreError
from ..errors import MondegreenError
from ..types import Seconds, Source, Understanding
from .log import fault, note

if TYPE_CHECKING:
    from ..answers.answerer import Answerer
    from ..assistant.handlers.handler import Handler, Outcome, Request
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


def from_pages(answerer: Answerer) -> Handler:
    """What answers questions to the grammar (the intent `Ask`) from an index of pages."""
    from ..assistant.handlers.pages import AskPages

    ask = AskPages(answerer)

    def bare(source: Source) -> Source:
        path, link = _bare(source.path, source.link)
        return replace(source, path=path, link=link)

    def answer(request: Request) -> Outcome:
        outcome = ask(request)
        return replace(outcome, sources=tuple(map(bare, outcome.sources)))

    return answer


def without_folders(answer: dict[str, Any]) -> dict[str, Any]:
    """An answer's JSON with the names of its pages' files, and not where they lie on the server."""
    for candidate in answer["candidates"]:
        candidate["path"], candidate["link"] = _bare(candidate["path"], candidate["link"])
    return answer


def _bare(path: str, link: str) -> tuple[str, str]:
    """A file's name, and a link to it that has no more than that; other links as they are."""
    name = PurePath(path).name
    return name, name + link.removeprefix(path) if link.startswith(path) else link


__all__ = [
    "NO_HANDLER",
    "NO_STORE",
    "STORE_PATIENCE",
    "UNDONE",
    "answered",
    "from_pages",
    "without_folders",
]
