"""Where a training computes: on a graphics processor where there is one."""

from __future__ import annotations

from contextlib import AbstractContextManager

import torch

from ..weights.arithmetic import has_bfloat16, processor_flags


def fastest() -> str:
    """`cuda` where PyTorch has such a device, else `cpu`."""
    return "cuda" if torch.cuda.is_available() else "cpu"


def in_16_bits(device: str) -> AbstractContextManager[object]:
    """A block whose matrices are multiplied in 16 bits, where `device` has units for them."""
    has_units = device == "cuda" or has_bfloat16(processor_flags())
    return torch.autocast(device, torch.bfloat16, enabled=has_units)


__all__ = ["fastest", "in_16_bits"]
