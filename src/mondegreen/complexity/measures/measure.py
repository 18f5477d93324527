"""All measures of a corpus together, and as one table of numbers by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...language.embedder import embedder
from ..corpus import Corpus, check_words
from . import acoustic, decidability, geometric, lexical
from .lexical import Rarefied

LABELS: dict[str, str] = {
    "utterances": "utterances",
    "words": "words",
    "vocabulary": "vocabulary |V|",
    "unique": "unique transcripts |U|",
    "unique_share": "|U| / |D|",
    "entropy_1": "word entropy H1, bits",
    "entropy_2": "word pair entropy H2, bits",
    "entropy_3": "word triple entropy H3, bits",
    "transcript_entropy": "transcript entropy, bits",
    "interpretation_entropy": "meaning entropy, bits",
    "conditional_entropy": "meaning given transcript, bits",
    "mean_length": "words an utterance",
    "longest": "longest utterance, words",
    "hapax_share": "words that occur once, share of |V|",
    "unknown_rate": "unknown words in a held-out tenth",
    "tree_length": "embedding tree length",
    "tree_edge": "embedding tree, mean edge",
    "tree_adjusted": "embedding tree, adjusted for n",
    "dimension": "embedding dimension",
    "spread": "embedding spread",
    "log_volume": "embedding log-volume",
    "confusability": "nearest sentence has another intent",
    "phone_tree_length": "phone tree length",
    "phone_tree_edge": "phone tree, mean edge",
    "nearest_sound": "phones to the nearest other meaning",
    "nearest_sound_low": "the same, nearest 5 %",
    "until_intent": "share of words until the intent",
    "until_slots": "share of words until a slot",
    "until_everything": "share of words until everything",
    "ambiguous": "transcripts of several meanings",
}
"""What each measure is called where people read it, in the order of tables."""


@dataclass(frozen=True)
class Measured:
    """Every measure of one corpus."""

    name: str
    lexical: lexical.Lexical
    geometric: geometric.Geometric
    acoustic: acoustic.Acoustic
    decidability: decidability.Decidability

    def numbers(self) -> dict[str, float | None]:
        """The measures by name, those of LABELS; None where one has no value."""
        tree, sound, decisions = self.geometric, self.acoustic, self.decidability
        near = sound.meanings
        return {
            **asdict(self.lexical),
            "tree_length": tree.tree_length,
            "tree_edge": tree.tree_edge,
            "tree_adjusted": tree.tree_adjusted,
            "dimension": tree.dimension,
            "spread": tree.spread,
            "log_volume": tree.log_volume,
            "confusability": tree.confusability,
            "phone_tree_length": sound.tree_length,
            "phone_tree_edge": sound.tree_edge,
            "nearest_sound": near.mean if near else None,
            "nearest_sound_low": near.low if near else None,
            "until_intent": decisions.intent.mean if decisions.intent else None,
            "until_slots": decisions.slots.mean if decisions.slots else None,
            "until_everything": decisions.everything.mean if decisions.everything else None,
            "ambiguous": decisions.everything.ambiguous if decisions.everything else None,
        }


def measure_corpus(
    corpus: Corpus,
    *,
    embedding: str,
    compared: int = acoustic.MOST,
    seed: int = 1,
    say: Callable[[str], None] = lambda _: None,
) -> Measured:
    """Every measure of `corpus`; all of up to `compared` transcripts are compared by their sound.

    Raises SettingsError for an unknown embedding, DataError for texts without spaces between words.
    """
    check_words(corpus)
    embed = embedder(embedding)
    say(f"{corpus.name}: words")
    words = lexical.measure(corpus, seed=seed)
    say(f"{corpus.name}: sentence embeddings")
    shape = geometric.measure(corpus, embed, seed=seed)
    say(f"{corpus.name}: sounds")
    sound = acoustic.measure(corpus, most=compared, seed=seed)
    say(f"{corpus.name}: how early meanings are decided")
    return Measured(corpus.name, words, shape, sound, decidability.measure(corpus))


_SOUND_SIZE, _SOUND_ROUNDS = 500, 8
"""Parts whose sounds are compared: 1 s each."""


@dataclass(frozen=True)
class PartSizes:
    """How large the random parts are in which measures are compared."""

    utterances: int
    """For measures of words and meanings."""
    transcripts: int
    """Different transcripts, for measures of the embedding."""

    @property
    def sounds(self) -> int:
        """Utterances, for the phone measures, which are slower."""
        return min(self.utterances, _SOUND_SIZE)


def part_sizes(corpora: Sequence[Corpus], most: int) -> PartSizes:
    """The largest sizes of parts, up to `most`, that every one of `corpora` can give.

    Parts of unlike size would show what more data does, not what other data does.
    """
    return PartSizes(
        min([most, *(len(corpus) for corpus in corpora)]),
        min([most, *(_different(corpus) for corpus in corpora)]),
    )


def _different(corpus: Corpus) -> int:
    """Different transcripts with a word."""
    return len(np.unique(corpus.tokens.transcripts[corpus.tokens.lengths > 0]))


def rarefied(
    corpus: Corpus, *, embedding: str, size: int | PartSizes, rounds: int = 30, seed: int = 1
) -> dict[str, Rarefied]:
    """The measures that change with the size of the sample, over random parts of equal size.

    Parts of the phone measures are smaller, as each says. Measures without a value in some part
    are left out. Raises SettingsError for an unknown embedding.
    """
    sizes = PartSizes(size, size) if isinstance(size, int) else size
    points = geometric.embedded(corpus, embedder(embedding))
    ranges = lexical.rarefied(corpus.tokens, sizes.utterances, rounds=rounds, seed=seed)
    ranges |= geometric.rarefied(points, size=sizes.transcripts, rounds=rounds, seed=seed)
    ranges |= _over_parts(corpus, _decidability, sizes.utterances, rounds, seed)
    return ranges | _over_parts(corpus, _sounds, sizes.sounds, _SOUND_ROUNDS, seed)


def _decidability(part: Corpus) -> dict[str, float | None]:
    decisions = decidability.measure(part)
    return {
        "until_intent": decisions.intent.mean if decisions.intent else None,
        "until_slots": decisions.slots.mean if decisions.slots else None,
        "until_everything": decisions.everything.mean if decisions.everything else None,
    }


def _sounds(part: Corpus) -> dict[str, float | None]:
    sounds = acoustic.measure(part)
    near = sounds.meanings
    return {
        "phone_tree_length": sounds.tree_length,
        "phone_tree_edge": sounds.tree_edge,
        "nearest_sound": near.mean if near else None,
    }


def _over_parts(
    corpus: Corpus,
    measure: Callable[[Corpus], dict[str, float | None]],
    size: int,
    rounds: int,
    seed: int,
) -> dict[str, Rarefied]:
    """Mean and 95 % range of measures over `rounds` random parts, drawn without replacement."""
    rng = np.random.default_rng(seed)
    size = min(size, len(corpus))
    if size == len(corpus):
        rounds = 1  # the whole of it, every time
    values: dict[str, list[float | None]] = {}
    for _ in range(rounds):
        indices = np.sort(rng.choice(len(corpus), size, replace=False)).tolist()
        for name, value in measure(corpus.part(indices)).items():
            values.setdefault(name, []).append(value)
    return lexical.summaries(values, size)


def as_json(measured: Measured) -> dict[str, Any]:
    """All that was measured, with examples and notes, for files."""
    return {
        "name": measured.name,
        "measures": measured.numbers(),
        "geometric": asdict(measured.geometric),
        "acoustic": asdict(measured.acoustic),
        "decidability": asdict(measured.decidability),
    }


__all__ = [
    "LABELS", "Measured", "PartSizes", "as_json", "measure_corpus", "part_sizes", "rarefied",
]  # fmt: skip
