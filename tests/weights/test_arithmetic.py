"""What a processor can do, as Linux writes it, and what the networks make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.weights import onnx_session
from mondegreen.weights.arithmetic import eight_bit_arithmetic, processor_flags, sums_exactly
from mondegreen.weights.onnx_session import Port, open_session

SILERO = Path(__file__).parents[2] / "src" / "mondegreen" / "weights" / "silero" / "silero.onnx"
HASWELL = "processor\t: 0\nmodel name\t: Intel Core\nflags\t\t: fpu sse4_2 avx avx2 fma\n"
SKYLAKE = HASWELL.replace("fma", "fma avx512f avx512bw")
CASCADE_LAKE = SKYLAKE.replace("avx512bw", "avx512bw avx512_vnni")
ALDER_LAKE = HASWELL.replace("fma", "fma avx_vnni")
SAPPHIRE = CASCADE_LAKE.replace("fma", "fma amx_int8")
RASPBERRY = "processor\t: 0\nBogoMIPS\t: 108.00\nFeatures\t: fp asimd evtstrm asimddp\n"
OLD = "processor\t: 0\nflags\t\t: fpu sse2\n"


@pytest.mark.parametrize(
    ("text", "name", "exact"),
    [
        (HASWELL, "AVX2 only", False),
        (SKYLAKE, "AVX-512, no VNNI", False),
        (CASCADE_LAKE, "AVX-512 VNNI", True),
        (ALDER_LAKE, "AVX VNNI", True),
        (SAPPHIRE, "AMX", True),
        (RASPBERRY, "ASIMD DP", False),
        (OLD, None, False),
        ("", None, False),
    ],
)
def test_arithmetic_of_processors(tmp_path: Path, text: str, name: str | None, exact: bool) -> None:
    (tmp_path / "cpuinfo").write_text(text)
    flags = processor_flags(tmp_path / "cpuinfo")
    assert eight_bit_arithmetic(flags) == name
    assert sums_exactly(flags) == exact


def test_where_no_file_says(tmp_path: Path) -> None:
    assert processor_flags(tmp_path / "cpuinfo") == frozenset()


@pytest.mark.parametrize(("flags", "variable"), [(["avx2"], "1"), (["avx2", "avx_vnni"], None)])
def test_exact_sums_are_asked_for_where_they_would_not_be(
    monkeypatch: pytest.MonkeyPatch, flags: list[str], variable: str | None
) -> None:
    monkeypatch.setattr(onnx_session, "processor_flags", lambda: frozenset(flags))
    ports = [Port("frames", ("N", 512)), *(Port(n, (1, 1, 128)) for n in ("hidden", "cell"))]
    opened = open_session(SILERO, "", inputs=ports, outputs=[Port("speech", ("N",))])
    options = opened._network.get_session_options()
    if variable is None:
        with pytest.raises(Exception, match="x64quantprecision"):
            options.get_session_config_entry("session.x64quantprecision")
    else:
        assert options.get_session_config_entry("session.x64quantprecision") == variable
