"""Opening networks: what is no network, or another than expected, is one clear error."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mondegreen.errors import ModelError
from mondegreen.weights.onnx_session import Port, Session, open_session

SILERO = Path(__file__).parents[2] / "src" / "mondegreen" / "weights" / "silero" / "silero.onnx"
STATE = (1, 1, 128)
INPUTS = (Port("frames", ("N", 512)), Port("hidden", STATE), Port("cell", STATE))
OUTPUTS = (Port("speech", ("N",)), Port("cell_after", STATE))


def opened(
    model: Path | bytes = SILERO,
    inputs: tuple[Port, ...] = INPUTS,
    outputs: tuple[Port, ...] = OUTPUTS,
) -> Session:
    return open_session(model, "buy a new one", inputs=inputs, outputs=outputs)


def feed(frames: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    state = np.zeros(STATE, np.float32)
    return {
        "frames": rng.normal(size=(frames, 512)).astype(np.float32), "hidden": state, "cell": state
    }  # fmt: skip


def test_a_path_and_its_bytes_are_the_same_network() -> None:
    ours, theirs = opened(), opened(SILERO.read_bytes())
    for one, other in zip(ours.run(feed(3)), theirs.run(feed(3)), strict=True):
        np.testing.assert_array_equal(one, other)
    assert ours.inputs == INPUTS


def test_outputs_come_in_the_order_asked_for() -> None:
    first, second = opened().run(feed(3))
    assert (first.shape, second.shape) == ((3,), STATE)
    second, first = opened(outputs=OUTPUTS[::-1]).run(feed(3))
    assert (first.shape, second.shape) == ((3,), STATE)


@pytest.mark.parametrize(
    "data",
    [b"", b"plain text", SILERO.read_bytes()[:100_000], b"\x00" * 1_000, b"ORTM" * 50],
    ids=["empty", "text", "half", "zeros", "other"],
)
def test_what_is_no_network_is_named_in_one_line(
    tmp_path: Path, data: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(data)
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be opened \(.+\); buy") as raised:
        opened(path)
    assert "\n" not in str(raised.value)
    with pytest.raises(ModelError, match="the network cannot be opened"):
        opened(data)
    assert capfd.readouterr().err == ""  # ONNX Runtime keeps its own account to itself


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.onnx cannot be opened"):
        opened(tmp_path / "gone.onnx")


@pytest.mark.parametrize(
    ("inputs", "outputs", "message"),
    [
        (INPUTS[:2], OUTPUTS, r"has the inputs .*cell float \(1, 1, 128\), expected"),
        ((*INPUTS, Port("more", (1,))), OUTPUTS, r"expected .*more float \(1\)"),
        ((Port("frames", ("N", 256)), *INPUTS[1:]), OUTPUTS, r"frames float \(N, 512\)"),
        ((Port("frames", (512,)), *INPUTS[1:]), OUTPUTS, r"expected frames float \(512\)"),
        ((Port("frames", ("N", 512), "int64"), *INPUTS[1:]), OUTPUTS, "expected frames int64"),
        ((Port("frames", ("N", "M")), *INPUTS[1:]), OUTPUTS, r"expected frames float \(N, M\)"),
        (INPUTS, (Port("text", ("N",)),), "has the outputs none, expected text"),
        (INPUTS, (Port("speech", ("N", 2)),), r"has the outputs speech float \(N\), expected"),
    ],
)
def test_other_inputs_or_outputs_are_refused(
    inputs: tuple[Port, ...], outputs: tuple[Port, ...], message: str
) -> None:
    with pytest.raises(ModelError, match=message + ".*: buy a new one"):
        opened(inputs=inputs, outputs=outputs)


def test_a_size_that_varies_does_for_a_fixed_one() -> None:
    network = opened(inputs=(Port("frames", (4, None)), *INPUTS[1:]))
    assert network.run(feed(4))[0].shape == (4,)


def test_a_network_that_fails_says_on_what() -> None:
    wrong = {**feed(2), "hidden": np.zeros((1, 2, 128), np.float32)}
    with pytest.raises(ModelError, match=r"silero\.onnx fails on .*hidden \(1, 2, 128\).*; buy"):
        opened().run(wrong)


def test_the_runtime_is_silenced_even_if_the_environment_was_emptied(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY", raising=False)
    opened()
    assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
