"""A network in a few figures, for a comparison: size, work, memory, published accuracy, and where most of each sits.

Depth, parameters and MACs are those of the graph; activations are those of the breakdown (every layer's output for
one picture, kept once). Accuracy comes from torchvision's weight metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from engine.architectures.building import build, input_shape
from engine.architectures.catalogue import title
from engine.architectures.drawing import graph
from engine.architectures.figures import Published, published
from engine.architectures.nodes import Graph, Node
from engine.parameters import Memory, breakdown, saved, training_memory

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Share:
    """A block of the top level and its share (0 to 1) of the whole network."""

    node: Node
    share: float


@dataclass(frozen=True)
class Summary:
    """Figures of one network for one picture of `input_shape`. `activations` counts values, memory is in bytes.

    `published` is None for networks of our own.
    """

    name: str
    title: str
    input_shape: tuple[int, ...]
    depth: int
    parameters: int
    macs: int
    activations: int
    published: Published | None

    @property
    def weight_bytes(self) -> int:
        """The parameters in float32."""
        return FLOAT_BYTES * self.parameters

    @property
    def activation_bytes(self) -> int:
        """Every layer's output for one picture in float32."""
        return FLOAT_BYTES * self.activations


@cache
def summary(name: str) -> Summary:
    """The figures of the named network at its published picture size.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    drawn = graph(name)
    counted = breakdown(build(name), drawn.input_shape)
    return Summary(
        name=name,
        title=title(name),
        input_shape=drawn.input_shape,
        depth=drawn.depth,
        parameters=drawn.parameters,
        macs=drawn.macs,
        activations=counted.activations,
        published=published(name),
    )


@cache
def training(name: str, batch: int = 32) -> Memory:
    """What one training step of the named network needs in float32 with Adam. Asks autograd: up to seconds, once.

    Raises:
        UnknownNetworkError: there is no such network.
        CountingError: the network cannot be trained without data.
    """
    model = build(name)
    kept = saved.of_module(model, input_shape(name))
    return training_memory(sum(p.numel() for p in model.parameters()), kept, batch=batch)


def most(drawn: Graph, quantity: str) -> Share:
    """The top-level block with the largest share of "parameters" or "macs"."""
    total = getattr(drawn, quantity) or 1
    blocks = drawn.root.children
    largest = max(blocks, key=lambda node: getattr(node, quantity))
    return Share(largest, getattr(largest, quantity) / total)
