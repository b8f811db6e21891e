"""The fast way for one filter on a CPU: cut the picture into strips and let the strips be channels.

oneDNN computes a convolution quickly when many channels lie next to each other in memory, and slowly with one
filter on one or three channels, which is just what a picture under a kernel is. So the picture is cut into
strips of rows that overlap by what the kernel needs; all strips of all channels become the channels of one
depthwise convolution in channels_last memory, whose outputs are summed over the true channels and stacked
again. Same products, another order: results differ by float32 rounding only. 512 x 512 RGB under 7 x 7, one
thread: see benchmarks/convolution.py. Tested against torch's own convolution, values and gradients.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from engine.geometry import Axis

LANES = 16  # channels that fill the vector registers; more gain nothing
LEAST_CELLS = 2**16  # below this the cutting costs more than it saves


def pays(padded: Tensor, weight: Tensor, rows: Axis, columns: Axis) -> bool:
    """Whether the strips are faster than torch's own way for this padded picture and weight."""
    return (
        padded.device.type == "cpu"
        and padded.dtype == weight.dtype == torch.float32
        and weight.shape[0] == 1
        and rows.kernel * columns.kernel > 1
        and padded.shape[0] * rows.output * columns.output >= LEAST_CELLS
    )


def convolve_one(padded: Tensor, weight: Tensor, rows: Axis, columns: Axis) -> Tensor:
    """One filter (1, C, kh, kw) over padded images (B, C, H+, W+) -> (B, 1, h, w), without a bias."""
    batch, channels = padded.shape[:2]
    count = _strips(rows.output, max(LANES // (batch * channels), 1))
    height = -(-rows.output // count)  # output rows of a strip
    strips = _cut(padded, count, height * rows.stride, (height - 1) * rows.stride + rows.span)
    lanes = batch * count * channels
    filters = weight.expand(batch * count, -1, -1, -1).reshape(lanes, 1, *weight.shape[2:])
    parts = functional.conv2d(
        strips,
        filters,
        stride=(rows.stride, columns.stride),
        dilation=(rows.dilation, columns.dilation),
        groups=lanes,
    )  # (1, B*S*C, height, w)
    stacked = parts.unflatten(1, (batch, count, channels))
    summed = stacked.squeeze(3) if channels == 1 else stacked.sum(3)  # (1, B, S, height, w)
    return summed.reshape(batch, 1, count * height, columns.output)[:, :, : rows.output]


def _strips(output: int, most: int) -> int:
    """How many strips: a number that divides the output rows spares filling up the last strip."""
    even = (count for count in range(most, most // 2, -1) if output % count == 0)
    return next(even, min(most, output))


def _cut(padded: Tensor, count: int, step: int, reach: int) -> Tensor:
    """`count` strips of `reach` rows, `step` apart: (B, C, H+, W+) -> (1, B*S*C, reach, W+), channels last.

    Rows missing at the bottom are filled with zeros; the output rows they make are cut off by the caller.
    """
    missing = max((count - 1) * step + reach - padded.shape[2], 0)
    tall = functional.pad(padded, (0, 0, 0, missing)) if missing else padded
    strips = tall.unfold(2, reach, step)[:, :, :count]
    stacked = strips.permute(0, 2, 1, 4, 3).flatten(0, 2)  # (B, C, S, W+, reach) -> (B*S*C, reach, W+)
    # Two copies, rows first and then the channels side by side, are 2-3x faster than one that does both.
    return stacked.contiguous().unsqueeze(0).contiguous(memory_format=torch.channels_last)
