"""Calibrations of early decisions: what was fitted, on what, and where it is kept.

An engine's calibration lies in its model folder (`early.json`), or in the user's data folder where
it is understood by a grammar; those of the grammars that ship come with mondegreen. Each belongs to
one state of one engine: a grammar that says something else needs its own.
"""

from __future__ import annotations

import hashlib
import re
from importlib import resources
from pathlib import Path
from typing import Annotated

import msgspec

from ..errors import ModelError, SettingsError
from ..jobs.files import read_bytes, replacing
from ..jobs.paths import data_folder
from .pauses import Costs
from .policy import KINDS, Policy

FILE = "early.json"
FORMAT = 1
METHOD = (
    "Learn then Test (Angelopoulos et al. 2021, theorem 1), fixed sequence testing, exact binomial "
    "p-values, Bonferroni over intent, slots and all"
)
ASSUMPTION = (
    "the calibration utterances and new ones are independent and come from the same distribution"
)
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class KindRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When one kind of part is decided, and what came of it on the calibration utterances."""

    doubt: Share
    """Highest doubt at which it is decided."""
    wrong: int
    """Utterances in which it was decided wrongly."""
    p_value: Share


class RiskRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The rules that keep one risk."""

    risk: Share
    kinds: dict[str, KindRule]
    """By kind of part; a kind that could not be shown to keep the risk is missing, and is never
    decided early."""


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `early.json` says."""

    format: int
    model: str
    """Name and digest of what the engine understands by."""
    confidence: Share
    """How likely the risks are kept."""
    data: str
    """Name of the calibration data."""
    data_sha256: str
    utterances: int
    method: str = METHOD
    assumption: str = ASSUMPTION
    risks: tuple[RiskRules, ...]

    def policy(self, risk: float) -> Policy:
        """The policy that keeps a risk. Raises SettingsError for one it was not calibrated for."""
        for rules in self.risks:
            if abs(rules.risk - risk) < 1e-12:
                doubts = dict.fromkeys(KINDS, -1.0)
                doubts.update({kind: rule.doubt for kind, rule in rules.kinds.items()})
                return Policy(risk=risk, doubts=doubts, costs=Costs(), calibrated=True)
        there = ", ".join(f"{rules.risk:g}" for rules in self.risks)
        raise SettingsError(
            f"found a risk of {risk:g}, and {self.model} is calibrated for {there}; take one of "
            f"them, or calibrate it: mondegreen early calibrate ENGINE DATA --risk {risk:g}"
        )


def save(calibration: Calibration, place: Path) -> None:
    """Write a calibration, whole or not at all."""
    place.parent.mkdir(parents=True, exist_ok=True)
    data = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    with replacing(place) as temporary:
        temporary.write_bytes(data + b"\n")


def read(place: Path) -> Calibration:
    """The calibration in a file. Raises ModelError for what is none."""
    return _decoded(read_bytes(place, ModelError), str(place))


def place_for(model: str, folder: Path | None = None) -> Path:
    """Where the calibration of an engine is kept: its model `folder`, or the user's data folder."""
    return folder / FILE if folder is not None else data_folder() / "early" / _file_name(model)


def find(model: str, folder: Path | None = None) -> Calibration:
    """The calibration of an engine as it is now.

    Raises SettingsError where there is none, ModelError for a damaged one.
    """
    place = place_for(model, folder)
    if place.is_file():
        calibration = read(place)
        if calibration.model == model:
            return calibration
    shipped = resources.files("mondegreen.early").joinpath("shipped") / _file_name(model)
    if shipped.is_file():
        calibration = _decoded(shipped.read_bytes(), str(shipped))
        if calibration.model == model:
            return calibration
    raise SettingsError(
        f"{model} is not calibrated, so no risk can be stated; calibrate it on recordings that are "
        "labelled (mondegreen early calibrate ENGINE DATA --risk 0.05), or leave the risk out"
    )


def _decoded(data: bytes, place: str) -> Calibration:
    try:
        calibration = msgspec.json.decode(data, type=Calibration)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ModelError(
            f"{place} is no calibration of early decisions ({error}); make it again: "
            "mondegreen early calibrate"
        ) from error
    if calibration.format != FORMAT:
        raise ModelError(
            f"{place} has format {calibration.format}, expected {FORMAT}; make it again: "
            "mondegreen early calibrate"
        )
    return calibration


def _file_name(model: str) -> str:
    """A file's name for an engine: its own, and what tells one state of it from another."""
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", model.partition("@")[0])[:40].strip("-")
    return f"{name or 'engine'}-{hashlib.sha256(model.encode()).hexdigest()[:12]}.json"
