"""Questions answered from one index: heard or written in, a sentence or two out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ..audio.read import from_array, read_audio
from ..audio.samples import RATE, Samples
from ..audio.utterances import pieces
from ..errors import SettingsError
from ..phonetics.pronouncer import Pronouncer
from ..speech.ear import Ear, shipped_ear
from ..speech.hearing import Hearing
from .answer import Answer, Candidate, Meant
from .fitting import unbroken
from .lexical import Lexical
from .passage_index import PassageIndex
from .question import Question, read_question
from .search import Hit, Searcher
from .second_hearing import heard_otherwise
from .selection import Selection, evidence, select
from .span_evidence import read_tokens
from .spans import SpanReader, shipped_spans
from .terms import term_of, words_of
from .tuned import Tuned, logistic, shipped_tuning

Evidence = npt.NDArray[np.float64]
POOR = 10.0
"""Score of a passage that hardly fits. Of two pages that have nothing to do with a question one is
better by all it has: 0.7 and -0.3 are no sure choice. Of 204 heard questions right passages had 13
and more, half of them 39."""
IN_DOUBT = 0.7
"""Confidence below which a spoken question is heard a second time: a quarter of those in noise at
10 dB, for 200 ms more."""
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
        index: PassageIndex,
        *,
        ear: Ear | None = None,
        pronouncer: Pronouncer | None = None,
        tuned: Tuned | None = None,
        spans: SpanReader | None = None,
    ) -> None:
        """`ear` listens to recordings (None: the one that ships, opened when it is needed), and
        `spans` names short answers.

        Raises MissingExtra without the extra `answer`.
        """
        self.index = index
        self.searcher = Searcher(index)
        self._ear, self._pronouncer = ear, pronouncer
        self._tuned = tuned or shipped_tuning()
        self._spans = spans or shipped_spans()

    def over(self, index: PassageIndex) -> Answerer:
        """One over other passages of the same collection."""
        other = copy(self)
        other.index, other.searcher = index, self.searcher.over(index)
        return other

    def ask(self, question: str | os.PathLike[str] | Samples) -> Answer:
        """The answer to a question: its text, the path of a recording, or samples at 16 kHz.

        Raises SettingsError for a text that asks nothing, AudioError for a file that cannot be
        heard and for what is no sound.
        """
        if isinstance(question, str):
            return self.ask_text(question)
        if isinstance(question, os.PathLike):
            return self.ask_speech(read_audio(Path(question)).samples)
        return self.ask_speech(question)

    def ask_text(self, text: str) -> Answer:
        """The answer to a question in writing. Raises SettingsError for one that asks nothing."""
        if not text.strip():
            raise SettingsError("nothing was asked; expected a question")
        if len(text) > MOST_CHARACTERS:
            raise SettingsError(
                f"found a question of {len(text):,} characters, "
                f"expected at most {MOST_CHARACTERS:,}"
            )
        return self.answered(read_question(text, self._pronouncer))

    def ask_speech(self, samples: Samples) -> Answer:
        """The answer to a question that is spoken in `samples (N,)` at 16 kHz.

        Where it is in doubt, the question is heard once more by another decoder, and the surer
        answer is given. Raises AudioError for what is no sound, as the engines do.
        """
        spoken = self.hear(from_array(samples, RATE).samples)
        if spoken is None:
            return Answer("no_speech", "")
        question, hearing = spoken
        answer = self.answered(question)
        if answer.confidence >= IN_DOUBT:
            return answer
        again = asked_otherwise(question, heard_otherwise(hearing), self._pronouncer)
        if again.text == question.text:
            return answer
        return max(answer, self.answered(again), key=lambda one: one.confidence)

    def hear(self, samples: Samples) -> tuple[Question, Hearing] | None:
        """The question that is spoken in `samples (N,)` at 16 kHz, and the sound as the ear has it;
        None where there is none."""
        speech = [piece.samples for piece in pieces([samples]) if not piece.segment.faint]
        if not speech:
            return None
        hearing = (self._ear or shipped_ear()).listen(np.concatenate(speech))
        question = spoken_question(hearing, self._pronouncer)
        return (question, hearing) if question.words else None

    def answered(self, question: Question) -> Answer:
        """The answer to a question as it was read or heard, whatever else might be heard in it."""
        if not question.terms:
            return self.judged(question, [])
        near = self.near(question)
        return near.judged(question, near.searcher.search(question))

    def near(self, question: Question) -> Answerer:
        """One that has the passages at hand which may answer a question: here all are."""
        del question
        return self

    def judged(self, question: Question, hits: Sequence[Hit]) -> Answer:
        """The answer that follows from the passages which were found."""
        judged = [self._candidate(question, hits, n) for n in range(min(OFFERED, len(hits)))]
        judged.sort(key=lambda row: -row[0].confidence)
        offered = [row for row in judged if row[1] >= self._tuned.nothing_below]
        if not offered:
            return Answer("nothing", question.text)
        sure = offered[0][1] >= self._tuned.answered_from
        candidates = tuple(candidate for candidate, _ in offered)
        return Answer("answered" if sure else "unsure", question.text, candidates)

    def _candidate(
        self, question: Question, hits: Sequence[Hit], number: int
    ) -> tuple[Candidate, float]:
        """One of the hits, and how likely it is found where it may be that no page has it."""
        index, hit = self.index, hits[number]
        sentences = index.sentences(hit.passage)
        rows = evidence(question, hit, sentences)
        chosen, sure, chance = trusted(
            passage_evidence(question, hits, number),
            agreed(question, hits, number, self.searcher.lexical), rows, self._tuned,
        )  # fmt: skip
        tokens = read_tokens(question, hit, rows)
        place = index.place(hit.passage)
        candidate = Candidate(
            text=" ".join(sentences[n] for n in chosen.sentences),
            short=self._spans.read(tokens, sentences).short(chosen.sentences) if tokens else "",
            confidence=sure,
            title=place.title, section=place.section, path=place.path, link=place.link,
            passage=index.texts[hit.passage],
            meant=_meant(question, hit, self.searcher),
        )  # fmt: skip
        return candidate, chance


def spoken_question(hearing: Hearing, pronouncer: Pronouncer | None = None) -> Question:
    """A question as the transcriber wrote it down, with the phones that the reader heard."""
    question = read_question(hearing.long_transcript()[:MOST_CHARACTERS], pronouncer)
    return replace(question, by_ear=unbroken(hearing.free_phones()))


def asked_otherwise(
    question: Question, text: str, pronouncer: Pronouncer | None = None
) -> Question:
    """The question with other words, and the phones that were heard of it."""
    return replace(read_question(text[:MOST_CHARACTERS], pronouncer), by_ear=question.by_ear)


def trusted(
    passage: Evidence, agreement: Evidence, sentences: Evidence, tuned: Tuned
) -> tuple[Selection, float, float]:
    """The sentences to say, and twice how likely it is that the answer is in them.

    First where some page has the answer, which is the confidence; then where perhaps none has,
    which decides whether it is said. From the evidence for the passage (7,), from what agrees on it
    (5,) and from the evidence for its sentences (sentences, 10).
    """
    chosen, rows = said_evidence(passage, agreement, sentences, tuned)
    return chosen, logistic(float(rows @ np.array(tuned.said_weights))), logistic(float(rows[0]))


def said_evidence(
    passage: Evidence, agreement: Evidence, sentences: Evidence, tuned: Tuned
) -> tuple[Selection, Evidence]:
    """The sentences to say, and (9,) what speaks for the answer being in them; see tuned.SAID.

    odds: log odds of the passage and the sentences both being right. sentence: those of the
    sentences. count: how many there are, as a second may hold the answer as well. The rest is what
    `agreed` gives.
    """
    chosen = select(sentences, tuned)
    sure = logistic(float(passage @ np.array(tuned.passage_weights)))
    inside = min(1.0, float(chosen.probabilities[list(chosen.sentences)].sum()))
    own = [_odds(sure * inside), _odds(inside), float(len(chosen.sentences))]
    return chosen, np.array([*own, *agreement, 1.0])


def _odds(share: float) -> float:
    """Log odds of a probability, no further than a millionth from 0 and 1."""
    within = min(1 - 1e-6, max(1e-6, share))
    return log(within / (1 - within))


def agreed(
    question: Question, hits: Sequence[Hit], number: int, lexical: Lexical
) -> npt.NDArray[np.float64]:
    """(5,) how far each way of searching by itself agrees on a hit.

    First the share of the question's terms that the collection lacks; then 1 or 0 for whether the
    hit is the first by BM25, by its cosines, by closeness and by what it explains.
    """
    lacking = [lexical.frequency(term) == 0 for term in question.terms]
    by_each = (
        [hit.words for hit in hits],
        [hit.meaning for hit in hits],
        [hit.closest for hit in hits],
        [hit.explained.worth for hit in hits],
    )
    firsts = [float(np.argmax(values) == number) for values in by_each]
    return np.array([float(np.mean(lacking)) if lacking else 1.0, *firsts])


def _meant(question: Question, hit: Hit, searcher: Searcher) -> tuple[Meant, ...]:
    """The words that were taken for others; those that say little are not worth a mention, nor are
    common words that somebody typed: "many" is no mistaken "Penny"."""
    taken = [
        Meant(question.between(piece.start, piece.end), piece.word)
        for piece in hit.explained.pieces
        if not piece.as_written and piece.share >= _SURE_ENOUGH
    ]
    typed = question.by_ear is None
    return tuple(
        meant
        for meant in taken
        if term_of(meant.transcribed) != term_of(meant.word)
        and not (typed and all(map(searcher.is_common, words_of(meant.transcribed))))
    )


def passage_evidence(
    question: Question, hits: Sequence[Hit], number: int
) -> npt.NDArray[np.float64]:
    """(7,) what speaks for a hit among the hits; see tuned.SURE.

    margin: by how much it is better than the best of the others, as a share of itself or of POOR,
    cut at -1.
    close: closeness of its best sentence. meaning: its cosines. explained: the share of the
    question's phones that its pieces explain. repaired: the same of those that were not heard as
    such. words: log of the question's terms.
    """
    hit = hits[number]
    rival = max((h.score for n, h in enumerate(hits) if n != number), default=0.0)
    size = max(1, sum(w.end - w.start for w in question.words if w.term))
    own = [(p.end - p.start, p.as_written) for p in hit.explained.pieces]
    return np.array([
        max(-1.0, (hit.score - rival) / max(POOR, hit.score)),
        hit.closest,
        hit.meaning,
        min(1.0, sum(length for length, _ in own) / size),
        min(1.0, sum(length for length, as_written in own if not as_written) / size),
        float(np.log1p(len(question.terms))),
        1.0,
    ])  # fmt: skip


__all__ = [
    "MOST_CHARACTERS", "OFFERED", "Answerer", "agreed", "passage_evidence", "said_evidence",
    "spoken_question", "trusted",
]  # fmt: skip
