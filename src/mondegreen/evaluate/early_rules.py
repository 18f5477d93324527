"""Rules for deciding early, fitted on traces so that they keep a stated risk."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from ..data.manifest import Manifest
from ..early.calibration import KindRule, RiskRules
from ..early.policy import KINDS, Policy
from ..early.risk_control import DOUBTS, fewest, fixed_sequence
from ..errors import DataError
from .traces import Trace


def fitted(traces: Sequence[Trace], risk: float, confidence: float) -> RiskRules:
    """The boldest rule for each kind of part that keeps `risk` with `confidence`.

    See early/risk_control for what is guaranteed. Raises DataError where the utterances are too few
    for any rule, and where no kind of part keeps the risk.
    """
    level = (1.0 - confidence) / len(KINDS)
    needed = fewest(risk, level)
    if len(traces) < needed:
        raise DataError(
            f"found {len(traces)} utterances; a risk of {risk:g} at a confidence of "
            f"{confidence:g} needs at least {needed}, even without a mistake: add recordings, or "
            "state a higher risk"
        )
    kinds = {}
    for kind in KINDS:
        doubts = np.array([trace.doubt_of_mistake(kind, Policy(risk=risk)) for trace in traces])
        mistakes = [int((doubts <= highest).sum()) for highest in DOUBTS]
        rule = fixed_sequence(mistakes, len(traces), risk, level)
        if rule is not None:
            kinds[kind] = KindRule(rule.doubt, rule.wrong, rule.p_value)
    if not kinds:
        raise DataError(
            f"nothing can be decided early at a risk of {risk:g}: too much is wrong even where the "
            "engine is surest; 'mondegreen evaluate' shows what it gets wrong"
        )
    return RiskRules(risk, kinds)


def data_digest(manifests: Iterable[Manifest]) -> str:
    """SHA-256 of the manifests' rows and of the recordings they name, in their order."""
    digest = hashlib.sha256()
    for manifest in manifests:
        for utterance in manifest:
            digest.update(repr(utterance).encode())
            if utterance.audio is not None:
                digest.update(_digest_of(manifest.root / utterance.audio))
    return digest.hexdigest()


def _digest_of(path: Path) -> bytes:
    try:
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}") from error
