"""Find the code of a picture the generator has never seen: its weights stay, only the code moves.

That is what GLO has instead of an encoder. A code can end in a place that is only locally the best, so several start
at once (the codes whose pictures are nearest, and the mean code) and the best one counts.

Tested: a picture the generator can make is found again, the result never leaves the ball, more starts are never worse.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.glo.codes import Codes, project
from engine.glo.learning import Loss

STEPS = 200
RATE = 0.05  # falls along half a cosine; larger than in training, since nothing else moves
CHUNK = 256  # pictures fitted at once


@dataclass(frozen=True)
class Progress:
    """One moment of a fit: codes (B, d), what the generator makes of them, and how far that is from the picture."""

    step: int
    codes: Tensor
    pictures: Tensor  # (B, C, H, W)
    each: Tensor  # (B,) losses


def nearest_starts(decoded: Tensor, codes: Tensor, pictures: Tensor, count: int) -> Tensor:
    """Starts for each picture, (B, count, d): the mean code, then the codes of the most similar decoded pictures.

    Args:
        decoded: (N, C, H, W) what the generator makes of `codes`, or of some of them.
        codes: (N, d).
        pictures: (B, C, H, W) to be found.
        count: At least 1; no more than N + 1 are returned.
    """
    mean = codes.mean(dim=0).expand(len(pictures), 1, -1)
    if count == 1:
        return mean
    table = torch.cdist(pictures.flatten(1), decoded.flatten(1))  # (B, N)
    best = table.topk(min(count - 1, len(codes)), dim=1, largest=False).indices
    return torch.cat([mean, codes[best]], dim=1)


def steps(
    generator: nn.Module,
    pictures: Tensor,
    first: Tensor,
    *,
    loss: Loss | None = None,
    projection: str = "ball",
    count: int = STEPS,
    rate: float = RATE,
) -> Iterator[Progress]:
    """Move codes (B, d) towards pictures (B, C, H, W), one `Progress` before each step and one at the end.

    The generator must not ask for gradients of its weights (see `engine.glo.portable`), or they are computed in vain.
    """
    measure = loss or Loss()
    codes = Codes(project(first, projection), projection=projection)
    rows = torch.arange(len(pictures), device=pictures.device)
    for number in range(count):
        leaf = codes.gather(rows)
        made = generator(leaf)
        each = measure.each(made, pictures)
        (gradient,) = torch.autograd.grad(each.sum(), leaf)
        yield Progress(number, leaf.detach(), made.detach(), each.detach())
        codes.update(rows, gradient, rate * (1 + math.cos(math.pi * number / count)) / 2)
    with torch.no_grad():
        made = generator(codes.values)
        yield Progress(count, codes.values, made, measure.each(made, pictures))


def fit(
    generator: nn.Module,
    pictures: Tensor,
    starts: Tensor,
    *,
    loss: Loss | None = None,
    projection: str = "ball",
    count: int = STEPS,
    rate: float = RATE,
) -> tuple[Tensor, Tensor]:
    """The best code of each picture and its loss: (B, C, H, W) and starts (B, k, d) -> (B, d) and (B,)."""
    found, losses = [], []
    tries = starts.shape[1]
    for some, first in zip(pictures.split(CHUNK), starts.split(CHUNK), strict=True):
        repeated = some.repeat_interleave(tries, dim=0)
        *_, last = steps(
            generator, repeated, first.flatten(0, 1), loss=loss, projection=projection, count=count, rate=rate
        )
        each = last.each.view(len(some), tries)
        best = each.argmin(dim=1)
        rows = torch.arange(len(some), device=best.device)
        found.append(last.codes.view(len(some), tries, -1)[rows, best])
        losses.append(each[rows, best])
    return torch.cat(found), torch.cat(losses)
