"""Maps of twice the side, in two ways that cost the same.

"nearest" repeats every value and convolves 3 x 3, which leaves no checkerboard (Odena et al. 2016, "Deconvolution and
checkerboard artifacts"). Done literally it multiplies 9 times per output; but a window over repeated values sees only
2 x 2 different ones, so the same sum is a transposed convolution with a 4 x 4 kernel whose entries are sums of the
3 x 3 weights: 4 products. "transposed" learns those 4 x 4 entries freely, as DCGAN does.

Tested against torch's own upsampling and convolution, values and gradients.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

KINDS = ("nearest", "transposed")
# Along one side, 3 taps over repeated values as 4 taps of a transposed convolution with stride 2 and padding 1.
_TAPS = ((0.0, 0.0, 1.0), (0.0, 1.0, 1.0), (1.0, 1.0, 0.0), (1.0, 0.0, 0.0))


class Enlarge(nn.Conv2d):
    """(B, inputs, H, W) to (B, outputs, 2H, 2W): nearest neighbour, then this convolution, 3 x 3 with padding 1."""

    taps: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 3, padding=1)
        self.register_buffer("taps", torch.tensor(_TAPS), persistent=False)

    def kernel(self) -> Tensor:
        """The transposed convolution's kernel, (inputs, outputs, 4, 4)."""
        return torch.einsum("au,oiuv,bv->ioab", self.taps, self.weight, self.taps)

    def forward(self, maps: Tensor) -> Tensor:
        """Twice the side."""
        return functional.conv_transpose2d(maps, self.kernel(), self.bias, stride=2, padding=1)


def doubling(kind: str, inputs: int, outputs: int) -> nn.Module:
    """A layer that doubles the side. Raises ValueError for another kind."""
    if kind == "nearest":
        return Enlarge(inputs, outputs)
    if kind != "transposed":
        raise ValueError(f"Sides double by {' or '.join(KINDS)}, not by {kind!r}.")
    return nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)  # every output sees the same number of inputs
