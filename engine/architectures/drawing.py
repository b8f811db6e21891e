"""The architecture graph of a network, drawn from the model itself.

One traced pass on the meta device gives the calls and what feeds what (`engine.parameters.tracing`), `flow`
tells skips from joins, `grouping` makes blocks; here counts, shapes and edges are put on them. Nothing is
written down by hand, so a graph's totals equal the breakdown's, which the tests check for every network.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from math import prod

from torch import nn

from engine.architectures import labels
from engine.architectures.building import build
from engine.architectures.building import input_shape as published_input
from engine.architectures.flow import Flow, Kind, flow
from engine.architectures.grouping import Draft, blocks
from engine.architectures.nodes import ENTRY, EXIT, Edge, Graph, Node
from engine.architectures.notes import notes_for
from engine.parameters.counting import macs_formula, owned_weights, parameter_formula, without_batch
from engine.parameters.tracing import INPUT, trace

_Chain = tuple[int, ...]
_ENDS = (":input", ":output")
_Edges = dict[_Chain, dict[tuple[int, int], tuple[tuple[int, ...], Kind]]]


def graph(network: str | nn.Module, input_shape: Sequence[int] | None = None) -> Graph:
    """The block graph of a network. That of a named network at its published shape is made once and kept.

    Args:
        network: a name `build` knows, or any module.
        input_shape: (C, H, W); by default what the named network was published with, (3, 224, 224) for a
            module.

    Raises:
        UnknownNetworkError: no network of this name.
        CountingError: the network does not accept this shape.
    """
    if not isinstance(network, str):
        return _draw(network, type(network).__name__, input_shape or (3, 224, 224))
    if input_shape is None or tuple(input_shape) == published_input(network):
        return _published(network)
    return _draw(build(network), network, input_shape)


@cache
def _published(name: str) -> Graph:
    return _draw(build(name), name, published_input(name))


def _draw(model: nn.Module, name: str, shape: Sequence[int]) -> Graph:
    record = trace(model, shape)
    parts = flow(record)
    root = blocks(parts, model)
    root.items = [Draft(":input", "input"), *root.items, Draft(":output", "output")]
    painter = _Painter(model, parts, root, name, record.input_shape, record.output_shape)
    return Graph(name, without_batch(record.input_shape), painter.node(root, ()), parts.depth, painter.idle())


class _Painter:
    """Turns drafts into nodes: counts, labels, and edges between the children of every block."""

    def __init__(
        self,
        model: nn.Module,
        parts: Flow,
        root: Draft,
        name: str,
        given: tuple[int, ...],
        out: tuple[int, ...],
    ) -> None:
        self._model, self._flow, self._name = model, parts, name
        self._ends = {"input": without_batch(given), "output": without_batch(out)}
        self._weights = owned_weights(dict(model.named_modules()))
        self._claimed = {number: self._claim(number) for number in parts.calls}
        self._roles = labels.roles(root, parts)
        self._edges = _edges(parts, root)

    def node(self, draft: Draft, chain: _Chain, parent: str = "") -> Node:
        """The node of `draft`, which sits at position `chain` below the root."""
        if draft.call is not None:
            return self._layer(draft, draft.call, parent)
        prefix = parent if ".." in draft.id or draft.id.startswith(":") else draft.id
        children = tuple(self.node(item, (*chain, i), prefix) for i, item in enumerate(draft.items))
        edges = self._edges.get(chain, {})
        return Node(
            id=draft.id,
            name=_short(draft.id, parent),
            kind=draft.kind,
            output_shape=self._ends[draft.kind] if draft.id in _ENDS else self._shape(max(draft.calls())),
            parameters=sum(child.parameters for child in children),
            macs=sum(child.macs for child in children),
            detail=self._block_detail(draft),
            role=self._block_role(draft),
            of=draft.of,
            repeat=draft.repeat,
            notes=notes_for(self._name, draft.id),
            children=children,
            edges=tuple(Edge(source, target, *value) for (source, target), value in edges.items()),
        )

    def idle(self) -> tuple[Node, ...]:
        """Layers whose weights no call has claimed."""
        nodes = []
        for path, weights in self._weights.items():
            total = sum(prod(shape) for shape in weights.counted.values())
            if total:
                module = self._model.get_submodule(path)
                formula = parameter_formula(module, weights.counted)
                nodes.append(Node(path, path, type(module).__name__, (), total, formula=formula))
        return tuple(nodes)

    def _layer(self, draft: Draft, number: int, parent: str) -> Node:
        call, weights = self._flow.calls[number], self._claimed[number]
        macs = sum(work.macs for work in call.work)
        module = self._model.get_submodule(call.path)
        return Node(
            id=draft.id,
            name=_short(draft.id, parent),
            kind=draft.kind,
            output_shape=self._shape(number),
            parameters=sum(prod(shape) for shape in weights.values()),
            macs=macs,
            detail=labels.detail(call),
            formula=parameter_formula(module, weights) if weights else "",
            macs_formula=macs_formula(call.work, macs) if macs else "",
            role=self._roles.get(number, ""),
            notes=notes_for(self._name, draft.id),
        )

    def _shape(self, number: int) -> tuple[int, ...]:
        return without_batch(self._flow.calls[number].output_shape)

    def _block_detail(self, draft: Draft) -> str:
        """A convolution with its normalisation and activation has the detail of the convolution."""
        working = [number for number in draft.calls() if self._flow.calls[number].work]
        return labels.detail(self._flow.calls[working[0]]) if len(working) == 1 and draft.id else ""

    def _block_role(self, draft: Draft) -> str:
        """A convolution with its normalisation and activation has the role of the convolution."""
        if self._flow.shortcuts.issuperset(draft.calls()):
            return "shortcut" if draft.items else ""
        working = [number for number in draft.calls() if self._flow.calls[number].work]
        return self._roles.get(working[0], "") if len(working) == 1 else ""

    def _claim(self, number: int) -> dict[str, tuple[int, ...]]:
        """The weights this call is the first to use, by name in their module."""
        call = self._flow.calls[number]
        if call.module is not None:
            weights = self._weights.pop(call.path, None)
            return weights.counted if weights else {}
        claimed: dict[str, tuple[int, ...]] = {}
        for full in call.weights:
            owner, _, local = full.rpartition(".")
            if owner in self._weights and local in self._weights[owner].counted:
                claimed[local] = self._weights[owner].counted.pop(local)
        for path in [path for path in self._weights if path.startswith(f"{call.path}.parametrizations")]:
            claimed |= {f"{path}.{name}": shape for name, shape in self._weights.pop(path).counted.items()}
        return claimed


def _short(path: str, parent: str) -> str:
    """What to call a node inside its parent: the end of its path, a range of numbers for a gathered run."""
    if ".." in path:
        first, last = path.split("..")
        digits = re.search(r"\d+$", last)
        return f"{_short(first, parent)} to {digits.group() if digits else last}"
    inside = path[len(parent) + 1 :] if parent and path.startswith(f"{parent}.") else path
    tail = inside.partition("#")[0].rpartition(".")[2].lstrip(":")
    return inside if tail[:1].isdigit() else tail


def _edges(parts: Flow, root: Draft) -> _Edges:
    """For every block (by its position) the edges between its children, from the edges between calls."""
    chains: dict[int, _Chain] = {INPUT: (0,)}

    def place(draft: Draft, chain: _Chain) -> None:
        if draft.call is not None:
            chains[draft.call] = chain
        for position, item in enumerate(draft.items):
            place(item, (*chain, position))

    place(root, ())
    edges: _Edges = {}

    def connect(source: _Chain, target: _Chain, shape: tuple[int, ...], kind: Kind) -> None:
        shape = without_batch(shape)
        level = next(i for i, (a, b) in enumerate(zip(source, target, strict=False)) if a != b)
        _add(edges, source[:level], (source[level], target[level]), shape, kind)
        for depth in range(level + 1, len(source)):
            _add(edges, source[:depth], (source[depth], EXIT), shape, "flow")
        for depth in range(level + 1, len(target)):
            _add(edges, target[:depth], (ENTRY, target[depth]), shape, kind)

    for (source, target), shape in parts.edges.items():
        connect(chains[source], chains[target], shape, parts.kinds[source, target])
    end = (len(root.items) - 1,)
    for number in parts.outputs:
        shape = parts.calls[number].output_shape if number != INPUT else ()
        connect(chains[number], end, shape, "flow")
    return edges


def _add(edges: _Edges, block: _Chain, pair: tuple[int, int], shape: tuple[int, ...], kind: Kind) -> None:
    """Of several tensors between the same two nodes one is drawn, plain flow before the others."""
    known = edges.setdefault(block, {}).get(pair)
    if known is None or (kind == "flow" and known[1] != "flow"):
        edges[block][pair] = (shape, kind)
