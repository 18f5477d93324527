"""What a general model's transcriber writes down of labelled speech: several texts of each
recording, from which interpreter and choice learn what the transcriber does to words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ...audio.utterances import whole
from ...data.manifest import Manifest
from ...data.recording import utterance_samples
from ...engines.general.engine import GeneralEngine
from ...speech.beam import Hypothesis
from .labelled_sentences import Sentence, sentence_of


class SpokenSentence(NamedTuple):
    """A sentence, and what may have been said, the likeliest first."""

    sentence: Sentence
    hypotheses: tuple[Hypothesis, ...]


def spoken_hypotheses(engine: GeneralEngine, manifest: Manifest) -> Iterator[SpokenSentence]:
    """What the engine writes down of each recording; those without a word are left out."""
    for utterance in manifest:
        piece = whole(utterance_samples(manifest.root, utterance))
        if piece is None:
            continue
        turn = engine.begin()
        turn.hear(engine.ear.listen(piece.samples))
        texts = tuple(one for one in turn.hypotheses() if one.text)
        if texts:
            yield SpokenSentence(sentence_of(utterance), texts)


__all__ = ["SpokenSentence", "spoken_hypotheses"]
