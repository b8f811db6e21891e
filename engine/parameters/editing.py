"""Changing a stack: insert, remove, move and replace layers, with residual adds following the layer they
add.

Layers are addressed by position from 0, as in a list. A residual add whose layer is removed adds the output
before it instead; one that would have to look ahead after a move keeps its number and is reported by the
analysis.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.parameters.layers import Layer, Residual
from engine.parameters.stack import Stack


def insert(stack: Stack, position: int, *layers: Layer) -> Stack:
    """Puts `layers` before the layer now at `position` (their own residual sources are taken as they are)."""
    order = list(range(len(stack.layers)))
    new = _reorder(stack, [*order[:position], *([-1] * len(layers)), *order[position:]])
    done = iter(layers)
    return replace(stack, layers=tuple(next(done) if layer is None else layer for layer in new))


def remove(stack: Stack, position: int) -> Stack:
    """Takes the layer at `position` out."""
    order = [index for index in range(len(stack.layers)) if index != position]
    return replace(stack, layers=tuple(layer for layer in _reorder(stack, order) if layer is not None))


def move(stack: Stack, position: int, target: int) -> Stack:
    """Moves the layer at `position` so that it ends up at `target`."""
    order = list(range(len(stack.layers)))
    order.insert(target, order.pop(position))
    return replace(stack, layers=tuple(layer for layer in _reorder(stack, order) if layer is not None))


def change(stack: Stack, position: int, *layers: Layer) -> Stack:
    """Puts `layers` in the place of the layer at `position` (one to edit it, several to apply a `Fix`)."""
    if len(layers) == 1:
        return replace(stack, layers=(*stack.layers[:position], layers[0], *stack.layers[position + 1 :]))
    grown = insert(stack, position, *layers[:-1])
    return change(grown, position + len(layers) - 1, layers[-1])


def _reorder(stack: Stack, order: Sequence[int]) -> list[Layer | None]:
    """Layers in the order of their old positions (-1: a gap for a new layer), residual sources renumbered."""
    new_number = {old + 1: number for number, old in enumerate(order, 1) if old >= 0} | {0: 0}

    def follow(source: int) -> int:
        while source not in new_number:
            source -= 1
        return new_number[source]

    def moved(layer: Layer) -> Layer:
        if isinstance(layer, Residual) and layer.source <= len(stack.layers):
            return replace(layer, source=follow(layer.source))
        return layer

    return [moved(stack.layers[old]) if old >= 0 else None for old in order]
