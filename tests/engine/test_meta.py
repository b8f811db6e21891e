"""Everything that only depends on shapes runs on the `meta` device: nothing moves data to a processor by itself.

To add an operation, append (name, function of a device that returns a tensor) to OPERATIONS.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from engine import convolution, kernels, layers, pooling

META = torch.device("meta")


def pictures(device: torch.device) -> Tensor:
    """Large enough for the operations that choose another way for large pictures."""
    return torch.zeros(2, 3, 300, 280, device=device)


def weight(device: torch.device, filters: int = 4) -> Tensor:
    return torch.ones(filters, 3, 5, 5, device=device)


def window(device: torch.device) -> Tensor:
    return convolution.window_at(pictures(device), weight(device), None, 3, 4, padding="same").total


def contribution(device: torch.device) -> Tensor:
    return layers.contributions(pictures(device)[:1], weight(device), 2, layers.ConvLayer(4, 5))


def stack(device: torch.device) -> Tensor:
    return layers.forward(pictures(device), layers.PRESETS["deep4"].layers)[-1].after


OPERATIONS: list[tuple[str, Callable[[torch.device], Tensor]]] = [
    ("convolve", lambda device: convolution.convolve(pictures(device), weight(device), padding="same")),
    ("convolve one filter", lambda device: convolution.convolve(pictures(device), weight(device, 1))),
    (
        "convolve with reflection",
        lambda device: convolution.convolve(
            pictures(device), weight(device), padding=2, padding_mode="reflect", stride=3, dilation=2
        ),
    ),
    ("filter channels", lambda device: convolution.filter_channels(pictures(device), weight(device)[0, 0])),
    ("one window", window),
    *(
        (f"activation {name}", lambda device, name=name: convolution.activate(pictures(device), name))
        for name in convolution.ACTIVATIONS
    ),
    *(
        (f"pool {mode}", lambda device, mode=mode: pooling.pool(pictures(device), mode, 3, stride=2))
        for mode in pooling.MODES
    ),
    *(
        (f"gradient {mode}", lambda device, mode=mode: pooling.route_gradient(pictures(device), mode, 2))
        for mode in pooling.MODES
    ),
    ("global pool", lambda device: pooling.global_pool(pictures(device), "l2")),
    ("winners", lambda device: torch.stack(pooling.winners(pictures(device), "min", 2))),
    ("repeated pooling", lambda device: pooling.repeated(pictures(device), "max", 2)[-1]),
    ("build a kernel", lambda device: kernels.build("gabor", 7, device=device)),
    ("normalise a kernel", lambda device: kernels.normalise(weight(device))),
    ("flip a kernel", lambda device: kernels.flip(weight(device))),
    ("layers", stack),
    ("contributions", contribution),
]


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_it_runs_on_meta_with_the_shape_and_type_it_has_on_the_cpu(name, operation):
    found, expected = operation(META), operation(torch.device("cpu"))
    assert found.is_meta
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
