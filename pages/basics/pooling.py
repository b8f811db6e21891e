"""Pooling: one number per window, and what survives of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TypedDict

import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine import geometry, kernels, pooling
from engine.convolution import convolve
from engine.geometry import Axis
from engine.images import grey
from pages.basics import pooling_code
from pages.registry import BY_SLUG
from pages.shared import assets, frame, picture_input, presenter
from pages.shared.controls import choice, switch, whole
from pages.shared.frame import Fact
from pages.shared.picture_input import Picture
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["pooling"]
LINKED_PLACE = "pool_at"  # the pinned window in the address
PROVENANCE = Provenance("live", "Your browser pools the picture; torch computes the same for the numbers.")
TITLES = {"max": "Max", "average": "Average", "min": "Min", "l2": "L2", "convolution": "Convolution"}
MAPS = {
    "picture": "The picture",
    "feature": "A feature map",
    "relu": "A feature map after ReLU",
    "grid": "Numbers, 4 × 4",
}
VIEWS = {"values": "Values", "gradient": "Gradient", "shift": "Shift by a pixel"}
GRID = Picture(
    "grid",
    "Sixteen numbers",
    torch.tensor([[[[1.0, 3, 2, 1], [4, 6, 5, 0], [2, 1, 9, 7], [3, 8, 4, 2]]]]),
    numbers=True,
)


class Sliding(TypedDict):
    """Rows and columns of window, stride and padding, as `engine.pooling` takes them."""

    window: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int]


@dataclass(frozen=True, eq=False)
class State:
    """Everything the page shows follows from this. `feature`: kernel (1, 1, k, k) of the pooled map, if any."""

    picture: Picture
    inputs: Tensor
    feature: Tensor | None
    relu: bool
    rows: Axis
    columns: Axis
    alternative: Tensor | None
    alternative_title: str
    view: str
    everything: bool

    @property
    def sliding(self) -> Sliding:
        """Window, stride and padding in use."""
        rows, columns = self.rows, self.columns
        return {
            "window": (rows.kernel, columns.kernel),
            "stride": (rows.stride, columns.stride),
            "padding": (rows.before, columns.before),
        }


def _kernel(label: str, key: str, default: str, side: int) -> tuple[str, Tensor]:
    """Choose a kernel of its default size, of those that fit with padding around the map."""
    names = [name for name, family in kernels.FAMILIES.items() if family.default_size <= side + 2]
    name = choice(label, names, key=key, default=default, titles=lambda value: kernels.FAMILIES[value].title)
    family = kernels.FAMILIES[name]
    return family.title, family.build(family.default_size)[None, None]


def _controls() -> State:
    source = choice("Pooled map", list(MAPS), key="pool_map", default="picture", titles=MAPS.__getitem__)
    picture = GRID if source == "grid" else picture_input.choose(PAGE, size=128)
    inputs = grey(picture.image)
    height, width = inputs.shape[-2:]
    side = min(height, width)
    feature = None
    if source in ("feature", "relu"):
        _, feature = _kernel("Kernel of the feature map", "pool_kernel", "sobel_x", side)
    everything = switch("The whole map as one window", key="pool_global", help="Global pooling.")
    if everything:
        rows, columns = pooling.pooling_axes(inputs.shape, (height, width))
    else:
        window = whole("Window", 2, geometry.largest_kernel(side, ceiling=8), key="pool_window", default=2)
        stride = whole("Stride", 1, 8, key="pool_stride", default=2, help="Cells the window moves each step.")
        padding = whole(
            "Padding", 0, window // 2, key="pool_padding", default=0, help="At most half the window."
        )
        rows, columns = pooling.pooling_axes(inputs.shape, window, stride=stride, padding=padding)
    title, alternative = "", None
    if not everything:
        title, alternative = _kernel("Convolution beside it", "pool_convolution", "gaussian", side)
    views = [name for name in VIEWS if name != "shift" or _can_shift(columns)]
    view = choice("View", views, key="pool_view", default="values", titles=VIEWS.__getitem__)
    return State(
        picture, inputs, feature, source == "relu", rows, columns, alternative, title, view, everything
    )


def _can_shift(columns: Axis) -> bool:
    """Whether the window still fits a map that lost a column, so that two crops can be compared."""
    return columns.size > 1 and geometry.fits(columns.size - 1, columns.kernel, padding=columns.before)


def _pads(kernel: Tensor) -> list[int]:
    before, after = (kernel.shape[-1] - 1) // 2, kernel.shape[-1] // 2
    return [before, after, before, after]


def _map(state: State) -> Tensor:
    """The map that is pooled, (1, 1, H, W)."""
    inputs = state.inputs.to(devices.pick())
    if state.feature is None:
        return inputs
    feature = convolve(inputs, state.feature.to(inputs.device), padding="same", padding_mode="replicate")
    return feature.relu() if state.relu else feature


def _alternative(state: State, images: Tensor) -> Tensor:
    """The strided convolution instead of a pooling."""
    assert state.alternative is not None  # noqa: S101 - callers ask only where there is one
    stride = (state.rows.stride, state.columns.stride)
    return convolve(
        images, state.alternative.to(images.device), stride=stride, padding=state.alternative.shape[-1] // 2
    )


def _changed(state: State, images: Tensor) -> dict[str, float]:
    """Share of outputs that change when the map moves by one pixel, per mode."""
    if not _can_shift(state.columns):
        return {}
    shares = {
        mode: pooling.share_changed(partial(pooling.pool, mode=mode, **state.sliding), images)
        for mode in pooling.MODES
    }
    if state.alternative is not None:
        shares["convolution"] = pooling.share_changed(partial(_alternative, state), images)
    return shares


def _place() -> list[int] | None:
    """The pinned window, from the component or, on arrival, from the address."""
    component = st.session_state.get("pool_boards")
    if component is not None and "at" in component:
        place = component["at"]
        if place is None:
            st.query_params.pop(LINKED_PLACE, None)
            return None
        st.query_params[LINKED_PLACE] = f"{int(place[0])},{int(place[1])}"
        return [int(place[0]), int(place[1])]
    numbers = st.query_params.get(LINKED_PLACE, "").split(",")
    usable = len(numbers) == 2 and all(n.isdecimal() and len(n) < 6 for n in numbers)
    return [int(n) for n in numbers] if usable else None


def _figure(state: State, place: list[int] | None) -> None:
    sliding = state.sliding
    feature = convolution = strip = None
    if state.feature is not None:
        feature = {
            "weights": state.feature.flatten().tolist(),
            "kernel": state.feature.shape[-1],
            "pads": _pads(state.feature),
            "activation": "relu" if state.relu else "none",
        }
    if state.alternative is not None:
        size = state.alternative.shape[-1]
        weights = state.alternative.flatten().tolist()
        convolution = {"weights": weights, "kernel": size, "stride": sliding["stride"], "pad": size // 2}
        strip = {"window": sliding["window"], "stride": [max(2, step) for step in sliding["stride"]]}
    assets.mount(
        "pooling",
        {
            "source": state.picture.source(grey=True),
            "numbers": state.picture.numbers,
            "feature": feature,
            "window": sliding["window"],
            "stride": sliding["stride"],
            "pad": sliding["padding"],
            "convolution": convolution,
            "strip": strip,
            "view": state.view,
            "at": place,
            "shape": f"{state.picture.title} {state.rows} {state.columns} {state.view}",
            "title": f"{state.picture.title}, pooled {state.rows.kernel} × {state.columns.kernel}",
        },
        key="pool_boards",
        provenance=PROVENANCE,
        states={"at": place},
    )


def _facts(state: State, images: Tensor, shares: dict[str, float]) -> list[Fact]:
    rows, columns = state.rows, state.columns
    before, after = rows.size * columns.size, rows.output * columns.output
    facts = [
        Fact("Output height", rows.formula(), f"{rows.output}"),
        Fact("Output width", columns.formula(), f"{columns.output}"),
        Fact("Values kept", f"{after:,} of {before:,}", f"{100 * after / before:.1f} %"),
        Fact("Weights", "pooling learns nothing", "0"),
    ]
    for mode in pooling.MODES:
        output = pooling.pool(images, mode, **state.sliding)
        low, high = output.min().item(), output.max().item()
        facts.append(
            Fact(f"{TITLES[mode]} from / to", f"mean {output.mean().item():.3f}", f"{low:.3f} / {high:.3f}")
        )
    sent = pooling.route_gradient(images, "max", **state.sliding)
    facts.append(
        Fact(
            "Cells that win a max",
            "they alone get its gradient",
            f"{100 * (sent > 0).float().mean().item():.1f} %",
        )
    )
    for mode, share in shares.items():
        facts.append(
            Fact(
                f"{TITLES[mode]} changed by the shift",
                "by more than 5 % of the range",
                f"{100 * share:.1f} %",
            )
        )
    if rows.dropped or columns.dropped:
        ends = f"{rows.dropped}, {columns.dropped}"
        facts.append(Fact("Dropped cells", "rows, columns at the end no window reads", ends))
    return facts


def _notice(state: State, shares: dict[str, float]) -> list[str]:
    rows, columns = state.rows, state.columns
    area = rows.kernel * columns.kernel
    if state.everything:
        first = (
            "**One number for the whole map.** Networks end like this: each feature map becomes one value that"
            " says how strongly the feature occurs, and nothing about where."
        )
    elif rows.stride < rows.kernel:
        first = "**The windows overlap.** One strong cell can win several windows and shows up in each."
    elif rows.stride > rows.kernel:
        first = "**The stride is larger than the window.** Some cells are never looked at."
    else:
        first = (
            f"**Every {area} values become one.** Max keeps the largest, min the smallest, average a little of"
            " all; L2 is a sum and grows with the window."
        )
    said = [first]
    if state.view == "gradient":
        said.append(
            "The backward pass: max and min send everything to their winner and nothing to the others; average"
            f" sends 1/{area} to each cell. Cells without colour learn nothing from this output."
        )
    elif shares:
        poolings = {mode: share for mode, share in shares.items() if mode in pooling.MODES}
        most, least = max(poolings, key=poolings.__getitem__), min(poolings, key=poolings.__getitem__)
        said.append(
            f"Move the map by one pixel and {100 * poolings[least]:.0f} % of the {TITLES[least]} outputs change,"
            f" {100 * poolings[most]:.0f} % of the {TITLES[most]} outputs. Pooling tolerates small moves; it does"
            " not ignore them."
        )
    if state.alternative is not None:
        said.append(
            f"The convolution beside it ({state.alternative_title}) shrinks the map with the same stride, but"
            " with weights, which a network could learn."
        )
    return said


def draw() -> None:
    """The page."""
    frame.header(
        PAGE,
        PROVENANCE,
        device=str(devices.pick()),
        data="one picture",
        steps=pooling_code.STEPS,
        parameters=(LINKED_PLACE,),
    )
    left, right = st.columns([3, 1], gap="medium")
    with right:
        state = _controls()
    place = _place()
    with left:
        _figure(state, place)
    if presenter.presenting():
        return
    with torch.inference_mode():
        images = _map(state)
        shares = _changed(state, images)
        facts = _facts(state, images, shares)
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, facts)
    with beside:
        frame.notice(_notice(state, shares))
    kernel = None if state.feature is None else state.feature[0, 0].tolist()
    frame.code(
        pooling_code.pytorch(state.picture, state.rows, state.columns, kernel=kernel, relu=state.relu),
        pooling_code.keras(state.rows, state.columns),
    )
    frame.deeper(
        {
            "Scherer, Müller, Behnke 2010: evaluation of pooling": "https://doi.org/10.1007/978-3-642-15825-4_10",
            "Springenberg et al. 2014: striving for simplicity": "https://arxiv.org/abs/1412.6806",
            "Zhang 2019: making networks shift-invariant again": "https://arxiv.org/abs/1904.11486",
        },
        "Pooling Layers",
        "parameters",
    )


draw()
