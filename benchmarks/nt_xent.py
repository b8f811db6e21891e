"""NT-Xent beside lightly's: forward and backward of the same 512 pairs of 128 numbers, on one core and on all.

python -m benchmarks.nt_xent
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

import torch
from lightly.loss import NTXentLoss
from torch import Tensor

from benchmarks.common import Timing, interleave, table, write
from engine.contrastive import nt_xent

OURS = "explorer nt_xent"
PAIRS, WIDTH, TEMPERATURE = (128, 512, 1024), 128, 0.5
ROUNDS = 41
SEED = 0
TOLERANCE = 1e-6

Loss = Callable[[Tensor, Tensor], Tensor]


def contenders() -> dict[str, Loss]:
    """Losses of two views (N, d); all compute the paper's mean over 2N."""
    return {OURS: lambda a, b: nt_xent(a, b, TEMPERATURE), "lightly NTXentLoss": NTXentLoss(TEMPERATURE)}


def pairs(count: int) -> tuple[Tensor, Tensor]:
    """Two views of `count` made-up pictures that resemble each other, as after some training."""
    generator = torch.Generator().manual_seed(SEED)
    first = torch.randn(count, WIDTH, generator=generator)
    return first, first + torch.randn(count, WIDTH, generator=generator)


def step(loss: Loss, z_a: Tensor, z_b: Tensor) -> tuple[float, Tensor]:
    """Forward and backward: the loss and both gradients, (2N, d)."""
    leaves = [z.detach().requires_grad_() for z in (z_a, z_b)]
    value = loss(*leaves)
    value.backward()
    return value.item(), torch.cat([leaf.grad for leaf in leaves if leaf.grad is not None])


def check(losses: Mapping[str, Loss], z_a: Tensor, z_b: Tensor) -> dict[str, dict[str, float]]:
    """How far every contender's loss and gradient are from ours; AssertionError where it is more than 1e-6."""
    ours, gradient = step(losses[OURS], z_a, z_b)
    apart = {}
    for name, loss in losses.items():
        value, other = step(loss, z_a, z_b)
        apart[name] = {"loss": abs(value - ours), "gradient": (other - gradient).abs().max().item()}
        if not max(apart[name].values()) < TOLERANCE:
            raise AssertionError(f"{name} computes something else than ours: {apart[name]}.")
    return apart


def main() -> None:
    """Check, measure, print the tables, write results/nt_xent.json."""
    losses = contenders()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    timings: dict[str, dict[str, Timing]] = {}
    apart, ratio = {}, {}
    for count in PAIRS:
        z_a, z_b = pairs(count)
        apart[f"N {count}"] = check(losses, z_a, z_b)
        arms = {name: lambda loss=loss, a=z_a, b=z_b: step(loss, a, b) for name, loss in losses.items()}
        for threads in sorted({1, cores}):
            torch.set_num_threads(threads)
            task = f"N {count}, threads {threads}"
            timings[task] = interleave(arms, rounds=ROUNDS, warm_up=4)
            ratio[task] = round(
                timings[task][OURS].median_ms / timings[task]["lightly NTXentLoss"].median_ms, 3
            )
            print(table(f"Forward and backward, {task}", timings[task], ours=OURS), end="\n\n")
    setting = {"width": WIDTH, "temperature": TEMPERATURE, "rounds": ROUNDS, "seed": SEED}
    findings = {
        "setting": setting,
        "largest_difference": apart,
        "ratio_to_lightly": ratio,
        "timings": timings,
    }
    path = write("nt_xent", ("torch", "lightly"), findings)
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    main()
