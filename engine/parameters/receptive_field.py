"""Receptive fields: how many input pixels one value of a layer can see.

Side and spacing ("jump") follow the recursion of Araujo et al. 2019
(https://distill.pub/2019/computing-receptive-fields). After a transposed convolution the side is an upper
bound; at a residual add it is that of the longer way. Tested against the gradient of one output value of
the built network.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil

from engine.parameters.layers import (
    Conv,
    Dense,
    DepthwiseConv,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    TransposedConv,
)


@dataclass(frozen=True)
class Field:
    """Receptive field so far: side and spacing of neighbouring values in input pixels; `whole` sees
    everything.
    """

    side: int = 1
    jump: Fraction = Fraction(1)
    whole: bool = False


def see(layer: Layer, views: list[Field]) -> Field:
    """Receptive field after `layer`, given that of the input and of every earlier layer."""
    view = views[-1]
    if isinstance(layer, GlobalPool | Dense):
        return replace(view, whole=True)
    if isinstance(layer, Conv | DepthwiseConv):
        dilation = layer.dilation if isinstance(layer, Conv) else 1
        return _widen(view, dilation * (layer.kernel - 1), Fraction(layer.stride))
    if isinstance(layer, Pool):
        return _widen(view, layer.window - 1, Fraction(layer.step))
    if isinstance(layer, TransposedConv):
        return _widen(view, ceil(layer.kernel / layer.stride) - 1, Fraction(1, layer.stride))
    if isinstance(layer, Residual):
        other = views[layer.source]
        return replace(view, side=max(view.side, other.side), whole=view.whole or other.whole)
    return view


def _widen(view: Field, steps: int, stride: Fraction) -> Field:
    return replace(view, side=view.side + ceil(steps * view.jump), jump=view.jump * stride)
