"""What an architecture graph is made of: nested nodes with edges between siblings, ready for JSON.

Every node is a layer (no children) or a block. The edges of a block connect its children by position;
`ENTRY` and `EXIT` stand for the block's own input and output. So a drawing can open or close any block on
its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ENTRY = -1
EXIT = -2
_PORTS = {ENTRY: "in", EXIT: "out"}


def repeated_title(of: str, repeat: int) -> str:
    """Several equal blocks in a row: "Bottleneck x 6" (with a real sign)."""
    return f"{of} \N{MULTIPLICATION SIGN} {repeat}"


@dataclass(frozen=True)
class Edge:
    """A tensor of `shape` from child `source` to child `target`; `kind` is flow, skip, concat or gate."""

    source: int
    target: int
    shape: tuple[int, ...]
    kind: str = "flow"


@dataclass(frozen=True)
class Node:
    """A layer or a block.

    `id` is the module's path, or the function behind its module's path; ids that start with ":" (":stem")
    and runs ("layers.0..layers.5") have no module of their own. Ids are unique in a graph. `kind` is the
    class or function. A block made of `repeat` equal blocks of class `of` says so. `role` names the part a
    convolution plays in a separable block ("expand", "depthwise", "project", "pointwise") or "shortcut".
    """

    id: str
    name: str
    kind: str
    output_shape: tuple[int, ...]
    parameters: int = 0
    macs: int = 0
    detail: str = ""
    formula: str = ""
    macs_formula: str = ""
    role: str = ""
    of: str = ""
    repeat: int = 1
    notes: tuple[str, ...] = ()
    children: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()

    @property
    def title(self) -> str:
        """What to write on the node: "Bottleneck x 6" for repeats (with a real sign), the name of a part that
        has no module ("Stage 1", "Head"), otherwise its kind.
        """
        if self.repeat > 1:
            return repeated_title(self.of, self.repeat)
        return self.name.capitalize() if self.id.startswith(":") else self.kind

    def walk(self) -> Iterator[Node]:
        """This node and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON. Left out: zero counts, empty texts, repeat 1, kind "flow", empty lists."""
        data: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "title": self.title,
            "shape": list(self.output_shape),
            "parameters": self.parameters,
            "macs": self.macs,
            "detail": self.detail,
            "formula": self.formula,
            "macsFormula": self.macs_formula,
            "role": self.role,
            "notes": list(self.notes),
            "children": [child.to_dict() for child in self.children],
            "edges": [_edge_dict(edge) for edge in self.edges],
        }
        if self.repeat > 1:
            data |= {"repeat": self.repeat, "of": self.of}
        return {key: value for key, value in data.items() if value not in (0, "", [])}


def _edge_dict(edge: Edge) -> dict[str, Any]:
    source = _PORTS.get(edge.source, edge.source)
    target = _PORTS.get(edge.target, edge.target)
    data: dict[str, Any] = {"from": source, "to": target, "shape": list(edge.shape)}
    return data if edge.kind == "flow" else {**data, "kind": edge.kind}


@dataclass(frozen=True)
class Graph:
    """A network as nested blocks. `root` holds the top level, first child the input and last the output.

    `depth` is the number of layers with weights on the longest way through. `idle` are layers with weights
    that do not run in evaluation (training heads); they count among the parameters, as in the published
    figures.
    """

    name: str
    input_shape: tuple[int, ...]
    root: Node
    depth: int
    idle: tuple[Node, ...] = ()

    @property
    def parameters(self) -> int:
        """All parameters, the idle ones included."""
        return self.root.parameters + sum(node.parameters for node in self.idle)

    @property
    def macs(self) -> int:
        """Multiply-accumulates for one picture."""
        return self.root.macs

    def find(self, node_id: str) -> Node | None:
        """The node with this id."""
        return next((node for node in self.root.walk() if node.id == node_id), None)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON; see `Node.to_dict` for what is left out."""
        return {
            "name": self.name,
            "input": list(self.input_shape),
            "parameters": self.parameters,
            "macs": self.macs,
            "depth": self.depth,
            "idle": [node.to_dict() for node in self.idle],
            "root": self.root.to_dict(),
        }
