"""Named networks: built without memory, drawn as block graphs from the model itself, with their published
figures.
"""

from __future__ import annotations

from engine.architectures.building import UnknownNetworkError, build, input_shape, names
from engine.architectures.catalogue import LISTED, Family, family, offered, title
from engine.architectures.drawing import graph
from engine.architectures.figures import Published, all_published, frontier, published, versions
from engine.architectures.nodes import Edge, Graph, Node
from engine.architectures.summary import Share, Summary, most, summary, training

__all__ = [
    "LISTED",
    "Edge",
    "Family",
    "Graph",
    "Node",
    "Published",
    "Share",
    "Summary",
    "UnknownNetworkError",
    "all_published",
    "build",
    "family",
    "frontier",
    "graph",
    "input_shape",
    "most",
    "names",
    "offered",
    "published",
    "summary",
    "title",
    "training",
    "versions",
]
