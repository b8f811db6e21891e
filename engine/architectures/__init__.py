"""Named networks: built without memory, drawn as block graphs from the model itself, with their published
figures.
"""

from __future__ import annotations

from engine.architectures.building import UnknownNetworkError, build, input_shape, names
from engine.architectures.drawing import graph
from engine.architectures.figures import Published, all_published, published, versions
from engine.architectures.nodes import Edge, Graph, Node

__all__ = [
    "Edge",
    "Graph",
    "Node",
    "Published",
    "UnknownNetworkError",
    "all_published",
    "build",
    "graph",
    "input_shape",
    "names",
    "published",
    "versions",
]
