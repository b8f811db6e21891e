"""Counting a network that is already built: `engine.parameters.breakdown` beside torchinfo and torch's FLOP counter.

Eight models, every arm once per round. torchinfo runs twice: as it is usually called (a model on the processor, a
real forward pass) and at its best, on the same meta model as ours. Torch's counter on meta gives totals only.
A check before the timing compares everybody's parameters; MACs are reported beside the published ones, since
torchinfo does not see attention.

    python -m benchmarks.parameters
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import torch
import torchinfo
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.common import Timing, interleave, table, write
from engine.architectures import build, input_shape, published
from engine.architectures.building import make
from engine.parameters import breakdown

MODELS = (
    "alexnet",
    "resnet18",
    "resnet50",
    "densenet121",
    "mobilenet_v2",
    "vit_b_16",
    "efficientnet_b0",
    "convnext_tiny",
)
OURS, ROUNDS = "ours", 9
Count = tuple[int, int]  # parameters, multiply-accumulates


def arms(name: str) -> dict[str, Callable[[], Count]]:
    """For one model, functions that return its parameters and MACs."""
    on_meta, real, shape = build(name), make(name).eval(), input_shape(name)
    return {
        OURS: lambda: _ours(on_meta, shape),
        "torchinfo": lambda: _torchinfo(real, shape, "cpu"),
        "torchinfo on meta": lambda: _torchinfo(on_meta, shape, "meta"),
        "FlopCounterMode on meta": lambda: _flop_counter(on_meta, shape),
    }


def _ours(model: nn.Module, shape: tuple[int, ...]) -> Count:
    found = breakdown(model, shape)
    return found.parameters, found.macs


def _torchinfo(model: nn.Module, shape: tuple[int, ...], device: str) -> Count:
    found = torchinfo.summary(model, (1, *shape), device=device, verbose=0, cache_forward_pass=False)
    return found.total_params, found.total_mult_adds


def _flop_counter(model: nn.Module, shape: tuple[int, ...]) -> Count:
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(torch.empty(1, *shape, device="meta"))
    return sum(parameter.numel() for parameter in model.parameters()), counter.get_total_flops() // 2


def check(name: str, counts: dict[str, Count]) -> dict[str, float]:
    """Billions of MACs by every arm and as published; raises AssertionError where parameters differ."""
    official = published(name)
    assert official is not None  # noqa: S101  (all models here are torchvision's)
    for arm, (parameters, _) in counts.items():
        if parameters != official.parameters:
            raise AssertionError(
                f"{arm} counts {parameters} parameters in {name}, not {official.parameters}."
            )
    return {arm: round(macs / 1e9, 3) for arm, (_, macs) in counts.items()} | {"published": official.gmacs}


def main() -> None:
    """Check, measure, print the tables, write results/parameters.json."""
    torch.set_num_threads(2)
    timings: dict[str, dict[str, Timing]] = {}
    gmacs: dict[str, dict[str, float]] = {}
    for name in MODELS:
        counting = arms(name)
        gmacs[name] = check(name, {arm: count() for arm, count in counting.items()})
        timings[name] = interleave(counting, rounds=ROUNDS, warm_up=1)
        print(table(f"{name}, billions of MACs {gmacs[name]}", timings[name], ours=OURS), end="\n\n")
    ratios = {
        arm: [found[arm].median_ms / found[OURS].median_ms for found in timings.values()]
        for arm in timings[MODELS[0]]
        if arm != OURS
    }
    summary = {
        arm: {"least": round(min(values), 2), "median": round(median(values), 2)}
        for arm, values in ratios.items()
    }
    losses = [
        f"{arm} on {name}"
        for arm, values in ratios.items()
        for name, value in zip(MODELS, values, strict=True)
        if value < 1
    ]
    print(f"time over ours {summary}; slower than {losses or 'none'}")
    findings = {"rounds": ROUNDS, "times_ours": summary, "losses": losses, "gmacs": gmacs, "timings": timings}
    write("parameters", ("torch", "torchvision", "torchinfo"), findings)


if __name__ == "__main__":
    main()
