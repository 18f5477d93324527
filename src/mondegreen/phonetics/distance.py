"""How far apart two pronunciations sound, by how the phones of both are made.

`confusions` learns the same costs from what a reader takes for what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from .inventory import BLANK, CONSONANTS, INDEX, PHONES, VOWELS

Costs = npt.NDArray[np.float64]

NOTHING = BLANK
"""Index that stands for no phone: costs[r, NOTHING] deletes r, costs[NOTHING, h] inserts h."""

# Vowels on the chart: height (0 open, 3 close), backness (0 front, 2 back), rounding.
# A diphthong is its first and last position.
_POSITIONS: dict[str, tuple[tuple[float, float, float], ...]] = {
    "i": ((3.0, 0.0, 0),), "ɪ": ((2.5, 0.4, 0),), "ɛ": ((1.4, 0.2, 0),), "æ": ((0.5, 0.3, 0),),
    "ɑ": ((0.0, 1.8, 0),), "ɔ": ((1.0, 2.0, 1),), "ʊ": ((2.5, 1.6, 1),), "u": ((3.0, 1.8, 1),),
    "ʌ": ((1.0, 1.4, 0),), "ə": ((1.5, 1.0, 0),), "ɜ": ((1.5, 1.0, 0.4),),
    "eɪ": ((2.0, 0.1, 0), (2.6, 0.3, 0)), "aɪ": ((0.1, 0.9, 0), (2.4, 0.4, 0)),
    "oʊ": ((1.8, 1.6, 1), (2.6, 1.7, 1)), "aʊ": ((0.1, 0.9, 0), (2.3, 1.6, 1)),
    "ɔɪ": ((1.2, 1.9, 1), (2.4, 0.4, 0)),
}  # fmt: skip
# Consonants: place from the lips (0) to the glottis (6), manner, voicing.
_STOP, _AFFRICATE, _FRICATIVE, _NASAL, _TAP, _APPROXIMANT = range(6)
_ARTICULATION: dict[str, tuple[float, int, int]] = {
    "p": (0, _STOP, 0), "b": (0, _STOP, 1), "t": (2, _STOP, 0), "d": (2, _STOP, 1),
    "k": (5, _STOP, 0), "ɡ": (5, _STOP, 1), "tʃ": (3, _AFFRICATE, 0), "dʒ": (3, _AFFRICATE, 1),
    "f": (0.5, _FRICATIVE, 0), "v": (0.5, _FRICATIVE, 1), "θ": (1.2, _FRICATIVE, 0),
    "ð": (1.2, _FRICATIVE, 1), "s": (2, _FRICATIVE, 0), "z": (2, _FRICATIVE, 1),
    "ʃ": (3, _FRICATIVE, 0), "ʒ": (3, _FRICATIVE, 1), "h": (6, _FRICATIVE, 0),
    "m": (0, _NASAL, 1), "n": (2, _NASAL, 1), "ŋ": (5, _NASAL, 1), "l": (2, _APPROXIMANT, 1),
    "ɹ": (2.5, _APPROXIMANT, 1), "j": (4, _APPROXIMANT, 1), "w": (0.5, _APPROXIMANT, 1),
    "ɾ": (2, _TAP, 1),
}  # fmt: skip
_MANNER_STEPS = {
    (_STOP, _AFFRICATE): 0.3, (_STOP, _FRICATIVE): 0.45, (_STOP, _NASAL): 0.5, (_STOP, _TAP): 0.1,
    (_STOP, _APPROXIMANT): 0.6, (_AFFRICATE, _FRICATIVE): 0.2, (_AFFRICATE, _NASAL): 0.7,
    (_AFFRICATE, _TAP): 0.5, (_AFFRICATE, _APPROXIMANT): 0.7, (_FRICATIVE, _NASAL): 0.6,
    (_FRICATIVE, _TAP): 0.4, (_FRICATIVE, _APPROXIMANT): 0.5, (_NASAL, _TAP): 0.35,
    (_NASAL, _APPROXIMANT): 0.45, (_TAP, _APPROXIMANT): 0.35,
}  # fmt: skip
# Glides and their vowels are one sound in two syllable positions.
_GLIDES = {("j", "i"): 0.35, ("j", "ɪ"): 0.5, ("w", "u"): 0.35, ("w", "ʊ"): 0.5, ("ɹ", "ɜ"): 0.3,
           ("l", "oʊ"): 0.6, ("l", "ʊ"): 0.6, ("w", "oʊ"): 0.55}  # fmt: skip
# Sounds that come and go in running speech cost less to lose or gain.
_FLEETING = {"ə": 0.45, "h": 0.45, "ɾ": 0.5, "t": 0.5, "d": 0.5, "ɪ": 0.55, "ɹ": 0.55, "j": 0.55}
_GAP = 0.7


def _vowel_distance(a: str, b: str) -> float:
    first, second = _POSITIONS[a], _POSITIONS[b]
    gaps = []
    for end in (0, -1):
        height, back, rounding = np.subtract(first[end], second[end])
        gaps.append(np.sqrt(height**2 + back**2 + (0.6 * rounding) ** 2) / 3.0)
    # A weak vowel takes on the colour of its neighbours, so a schwa is near to all of them.
    reduced = 0.6 if "ə" in (a, b) else 1.0
    return float(min(1.0, 0.12 + reduced * np.mean(gaps)))


def _consonant_distance(a: str, b: str) -> float:
    (place_a, manner_a, voice_a), (place_b, manner_b, voice_b) = _ARTICULATION[a], _ARTICULATION[b]
    manner = _MANNER_STEPS.get((min(manner_a, manner_b), max(manner_a, manner_b)), 0.0)
    place = min(abs(place_a - place_b), 3.0) * 0.17
    return float(min(1.0, 0.08 + manner + place + 0.17 * (voice_a != voice_b)))


@lru_cache(maxsize=1)
def articulatory_costs() -> Costs:
    """Costs (42, 42) in [0, 1] from how phones are made; symmetric, zero on the diagonal."""
    costs = np.ones((len(PHONES), len(PHONES)))
    for kind, distance in ((VOWELS, _vowel_distance), (CONSONANTS, _consonant_distance)):
        for a in kind:
            for b in kind:
                costs[INDEX[a], INDEX[b]] = distance(a, b)
    for (a, b), cost in _GLIDES.items():
        costs[INDEX[a], INDEX[b]] = costs[INDEX[b], INDEX[a]] = cost
    costs[NOTHING, :] = costs[:, NOTHING] = _GAP
    for phone, cost in _FLEETING.items():
        costs[NOTHING, INDEX[phone]] = costs[INDEX[phone], NOTHING] = cost
    np.fill_diagonal(costs, 0.0)
    return costs


def _row(
    above: Costs, phone: int, hypothesis: npt.NDArray[np.int64], costs: Costs, gaps: Costs
) -> Costs:
    """One row of the edit table, for one reference phone against heard phones (J, ...)."""
    best = above + costs[phone, NOTHING]
    np.minimum(best[1:], above[:-1] + costs[phone][hypothesis], out=best[1:])
    # Insertions run along the row: a running minimum of what is left after their summed costs.
    best -= gaps
    np.minimum.accumulate(best, axis=0, out=best)
    best += gaps
    return np.asarray(best)


def _gaps(hypothesis: npt.NDArray[np.int64], costs: Costs) -> Costs:
    """Summed cost of inserting the first j heard phones: (J + 1, ...)."""
    gaps = np.zeros((len(hypothesis) + 1, *hypothesis.shape[1:]))
    np.cumsum(costs[NOTHING][hypothesis], axis=0, out=gaps[1:])
    return gaps


@dataclass(frozen=True)
class PhoneDistance:
    """A weighted edit distance between pronunciations.

    `speech.phone_folder.load_phone_distance` gives the one of our reader's own errors;
    `PhoneDistance(articulatory_costs())` goes by articulation alone.
    """

    costs: Costs
    """(42, 42) in [0, 1]: row a phone that was said, column the one heard; see NOTHING."""

    def symmetric(self) -> PhoneDistance:
        """The same distance whichever of the two was said: costs averaged both ways."""
        return PhoneDistance((self.costs + self.costs.T) / 2)

    def between(self, reference: Sequence[int], hypothesis: Sequence[int]) -> float:
        """Least cost of hearing `reference` (phone indices) as `hypothesis`; 0: they are equal."""
        return float(self.to_many(reference, [hypothesis])[0])

    def to_many(self, reference: Sequence[int], hypotheses: Sequence[Sequence[int]]) -> Costs:
        """`between` of one pronunciation and each of many: (len(hypotheses),)."""
        if not len(hypotheses):
            return np.zeros(0)
        lengths = np.fromiter(map(len, hypotheses), np.int64, len(hypotheses))
        # A column each: sums and minima then run over many hypotheses at once.
        padded = np.zeros((len(hypotheses), int(lengths.max())), np.int64)
        padded[np.arange(padded.shape[1]) < lengths[:, None]] = [p for h in hypotheses for p in h]
        padded = np.ascontiguousarray(padded.T)
        gaps = _gaps(padded, self.costs)
        row = gaps
        for phone in reference:
            row = _row(row, phone, padded, self.costs, gaps)
        return np.asarray(row[lengths, np.arange(len(hypotheses))])


def align_phones(
    reference: Sequence[int], hypothesis: Sequence[int], costs: Costs
) -> list[tuple[int, int]]:
    """The cheapest pairing of what was said with what was heard; NOTHING marks a gap on a side."""
    columns = np.asarray(hypothesis, np.int64)
    gaps = _gaps(columns, costs)
    table = [gaps]
    for phone in reference:
        table.append(_row(table[-1], phone, columns, costs, gaps))
    i, j, pairs = len(reference), len(hypothesis), []
    while i or j:
        options = []
        if i and j:
            options.append((table[i - 1][j - 1] + costs[reference[i - 1], hypothesis[j - 1]], 1, 1))
        if i:
            options.append((table[i - 1][j] + costs[reference[i - 1], NOTHING], 1, 0))
        if j:
            options.append((table[i][j - 1] + costs[NOTHING, hypothesis[j - 1]], 0, 1))
        _, back, aside = min(options, key=lambda option: option[0])
        pairs.append(
            (reference[i - 1] if back else NOTHING, hypothesis[j - 1] if aside else NOTHING)
        )
        i, j = i - back, j - aside
    return pairs[::-1]
