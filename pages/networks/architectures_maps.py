"""Feature maps: a photograph runs through a network, and every block shows what it put out."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch

from engine import device as devices
from engine import images
from engine.architectures import offered, summary, title
from engine.feature_maps import FeatureMap, feature_maps, inside, own, places
from pages.networks import architectures_code
from pages.networks.architectures_state import NETWORKS, Chips, answer, network
from pages.networks.architectures_weights import (
    KINDS,
    MOST_PARAMETERS,
    PRETRAINED,
    Weights,
    offer,
    ready,
    weights,
)
from pages.registry import PageEntry
from pages.shared import assets, frame, picture_input, pictures, presenter
from pages.shared.controls import ahead, choice, whole
from pages.shared.picture_input import Picture
from pages.shared.provenance import Provenance

LIVE = Provenance(
    "live", "torch ran the picture through the network just now: engine.feature_maps.feature_maps."
)
WHOLE = "all"
SIDE = 512  # pixels of the photograph before the network's own resizing
CHANNELS = (8, 16, 32, 64)
ORDERS = {False: "First channels", True: "Strongest channels"}


@dataclass(frozen=True)
class Shown:
    """One block as the browser gets it: its maps stacked in one grey PNG, one symmetric scale."""

    node: str
    title: str
    name: str
    shape: tuple[int, int, int]
    channels: tuple[int, ...]
    png: bytes
    height: int
    width: int
    scale: float
    zeros: float


@dataclass(frozen=True)
class Result:
    """A picture's way through a network."""

    seen: bytes
    blocks: tuple[Shown, ...]
    guesses: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class State:
    """Everything the view shows follows from this."""

    weights: Weights
    picture: Picture
    part: str
    channels: int
    strongest: bool


def _shown(item: FeatureMap) -> Shown:
    count, height, width = item.maps.shape
    png = images.encode_png(item.maps.reshape(1, count * height, width))
    return Shown(
        item.node, item.title, item.name, item.shape, item.channels, png, height, width, item.scale, item.dead
    )


@st.cache_resource(show_spinner=False, max_entries=48)
def _run(
    found: Weights,
    picture: str,  # noqa: ARG001 - the address of `_image`, which stands for it in the cache's key
    part: str,
    channels: int,
    strongest: bool,
    _image: torch.Tensor,
) -> Result:
    nodes = None if part == WHOLE else inside(found.name, part)
    result = feature_maps(ready(found), _image[0], nodes=nodes, channels=channels, strongest=strongest)
    return Result(images.encode_png(result.seen), tuple(_shown(item) for item in result.maps), result.guesses)


def chips(page: PageEntry) -> Chips:
    """What the chips will say, before the controls are drawn."""
    titles = {name: title(name) for name in offered()} | own()
    name = ahead(NETWORKS[0], list(titles), "resnet50", titles.__getitem__)
    kind = ahead(f"{page.prefix}weights", list(KINDS), PRETRAINED, KINDS.__getitem__)
    seed = ahead(f"{page.prefix}seed", range(21), 0)
    return Chips(LIVE, str(devices.pick()), weights(name, kind, seed).words)


def _kind(page: PageEntry) -> str:
    answer(f"{page.prefix}weights", "the weights", KINDS.values())
    return choice(
        "Weights",
        list(KINDS),
        key=f"{page.prefix}weights",
        default=PRETRAINED,
        titles=KINDS.__getitem__,
        segmented=True,
        help="Pretrained on ImageNet, if they are here or you download them; or random, for comparison.",
    )


def _controls(page: PageEntry) -> State | None:
    name = network("Network", NETWORKS[0], "resnet50", own())
    count = 0 if name in own() else summary(name).parameters
    if count > MOST_PARAMETERS:
        st.warning(
            f"{title(name)} has {count / 1e6:,.0f} million parameters. This page runs networks of up to"
            f" {MOST_PARAMETERS / 1e6:.0f} million, so that one visitor does not take all the memory."
            " Choose a smaller one.",
            icon=":material/memory:",
        )
        return None
    kind = PRETRAINED if name in own() else _kind(page)
    picture = picture_input.choose(page, size=SIDE, numbers=False)
    parts = {} if name in own() else places(name)
    titles = {WHOLE: "The whole network"} | {
        place: f"{found} ({place.lstrip(':')})" for place, found in parts.items()
    }
    answer(f"{page.prefix}part", "the part", titles.values())
    part = choice(
        "Look into", list(titles), key=f"{page.prefix}part", default=WHOLE, titles=titles.__getitem__
    )
    with st.expander("More", icon=":material/tune:"):
        channels = choice("Channels per block", CHANNELS, key=f"{page.prefix}channels", default=16)
        strongest = choice(
            "Which", list(ORDERS), key=f"{page.prefix}strongest", default=False, titles=ORDERS.__getitem__
        )
        seed = whole("Seed", 0, 20, key=f"{page.prefix}seed", default=0, help="Of the random weights.")
    return State(weights(name, kind, seed), picture, part, channels, strongest)


