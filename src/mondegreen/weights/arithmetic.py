"""How the processor multiplies in 8 bits, which the networks do most of their time."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
_KINDS = {
    "amx_int8": "AMX", "avx512_vnni": "AVX-512 VNNI", "avx_vnni": "AVX VNNI",
    "avx512bw": "AVX-512, no VNNI", "avx2": "AVX2 only", "i8mm": "I8MM", "asimddp": "ASIMD DP",
}  # fmt: skip
"""Flags of processors in the words of Linux, the fastest first, with what people call them."""
_SIXTEEN = frozenset({"avx512_bf16", "amx_bf16"})
_EXACT = frozenset({"amx_int8", "avx512_vnni", "avx_vnni"})


@lru_cache(maxsize=4)
def processor_flags(path: Path = CPU_INFO) -> frozenset[str]:
    """What the first processor of this machine can do, as Linux lists it; elsewhere nothing."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    for line in lines:
        name, _, flags = line.partition(":")
        if name.strip() in ("flags", "Features"):  # x86, ARM
            return frozenset(flags.split())
    return frozenset()


def eight_bit_arithmetic(flags: frozenset[str]) -> str | None:
    """The fastest 8-bit arithmetic among a processor's `flags`, by name; None: not known."""
    return next((name for flag, name in _KINDS.items() if flag in flags), None)


def has_bfloat16(flags: frozenset[str]) -> bool:
    """Whether the processor multiplies in 16 bits itself: a training step then takes two thirds of
    the time, where it does not six times as long."""
    return not _SIXTEEN.isdisjoint(flags)


def sums_exactly(flags: frozenset[str]) -> bool:
    """Whether the fastest way of adding up products of 8 bits is known to be exact.

    AVX2, and AVX-512 without VNNI, add pairs of products in 16 bits and cut off what is beyond.
    """
    return not _EXACT.isdisjoint(flags)
