"""The measures of a grammar, exactly: sums over all of its sentences by walks over their graph.

Entropies, lengths and decidability are those of all sentences under a stated distribution, so a
grammar of 10^13 sentences is measured in a second and without drawing any. Only a grammar whose
graph is too large is measured on a sample, and says so.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log2

import numpy as np
import numpy.typing as npt

from ...data.utterance import SlotLabel, Utterance
from ...errors import GrammarError
from ...grammar.analysis.ambiguity import FREE
from ...grammar.analysis.meanings import Reader, count_meanings
from ...grammar.analysis.sample import count_sentences, sample, words_in
from ...grammar.analysis.sentence_graph import MAX_STATES, Distribution, SentenceGraph, TooLarge
from ...grammar.expression import FreeWords, Grammar
from ..corpus import from_utterances
from . import decidability, lexical
from .decidability import WordsNeeded

Reals = npt.NDArray[np.float64]

SAMPLE = 20_000
"""Sentences drawn from a grammar that is too large."""
LISTED = 5_000
"""Sentences that are all asked for their meanings; of more, ASKED are drawn."""
ASKED = 2_000


@dataclass(frozen=True)
class GrammarMeasures:
    """The measures of a grammar's sentences; None where there is no defined value."""

    distribution: Distribution
    exact: bool
    """False where the grammar is too large and a sample was measured; `notes` say it."""
    sentences: int
    """Different strings of words; where not exact, ways to make one."""
    sentences_bits: float
    """Their binary logarithm."""
    meanings: int | None
    meanings_at_most: bool
    """Whether `meanings` is only an upper bound; `notes` say why."""
    intents: int
    vocabulary: int
    mean_length: float
    """Words a sentence; free words are one."""
    longest: int
    lengths: tuple[float, ...]
    """Share of the sentences with 0, 1, 2, … words."""
    entropy_1: float | None
    """Bits of a word."""
    entropy_2: float | None
    """Bits of two words in a row."""
    entropy_3: float | None
    transcript_entropy: float
    """Bits of a whole sentence."""
    intent_entropy: float
    intent_given_transcript: float
    """Bits of the intent that the words leave open."""
    meaning_given_transcript: float
    """Bits of the meaning that the words leave open, its readings taken as equally likely."""
    intent: WordsNeeded
    """When the intent is decided, as in `decidability`."""
    notes: tuple[str, ...]


def measure(
    grammar: Grammar, *, distribution: Distribution = "choices", seed: int = 1
) -> GrammarMeasures:
    """The measures of `grammar`, whose sentences are distributed as stated (see `Distribution`).

    Raises GrammarError for an undefined or empty slot, and when nothing can be said.
    """
    ways = count_sentences(grammar)
    try:
        graph = SentenceGraph.of(grammar, distribution)
    except TooLarge:
        return _sampled(grammar, ways, seed)
    if graph is None:
        raise GrammarError("no sentence has a word", source=grammar.source)
    meanings = count_meanings(grammar)
    notes = [*_free_words(grammar), *meanings.notes]
    visits = _visits(graph)
    remaining = _remaining(graph)
    lengths = remaining[graph.start]
    intents = _intents(graph, visits)
    meaning_bits, meaning_notes = _meaning_given_words(grammar, graph, seed)
    return GrammarMeasures(
        distribution=distribution,
        exact=True,
        sentences=graph.sentences[graph.start],
        sentences_bits=log2(graph.sentences[graph.start]),
        meanings=meanings.count,
        meanings_at_most=meanings.at_most,
        intents=len(intents),
        vocabulary=len({word for arcs in graph.arcs for word, _, _ in arcs} - {FREE}),
        mean_length=float(lengths @ np.arange(len(lengths))),
        longest=len(lengths) - 1,
        lengths=tuple(lengths.tolist()),
        **_ngram_entropies(graph, visits),
        transcript_entropy=_path_entropy(graph, visits),
        intent_entropy=_bits(intents.values()),
        intent_given_transcript=_intent_given_words(graph, visits),
        meaning_given_transcript=meaning_bits,
        intent=_intent_decision(graph, remaining),
        notes=(*notes, *meaning_notes),
    )


def _free_words(grammar: Grammar) -> list[str]:
    if not any(isinstance(kind, FreeWords) for kind in grammar.slot_types.values()):
        return []
    return [f"free words count as one word, {FREE}, and as one value"]


def _bits(weights: Iterable[float]) -> float:
    """Entropy in bits of a distribution with these weights, which need not sum to 1."""
    some = [weight for weight in weights if weight > 0]
    total = sum(some)
    return max(0.0, -sum(w / total * log2(w / total) for w in some))


