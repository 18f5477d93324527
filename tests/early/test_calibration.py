"""Calibrations on disk: what is written is read again, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.early.calibration import (
    FILE,
    FORMAT,
    Calibration,
    KindRule,
    RiskRules,
    find,
    place_for,
    read,
    save,
)
from mondegreen.errors import ModelError, SettingsError

MODEL = "house@sha256:0123456789ab"


def calibration(model: str = MODEL) -> Calibration:
    rules = RiskRules(0.05, {"intent": KindRule(0.1, 1, 0.01), "slot": KindRule(0.02, 0, 0.004)})
    return Calibration(
        format=FORMAT, model=model, confidence=0.95, data="orders.jsonl", data_sha256="0" * 64,
        utterances=120, risks=(rules,),
    )  # fmt: skip


def test_a_calibration_comes_back_as_it_was_written(tmp_path: Path) -> None:
    save(calibration(), place_for(MODEL, tmp_path))
    assert place_for(MODEL, tmp_path) == tmp_path / FILE
    assert find(MODEL, tmp_path) == calibration()


def test_its_policy_decides_only_what_was_shown_to_keep_the_risk() -> None:
    policy = calibration().policy(0.05)
    assert (policy.risk, policy.doubt("intent"), policy.doubt("slot:room")) == (0.05, 0.1, 0.02)
    assert policy.doubt("all") < 0.0


def test_a_risk_it_was_not_made_for_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"risk of 0\.01.*calibrated for 0\.05"):
        calibration().policy(0.01)


def test_another_state_of_the_engine_has_none(tmp_path: Path) -> None:
    save(calibration("house@sha256:ba9876543210"), tmp_path / FILE)
    with pytest.raises(SettingsError, match="not calibrated"):
        find(MODEL, tmp_path)


def test_those_of_grammars_lie_with_the_users_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("sys.platform", "linux")
    save(calibration(), place_for(MODEL))
    assert find(MODEL) == calibration()
    with pytest.raises(SettingsError, match="not calibrated"):
        find("other@sha256:0123456789ab")


@pytest.mark.parametrize(
    "data",
    [
        b"", b"[]", b"{}", b"\xff\xfe", b"[" * 100_000,
        b'{"format": 1, "model": "m", "confidence": 2, "data": "", "data_sha256": "",'
        b' "utterances": 1, "risks": []}',
    ],
)  # fmt: skip
def test_what_is_no_calibration_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / FILE).write_bytes(data)
    with pytest.raises(ModelError, match="no calibration of early decisions"):
        read(tmp_path / FILE)


def test_another_format_is_refused(tmp_path: Path) -> None:
    save(calibration(), tmp_path / FILE)
    text = (tmp_path / FILE).read_text().replace(f'"format": {FORMAT}', '"format": 99')
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ModelError, match="format 99"):
        find(MODEL, tmp_path)
