"""Learning rate schedules: pure functions of how far the run is, to a factor on the learning rate.

Progress is counted in examples, not in batches, so that a batch size can change while a run is on. Tested against
`torch.optim.lr_scheduler`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

START, END = 1 / 25, 1e-4 / 25  # of the one-cycle schedule, as in `torch.optim.lr_scheduler.OneCycleLR`
RISE = 0.3  # share of a one-cycle run that rises, where no warm-up is given


def constant(_progress: float) -> float:
    """Always 1."""
    return 1.0


def linear(progress: float) -> float:
    """A straight line from 1 to 0."""
    return 1.0 - progress


def cosine(progress: float) -> float:
    """Half a cosine from 1 to 0 (Loshchilov & Hutter 2016, without restarts)."""
    return 0.5 * (1 + math.cos(math.pi * progress))


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "linear": linear,
    "cosine": cosine,
}
NAMES = (*SCHEDULES, "one_cycle")


def factor(name: str, done: float, total: float, warm_up: float = 0.0) -> float:
    """What the learning rate is multiplied by after `done` of `total` examples.

    Over the first `warm_up` examples it rises linearly from 0 to 1 (Goyal et al. 2017), then the schedule covers
    the rest. "one_cycle" (Smith & Topin 2017) has its own rise, half a cosine from 1/25 to 1 over `warm_up` or 30 %
    of the run, and falls to 1/250,000.
    """
    done = min(max(done, 0.0), total)
    if name == "one_cycle":
        return _one_cycle(done, total, warm_up or RISE * total)
    if done < warm_up:
        return done / warm_up
    rest = total - warm_up
    return SCHEDULES[name]((done - warm_up) / rest if rest > 0 else 1.0)


def _one_cycle(done: float, total: float, rise: float) -> float:
    if done < rise:
        return 1 + (START - 1) * cosine(done / rise)
    return END + (1 - END) * cosine((done - rise) / (total - rise) if total > rise else 1.0)
