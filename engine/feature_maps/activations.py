"""What the blocks of a network put out for one picture: real activations, reduced to what a page can show.

The network runs once, on a copy of its module tree that shares the weights, so a model many sessions use
carries no hooks. Each block's output is reduced at once to a few channels of limited size and to 8 bits
with one symmetric scale per block: 128 is exactly 0 and 1 and 255 are minus and plus the scale. Token
sequences of transformers are laid out as the picture's patches, without the class token.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import ResNet50_Weights
from torchvision.transforms._presets import ImageClassification

from engine.architectures.building import build, input_shape, names, published_weights
from engine.architectures.drawing import graph
from engine.architectures.nodes import Node
from engine.feature_maps.weights import Network
from engine.parameters.tracing import shadow_of, tensors_in

_FEW = 3


class FeatureMapError(ValueError):
    """A picture or a block that cannot be shown; the message says why."""


@dataclass(frozen=True)
class FeatureMap:
    """Some channels of one block.

    `node`, `title` and `name` are those of the block in the graph. `maps` is uint8 (n, h, w), its values
    `(maps - 128) / 127 * scale`; `channels` are their numbers in the block, `shape` the block's real output
    (C, H, W), `dead` the share of all its values that are exactly 0.
    """

    node: str
    title: str
    name: str
    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    maps: Tensor
    scale: float
    dead: float


@dataclass(frozen=True)
class FeatureMaps:
    """The blocks of a network for one picture, where its weights are from, and its guesses if it was
    trained.

    `seen` is the picture as it entered the network, resized and cropped, (3, H, W) in [0, 1].
    """

    network: str
    source: str
    seen: Tensor
    maps: tuple[FeatureMap, ...]
    guesses: tuple[tuple[str, float], ...]


def feature_maps(
    network: Network,
    image: Tensor,
    *,
    nodes: Sequence[str] | None = None,
    channels: int = 16,
    side: int = 112,
    strongest: bool = False,
) -> FeatureMaps:
    """Runs `image` through `network` and shows its blocks.

    Args:
        network: see `engine.feature_maps.network`.
        image: (3, H, W) or (1, 3, H, W), float in [0, 1]; resized, cropped and normalised as in training.
        nodes: ids of graph nodes to show; by default the blocks of the top level that put out pictures.
        channels: how many channels of each, at most.
        side: larger maps are averaged down to this side.
        strongest: the channels with the largest mean absolute value instead of the first.

    Raises:
        FeatureMapError: the image has another shape, or a node is unknown or has no module to look at.
    """
    picture, seen = _enter(network, image)
    picture = picture.to(next(network.model.parameters()).device)  # (1, C, h, w)
    places = _places(network, tuple(picture.shape[1:]), nodes)
    found: dict[str, FeatureMap] = {}
    model = shadow_of(network.model, {})

    def look(node: Node) -> Callable[[nn.Module, object, object], None]:
        def hook(_: nn.Module, __: object, out: object) -> None:
            found[node.id] = _reduce(node, tensors_in(out)[0], channels, side, strongest)

        return hook

    for node, path in places:
        model.get_submodule(path).register_forward_hook(look(node))
    with torch.inference_mode():
        scores = model(picture)
    maps = tuple(found[node.id] for node, _ in places if node.id in found)
    return FeatureMaps(network.name, network.source, seen[0].cpu(), maps, _guesses(network, scores))


def places(name: str) -> dict[str, str]:
    """Parts of the network `name` to look into: id -> title of every top-level block with maps inside it."""
    model = build(name)
    paths = {path for path, _ in model.named_modules() if path}
    return {
        node.id: node.title
        for node in graph(name).root.children
        if any(_is_picture(inner.output_shape) and _module(inner, paths) for inner in node.children)
    }


def inside(name: str, part: str) -> tuple[str, ...]:
    """Ids of the nodes one level below `part` of the network `name` that put out pictures.

    Raises:
        FeatureMapError: the network has no such part.
    """
    node = graph(name).find(part)
    if node is None:
        raise FeatureMapError(f"{name} has no part called {part[:60]!r}.")
    paths = {path for path, _ in build(name).named_modules() if path}
    return tuple(n.id for n in node.children if _is_picture(n.output_shape) and _module(n, paths))


def prepare(name: str, image: Tensor) -> Tensor:
    """`image` (3, H, W) or (1, 3, H, W) in [0, 1] as the network `name` expects it.

    Named networks: (1, 3, side, side), resized, cropped and normalised as in training. Others: unchanged.
    """
    image = _checked(image)
    return _transforms(name)(image.clamp(0, 1)) if name in names() else image


def _checked(image: Tensor) -> Tensor:
    image = image[None] if image.dim() == 3 else image
    if image.dim() != 4 or image.shape[:2] != (1, 3) or not image.is_floating_point():
        raise FeatureMapError(f"The picture must be float (3, H, W) in [0, 1], not {tuple(image.shape)}.")
    return image


def _enter(network: Network, image: Tensor) -> tuple[Tensor, Tensor]:
    """The picture as the network wants it, and as a person sees the same, both with a batch axis."""
    if network.entrance is not None:
        return network.entrance(_checked(image))
    picture = prepare(network.name, image)
    if network.name not in names():
        return picture, picture
    recipe = _transforms(network.name)
    mean, deviation = (picture.new_tensor(values).view(3, 1, 1) for values in (recipe.mean, recipe.std))
    return picture, (picture * deviation + mean).clamp(0, 1)


def _transforms(name: str) -> ImageClassification:
    return (published_weights(name) or ResNet50_Weights.IMAGENET1K_V1).transforms()


def _places(network: Network, shape: tuple[int, ...], wanted: Sequence[str] | None) -> list[tuple[Node, str]]:
    """Nodes to show with the path of the module whose output is theirs."""
    usual = network.name in names() and shape == input_shape(network.name)
    drawn = graph(network.name) if usual else graph(network.model, shape)
    paths = {path for path, _ in network.model.named_modules() if path}
    if wanted is None:
        wanted = [node.id for node in _worth_showing(drawn.root.children) if _module(node, paths)]
    places = []
    for name in wanted:
        node = drawn.find(name)
        if node is None:
            raise FeatureMapError(f"{network.name} has no part called {name[:60]!r}.")
        path = _module(node, paths)
        if path is None or not _is_picture(node.output_shape):
            raise FeatureMapError(f"{name} puts out no picture, so there are no maps to show.")
        places.append((node, path))
    return places


def _worth_showing(nodes: Sequence[Node]) -> list[Node]:
    """The blocks of the top level that put out pictures; of few, the repeated ones block by block
    (transformers).
    """
    inner = [node for node in nodes[1:-1] if _is_picture(node.output_shape)]
    if len(inner) >= _FEW:
        return inner
    return [
        part for node in inner for part in (node.children if node.repeat > 1 else (node,)) if part.children
    ]


def _module(node: Node, paths: set[str]) -> str | None:
    """The module whose output is the node's: its own, or that of the last thing in it."""
    own = node.id.partition("#")[0]
    if own in paths:
        return own
    return _module(node.children[-1], paths) if node.children else None