def _figure(page: PageEntry, state: State, result: Result) -> None:
    trained = bool(state.weights.mark)
    assets.mount(
        "activations",
        {
            "seen": pictures.keep(result.seen),
            "picture": state.picture.title,
            "shape": f"{state.weights.name} {state.part} {state.channels}",
            "silence": "" if trained else "No guesses: random weights know no classes.",
            "guesses": [list(guess) for guess in result.guesses],
            "blocks": [
                {
                    "id": block.node,
                    "title": block.title,
                    "name": block.name,
                    "shape": list(block.shape),
                    "channels": list(block.channels),
                    "url": pictures.keep(block.png),
                    "height": block.height,
                    "width": block.width,
                    "averaged": (block.height, block.width) != block.shape[1:],
                    "scale": block.scale,
                    "zeros": block.zeros,
                }
                for block in result.blocks
            ],
        },
        key=f"{page.prefix}maps",
        provenance=Provenance(
            "live", f"{state.weights.title}, {state.weights.words}; a forward pass of torch."
        ),
    )


def _notice(state: State, result: Result) -> list[str]:
    name = state.weights.title
    first, last = result.blocks[0], result.blocks[-1]
    change = (
        f"From {first.shape[0]} maps of {first.shape[1]} × {first.shape[2]}"
        f" to {last.shape[0]} of {last.shape[1]} × {last.shape[2]}: less and less where, more and more what."
    )
    said = [f"**{name}, {state.weights.words}.** {change}"]
    emptiest = max(result.blocks, key=lambda block: block.zeros)
    if emptiest.zeros > 0.01:
        said.append(
            f"*{emptiest.title}* ({emptiest.name}) puts out exactly 0 at {100 * emptiest.zeros:.0f} % of its"
            " positions: ReLU answers to few things at a time. Blue cannot appear behind a ReLU."
        )
    else:
        said.append(
            "Hardly a value is exactly 0: these blocks do not end in a ReLU, so their maps are signed and"
            " both colours appear."
        )
    if result.guesses:
        label, share = result.guesses[0]
        said.append(
            f"The network's first guess is *{label}* with {100 * share:.0f} %. It knows"
            f" {len(ready(state.weights).classes):,} classes and nothing else."
        )
    else:
        said.append(
            "Even random filters keep the outlines of the picture for a while: structure comes from sliding the"
            " same weights everywhere, meaning only from training."
        )
    return said


def _rows(result: Result) -> list[tuple[str, ...]]:
    rows = [
        (
            " × ".join(map(str, block.shape)),
            f"{block.shape[0] * block.shape[1] * block.shape[2]:,}",
            f"{100 * block.zeros:.1f} %",
            f"{block.scale:.3f}",
        )
        for block in result.blocks
    ]
    narrow = "\N{NO-BREAK SPACE}"  # a shape is not broken into lines
    return [
        (f"{block.title} ({block.name})", *(cell.replace(" ", narrow) for cell in row))
        for block, row in zip(result.blocks, rows, strict=True)
    ]


def draw(page: PageEntry) -> None:
    """The view."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        state = _controls(page)
    if state is None:
        return
    wanted = st.session_state.get(f"{page.prefix}weights", PRETRAINED) == PRETRAINED
    with left:
        with st.spinner(f"{state.weights.title} is looking at the picture", show_time=True):
            result = _run(
                state.weights,
                str(state.picture.source(grey=False)["url"]),
                state.part,
                state.channels,
                state.strongest,
                state.picture.image,
            )
        if wanted and not state.weights.mark:
            offer(page, state.weights.name)
        _figure(page, state, result)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers_table(
            page,
            ("Block", "Output", "Values", "Zeros", "Largest shown"),
            _rows(result),
            align="lrrrr",
            name=f"maps-{state.weights.name}",
        )
    with beside:
        frame.notice(_notice(state, result))
    frame.code(
        architectures_code.looking(state.weights, state.picture, state.part, state.channels, state.strongest)
    )
    frame.deeper(
        {
            "Zeiler and Fergus 2013, Visualizing and understanding convolutional networks": "https://arxiv.org/abs/1311.2901",
            "Olah et al. 2017, Feature visualization": "https://distill.pub/2017/feature-visualization/",
        },
        "Foundational Models in Vision; Transfer Learning",
        "convolution",
    )
