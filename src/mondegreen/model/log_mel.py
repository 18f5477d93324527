"""Whisper's log-mel spectrum in PyTorch, so that it is exported together with the encoder."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

_FLOOR = 1e-10
_RANGE = 8.0
"""Powers of ten below the loudest at which the spectrum is cut off (Radford et al. 2022)."""


class LogMel(nn.Module):
    """Samples `(1, N)` at 16 kHz to a spectrum `(1, mels, N / hop)`."""

    def __init__(self, filters: npt.NDArray[np.float64], width: int, hop: int) -> None:
        """`filters (1 + width / 2, mels)` weigh the powers of windows of `width` samples, one every
        `hop`."""
        super().__init__()
        self._hop, self._width = hop, width
        # The transform is a convolution with its own waves: ONNX has no other that runs everywhere.
        times = torch.arange(width, dtype=torch.float64)
        turns = torch.outer(torch.arange(width // 2 + 1, dtype=torch.float64), times)
        angles = 2 * math.pi * torch.remainder(turns, width) / width
        window = torch.hann_window(width, dtype=torch.float64)
        waves = torch.cat([angles.cos(), -angles.sin()]) * window
        self.waves: Tensor
        self.filters: Tensor
        self.register_buffer("waves", waves[:, None].float(), persistent=False)
        self.register_buffer(
            "filters", torch.from_numpy(filters.T.copy()).float(), persistent=False
        )

    def forward(self, samples: Tensor) -> Tensor:
        """See the class."""
        half = self._width // 2
        padded = functional.pad(samples[:, None], (half, half), mode="reflect")
        parts = functional.conv1d(padded, self.waves, stride=self._hop)[:, :, :-1]
        real, imaginary = parts.chunk(2, dim=1)
        # A convolution once more, for a product of matrices would be rounded to 8 bits.
        powers = functional.conv1d(real.square() + imaginary.square(), self.filters[:, :, None])
        logarithms = powers.clamp(min=_FLOOR).log10()
        lowest = logarithms.amax(dim=(1, 2), keepdim=True) - _RANGE
        return (torch.maximum(logarithms, lowest) + 4.0) / 4.0


__all__ = ["LogMel"]
