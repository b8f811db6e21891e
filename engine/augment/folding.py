"""The fast mode of colour distortion: all of it as one 3 x 3 matrix and one offset per picture.

Brightness, contrast, saturation and grey are each affine in (red, green, blue), so any order of them is one
matrix and one offset. Two things are not the same as in the exact mode, and `benchmarks/augment.py` measures how
much: nothing is clipped between the steps, only at the end; and the hue is turned in the YIQ space of television,
where that is a matrix, not in HSV, where it is not.
Tested against the exact mode: equal to 1e-5 where nothing clips and the hue stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import tau

import torch
from torch import Tensor

from engine.augment.colours import LUMA
from engine.augment.jitter import HUE, SATURATION, STEPS, Drop, Jitter
from engine.augment.operator import Drawn, Operator
from engine.device import full_precision

FOLDABLE = (Jitter, Drop)
# Red, green, blue -> brightness Y and the two colour axes I, Q of the NTSC standard (FCC, 1953).
YIQ = ((0.299, 0.587, 0.114), (0.5959, -0.2746, -0.3213), (0.2115, -0.5227, 0.3112))


def apply_folded(images: Tensor, steps: Sequence[tuple[Operator, Drawn]]) -> Tensor:
    """Several colour operators of FOLDABLE, as drawn, on colour pictures (B, 3, H, W) in one pass, then clipped."""
    with full_precision(images.device):
        colour = images.mean((-2, -1)).unsqueeze(2)  # (B, 3, 1) mean colour after the steps so far
        matrix = torch.eye(3, dtype=images.dtype, device=images.device).expand(images.shape[0], 3, 3)
        offset = torch.zeros_like(colour)
        for operator, drawn in steps:
            here = {name: value.to(images.device, non_blocking=True) for name, value in drawn.items()}
            factors = _factors(operator, here, images.dtype)
            for kind in factors["order"].unbind(1):
                after, shift = _step(kind, factors, colour)
                matrix, offset, colour = after @ matrix, after @ offset + shift, after @ colour + shift
        flat = torch.baddbmm(offset, matrix, images.flatten(2))  # (B, 3, H * W)
    return flat.view(images.shape).clamp_(0, 1)


def _factors(operator: Operator, drawn: Drawn, dtype: torch.dtype) -> dict[str, Tensor]:
    """What was drawn in one form: `order` (B, steps), factors (B,), and the matrix of the hue, (B, 3, 3)."""
    applied = drawn["applied"].unsqueeze(1)
    if isinstance(operator, Drop):  # no saturation is left
        none = torch.zeros_like(drawn["applied"], dtype=dtype)
        drawn = {
            "order": torch.full_like(applied, SATURATION, dtype=torch.int64),
            **dict.fromkeys(STEPS, none),
        }
    return {
        **{name: drawn[name].to(dtype) for name in STEPS[:HUE]},
        "hue": hue_matrix(drawn["hue"].to(dtype)),
        "order": torch.where(applied, drawn["order"], len(STEPS)),  # one behind the last: leave the picture
    }


def _step(kind: Tensor, factors: Drawn, colour: Tensor) -> tuple[Tensor, Tensor]:
    """Matrix (B, 3, 3) and offset (B, 1, 1) of the step `kind` (B,) for pictures of mean colour (B, 3, 1)."""
    brightness, contrast, saturation = (
        torch.where(kind == number, factors[name], 1.0).view(-1, 1, 1)
        for number, name in enumerate(STEPS[:HUE])
    )
    luma = torch.tensor([LUMA], dtype=colour.dtype, device=colour.device)  # (1, 3)
    identity = torch.eye(3, dtype=colour.dtype, device=colour.device)
    turned = torch.where((kind == HUE).view(-1, 1, 1), factors["hue"], identity)
    matrix = turned * (brightness * contrast * saturation) + (1 - saturation) * luma  # (B, 3, 3)
    return matrix, (1 - contrast) * (luma @ colour)


def hue_matrix(turns: Tensor) -> Tensor:
    """Turn the plane of I and Q by `turns` (B,) of a full turn, red towards yellow: (B, 3, 3) on red, green, blue."""
    forward = torch.tensor(YIQ, dtype=turns.dtype, device=turns.device)
    back = torch.tensor(YIQ_BACK, dtype=turns.dtype, device=turns.device)
    cosine, sine = torch.cos(tau * turns), torch.sin(tau * turns)
    one, none = torch.ones_like(turns), torch.zeros_like(turns)
    turn = torch.stack([one, none, none, none, cosine, sine, none, -sine, cosine], 1).view(-1, 3, 3)
    return back @ turn @ forward


YIQ_BACK: tuple[tuple[float, ...], ...] = tuple(
    tuple(row) for row in torch.linalg.inv(torch.tensor(YIQ, dtype=torch.float64)).tolist()
)
