"""Questions from sound: what the phones of the ear add to the transcript, and to its own sounds.

python benchmarks/answers_spoken.py QUESTIONS.json --noises FOLDER --work FOLDER [--count 200]
    [--skip 40] [--heard]

The questions are spoken by four voices, alone and with noise at 10 dB, and asked of an index of
their paragraphs in three ways: by the words of the transcript (BM25), by the transcript and the
sounds of its words, and from audio, with the phones of the ear beside them, which is what the
product does. Recordings and what was heard are kept in the work folder.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mondegreen.answers.answerer import OFFERED, Answerer
from mondegreen.answers.build import build_index
from mondegreen.answers.chance import surprise
from mondegreen.answers.fitting import Readings, fitted, unbroken
from mondegreen.answers.question import read_question
from mondegreen.answers.search import Hit
from mondegreen.answers.terms import term_of
from mondegreen.evaluate.answering import Passages, is_answered, rank_of, read_questions
from mondegreen.evaluate.intervals import mcnemar, paired_bootstrap_of, wilson
from mondegreen.evaluate.ranking import calibration_error
from mondegreen.jobs.progress import track
from mondegreen.phonetics.pronouncer import usual_pronouncer
from spoken_questions import CONDITIONS, VOICES, Recordings, Spoken, drawn

WAYS = "words", "transcript", "audio"
RARE = 3
"""Passages of the collection that a rare word has at most."""
KEPT = 1.5
"""Surprise from which the sound of a word is taken as kept: of words of its length one in thirty
fits so well into other sentences by accident. It is where a fit begins to count for the search."""


@dataclass(frozen=True)
class Lost:
    """A rare word of a question that its transcript lost."""

    word: str
    kept: bool
    """Whether its sound is among the phones of the ear."""
    recovered: bool
    """Whether one of the first three candidates was found by it."""
    by_transcript: bool
    """The same from the transcript and its sounds alone."""


@dataclass(frozen=True)
class Trial:
    """One recording, asked in three ways."""

    spoken: Spoken
    ranks: tuple[int, ...]
    """Of the right passage, from 0, in the order of WAYS."""
    answered: tuple[bool, ...]
    """Whether the answer is in what is said; of words alone it is not asked."""
    confidence: float
    """From audio."""
    lost: tuple[Lost, ...]


def main() -> None:
    """Speak, hear, ask, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("questions", type=Path)
    parser.add_argument("--noises", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--skip", type=int, default=0, help="questions, drawn first, to leave out")
    parser.add_argument("--voices", nargs="*", default=VOICES)
    parser.add_argument("--heard", action="store_true", help="ask only what was heard before")
    given = parser.parse_args()
    answerer = Answerer(build_index([given.questions], given.work / "index").index)
    questions = drawn(read_questions(given.questions), given.count)[given.skip :]
    recordings = Recordings(given.work, given.noises, heard_only=given.heard)
    spoken = recordings.all(answerer, questions, given.voices)
    total = len(questions) * len(given.voices) * len(CONDITIONS)
    every = list(track(spoken, total=total, what="recordings"))
    # Those of an article follow each other: their passages are remembered.
    every.sort(key=lambda one: (one.asked.article, one.asked.identity))
    passages = Passages(answerer.index)
    asking = track(every, total=len(every), what="questions")
    report([asked(answerer, passages, one) for one in asking])


def asked(answerer: Answerer, passages: Passages, spoken: Spoken) -> Trial:
    """Ask a recording in each way."""
    right = passages.of(spoken.asked)
    plain, whole = spoken.question(ear=False), spoken.question()
    scores = answerer.searcher.lexical.scores(Counter(plain.terms))
    by_words = [int(n) for n in np.argsort(-scores, kind="stable")]
    by_transcript = answerer.searcher.search(plain) if plain.terms else []
    by_audio = answerer.searcher.search(whole) if plain.terms else []
    orders = by_words, [h.passage for h in by_transcript], [h.passage for h in by_audio]
    ranks = tuple(rank_of(order, right) for order in orders)
    answers = answerer.judged(plain, by_transcript), answerer.judged(whole, by_audio)
    answered = tuple(is_answered(answerer, answer, spoken.asked, right) for answer in answers)
    lost = lost_words(answerer, spoken, by_transcript, by_audio)
    return Trial(spoken, ranks, (False, *answered), answers[1].confidence, lost)


def lost_words(
    answerer: Answerer, spoken: Spoken, by_transcript: Sequence[Hit], by_audio: Sequence[Hit]
) -> tuple[Lost, ...]:
    """The rare words of the question that are not in the transcript."""
    written = set(spoken.question(ear=False).terms)
    taken = _taken(by_audio), _taken(by_transcript)
    rows = {}
    for word in read_question(spoken.asked.text).words:
        frequency = answerer.searcher.lexical.frequency(word.term) if word.term else 0
        if 1 <= frequency <= RARE and word.term not in written:
            kept = _kept(answerer, word.text, spoken.phones)
            rows[word.term] = Lost(word.text, kept, *(word.term in some for some in taken))
    return tuple(rows.values())


def _taken(hits: Sequence[Hit]) -> set[str]:
    """The words that explain something in the first three."""
    some = [hit.explained for hit in hits[:OFFERED]]
    return {term_of(piece.word) for one in some for piece in (*one.pieces, *one.by_ear)}


def _kept(answerer: Answerer, word: str, phones: Sequence[int]) -> bool:
    readings = usual_pronouncer().phrase(word)
    if not phones or not readings:
        return False
    ordered, _ = Readings.of(readings)
    costs, _ = fitted(ordered, unbroken(phones))
    sure = surprise(answerer.index.array("chance"), costs, ordered.lengths)
    return bool(sure.max() >= KEPT)


def parts_of(trials: Sequence[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    """All recordings, those of each condition, and those of each voice."""
    yield "all", list(trials)
    for condition in CONDITIONS:
        yield condition, [trial for trial in trials if trial.spoken.condition == condition]
    for by in dict.fromkeys(trial.spoken.voice for trial in trials):
        yield by, [trial for trial in trials if trial.spoken.voice == by]


def report(trials: Sequence[Trial]) -> None:
    """Every figure, of all recordings and of parts of them."""
    for name, some in parts_of(trials):
        print(f"{name}, {len({t.spoken.asked.identity for t in some})} questions", flush=True)
        for place, way in enumerate(WAYS):
            ranks = np.array([trial.ranks[place] for trial in some])
            first, five = (wilson(int((ranks < n).sum()), len(ranks)) for n in (1, 5))
            answered = wilson(sum(trial.answered[place] for trial in some), len(some))
            print(f"  {way}: first {first}; in the first five {five}; answer said {answered}")
        for better, worse in ((2, 1), (2, 0), (1, 0)):
            print(f"  {WAYS[better]} less {WAYS[worse]}: {difference(some, better, worse)}")
        sure = [trial.confidence for trial in some]
        right = [trial.answered[-1] for trial in some]
        print(f"  calibration error from audio {calibration_error(sure, right):.3f}")
        print_lost([word for trial in some for word in trial.lost])


def difference(trials: Sequence[Trial], better: int, worse: int) -> str:
    """Right first: the difference, with an interval over questions, and how likely by chance."""
    flags = np.array([[t.ranks[better] == 0, t.ranks[worse] == 0] for t in trials], np.float64)
    one = np.ones(len(flags))
    rows = [np.stack([flags[:, column], one], axis=1) for column in (0, 1)]
    questions = [trial.spoken.asked.identity for trial in trials]
    pair = paired_bootstrap_of(lambda s: s[..., 0] / s[..., 1], *rows, groups=questions)
    mended, harmed = (int((flags[:, c] > flags[:, 1 - c]).sum()) for c in (0, 1))
    exact = mcnemar(flags[:, 0] > 0, flags[:, 1] > 0)
    return (
        f"{pair.difference}, p={pair.p_value:.3g} over questions; mended {mended}, "
        f"harmed {harmed}, McNemar p={exact:.3g} over recordings"
    )


def print_lost(lost: Sequence[Lost]) -> None:
    """What became of the rare words that were lost."""
    kept = [word for word in lost if word.kept]
    print(f"  rare words lost {len(lost)}, sound kept {len(kept)}")
    for what, some in (("sound was kept", kept), ("transcript is wrong", lost)):
        if some:
            recovered = wilson(sum(word.recovered for word in some), len(some))
            transcript = wilson(sum(word.by_transcript for word in some), len(some))
            print(f"  of those whose {what}: recovered {recovered}; by transcript {transcript}")


if __name__ == "__main__":
    main()