def _is_picture(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 or (len(shape) == 2 and isqrt(shape[0] - 1) ** 2 == shape[0] - 1)


def _as_picture(output: Tensor) -> Tensor:
    """One image's output as (C, H, W): tokens become patches, channels-last becomes channels-first."""
    value = output[0].float()
    if value.dim() == 2:
        patches = isqrt(value.shape[0] - 1)
        return value[1:].T.reshape(-1, patches, patches)
    last = value.shape[0] == value.shape[1] != value.shape[2]
    return value.permute(2, 0, 1) if last else value


def _reduce(node: Node, output: Tensor, channels: int, side: int, strongest: bool) -> FeatureMap:
    value = _as_picture(output)
    chosen = torch.arange(min(channels, value.shape[0]), device=value.device)
    if strongest:
        chosen = value.abs().mean(dim=(1, 2)).topk(len(chosen)).indices.sort().values
    shown = value[chosen]
    if max(shown.shape[1:]) > side:
        height, width = (min(size, side) for size in shown.shape[1:])
        shown = functional.adaptive_avg_pool2d(shown, (height, width))
    scale = shown.abs().amax().clamp_min(torch.finfo(torch.float32).tiny)
    levels = (shown / scale * 127).round().add(128).to(torch.uint8)
    return FeatureMap(
        node=node.id,
        title=node.title,
        name=node.name,
        shape=(value.shape[0], value.shape[1], value.shape[2]),
        channels=tuple(chosen.tolist()),
        maps=levels.cpu(),
        scale=float(scale),
        dead=float((value == 0).float().mean()),
    )


def _guesses(network: Network, scores: Tensor) -> tuple[tuple[str, float], ...]:
    if not network.classes:
        return ()
    top = scores[0].float().softmax(dim=0).topk(min(5, len(network.classes)))
    return tuple(
        (network.classes[i], p) for i, p in zip(top.indices.tolist(), top.values.tolist(), strict=True)
    )
