"""How the learning rate grows with the batch: the rules of SimCLR (Chen et al. 2020, section 2.2 and table B.1).

A larger batch averages more pictures, so its step may be longer. The linear rule keeps the ratio of rate and batch
(Goyal et al. 2017, https://arxiv.org/abs/1706.02677); the square-root rule lets it grow slower and, in the paper, is
better for small batches and few epochs. Both agree at `REFERENCE`-picture batches here; the paper's own constants,
0.3 B / 256 and 0.075 sqrt(B), agree at 4,096.
"""

from __future__ import annotations

from typing import Literal

Scaling = Literal["none", "linear", "sqrt"]
SCALINGS: tuple[Scaling, ...] = ("none", "linear", "sqrt")
REFERENCE = 256  # pictures in the batch for which the base rate is meant


def scaled_rate(base: float, batch: int, rule: Scaling = "linear") -> float:
    """The learning rate for a batch of `batch` pictures where `base` is right for 256."""
    if rule == "none":
        return base
    ratio = batch / REFERENCE
    return base * (ratio if rule == "linear" else ratio**0.5)


def formula(base: float, batch: int, rule: Scaling = "linear") -> str:
    """The rule with its values filled in: "0.3 x 512 / 256 = 0.6"."""
    rate = scaled_rate(base, batch, rule)
    if rule == "none":
        return f"{base:g}"
    fraction = f"{batch} / {REFERENCE}"
    grown = fraction if rule == "linear" else f"√({fraction})"
    return f"{base:g} × {grown} = {rate:.4g}"  # noqa: RUF001 - typographic signs for readers


def paper_rate(batch: int, rule: Scaling = "linear") -> float:
    """What the paper would take on ImageNet with LARS: 0.3 B / 256 or 0.075 sqrt(B); both 4.8 at 4,096."""
    return 0.075 * batch**0.5 if rule == "sqrt" else 0.3 * batch / 256
