"""Pooling: one number per window and channel, the largest, the mean, the smallest or the root of the squares.

Images (B, C, H, W) -> (B, C, h, w). Padding never wins: it counts as minus infinity for max and as plus
infinity for min. For average it is zeros that are averaged in (torch's default, count_include_pad), for L2
zeros. L2 is sqrt(sum of squares), as torch's lp_pool2d: a sum, not a mean. As in torch, padding is at most
half the window, so that every window holds a cell of the picture.
Tested against torch, a literal loop and, for the gradients, torch's autograd.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn import functional

from engine.geometry import Axis, GeometryError, Pair, axes, known, pair

MODES = ("max", "average", "min", "l2")
LONGEST_STRIP = 64  # maps that `repeated` makes at most
MANY_CHANNELS = 8  # from here on the CPU finds maxima 2-3 times faster with the channels side by side


def pool(images: Tensor, mode: str, window: Pair, *, stride: Pair | None = None, padding: Pair = 0) -> Tensor:
    """Pool every channel by itself: (B, C, H, W) -> (B, C, h, w); a stride of None is the window itself.

    Raises UnknownNameError for a mode that is not in MODES, GeometryError where the window does not fit.
    """
    known(mode, MODES, "pooling mode")
    rows, columns = pooling_axes(images.shape, window, stride=stride, padding=padding)
    size, steps = (rows.kernel, columns.kernel), (rows.stride, columns.stride)
    edges = (rows.before, columns.before)
    if mode == "max":
        return functional.max_pool2d(_interleaved(images), size, steps, edges)
    if mode == "min":
        return -functional.max_pool2d(-_interleaved(images), size, steps, edges)
    if mode == "average":
        return functional.avg_pool2d(images, size, steps, edges)
    return functional.avg_pool2d(images.square(), size, steps, edges, divisor_override=1).sqrt()


def global_pool(images: Tensor, mode: str) -> Tensor:
    """One number per channel: (B, C, H, W) -> (B, C, 1, 1). Raises UnknownNameError for an unknown mode."""
    known(mode, MODES, "pooling mode")
    if mode == "max":
        return images.amax((-2, -1), keepdim=True)
    if mode == "min":
        return images.amin((-2, -1), keepdim=True)
    if mode == "average":
        return images.mean((-2, -1), keepdim=True)
    return images.square().sum((-2, -1), keepdim=True).sqrt()


def pooling_axes(
    shape: tuple[int, ...], window: Pair, *, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Axis, Axis]:
    """The axes (rows, columns) of a pooling: sizes, dropped cells and formula are theirs.

    Raises GeometryError where the window does not fit or the padding is more than half the window.
    """
    if len(shape) != 4:
        raise GeometryError(f"Images are (batch, channels, rows, columns); got {tuple(shape)}.")
    size = pair(window, "The window")
    rows, columns = axes(shape[-2:], size, stride=size if stride is None else stride, padding=padding)
    for axis in (rows, columns):
        if axis.before > axis.kernel // 2:
            raise GeometryError(
                f"A pooling window of {axis.kernel} takes at most {axis.kernel // 2} of padding,"
                f" not {axis.before}: otherwise some windows would hold nothing but padding."
            )
    return rows, columns


def winners(
    images: Tensor, mode: str, window: Pair, *, stride: Pair | None = None, padding: Pair = 0
) -> tuple[Tensor, Tensor]:
    """Where each output cell of max or min comes from: (rows, columns), both int64 (B, C, h, w).

    The first in reading order where several are equal, as torch has it. Raises as `pool`, and
    UnknownNameError for average and l2, where every cell has its share.
    """
    known(mode, ("max", "min"), "pooling mode with a winner")
    rows, columns = pooling_axes(images.shape, window, stride=stride, padding=padding)
    _, places = functional.max_pool2d(
        _interleaved(images) if mode == "max" else -_interleaved(images),
        (rows.kernel, columns.kernel),
        stride=(rows.stride, columns.stride),
        padding=(rows.before, columns.before),
        return_indices=True,
    )
    return places // columns.size, places % columns.size


def route_gradient(
    images: Tensor,
    mode: str,
    window: Pair,
    *,
    stride: Pair | None = None,
    padding: Pair = 0,
    gradient: Tensor | None = None,
) -> Tensor:
    """Where the backward pass sends a gradient (B, C, h, w) of the outputs; ones if None. -> (B, C, H, W).

    Max and min: all of it to the winner. Average: an equal share to every cell of the window. L2: to each
    cell its value divided by the output, and nothing where the output is 0 (torch gives NaN there). Shares
    of overlapping windows add up. Raises as `pool`, and GeometryError for a gradient of another shape.
    """
    known(mode, MODES, "pooling mode")
    rows, columns = pooling_axes(images.shape, window, stride=stride, padding=padding)
    shape = (*images.shape[:2], rows.output, columns.output)
    flow = images.new_ones(shape) if gradient is None else gradient
    if flow.shape != shape:
        raise GeometryError(f"The gradient has the outputs' shape {shape}, not {tuple(flow.shape)}.")
    if mode in ("max", "min"):
        where = winners(images, mode, window, stride=stride, padding=padding)
        return _to_winners(flow, *where, columns.size, images)
    if mode == "average":
        return _to_all(flow / (rows.kernel * columns.kernel), rows, columns)
    output = pool(images, mode, window, stride=stride, padding=padding)
    return images * _to_all(torch.where(output == 0, 0, flow / output), rows, columns)


def shift_sensitivity(
    images: Tensor,
    window: Pair,
    stride: Pair | None = None,
    *,
    shift: tuple[int, int] = (0, 1),
    tolerance: float = 0.05,
) -> dict[str, float]:
    """Share of output cells that change when the picture moves by `shift` (rows, columns), for every mode.

    See `share_changed` for what counts as a change.
    """
    shares = {}
    for mode in MODES:
        operation = partial(pool, mode=mode, window=window, stride=stride)
        shares[mode] = share_changed(operation, images, shift=shift, tolerance=tolerance)
    return shares


def share_changed(
    operation: Callable[[Tensor], Tensor],
    images: Tensor,
    *,
    shift: tuple[int, int] = (0, 1),
    tolerance: float = 0.05,
) -> float:
    """Share (0 to 1) of the outputs of `operation` that change when the camera moves by `shift` cells.

    Two crops of equal size, `shift` apart, are taken from the images, so no cell is invented or wrapped
    round; their outputs are compared place by place. A cell changed if it differs by more than `tolerance`
    times the range of the outputs. Raises GeometryError where the crops would be empty.
    """
    down, right = shift
    height, width = images.shape[-2] - abs(down), images.shape[-1] - abs(right)
    if height < 1 or width < 1:
        raise GeometryError(f"A picture of {tuple(images.shape[-2:])} cells cannot move by {shift}.")
    before, after = (
        operation(images[..., top : top + height, left : left + width])
        for top, left in ((max(-down, 0), max(-right, 0)), (max(down, 0), max(right, 0)))
    )
    low, high = torch.aminmax(torch.stack([before, after]))
    return ((before - after).abs() > tolerance * (high - low)).float().mean().item()


def repeated(
    images: Tensor, mode: str, window: Pair, *, stride: Pair | None = None, padding: Pair = 0
) -> list[Tensor]:
    """Pool again and again down to 1 x 1; the images themselves are not in the list.

    Where a map has become smaller than the window, the window shrinks to it and needs no padding. Raises
    GeometryError where a step does not shrink the map or 1 x 1 is not reached in 64 steps; else as `pool`.
    """
    maps: list[Tensor] = []
    current = images
    while current.shape[-2:] != (1, 1):
        sides = zip(current.shape[-2:], pair(window, "The window"), pair(padding, "Padding"), strict=True)
        fitted = [(min(size, kernel), edge if kernel <= size else 0) for size, kernel, edge in sides]
        smaller = pool(
            current,
            mode,
            (fitted[0][0], fitted[1][0]),
            stride=pair(window, "The window") if stride is None else stride,
            padding=(fitted[0][1], fitted[1][1]),
        )
        if len(maps) == LONGEST_STRIP or smaller.shape[-2:].numel() >= current.shape[-2:].numel():
            raise GeometryError("Pooled like this the map never gets down to 1 x 1: use a larger stride.")
        maps.append(smaller)
        current = smaller
    return maps


def _interleaved(images: Tensor) -> Tensor:
    """The same images with the channels of a cell next to each other in memory, where that is faster."""
    many = images.device.type == "cpu" and images.shape[1] >= MANY_CHANNELS
    return images.contiguous(memory_format=torch.channels_last) if many else images


def _to_winners(flow: Tensor, rows: Tensor, columns: Tensor, width: int, images: Tensor) -> Tensor:
    """Add each output's gradient to its winning input cell."""
    flat = torch.zeros_like(images, memory_format=torch.contiguous_format).flatten(2)  # (B, C, H*W)
    return flat.scatter_add(2, (rows * width + columns).flatten(2), flow.flatten(2)).view(images.shape)


def _to_all(flow: Tensor, rows: Axis, columns: Axis) -> Tensor:
    """Add each output's gradient to every input cell of its window: (B, C, h, w) -> (B, C, H, W)."""
    area = rows.kernel * columns.kernel
    planes = flow.reshape(-1, 1, rows.output * columns.output).expand(-1, area, -1)  # (B*C, area, h*w)
    spread = functional.fold(
        planes,
        (rows.size, columns.size),
        (rows.kernel, columns.kernel),
        padding=(rows.before, columns.before),
        stride=(rows.stride, columns.stride),
    )
    return spread.view(*flow.shape[:2], rows.size, columns.size)
