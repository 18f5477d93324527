"""Questions answered from one index: heard or written in, a sentence or two out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio.read import read_audio
from ..audio.samples import Samples
from ..audio.utterances import pieces
from ..errors import SettingsError
from ..phonetics.pronouncer import Pronouncer
from ..speech.ear import Ear, shipped_ear
from ..speech.hearing import Hearing
from .answer import Answer, Candidate, Meant
from .fitting import unbroken
from .question import Question, read_question
from .search import Hit, Searcher
from .selection import Selection, evidence, select
from .stored import StoredIndex
from .terms import term_of
from .tuned import Tuned, logistic, shipped_tuning

OFFERED = 3
"""Possible answers that are offered when none is sure."""
_SURE_ENOUGH = 0.25
"""Share of its weight that a word must have for it to be said that another was taken for it."""
MOST_CHARACTERS = 2_000
"""Of a question in writing."""


class Answerer:
    """Answers from one index. Make it with `mondegreen.answers.open`; safe to share."""

    def __init__(
        self,
        index: StoredIndex,
        *,
        ear: Ear | None = None,
        pronouncer: Pronouncer | None = None,
        tuned: Tuned | None = None,
    ) -> None:
        """`ear` listens to recordings (None: the one that ships, opened when it is needed).

        Raises MissingExtra without the extra `answer`.
        """
        self.index = index
        self.searcher = Searcher(index)
        self._ear, self._pronouncer = ear, pronouncer
        self._tuned = tuned or shipped_tuning()

    def tuned_otherwise(self, tuned: Tuned) -> Answerer:
        """One over the same index and ear with another tuning."""
        other = copy(self)
        other._tuned = tuned
        return other

    def ask(self, question: str | os.PathLike[str] | Samples) -> Answer:
        """The answer to a question: its text, the path of a recording, or samples at 16 kHz.

        Raises SettingsError for a text that asks nothing, AudioError for a file that cannot be
        heard.
        """
        if isinstance(question, str):
            return self.ask_text(question)
        if isinstance(question, np.ndarray):
            return self.ask_speech(question)
        return self.ask_speech(read_audio(Path(question)).samples)

    def ask_text(self, text: str) -> Answer:
        """The answer to a question in writing. Raises SettingsError for one that asks nothing."""
        if not text.strip():
            raise SettingsError("nothing was asked; expected a question")
        if len(text) > MOST_CHARACTERS:
            raise SettingsError(
                f"found a question of {len(text):,} characters, "
                f"expected at most {MOST_CHARACTERS:,}"
            )
        return self._answer(read_question(text, self._pronouncer))

    def ask_speech(self, samples: Samples) -> Answer:
        """The answer to a question that is spoken in `samples (N,)` at 16 kHz."""
        question = self.hear(samples)
        return Answer("no_speech", "") if question is None else self._answer(question)

    def hear(self, samples: Samples) -> Question | None:
        """The question that is spoken in `samples (N,)` at 16 kHz; None where there is none."""
        speech = [piece.samples for piece in pieces([samples]) if not piece.segment.faint]
        if not speech:
            return None
        ear = self._ear or shipped_ear()
        question = spoken_question(ear.listen(np.concatenate(speech)), self._pronouncer)
        return question if question.words else None

    def _answer(self, question: Question) -> Answer:
        hits = self.searcher.search(question) if question.terms else []
        return self.judged(question, hits)

    def judged(self, question: Question, hits: Sequence[Hit]) -> Answer:
        """The answer that follows from the passages which were found."""
        offered = [self._candidate(question, hits, n) for n in range(min(OFFERED, len(hits)))]
        offered.sort(key=lambda candidate: -candidate.confidence)
        offered = [c for c in offered if c.confidence >= self._tuned.nothing_below]
        if not offered:
            return Answer("nothing", question.text)
        sure = offered[0].confidence >= self._tuned.answered_from
        return Answer("answered" if sure else "unsure", question.text, tuple(offered))

    def _candidate(self, question: Question, hits: Sequence[Hit], number: int) -> Candidate:
        index, hit = self.index, hits[number]
        sentences = index.sentences(hit.passage)
        chosen, sure = trusted(
            passage_evidence(question, hits, number), evidence(question, hit, sentences),
            self._tuned,
        )  # fmt: skip
        place = index.place(hit.passage)
        return Candidate(
            text=" ".join(sentences[n] for n in chosen.sentences),
            confidence=sure,
            title=place.title, section=place.section, path=place.path, link=place.link,
            passage=index.texts[hit.passage],
            meant=_meant(question, hit),
        )  # fmt: skip


def spoken_question(hearing: Hearing, pronouncer: Pronouncer | None = None) -> Question:
    """A question as the transcriber wrote it down, with the phones that the reader heard."""
    question = read_question(hearing.long_transcript()[:MOST_CHARACTERS], pronouncer)
    return replace(question, by_ear=unbroken(hearing.free_phones()))


def trusted(
    passage: npt.NDArray[np.float64], sentences: npt.NDArray[np.float64], tuned: Tuned
) -> tuple[Selection, float]:
    """The sentences to say, and how likely it is that the answer is in them.

    From the evidence for the passage (7,) and for its sentences (sentences, 10).
    """
    chosen = select(sentences, tuned)
    sure = logistic(float(passage @ np.array(tuned.passage_weights)))
    both = sure * float(chosen.probabilities[list(chosen.sentences)].sum())
    odds = float(np.log(both + 1e-9) - np.log1p(1e-9 - both))
    slope, shift = tuned.stretch
    return chosen, logistic(slope * odds + shift)


def _meant(question: Question, hit: Hit) -> tuple[Meant, ...]:
    """The words that were taken for others; those that say little are not worth a mention."""
    taken = [
        Meant(question.between(piece.start, piece.end), piece.word)
        for piece in hit.explained.pieces
        if not piece.as_written and piece.share >= _SURE_ENOUGH
    ]
    return tuple(meant for meant in taken if term_of(meant.transcribed) != term_of(meant.word))


def passage_evidence(
    question: Question, hits: Sequence[Hit], number: int
) -> npt.NDArray[np.float64]:
    """(7,) what speaks for a hit among the hits; see tuned.SURE.

    margin: by how much it is better than the best of the others, as a share of itself, cut at -1.
    close: closeness of its best sentence. meaning: its cosines. explained: the share of the
    question's phones that its pieces explain. repaired: the same of those that were not heard as
    such. words: log of the question's terms.
    """
    hit = hits[number]
    rival = max((h.score for n, h in enumerate(hits) if n != number), default=0.0)
    size = max(1, sum(w.end - w.start for w in question.words if w.term))
    own = [(p.end - p.start, p.as_written) for p in hit.explained.pieces]
    return np.array([
        max(-1.0, (hit.score - rival) / max(1.0, hit.score)),
        float(hit.closeness.mean(axis=1).max()) if hit.closeness.size else 0.0,
        hit.meaning,
        min(1.0, sum(length for length, _ in own) / size),
        min(1.0, sum(length for length, as_written in own if not as_written) / size),
        float(np.log1p(len(question.terms))),
        1.0,
    ])  # fmt: skip


__all__ = [
    "MOST_CHARACTERS", "OFFERED", "Answerer", "passage_evidence", "spoken_question", "trusted",
]  # fmt: skip
