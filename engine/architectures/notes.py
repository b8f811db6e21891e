"""The lecture's remarks on single networks, each at the part it speaks of.

A note belongs to a family of networks (names by pattern) and to a node of the graph (its id by pattern; the
first node that matches carries it). Texts are short retellings of the lecture (chapter 3 of Lakshmanan,
Gorner and Gillard, Practical Machine Learning for Computer Vision, 2021). The tests check that every note
finds its node.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import NamedTuple

from engine.parameters.formulas import TIMES


class Note(NamedTuple):
    """A remark for nodes of networks: patterns as in file names."""

    network: str
    node: str
    text: str


NOTES: tuple[Note, ...] = (
    Note("alexnet", "features.0", "Convolutions change the depth of the data: here 3 channels become 64."),
    Note(
        "alexnet",
        "features.2",
        f"Pooling shrinks height and width. AlexNet takes the maximum of 3 {TIMES} 3 values every 2 pixels, "
        "so windows overlap.",
    ),
    Note("alexnet", "features.1", "Every convolution is followed by a ReLU."),
    Note(
        "alexnet",
        "features.3",
        "Every convolution and dense layer adds a bias. With ReLU it is often started at a small positive value, "
        "so that all units begin with an output and a gradient that are not zero.",
    ),
    Note(
        "alexnet",
        ":head",
        "The classification head flattens the last feature map and sends it through three dense layers, "
        "which hold most of the parameters.",
    ),
    Note(
        "resnet*",
        "layer1.1.add",
        "The skip connection carries its input past the convolutions and is added element by element. "
        "The path learns only the difference between output and input.",
    ),
    Note(
        "resnet*",
        "layer2.0.downsample",
        f"Where size or depth change, the skip passes a 1 {TIMES} 1 convolution so that both summands have one shape.",
    ),
    Note(
        "resnet*",
        "layer3",
        "More depth means repeating the same block more often. Skips let the gradient reach the early layers "
        "of 50, 100 or more.",
    ),
    Note("resnet*", "layer1.0.bn1", "Convolutions are followed by batch normalisation and ReLU."),
    Note(
        "densenet*",
        "features.denseblock1",
        "Every layer sees the outputs of all layers before it in the block, joined along the channels.",
    ),
    Note(
        "densenet*",
        "features.denseblock1.denselayer1.conv2",
        "Each layer adds a fixed small number of channels to what is there: 32 (48 in DenseNet-161).",
    ),
    Note(
        "densenet*",
        "features.transition1.conv",
        f"Between the blocks a 1 {TIMES} 1 convolution halves the number of channels.",
    ),
    Note(
        "densenet*",
        "features.denseblock1.denselayer1.relu1",
        "Batch normalisation and ReLU come with every convolution.",
    ),
    Note(
        "mobilenet_v2",
        "features.2..features.3",
        "The network repeats inverted residual blocks; the count is how often one follows the other at the same size.",
    ),
    Note(
        "mobilenet_v2",
        "features.2.conv.1",
        "A depthwise convolution filters every channel by itself, which is cheap. "
        f"The 1 {TIMES} 1 convolutions around it mix the channels.",
    ),
    Note(
        "mobilenet_v2",
        "features.3.conv.0",
        "Inverted: the block is wide inside and narrow outside, so the skips join the narrow ends.",
    ),
    Note(
        "mobilenet_v1",
        "features.1",
        f"A depthwise and a 1 {TIMES} 1 convolution together do the work of an ordinary one with far fewer parameters.",
    ),
)


def notes_for(network: str, node: str) -> tuple[str, ...]:
    """The remarks on the node `node` of the network called `network`."""
    return tuple(note.text for note in NOTES if fnmatchcase(network, note.network) and note.node == node)
