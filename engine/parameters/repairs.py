"""Ways out of an impossible stack, each as a whole new stack: one click, and the layer works.

The nearest settings come first (see `plans`), then moving a layer that needs a picture before the layer that
made a vector, then taking either away. Taking the impossible layer out is always possible, so clicking on
always ends at a stack that works. Tested by doing exactly that on random stacks.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.parameters.analysis import Analysis, LayerRow
from engine.parameters.editing import change, move, remove
from engine.parameters.layers import MAX_LAYERS, Flatten, GlobalPool
from engine.parameters.stack import Stack


@dataclass(frozen=True)
class Repair:
    """What a button says, and the stack it leads to."""

    text: str
    stack: Stack


def repairs(analysis: Analysis) -> tuple[Repair, ...]:
    """Ways to make the first impossible layer of a stack possible, nearest first; none where all is well."""
    row = analysis.problem
    if row is None:
        return ()
    stack, place = analysis.stack, row.index - 1
    found = [
        Repair(fix.text, change(stack, place, *fix.replacement))
        for fix in row.fixes
        if len(stack.layers) + len(fix.replacement) - 1 <= MAX_LAYERS
    ]
    return (*found, *_before_the_vector(analysis, row), Repair("Remove it", remove(stack, place)))


def _before_the_vector(analysis: Analysis, row: LayerRow) -> list[Repair]:
    """For a layer that needs a picture where a vector arrives: to where there still is a picture."""
    if len(row.input_shape) != 1 or isinstance(row.layer, GlobalPool):  # one global pooling is enough
        return []
    makers = [
        earlier
        for earlier in analysis.rows[: row.index - 1]
        if len(earlier.input_shape) > len(earlier.output_shape)
    ]
    if not makers:
        return []
    stack, maker = analysis.stack, makers[-1]
    found = [Repair(f"Move it before {maker.name}", move(stack, row.index - 1, maker.index - 1))]
    if isinstance(maker.layer, Flatten):
        found.append(Repair(f"Remove {maker.name}", remove(stack, maker.index - 1)))
    return found
