"""The tiles of the home page: one stop of the course each, with a real output of the engine as its picture."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st
import torch
from torch import Tensor

from engine import convolution, data, images, kernels, layers, pooling, samples, stored_runs
from engine.architectures import graph
from engine.augment import simclr_views
from engine.classifier import shipped as classifiers
from engine.classifier.networks import mosaic
from engine.contrastive import explorer, portable, terms
from engine.contrastive.views import Views
from engine.glo import games, latent, shelf
from engine.parameters.analysis import analyse
from engine.parameters.families import family
from engine.parameters.link import encode
from engine.parameters.presets import PRESETS
from engine.runs import curves, shipped
from pages.shared import pictures

SIDE = 160
SMALL = 15  # pixels of a digit on the map of digits
SMALL_VGG = encode(PRESETS["small_vgg"].stack)


class Tile(TypedDict):
    """What the map draws. `state` are query parameters of the page it opens."""

    id: str
    title: str
    line: str
    slug: str
    state: dict[str, str]
    picture: str
    section: str


def _signed(values: Tensor) -> Tensor:
    """A map (1, 1, H, W) as colours (3, H, W): blue below 0, orange above, as the components draw it."""
    scaled = (values[0, 0] / values.abs().max().clamp_min(1e-6)).clamp(-1, 1)  # (H, W)
    neutral = torch.tensor([247.0, 247.0, 247.0]).view(3, 1, 1) / 255
    below = torch.tensor([8.0, 81.0, 156.0]).view(3, 1, 1) / 255
    above = torch.tensor([179.0, 71.0, 0.0]).view(3, 1, 1) / 255
    share = scaled.abs().pow(0.6)
    return neutral + (torch.where(scaled < 0, below, above) - neutral) * share


def _mosaic(maps: Tensor, columns: int) -> Tensor:
    """Feature maps (1, F, h, w) side by side as colours (3, H, W)."""
    shown = [_signed(maps[:, index : index + 1]) for index in range(maps.shape[1])]
    rows = [torch.cat(shown[start : start + columns], dim=2) for start in range(0, len(shown), columns)]
    return torch.cat(rows, dim=1)


def _areas() -> Tensor:
    """A small VGG as areas in proportion to its parameters, (3, H, W): one column per family, its layers stacked."""
    rows = [row for row in analyse(PRESETS["small_vgg"].stack).rows if row.parameters]
    total = sum(row.parameters for row in rows)
    picture = torch.ones(3, SIDE, SIDE)
    left = 0
    for name, colour in (("dense", (230, 159, 0)), ("convolution", (0, 114, 178))):
        column = sorted((row.parameters for row in rows if family(row) == name), reverse=True)
        width, top = round(SIDE * sum(column) / total), 0
        for count in column:
            height = round(SIDE * count / sum(column))
            cell = picture[:, top : top + max(height - 2, 1), left : left + max(width - 2, 2)]
            cell[:] = torch.tensor(colour).view(3, 1, 1) / 255
            top += height
        left += width
    return picture


def _network() -> Tensor:
    """A ResNet-50 as bars, (3, H, W): one per layer with channels, its width in proportion to their square root."""
    layers_ = [node for node in graph("resnet50").root.walk() if node.kind in ("Conv2d", "Linear")]
    widths = torch.tensor([node.output_shape[0] for node in layers_]).sqrt()
    bars = torch.nn.functional.interpolate(widths[None, None], SIDE, mode="nearest")[0, 0]  # one per row
    across = torch.arange(SIDE) - (SIDE - 1) / 2
    inside = across.abs() <= bars[:, None] / widths.max() * (SIDE / 2 - 6)  # (H, W)
    blue = torch.tensor([0.0, 114.0, 178.0]).view(3, 1, 1) / 255
    return torch.where(inside, blue, torch.ones(3, 1, 1))


def _curves() -> Tensor:
    """The test curves of a stored run, (3, H, W): one colour per network, the best value on top."""
    picture = torch.ones(3, SIDE, SIDE)
    run = next((each for each in map(shipped.read, shipped.names()) if curves.names(each)), None)
    if run is None:
        return picture
    best = curves.foremost(curves.names(run)) or ""
    sort, label = best.split()[0], best.split()[-1]
    names = [name for name in curves.names(run) if name.split()[0] == sort and name.split()[-1] == label]
    found = [torch.tensor(curves.series(run, name, curves.axes(run, name)[0])[1]) for name in names]
    low, high = min(values.min() for values in found), max(values.max() for values in found)
    inks = torch.tensor([[0.0, 114.0, 178.0], [230.0, 159.0, 0.0]]) / 255
    margin, rows = 12, torch.arange(SIDE)[:, None]  # (H, 1)
    for values, ink in zip(found, inks, strict=False):
        fitted = torch.nn.functional.interpolate(
            values[None, None], SIDE - 2 * margin, mode="linear", align_corners=True
        )[0, 0]  # (W,)
        heights = SIDE - margin - (fitted - low) / (high - low).clamp_min(1e-9) * (SIDE - 2 * margin)
        before = torch.cat([heights[:1], heights[:-1]])
        top, foot = torch.minimum(heights, before) - 1.5, torch.maximum(heights, before) + 1.5
        inside = (rows >= top) & (rows <= foot)  # (H, W)
        part = picture[:, :, margin : SIDE - margin]
        part.copy_(torch.where(inside, ink.view(3, 1, 1), part))
    return picture


def _units() -> Tensor:
    """What sixteen hidden units of our plain network look for in a picture, (3, H, W)."""
    try:
        model = classifiers.load("classifier-cifar10-plain").model
    except classifiers.WeightsError:
        return torch.ones(3, SIDE, SIDE)
    first = next(layer.weight for layer in model.modules() if isinstance(layer, torch.nn.Linear))
    strongest = first.detach()[first.norm(dim=1).topk(16).indices]
    drawn = mosaic(strongest.view(16, 3, 32, 32), side=SIDE)  # (4, H, W)
    return drawn[:3] * drawn[3:] + (1 - drawn[3:])


def _views(picture: Tensor) -> Tensor:
    """Four views of one picture, as contrastive learning sees it, (3, H, W)."""
    four = images.fit(picture, SIDE // 2).expand(4, -1, -1, -1)
    views = simclr_views(four, torch.Generator().manual_seed(8), strength=1.0)
    return images.sheet(views, 2)[0]


def _similarities() -> Tensor:
    """Who resembles whom among two views of eight pictures, by the shipped encoder, (3, H, W)."""
    dataset, model = data.load("shapes-plain", "test"), portable.read("shapes-plain").model
    chosen = dataset.images[explorer.pick(dataset, 8)]
    batch = explorer.explore(model, chosen, Views(), torch.Generator().manual_seed(0))
    first, second = batch.z.chunk(2)
    cosines = terms(first, second).similarity  # (16, 16)
    return _signed(cosines[None, None])


def _map() -> Tensor:
    """The stored map of digits, (3, H, W): digits at their places, as many as have room."""
    layout = torch.from_numpy(stored_runs.load("embedding-umap").arrays["layout"])
    digits = data.load("mnist-5k", "train", len(layout)).images / 255
    paper = 1 - images.resize(digits, SMALL, SMALL)[:, 0]  # (N, SMALL, SMALL)
    low, high = layout.amin(0), layout.amax(0)
    places = ((layout - low) / (high - low).max() * (SIDE - SMALL)).round().int()
    picture, taken = torch.ones(SIDE, SIDE), torch.zeros(SIDE, SIDE, dtype=torch.bool)
    for (x, y), digit in zip(places.tolist(), paper, strict=True):
        top = SIDE - SMALL - y
        cell = (slice(top, top + SMALL), slice(x, x + SMALL))
        if taken[cell].sum() < SMALL:  # a little overlap is no harm: digits are mostly paper
            picture[cell], taken[cell] = torch.minimum(picture[cell], digit), True
    return picture.expand(3, -1, -1)


def _rebuilt() -> Tensor:
    """Twice four digits, and below them what the generator makes of their codes, (3, H, W)."""
    model, rows = shelf.load("mnist-5k"), [31, 32, 34, 41, 3, 7, 11, 15]
    seen = data.load(model.data, "train", len(model.codes)).images[rows].float() / 255
    made = model.decode(model.codes[rows])
    return images.sheet(torch.cat([seen[:4], made[:4], seen[4:], made[4:]]), 4)[0].expand(3, -1, -1)


def _walk() -> Tensor:
    """Decodes between the codes of four faces, (3, H, W)."""
    model = shelf.load("faces")
    corners = model.codes[[9, 41, 18, 58]]
    places = [index / 3 for index in range(4)]
    codes = torch.stack([latent.blend(corners, across, down) for down in places for across in places])
    return images.sheet(model.decode(codes), 4)[0].expand(3, -1, -1)


def _game() -> Tensor:
    """A game of two numbers that spirals outward, over its saddle, (3, H, W)."""
    line = torch.linspace(-1, 1, SIDE)
    picture = _signed((line.flip(0).unsqueeze(1) * line).view(1, 1, SIDE, SIDE) * 0.35)
    for x, y in games.trajectory(games.Game(step_size=0.03), "simultaneous", (0.25, 0.0), 2600):
        row, column = round((1 - y) / 2 * (SIDE - 1)), round((1 + x) / 2 * (SIDE - 1))
        if 1 <= row < SIDE - 1 and 1 <= column < SIDE - 1:
            picture[:, row - 1 : row + 1, column - 1 : column + 1] = (
                torch.tensor([213, 94, 0]).view(3, 1, 1) / 255
            )
    return picture


@st.cache_resource(show_spinner=False, max_entries=1)
def _pictures() -> dict[str, Tensor]:
    """Every tile's picture, (3, H, W). Kept as tensors: their addresses are renewed on every visit."""
    picture = samples.sample("cat", SIDE)
    grey = images.grey(picture)
    sobel = kernels.build("sobel_x", 3).expand(1, 1, 3, 3)
    edges = convolution.convolve(grey, sobel, padding="same")
    stack = layers.forward(images.fit(picture, 96), layers.PRESETS["deep4"].layers)
    pooled = pooling.pool(grey, "max", 8)
    return {
        "pixels": images.fit(picture, 20)[0],
        "filter": _signed(edges),
        "layer": _mosaic(stack[0].after[:, :4], 2),
        "stack": _mosaic(stack[3].after[:, :16], 4),
        "pooling": pooled[0].expand(3, -1, -1),
        "parameters": _areas(),
        "network": _network(),
        "classifier": _units(),
        "views": _views(picture),
        "codes": _rebuilt(),
        "walk": _walk(),
        "game": _game(),
        "runs": _curves(),
        "contrast": _similarities(),
        "embedding": _map(),
    }