def _visits(graph: SentenceGraph) -> Reals:
    """Probability that a sentence passes each state: (states,)."""
    visits = np.zeros(len(graph.arcs))
    visits[graph.start] = 1.0
    for state in range(graph.start, -1, -1):
        for _, to, p in graph.arcs[state]:
            visits[to] += visits[state] * p
    return visits


def _remaining(graph: SentenceGraph) -> list[Reals]:
    """From each state, the probabilities of 0, 1, 2, … more words."""
    remaining: list[Reals] = []
    for arcs, stops in zip(graph.arcs, graph.stops, strict=True):
        probabilities = np.zeros(1 + max((len(remaining[to]) for _, to, _ in arcs), default=0))
        probabilities[0] = sum(stops.values())
        for _, to, p in arcs:
            probabilities[1 : 1 + len(remaining[to])] += p * remaining[to]
        remaining.append(probabilities)
    return remaining


def _path_entropy(graph: SentenceGraph, visits: Reals) -> float:
    """Entropy of the sentences: the sum of those of their choices (Shannon 1948, section 6)."""
    return sum(
        float(visit) * _bits([*(p for _, _, p in arcs), sum(stops.values())])
        for visit, arcs, stops in zip(visits, graph.arcs, graph.stops, strict=True)
    )


def _ngram_entropies(graph: SentenceGraph, visits: Reals) -> dict[str, float | None]:
    """Entropies of 1, 2 and 3 words in a row, from how often each is expected in a sentence."""
    expected: list[dict[tuple[str, ...], float]] = [{}, {}, {}]
    # For each state, the last words before it: none, one or two, with how often they come.
    before: list[list[dict[tuple[str, ...], float]]] = [[{}, {}] for _ in graph.arcs]
    for state in range(graph.start, -1, -1):
        contexts: list[dict[tuple[str, ...], float]] = [{(): float(visits[state])}, *before[state]]
        for word, to, p in graph.arcs[state]:
            for size, context in enumerate(contexts):
                counts = expected[size]
                onward = before[to][size] if size < 2 else None
                for words, visit in context.items():
                    run = (*words, word)
                    counts[run] = counts.get(run, 0.0) + visit * p
                    if onward is not None:
                        onward[run] = onward.get(run, 0.0) + visit * p
        before[state] = []
    entropies: dict[str, float | None] = {}
    for size, counts in enumerate(expected, 1):
        entropies[f"entropy_{size}"] = _bits(counts.values()) if counts else None
    return entropies


def _intents(graph: SentenceGraph, visits: Reals) -> dict[str, float]:
    """The probability of each intent."""
    probabilities: dict[str, float] = {}
    for visit, stops in zip(visits, graph.stops, strict=True):
        for intent, p in stops.items():
            probabilities[intent] = probabilities.get(intent, 0.0) + float(visit) * p
    return probabilities


def _intent_given_words(graph: SentenceGraph, visits: Reals) -> float:
    total = 0.0
    for visit, stops in zip(visits, graph.stops, strict=True):
        if len(stops) > 1:
            ends = sum(stops.values())
            total += float(visit) * ends * _bits(stops.values())
    return total


def _meaning_given_words(
    grammar: Grammar, graph: SentenceGraph, seed: int
) -> tuple[float, tuple[str, ...]]:
    """Bits of the meaning given the words, and a note where it is only an estimate."""
    reader = Reader(grammar)
    if reader.unambiguous():
        return 0.0, ()
    if graph.sentences[graph.start] <= LISTED:
        return sum(p * log2(len(reader.meanings(sentence))) for sentence, p in _paths(graph)), ()
    rng = random.Random(seed)
    bits = [log2(len(reader.meanings(_draw(graph, rng)))) for _ in range(ASKED)]
    note = f"some sentences can be read in several ways; meanings were counted of {ASKED:,} of them"
    return float(np.mean(bits)), (note,)


def _paths(graph: SentenceGraph) -> Iterator[tuple[tuple[str, ...], float]]:
    """Every sentence with its probability."""
    todo: list[tuple[int, tuple[str, ...], float]] = [(graph.start, (), 1.0)]
    while todo:
        state, sentence, chance = todo.pop()
        if graph.stops[state]:
            yield sentence, chance * sum(graph.stops[state].values())
        todo += [(to, (*sentence, word), chance * p) for word, to, p in graph.arcs[state]]


def _draw(graph: SentenceGraph, rng: random.Random) -> tuple[str, ...]:
    """One sentence at random."""
    state = graph.start
    sentence: list[str] = []
    while True:
        arcs = graph.arcs[state]
        weights = [*(p for _, _, p in arcs), sum(graph.stops[state].values())]
        index = rng.choices(range(len(weights)), weights)[0]
        if index == len(arcs):
            return tuple(sentence)
        word, state, _ = arcs[index]
        sentence.append(word)


