"""The interpreter as it runs: words in, an intent and slots with their log-probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import ModelError
from ...language.subwords import Subwords, subwords_from
from ...text.joined_words import joined_words
from ...weights.arrays import Arrays
from ...weights.folder import Folder
from ...weights.onnx_session import Port, Session, open_session
from .model_folder import CHAIN, NETWORK, SUBWORDS, InterpreterDescription
from .tags import Span, best_tags, spans_of

MOST_WORDS = 60
"""Words that are read; a command has 7 on average, and what lies beyond is passed over."""

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reading:
    """What a row of words means to the interpreter."""

    words: tuple[str, ...]
    intents: Scores
    """(I,) natural log-probability of each intent."""
    spans: tuple[Span, ...]
    """The slots, by their number and place."""
    tags: float
    """Natural log-probability of just these slots."""
    values: tuple[str, ...] = ()
    """Of each slot, where they are others than its words."""

    def value(self, number: int) -> str:
        """Of the slot with that number among `spans`."""
        span = self.spans[number]
        return self.values[number] if self.values else " ".join(self.words[span.start : span.end])

    @property
    def intent(self) -> int:
        """Number of the likeliest intent."""
        return int(self.intents.argmax())

    @property
    def log_probability(self) -> float:
        """Of the likeliest intent together with the slots, in nats."""
        return float(self.intents.max()) + self.tags


class Interpreter:
    """Reads words. Open one with `load`; safe to share between threads."""

    def __init__(
        self, session: Session, subwords: Subwords, follow: Scores, about: InterpreterDescription
    ) -> None:
        self._session, self._subwords, self._follow = session, subwords, follow
        self.intents, self.slots = about.intents, about.slots

    @classmethod
    def load(cls, folder: Folder[InterpreterDescription], *, threads: int = 1) -> Interpreter:
        """Open the interpreter in a model folder. Raises ModelError when it is damaged."""
        about = folder.about
        tags = 1 + 2 * len(about.slots)
        network: Path = folder.file(NETWORK)
        session = open_session(
            network, folder.remedy, threads=threads,
            inputs=(Port("ids", (1, "T"), "int64"), Port("spread", (1, "rows", "T"))),
            outputs=(Port("intents", (1, len(about.intents))), Port("tags", (1, "words", tags))),
        )  # fmt: skip
        pieces = folder.file(SUBWORDS)
        subwords = subwords_from(pieces.read_bytes(), str(pieces))
        follow = Arrays(folder.file(CHAIN), folder.remedy).take("follow", np.float32, (tags, tags))
        interpreter = cls(session, subwords, follow.astype(np.float64), about)
        if not np.isfinite(interpreter.read(("what", "time", "is", "it")).log_probability):
            raise ModelError(f"{network} gives scores that are no numbers; {folder.remedy}")
        return interpreter

    def read(self, words: Sequence[str]) -> Reading:
        """What the words mean; they are lower case, as `text.joined_words` gives them."""
        row = tuple(words[:MOST_WORDS]) or ("",)
        encoded = self._subwords.encode(row)
        spread = np.zeros((1, 1 + len(row), len(encoded.ids)), np.float32)
        for i, (start, end) in enumerate((encoded.sentence, *encoded.words)):
            spread[0, i, start:end] = 1.0 / (end - start)
        feed: dict[str, npt.NDArray[Any]] = {
            "ids": np.array([encoded.ids], np.int64),
            "spread": spread,
        }
        intents, tags = self._session.run(feed)
        scores = np.asarray(intents[0], np.float64)
        top = scores.max()
        log_intents = scores - top - np.log(np.exp(scores - top).sum())
        best, log_tags = best_tags(np.asarray(tags[0], np.float64), self._follow)
        return Reading(row, log_intents, tuple(spans_of(best)), log_tags)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text as the interpreter reads them."""
    return tuple(word.word for word in joined_words(text))


__all__ = ["MOST_WORDS", "Interpreter", "Reading", "words_of"]
