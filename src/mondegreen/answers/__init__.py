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


def open(folder: str | Path, **settings: Any) -> Answerer:
    """What answers from the index in `folder`, which `build_index` made.

    `settings` are those of Answerer. Raises DataError where there is no index, ModelError when it
    is damaged or of another version, MissingExtra without the extra `answer`.
    """
    from .answerer import Answerer
    from .stored import StoredIndex

    return Answerer(StoredIndex(folder), **settings)


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