def tiles() -> list[Tile]:
    """The stops of the course that have a page, in lecture order."""
    drawn = {name: pictures.url(picture) for name, picture in _pictures().items()}

    def tile(name: str, title: str, line: str, slug: str, section: str, **state: str) -> Tile:
        return Tile(
            id=name, title=title, line=line, slug=slug, state=state, picture=drawn[name], section=section
        )

    return [
        tile(
            "pixels",
            "Pixels",
            "A picture is a grid of numbers.",
            "convolution",
            "Input",
            conv_kernel="Identity",
            conv_colours="Colour",
        ),
        tile(
            "filter",
            "One filter",
            "A window of weights slides and finds edges.",
            "convolution",
            "Convolution",
            conv_kernel="Sobel x",
        ),
        tile(
            "layer",
            "Many filters",
            "Each gives one channel: a layer.",
            "convolution",
            "Convolution",
            conv_view="Layers",
        ),
        tile(
            "stack",
            "Stacked layers",
            "Filters over filters see further.",
            "convolution",
            "Convolution",
            conv_view="Layers",
            conv_l_preset="deep4",
        ),
        tile("pooling", "Pooling", "Keep what matters, drop where exactly.", "pooling", "Pooling"),
        tile(
            "parameters",
            "Parameters",
            "Where the learned numbers live.",
            "parameters",
            "Counting",
            par_net=SMALL_VGG,
        ),
        tile(
            "network",
            "Whole networks",
            "Opened block by block, from AlexNet on.",
            "architectures",
            "Networks",
        ),
        tile(
            "classifier",
            "Learning",
            "What hidden units came to look for.",
            "classifier",
            "Networks",
        ),
        tile(
            "views",
            "Views",
            "One picture, changed by chance.",
            "augmentations",
            "Contrastive learning",
        ),
        tile(
            "contrast",
            "Contrast",
            "Which views show the same picture?",
            "contrastive",
            "Contrastive learning",
        ),
        tile(
            "embedding",
            "Embedding space",
            "Vectors as a map, and how far to believe it.",
            "embedding",
            "Contrastive learning",
        ),
        tile("codes", "GLO", "Digits, and below each what its 32 numbers keep.", "glo", "Generative models"),
        tile("walk", "Between pictures", "Every face here was decoded.", "interpolate", "Generative models"),
        tile("game", "Saddle points", "Two players that never meet.", "saddle-points", "Generative models"),
        tile("runs", "Runs", "What one changed setting changed.", "runs", "Lab"),
    ]
