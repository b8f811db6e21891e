"""Parameters and multiply-accumulates of any `nn.Module`, one row per layer, rows adding up exactly to the
totals.

The model runs once on the meta device (see `tracing`), so nothing is allocated, whatever device it is on. A
row is a layer that ran, a module with weights of its own (class tokens, position tables), or a layer with
weights that did not run (the auxiliary heads of Inception in evaluation). Weights shared by several layers
count once, in the first. Tested against the published counts of all torchvision classification models, and
fvcore and ptflops.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import prod

import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from engine.parameters.formulas import (
    NOTHING,
    TIMES,
    equation,
    number,
    product,
    product_equation,
    sum_equation,
    weights_and_bias,
)
from engine.parameters.operations import Work
from engine.parameters.tracing import OPAQUE, Call, is_leaf, trace


@dataclass(frozen=True)
class Row:
    """One layer. `macs` is for the given input; shapes carry a batch axis where the given input shape had
    one.

    `calls` is how often the layer ran (0: it has weights but did not run in evaluation), `activations` the
    number of values it put out into memory of their own (in-place layers: none).
    """

    name: str
    kind: str
    formula: str
    parameters: int
    macs_formula: str
    macs: int
    output_shape: tuple[int, ...]
    activations: int
    calls: int
    note: str = ""


@dataclass(frozen=True)
class Breakdown:
    """All rows of a model in the order they run, and its totals."""

    rows: tuple[Row, ...]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    trainable: int
    buffers: int

    @property
    def parameters(self) -> int:
        """All parameters, shared ones once."""
        return sum(row.parameters for row in self.rows)

    @property
    def macs(self) -> int:
        """Multiply-accumulates of one forward pass."""
        return sum(row.macs for row in self.rows)

    @property
    def activations(self) -> int:
        """Values all layers put out in one forward pass."""
        return sum(row.activations for row in self.rows)

    def by_kind(self) -> dict[str, int]:
        """Parameters per kind of layer, largest first."""
        totals: dict[str, int] = {}
        for row in self.rows:
            totals[row.kind] = totals.get(row.kind, 0) + row.parameters
        return dict(sorted(totals.items(), key=lambda item: -item[1]))


@dataclass
class _Tally:
    """What has been seen of one module while rows are collected."""

    work: list[Work] = field(default_factory=list)
    output_shape: tuple[int, ...] = ()
    activations: int = 0
    calls: int = 0


def breakdown(
    model: nn.Module,
    input_shape: Sequence[int] | Sequence[Sequence[int]],
    *,
    dtype: torch.dtype = torch.float32,
) -> Breakdown:
    """Counts `model` on one input, without memory and without changing it.

    Args:
        model: any module on any device; counted in evaluation mode.
        input_shape: (C, H, W) for one image, or with a batch axis; a list of shapes for several inputs.
        dtype: of the inputs; int64 for a model that starts with an embedding.

    Raises:
        CountingError: the model does not accept this shape, or looks at the values themselves.
    """
    record = trace(model, input_shape, dtype=dtype)
    batched = isinstance(input_shape[0], Sequence) or tuple(input_shape) == record.input_shape
    modules = dict(model.named_modules())
    tallies = _tally(record.calls)
    owned = owned_weights(modules)
    for path in owned:
        tallies.setdefault(path, _Tally())
    rows = tuple(
        _row(path, modules[path], tally, owned.get(path), batched) for path, tally in tallies.items()
    )
    strip = (lambda shape: shape) if batched else without_batch
    return Breakdown(
        rows=rows,
        input_shape=strip(record.input_shape),
        output_shape=strip(record.output_shape),
        trainable=sum(p.numel() for p in model.parameters() if p.requires_grad),
        buffers=sum(b.numel() for b in model.buffers()),
    )


def _tally(calls: list[Call]) -> dict[str, _Tally]:
    """Layers and working functions by the module they belong to, in order of their first call."""
    tallies: dict[str, _Tally] = {}
    for call in calls:
        if call.module is None and not call.work and not call.weights:
            continue
        tally = tallies.setdefault(call.path, _Tally())
        for path in {name.rpartition(".")[0] for name in call.weights} - {call.path}:
            tallies.setdefault(path, _Tally())
        tally.work += call.work
        tally.output_shape = call.output_shape
        tally.calls += 1
        if not getattr(call.module, "inplace", False):
            tally.activations += prod(call.output_shape)
    return tallies


@dataclass
class Weights:
    """Parameters counted at one module: name and shape, and those that were counted elsewhere before."""

    counted: dict[str, tuple[int, ...]] = field(default_factory=dict)
    shared_with: list[str] = field(default_factory=list)


def owned_weights(modules: dict[str, nn.Module]) -> dict[str, Weights]:
    """The weights of every module that has some of its own; those of an opaque module include its
    children's.
    """
    owned: dict[str, Weights] = {}
    first: dict[int, str] = {}
    for path, module in modules.items():
        for name, parameter in _own_parameters(module):
            full = f"{path}.{name}" if path else name
            holder = path if isinstance(module, OPAQUE) else full.rpartition(".")[0]
            if first.get(id(parameter), full) == full:
                if id(parameter) not in first:
                    first[id(parameter)] = full
                    owned.setdefault(holder, Weights()).counted[name] = tuple(parameter.shape)
            else:
                owned.setdefault(holder, Weights()).shared_with.append(first[id(parameter)])
    return owned


def _own_parameters(module: nn.Module) -> Iterator[tuple[str, nn.Parameter]]:
    """Parameters held by the module itself; by an opaque module also those of its children."""
    if isinstance(module, OPAQUE):
        yield from module.named_parameters(remove_duplicate=False)
        return
    for name, parameter in module._parameters.items():  # noqa: SLF001 - named_parameters is slow for a single level
        if parameter is not None:
            yield name, parameter


def _row(path: str, module: nn.Module, tally: _Tally, weights: Weights | None, batched: bool) -> Row:
    weights = weights or Weights()
    macs = sum(work.macs for work in tally.work)
    name, kind = path or type(module).__name__, type(module).__name__
    if not is_leaf(module) and not tally.work and len(weights.counted) == 1:
        name = f"{path}.{next(iter(weights.counted))}".lstrip(".")
        kind = "Parameter"
    return Row(
        name=name,
        kind=kind,
        formula=parameter_formula(module, weights.counted),
        parameters=sum(prod(shape) for shape in weights.counted.values()),
        macs_formula=macs_formula(tally.work, macs),
        macs=macs,
        output_shape=tally.output_shape if batched else without_batch(tally.output_shape),
        activations=tally.activations,
        calls=tally.calls,
        note=_note(tally, weights),
    )


def _note(tally: _Tally, weights: Weights) -> str:
    if weights.shared_with:
        return f"shares {', '.join(weights.shared_with)}, counted there"
    return "" if tally.calls or not weights.counted else "does not run in evaluation"


def without_batch(shape: tuple[int, ...]) -> tuple[int, ...]:
    """A shape without its leading batch axis of 1."""
    return shape[1:] if len(shape) > 1 and shape[0] == 1 else shape


def parameter_formula(module: nn.Module, weights: dict[str, tuple[int, ...]]) -> str:
    """How the parameters of `module` add up, given name and shape of those counted there."""
    bias = "bias" in weights
    total = sum(prod(shape) for shape in weights.values())
    if not weights:
        return NOTHING
    if set(weights) <= {"weight", "bias"} and "weight" in weights:
        if isinstance(module, _ConvNd):
            per_output = (*module.kernel_size, module.in_channels // module.groups)
            return weights_and_bias(per_output, module.out_channels, bias=bias)
        if isinstance(module, nn.Linear):
            return weights_and_bias((module.in_features,), module.out_features, bias=bias)
        if bias and isinstance(module, _NormBase | nn.LayerNorm | nn.GroupNorm):
            return product_equation((2, *weights["weight"]))
    return sum_equation(_terms(weights), total)


def _terms(weights: dict[str, tuple[int, ...]]) -> list[str]:
    """A matrix and its bias as "(in + 1) x out", everything else as the product of its sizes."""
    terms, biases = [], {name for name in weights if name.rpartition(".")[2].endswith("bias")}
    for name, shape in weights.items():
        partner = name[: -len("weight")] + "bias"
        if (
            name.endswith("weight")
            and len(shape) == 2
            and partner in biases
            and weights[partner] == shape[:1]
        ):
            biases.discard(partner)
            terms.append(f"({number(shape[1])} + 1) {TIMES} {number(shape[0])}")
        elif name not in weights or not name.endswith("bias"):
            terms.append(product(shape))
    return terms + [product(weights[name]) for name in weights if name in biases]


def macs_formula(works: list[Work], macs: int) -> str:
    """How the MACs of one layer add up; several products are named behind their factors."""
    if len(works) == 1:
        return product_equation(works[0].factors)
    terms = [f"{product(work.factors)}{f' ({work.label})' if work.label else ''}" for work in works]
    return equation(" + ".join(terms), macs) if terms else NOTHING
