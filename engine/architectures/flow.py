"""How data flows through a traced network: what can reach what, and which connections are skips, joins and
gates.

The calls of a trace form a directed acyclic graph. A *skip* is the shorter of the ways that meet in an
addition: the edge into the addition whose source lies on the other way (identity shortcut), or else the way
with fewer layers (projection shortcut), back to the fork. A *concat* edge leads into a concatenation of
several tensors. A *gate* edge carries the factors of a multiplication with something computed from the same
signal (squeeze-and-excitation).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from torch import nn

from engine.parameters.tracing import INPUT, Call, Trace

Kind = Literal["flow", "skip", "concat", "gate"]
ADDITIONS = {"add", "iadd", "radd"}
PRODUCTS = {"mul", "imul", "rmul"}


@dataclass
class Flow:
    """The calls worth drawing, by number, with edges (source, target) -> shape that arrives, and edge kinds."""

    calls: dict[int, Call]
    edges: dict[tuple[int, int], tuple[int, ...]]
    kinds: dict[tuple[int, int], Kind]
    outputs: tuple[int, ...]
    depth: int
    shortcuts: set[int]  # calls that lie on a skip, such as a projection


def flow(trace: Trace) -> Flow:
    """The data flow of `trace` without calls that do nothing (identity, stochastic depth, constants)."""
    calls, outputs = _without_idle(trace)
    edges = {
        (source, number): shape
        for number, call in calls.items()
        for source, shape in zip(call.inputs, call.input_shapes, strict=True)
    }
    behind = _ancestors(calls)
    length = _lengths(calls, lambda _: 1)
    kinds: dict[tuple[int, int], Kind] = dict.fromkeys(edges, "flow")
    for number, call in calls.items():
        live = [source for source in call.inputs if source == INPUT or behind[source] & 1]
        if call.name in ("cat", "concat") and len(live) > 1:
            kinds |= {(source, number): "concat" for source in live}
        elif call.name in ADDITIONS and len(live) == 2:
            kinds |= dict.fromkeys(_skip(number, live, calls, behind, length), "skip")
        elif call.name in PRODUCTS and len(live) == 2:
            kinds |= dict.fromkeys(_gate(number, live, behind), "gate")
    shortcuts = {source for (source, _), kind in kinds.items() if kind == "skip" and source != INPUT}
    shortcuts = {n for n in shortcuts if all(kinds[source, n] == "skip" for source in calls[n].inputs)}
    weighted = _lengths(calls, _weighted_layers)
    depth = max((weighted[number] for number in outputs if number != INPUT), default=0)
    return Flow(calls, edges, kinds, outputs, depth, shortcuts)


def _is_idle(call: Call) -> bool:
    if len(call.inputs) != 1 or call.work or call.weights:
        return False
    if call.module is None:
        return call.name in ("cat", "concat", "stochastic_depth")
    unused = isinstance(call.module, nn.Dropout) and call.module.p == 0
    return unused or isinstance(call.module, nn.Identity) or call.name == "StochasticDepth"


def _without_idle(trace: Trace) -> tuple[dict[int, Call], tuple[int, ...]]:
    """The calls to draw and the ones behind the output; a call left out hands on what it was given."""
    instead: dict[int, tuple[int, ...]] = {INPUT: (INPUT,)}
    kept: dict[int, Call] = {}
    for number, call in enumerate(trace.calls):
        arrived: dict[int, tuple[int, ...]] = {}
        for source, shape in zip(call.inputs, call.input_shapes, strict=True):
            for real in instead[source]:
                arrived.setdefault(real, shape)
        call = replace(call, inputs=tuple(arrived), input_shapes=tuple(arrived.values()))
        constant = not (call.inputs or call.work or call.weights)
        if constant or _is_idle(call):
            instead[number] = call.inputs
        else:
            instead[number] = (number,)
            kept[number] = call
    return kept, tuple(dict.fromkeys(real for number in trace.outputs for real in instead[number]))


def _bit(number: int) -> int:
    return 1 << (number + 1)  # the input is number -1


def _ancestors(calls: dict[int, Call]) -> dict[int, int]:
    """For every call the set of calls it depends on, itself included, as bits; bit 0 is the network's input."""
    behind = {INPUT: 1}
    for number, call in calls.items():
        behind[number] = _bit(number)
        for source in call.inputs:
            behind[number] |= behind[source]
    return behind


def _lengths(calls: dict[int, Call], weigh: Callable[[Call], int]) -> dict[int, int]:
    """Length of the longest way from the input to every call, each call counting `weigh(call)`."""
    length = {INPUT: 0}
    for number, call in calls.items():
        length[number] = weigh(call) + max((length[source] for source in call.inputs), default=0)
    return length


def _weighted_layers(call: Call) -> int:
    """Layers with weights in one call: attention has one before and one after its products."""
    if isinstance(call.module, nn.MultiheadAttention):
        return 2
    has_weights = bool(call.weights) if call.module is None else any(True for _ in call.module.parameters())
    return int(bool(call.work) and has_weights)


def _skip(
    number: int, pair: list[int], calls: dict[int, Call], behind: dict[int, int], length: dict[int, int]
) -> list[tuple[int, int]]:
    """The edges of the shorter way into the addition `number`, from the fork on; none if both are equally
    long.
    """
    short, long = sorted(pair, key=lambda source: length[source])
    if behind[long] & _bit(short):
        return [(short, number)]
    if length[short] == length[long]:
        return []
    edges, target = [(short, number)], short
    while target != INPUT and len(calls[target].inputs) == 1 and not behind[long] & _bit(target):
        source = calls[target].inputs[0]
        edges.append((source, target))
        target = source
    return edges


def _gate(number: int, pair: list[int], behind: dict[int, int]) -> list[tuple[int, int]]:
    one, other = pair
    if behind[one] & _bit(other):
        return [(one, number)]
    return [(other, number)] if behind[other] & _bit(one) else []
