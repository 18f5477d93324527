"""Questions answered from the user's own pages, also where their rarest words were misheard.

import mondegreen.answers
answer = mondegreen.answers.open("INDEX").ask("who wrote the Principia")
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..exports import when_used

if TYPE_CHECKING:
    from .answer import Answer, Candidate, Meant
    from .answerer import Answerer
    from .build import Built, build_index

__all__ = ["Answer", "Answerer", "Built", "Candidate", "Meant", "build_index", "open"]


def open(index: str | Path, **settings: Any) -> Answerer:
    """What answers from an index: a folder that `build_index` made, or the address on a server to
    which one was uploaded (`http://HOST:9200/NAME`).

    `settings` are those of Answerer. Raises DataError where there is no index, ModelError when it
    is damaged or of another version, MissingExtra without the extra `answer`; with an address also
    client.ServerError, as `ask` then does: client.Unavailable where no server answers.
    """
    from .opensearch.address import is_address

    if is_address(index):
        from .opensearch.served_answerer import ServedAnswerer
        from .opensearch.served_index import ServedIndex

        return ServedAnswerer(ServedIndex(str(index)), **settings)
    from .answerer import Answerer
    from .stored import StoredIndex

    return Answerer(StoredIndex(index), **settings)


__getattr__ = when_used(
    __name__,
    {
        "Answer": "answer",
        "Answerer": "answerer",
        "Built": "build",
        "Candidate": "answer",
        "Meant": "answer",
        "build_index": "build",
    },
)
