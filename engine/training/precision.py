"""In which numbers and which memory layout a network is computed: chosen per device and network.

Measured (`benchmarks/training.py`): where the device multiplies bfloat16 itself, every network gains from it, and
convolutions gain again from channels-last memory, which dense layers alone have no use for. Transposed convolutions are
the exception: on processors they take several times as long in bfloat16 as in float32 (`benchmarks/glo.py`, the peer's
generator). The choice is a rule, not a race at the start of each run, so that equal settings give equal numbers.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine import device as devices

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


@dataclass(frozen=True)
class Precision:
    """How to compute. `dtype` None: float32 throughout."""

    device: torch.device
    dtype: torch.dtype | None
    channels_last: bool

    def autocast(self) -> AbstractContextManager[object]:
        """Context of the forward pass."""
        return nullcontext() if self.dtype is None else torch.autocast(self.device.type, dtype=self.dtype)

    def place(self, model: nn.Module) -> nn.Module:
        """The model on the device, in this layout."""
        model = model.to(self.device)
        return model.to(memory_format=torch.channels_last) if self.channels_last else model

    def arrange(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in this layout."""
        return images.contiguous(
            memory_format=torch.channels_last if self.channels_last else torch.contiguous_format
        )


def choose(model: nn.Module, device: torch.device) -> Precision:
    """What is fastest for this network on this device."""
    convolves = any(isinstance(module, _CONVOLUTIONS) for module in model.modules())
    transposes = any(isinstance(module, nn.ConvTranspose2d) for module in model.modules())
    dtype = None if transposes and device.type == "cpu" else devices.autocast_dtype(device)
    return Precision(device, dtype, convolves and devices.channels_last(device))