def _intent_decision(graph: SentenceGraph, remaining: list[Reals]) -> WordsNeeded:
    """When the intent is decided: at the first state from which only one can be reached."""
    sets: dict[frozenset[str], frozenset[str]] = {}
    reach: list[frozenset[str]] = []
    for arcs, stops in zip(graph.arcs, graph.stops, strict=True):
        intents = frozenset(stops).union(*(reach[to] for _, to, _ in arcs))
        reach.append(sets.setdefault(intents, intents))
    longest = len(remaining[graph.start])
    # Probability of the words heard so far at the states before the decision, and right after it.
    depths: dict[int, Reals] = {graph.start: np.eye(1, longest + 1)[0]}
    shares = np.zeros((longest + 1, longest + 1))  # words needed, words in all
    at_end = ambiguous = 0.0
    for state in range(graph.start, -1, -1):
        depth = depths.pop(state, None)
        if depth is None:
            continue
        if len(reach[state]) == 1:
            for more, p in enumerate(remaining[state].tolist()):
                needed = np.arange(longest + 1 - more)
                shares[needed, needed + more] += depth[: longest + 1 - more] * p
            at_end += float(depth.sum() * remaining[state][0])
            continue
        stop = sum(graph.stops[state].values())
        if len(graph.stops[state]) > 1:
            ambiguous += float(depth.sum()) * stop
        else:
            at_end += float(depth.sum()) * stop
            np.einsum("ii->i", shares)[:] += depth * stop
        onward = np.concatenate([[0.0], depth[:-1]])
        for _, to, p in graph.arcs[state]:
            depths[to] = depths.get(to, 0.0) + onward * p
    needed, total = np.nonzero(shares)
    weights = shares[needed, total]
    some = len(weights) > 0
    return WordsNeeded(
        transcripts=graph.sentences[graph.start],
        mean=float(np.average(needed / total, weights=weights)) if some else None,
        median=_median(needed / total, weights) if some else None,
        words=float(np.average(needed, weights=weights)) if some else None,
        at_end=at_end,
        ambiguous=ambiguous,
    )


def _median(values: Reals, weights: Reals) -> float:
    """The weighted median; the middle between two values that share the place."""
    order = np.argsort(values)
    values, below = values[order], np.cumsum(weights[order]) / weights.sum()
    tiny = 1e-9  # of rounding, in sums of ten thousand probabilities
    at, after = np.searchsorted(below, [0.5 - tiny, 0.5 + tiny])
    return float((values[at] + values[min(after, len(values) - 1)]) / 2)


def _sampled(grammar: Grammar, ways: int, seed: int) -> GrammarMeasures:
    """The measures of a sample, for a grammar whose graph is too large."""
    utterances = [
        Utterance(
            id=str(number),
            text=one.text,
            intent=one.intent,
            slots=tuple(SlotLabel(slot.name, slot.value) for slot in one.slots),
        )
        for number, one in enumerate(sample(grammar, SAMPLE, seed))
        if one.text
    ]
    if not utterances:
        raise GrammarError("no sentence has a word", source=grammar.source)
    corpus = from_utterances(grammar.name, utterances)
    measures = lexical.measure(corpus, seed=seed)
    intents, tokens = lexical.numbered(corpus.intents), corpus.tokens
    decision = decidability.measure(corpus).intent
    assert decision is not None
    assert measures.conditional_entropy is not None
    meanings = count_meanings(grammar)
    note = (
        f"the graph of the sentences has more than {MAX_STATES:,} states, so {len(utterances):,} "
        "were drawn as `choices` has it; of a sample, entropies are too low and decisions too early"
    )
    return GrammarMeasures(
        distribution="choices",
        exact=False,
        sentences=ways,
        sentences_bits=log2(ways),
        meanings=meanings.count,
        meanings_at_most=meanings.at_most,
        intents=len(grammar.intents),
        vocabulary=len(words_in(grammar)),
        mean_length=measures.mean_length,
        longest=measures.longest,
        lengths=tuple((np.bincount(tokens.lengths) / len(utterances)).tolist()),
        entropy_1=measures.entropy_1,
        entropy_2=measures.entropy_2,
        entropy_3=measures.entropy_3,
        transcript_entropy=measures.transcript_entropy,
        intent_entropy=lexical.entropy(intents),
        intent_given_transcript=lexical.conditional_entropy(intents, tokens.transcripts),
        meaning_given_transcript=measures.conditional_entropy,
        intent=decision,
        notes=(note, *meanings.notes),
    )


__all__ = ["GrammarMeasures", "measure"]
