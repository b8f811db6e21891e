"""What a stack computes, layer by layer, without building it: shapes, formulas, parameters, MACs, receptive
fields.

Where a layer is impossible the analysis stops there with the reason and the nearest settings that work; the
layers behind it are marked unreachable. Tested against the really built `nn.Module` in shape, parameters
and MACs.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

from engine.parameters.formulas import NOTHING
from engine.parameters.layers import Layer
from engine.parameters.plans import Fix, ImpossibleError, plan
from engine.parameters.receptive_field import Field, see
from engine.parameters.stack import Stack

BYTES = 4  # float32


@dataclass(frozen=True)
class LayerRow:
    """One layer in its place. `state` is "ok", "impossible" or "unreachable"; only "ok" rows have numbers."""

    index: int
    layer: Layer
    name: str
    state: str = "ok"
    input_shape: tuple[int, ...] = ()
    output_shape: tuple[int, ...] = ()
    formula: str = NOTHING
    parameters: int = 0
    macs_formula: str = NOTHING
    macs: int = 0
    activation_bytes: int = 0
    receptive_field: tuple[int, int] = (0, 0)
    reason: str = ""
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True)
class Analysis:
    """All rows of a stack and their totals over the rows that are "ok"."""

    stack: Stack
    rows: tuple[LayerRow, ...]

    @property
    def parameters(self) -> int:
        """Learnable parameters."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one image."""
        return sum(row.macs for row in self.rows)

    @property
    def activation_bytes(self) -> int:
        """Bytes of all layer outputs of one image in float32, the input not counted."""
        return sum(row.activation_bytes for row in self.rows)

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The input's shape and that of every layer up to where the stack breaks."""
        return [self.stack.input, *(row.output_shape for row in self.rows if row.state == "ok")]

    @property
    def problem(self) -> LayerRow | None:
        """The row where the stack breaks, or None."""
        return next((row for row in self.rows if row.state == "impossible"), None)

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape after the last possible layer."""
        return self.shapes[-1]


def analyse(stack: Stack) -> Analysis:
    """Shapes, formulas and counts of every layer of `stack`; never raises for a stack that exists."""
    rows: list[LayerRow] = []
    shapes: list[tuple[int, ...]] = [stack.input]
    views = [Field()]
    names = _names(stack)
    for index, (layer, name) in enumerate(zip(stack.layers, names, strict=True), 1):
        if rows and rows[-1].state != "ok":
            reason = "An earlier layer is impossible, so nothing reaches this one."
            rows.append(LayerRow(index, layer, name, state="unreachable", reason=reason))
            continue
        try:
            numbers = plan(layer, shapes)
        except ImpossibleError as error:
            rows.append(
                LayerRow(index, layer, name, "impossible", shapes[-1], reason=str(error), fixes=error.fixes)
            )
            continue
        views.append(see(layer, views))
        shapes.append(numbers["output_shape"])
        rows.append(
            LayerRow(
                index,
                layer,
                name,
                input_shape=shapes[-2],
                activation_bytes=prod(shapes[-1]) * BYTES,
                receptive_field=stack.input[1:] if views[-1].whole else (views[-1].side, views[-1].side),
                **numbers,
            )
        )
    return Analysis(stack, tuple(rows))


def _names(stack: Stack) -> list[str]:
    seen: dict[str, int] = {}
    for layer in stack.layers:
        seen[layer.label] = seen.get(layer.label, 0) + 1
    running: dict[str, int] = {}
    names = []
    for layer in stack.layers:
        running[layer.label] = running.get(layer.label, 0) + 1
        names.append(layer.label if seen[layer.label] == 1 else f"{layer.label} {running[layer.label]}")
    return names
