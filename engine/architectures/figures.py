"""What torchvision publishes about its classification models: accuracy, parameters, MACs and the size of
the weights.

All of it is metadata that ships with the package; nothing is downloaded. Accuracies are percentages on the
ImageNet validation set for the named weights, MACs are torchvision's `_ops` (which it calls GFLOPS).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from torchvision.models import WeightsEnum, get_model_weights

from engine.architectures.building import OWN, names, published_weights


@dataclass(frozen=True)
class Published:
    """Figures of one set of weights, with the weights' name; `gmacs` in billions, `megabytes` of the file."""

    network: str
    weights: str
    top1: float
    top5: float
    parameters: int
    gmacs: float
    side: int
    megabytes: float
    source: str


@cache
def published(name: str) -> Published | None:
    """Figures of the weights that belong to the network `build` makes; None for networks of our own.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    weights = published_weights(name)
    return _figures(name, weights) if weights is not None else None


@cache
def versions(name: str) -> tuple[Published, ...]:
    """Figures of every set of weights torchvision has for `name`, some for larger pictures."""
    return () if published(name) is None else tuple(_figures(name, item) for item in get_model_weights(name))


@cache
def all_published() -> tuple[Published, ...]:
    """One entry per torchvision model, for the plot of accuracy against cost."""
    return tuple(found for name in names() if name not in OWN and (found := published(name)) is not None)


def _figures(name: str, weights: WeightsEnum) -> Published:
    meta = weights.meta
    accuracy = meta["_metrics"]["ImageNet-1K"]
    return Published(
        network=name,
        weights=weights.name,
        top1=accuracy["acc@1"],
        top5=accuracy["acc@5"],
        parameters=meta["num_params"],
        gmacs=meta["_ops"],
        side=weights.transforms().crop_size[0],
        megabytes=meta["_file_size"],
        source=meta["recipe"],
    )


def frontier(points: Iterable[Published]) -> tuple[Published, ...]:
    """Those no other beats: nothing is at least as accurate for as few MACs. Cheapest first, so ever more accurate."""
    best: list[Published] = []
    for point in sorted(points, key=lambda item: (item.gmacs, -item.top1)):
        if not best or point.top1 > best[-1].top1:
            best.append(point)
    return tuple(best)
