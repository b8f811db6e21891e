"""Networks by name, built on the meta device: structure and shapes without memory, and never a download.

`build` knows every classification model of torchvision and `mobilenet_v1`, which torchvision lacks. Some
torchvision constructors compute with real numbers while they set up (RegNet its widths, Swin its index
tables), which the meta device cannot; so only weights are made on meta, and what little was computed
follows at the end.
"""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from typing import Any

import torch
import torchvision
from torch import nn
from torch.overrides import TorchFunctionMode
from torchvision.models import WeightsEnum, get_model_builder, get_model_weights, list_models

from engine.architectures.mobilenet_v1 import MobileNetV1

OWN: dict[str, Callable[[], nn.Module]] = {"mobilenet_v1": MobileNetV1}

# As published: GoogLeNet's weights come without the two training heads, Inception's with its own. (Without
# `init_weights` torchvision warns about a slow default.)
_OPTIONS: dict[str, dict[str, Any]] = {
    "googlenet": {"aux_logits": False, "init_weights": False},
    "inception_v3": {"init_weights": False},
}

_FACTORIES = {torch.empty, torch.zeros, torch.ones, torch.full, torch.rand, torch.randn}


class UnknownNetworkError(ValueError):
    """No network of this name; the message suggests close ones."""


class _WeightsOnMeta(TorchFunctionMode):
    """Makes new weight tensors on the meta device and leaves arithmetic where it is."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: object,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> object:
        kwargs = kwargs or {}
        if func in _FACTORIES and kwargs.get("device") is None:
            kwargs = {**kwargs, "device": "meta"}
        return func(*args, **kwargs)


@cache
def names() -> tuple[str, ...]:
    """All names `build` knows, in alphabetical order."""
    return tuple(sorted({*list_models(module=torchvision.models), *OWN}))


def build(name: str) -> nn.Module:
    """The network `name` in evaluation mode on the meta device, a new instance at every call.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    return blank(name).to("meta")


def blank(name: str) -> nn.Module:
    """As `build`, but tables that were computed (Swin's positions) stay real: a form to fill weights into."""
    with _WeightsOnMeta():
        return make(name).eval()


def make(name: str) -> nn.Module:
    """The network `name` with its usual random weights on the current default device.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    known(name)
    if name in OWN:
        return OWN[name]()
    return get_model_builder(name)(weights=None, **_OPTIONS.get(name, {}))


def known(name: str) -> None:
    """Raises `UnknownNetworkError`, with suggestions, unless `build` knows the name."""
    if name not in names():
        close = get_close_matches(str(name)[:60], names(), n=3)
        hint = f"Did you mean {' or '.join(close)}?" if close else "Pick one of the list."
        raise UnknownNetworkError(f"There is no network called {str(name)[:60]!r}. {hint}")


def published_weights(name: str) -> WeightsEnum | None:
    """torchvision's default weights for exactly the network `build` makes; None for our own networks.

    ViT-H/14's default weights belong to a network for 518 x 518 pictures; those for 224 x 224 are taken.
    """
    known(name)
    if name in OWN:
        return None
    weights = get_model_weights(name)
    return weights["IMAGENET1K_SWAG_LINEAR_V1"] if name == "vit_h_14" else weights.DEFAULT


def input_shape(name: str) -> tuple[int, int, int]:
    """The picture (channels, height, width) the published figures of `name` are for."""
    weights = published_weights(name)
    side = weights.transforms().crop_size[0] if weights else 224
    return (3, side, side)
