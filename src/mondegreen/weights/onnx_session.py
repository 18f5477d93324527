"""The one place that uses ONNX Runtime: here networks are opened, checked and run.

It sends telemetry unless it is told not to before it is imported, so nothing else imports it.
"""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy.typing as npt

from ..errors import ModelError
from ..jobs.cache import NETWORKS, Cache
from ..jobs.files import digest
from ..settings import MOST_THREADS, check_count
from .arithmetic import processor_flags, sums_exactly
from .passed_files import has_passed, remember

_LARGE = 8 << 20
"""Bytes of an ONNX file from which it is kept as ONNX Runtime simplified it: a third of the time to
open the tuned encoder goes into reading it and two into simplifying."""
_WHOLE = "written as a whole"
"""What a network in the cache has passed; see `passed_files`."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Port:
    """An input or an output of a network."""

    name: str
    shape: tuple[int | str | None, ...]
    """A number is that size, a name a size that varies from call to call, None either of them."""
    kind: str = "float"
    """Of its numbers, as ONNX calls it: `float`, `int64`, `bool`."""

    def does_for(self, expected: Port) -> bool:
        """Whether this one, as a file describes it, can be used as `expected`."""
        return (
            (self.name, self.kind) == (expected.name, expected.kind)
            and len(self.shape) == len(expected.shape)
            and all(map(_size_does, self.shape, expected.shape))
        )

    def __str__(self) -> str:
        sizes = ", ".join("?" if size is None else str(size) for size in self.shape)
        return f"{self.name} {self.kind} ({sizes})"


def _size_does(size: int | str | None, expected: int | str | None) -> bool:
    if isinstance(expected, int):  # a size that varies may be this one as well
        return size == expected or not isinstance(size, int)
    return expected is None or not isinstance(size, int)


class Session:
    """A network that is open. Make one with `open_session`; safe to share between threads."""

    def __init__(
        self, network: Any, name: str, remedy: str, inputs: Sequence[Port], outputs: Sequence[str]
    ) -> None:
        self.inputs = tuple(inputs)
        """What the network takes, with the sizes that its file gives."""
        self._network, self._name, self._remedy = network, name, remedy
        self._outputs = list(outputs)

    def run(self, feed: Mapping[str, Array]) -> list[Array]:
        """The outputs, in the order in which they were asked for, for the inputs by name; those
        that need not be there last, where they are.

        Raises ModelError when the network fails on them.
        """
        try:
            answers: list[Array] = self._network.run(self._outputs, feed)
        except Exception as error:  # ONNX Runtime has a dozen kinds, without a common base
            shapes = ", ".join(f"{name} {value.shape}" for name, value in feed.items())
            raise ModelError(
                f"{self._name} fails on {shapes} ({_reason(error)}); {self._remedy}"
            ) from error
        return answers


def open_session(
    model: Path | bytes,
    remedy: str,
    *,
    inputs: Sequence[Port],
    outputs: Sequence[Port],
    optional: Sequence[Port] = (),
    name: str | None = None,
    threads: int = 1,
) -> Session:
    """The network in an ONNX or ORT file, or in its bytes, with the `inputs` and `outputs` asked,
    and the `optional` outputs that it has.

    `name` is what messages call it: the file's own by default. `threads` are those of one call.
    Raises ModelError, which ends with `remedy`, when it cannot be opened or has other inputs or
    outputs.
    """
    check_count("threads", threads, MOST_THREADS)
    shown = name or (str(model) if isinstance(model, Path) else "the network")
    try:
        network = _opened(model, threads)
        input_ports, output_ports = _ports(network.get_inputs()), _ports(network.get_outputs())
    except Exception as error:  # ONNX Runtime has a dozen kinds, without a common base
        raise ModelError(f"{shown} cannot be opened ({_reason(error)}); {remedy}") from error
    _check(shown, remedy, "inputs", input_ports, inputs)
    there = [port for port in optional if port.name in _names(output_ports)]
    used = [*outputs, *there]
    used_ports = [port for port in output_ports if port.name in _names(used)]
    _check(shown, remedy, "outputs", used_ports, used)
    return Session(network, shown, remedy, input_ports, [port.name for port in used])


def _opened(model: Path | bytes, threads: int) -> Any:
    """The network in ONNX Runtime; a large one as it was made ready when it was first opened."""
    if not isinstance(model, Path) or not _worth_keeping(model):
        return _runtime_session(model, _options(threads))
    name = _ready_name(model)
    ready = Cache(NETWORKS).place(name)
    if ready is not None and has_passed(ready, _WHOLE):
        with suppress(Exception):  # ONNX Runtime has a dozen kinds, without a common base
            return _runtime_session(ready, _options(threads, ready=True))
    options = _options(threads)
    with tempfile.TemporaryDirectory() as folder:
        made_ready = Path(folder, name)
        options.optimized_model_filepath = str(made_ready)
        options.add_session_config_entry("session.save_model_format", "ORT")
        network = _runtime_session(model, options)
        _keep(made_ready, name)
    return network


def _keep(network: Path, name: str) -> None:
    cache = Cache(NETWORKS)
    with suppress(OSError):
        if cache.write(name, network.read_bytes()) and (place := cache.place(name)) is not None:
            remember(place, _WHOLE)


def _worth_keeping(model: Path) -> bool:
    try:
        return model.suffix == ".onnx" and model.stat().st_size >= _LARGE
    except OSError:  # opening it says what is wrong
        return False


def _ready_name(model: Path) -> str:
    """By all that decides what a network looks like when it is ready."""
    status = model.stat()
    state = (status.st_size, status.st_mtime_ns, status.st_ino)
    parts = (str(model.absolute()), state, runtime_and_processor())
    return digest(repr(parts).encode("utf-8", "surrogateescape"))


def runtime_and_processor() -> str:
    """What decides, beside its file, what a network gives: 32 hexadecimal digits."""
    return digest(repr((_onnxruntime().__version__, sorted(processor_flags()))).encode())


def _runtime_session(model: Path | bytes, options: Any) -> Any:
    source = str(model) if isinstance(model, Path) else model
    return _onnxruntime().InferenceSession(source, options, providers=["CPUExecutionProvider"])


def _options(threads: int, *, ready: bool = False) -> Any:
    """For any network; `ready` for one in which nothing is to be simplified any more."""
    runtime = _onnxruntime()
    options = runtime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # its pools cost 40 MB and save nothing here
    options.log_severity_level = 4  # what goes wrong is raised; a log would say it twice
    if not sums_exactly(processor_flags()):
        # Sums of 8-bit products would be cut off at 16 bits: frames of the tuned encoder are then
        # 5.4 % off instead of 3.8 %. It costs a third more time, also where it is not needed.
        options.add_session_config_entry("session.x64quantprecision", "1")
    if ready:
        options.graph_optimization_level = runtime.GraphOptimizationLevel.ORT_DISABLE_ALL
        options.add_session_config_entry("session.load_model_format", "ORT")
    return options


def _onnxruntime() -> Any:
    # `import mondegreen` has done so, but the environment may have been replaced since.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime


def _reason(error: Exception) -> str:
    """What ONNX Runtime says, in a line and without its error codes."""
    lines = str(error).strip().splitlines()
    return lines[0].split(" : ")[-1].strip()[:200] if lines else type(error).__name__


def _ports(described: Any) -> list[Port]:
    return [
        Port(
            port.name,
            tuple(size if isinstance(size, int) else str(size) for size in port.shape or ()),
            port.type.removeprefix("tensor(").removesuffix(")"),
        )
        for port in described
    ]


def _names(ports: Sequence[Port]) -> set[str]:
    return {port.name for port in ports}


def _check(
    name: str, remedy: str, what: str, ports: Sequence[Port], expected: Sequence[Port]
) -> None:
    """Raise ModelError unless `ports` are those expected, in whatever order."""
    by_name = {port.name: port for port in ports}
    fits = _names(expected) == by_name.keys() and all(
        by_name[port.name].does_for(port) for port in expected
    )
    if not fits:
        present, wanted = ("; ".join(map(str, some)) or "none" for some in (ports, expected))
        raise ModelError(f"{name} has the {what} {present}, expected {wanted}: {remedy}")


def in_eight_bits(whole: Path, small: Path) -> None:
    """Write the ONNX file `whole` to `small` with its matrices in 8 bits, a scale for each column.

    They are multiplied in 8 bits too. Needs the package onnx.
    """
    _onnxruntime()
    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.disable(logging.WARNING)  # it advises a step that changes nothing here
    try:
        quantize_dynamic(
            whole, small, op_types_to_quantize=["MatMul"],
            weight_type=QuantType.QInt8, per_channel=True,
        )  # fmt: skip
    finally:
        logging.disable(logging.NOTSET)


def ort_graph(data: bytes) -> Any:
    """The graph in an ORT file, as ONNX Runtime's own flatbuffers classes describe it."""
    _onnxruntime()
    import onnxruntime.tools.ort_format_model  # noqa: F401  (puts the file's schema on the path)
    from ort_flatbuffers_py.fbs.InferenceSession import InferenceSession

    return InferenceSession.GetRootAsInferenceSession(bytearray(data), 0).Model().Graph()
