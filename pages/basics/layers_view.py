"""The Layers view of the Convolution page: a stack of layers with every map on one screen."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine import geometry, images, layers, receptive_field, samples
from engine.convolution import ACTIVATIONS, multiply_adds
from engine.filter_bank import MOST_FILTERS
from engine.geometry import Axis, Padding
from engine.layers import MOST_KERNEL, MOST_LAYERS, PRESETS, TIMES, ConvLayer, LayerShape
from pages.basics import layers_code
from pages.registry import PageEntry
from pages.shared import assets, frame, picture_input, presenter
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

SIDE = 96  # pixels: 64 maps of this size stay below 2.5 MB
OWN = "own"
PREFIX = "conv_l_"
PROVENANCE = Provenance(
    "live", "engine.layers.forward computed every map; the browser takes a pinned one apart."
)
TITLES = {"none": "None", "relu": "ReLU", "leaky_relu": "Leaky ReLU", "tanh": "tanh", "sigmoid": "Sigmoid"}
SOURCES = {"random": "Random", "bank": "Hand-made"}
PADDINGS: tuple[str, ...] = ("valid", "same", "1", "2", "3")
START = (ConvLayer(6, 3), ConvLayer(8, 3), ConvLayer(8, 3), ConvLayer(8, 3))  # of one's own stack


@dataclass(frozen=True, eq=False)
class Stack:
    """Everything the view shows follows from this. `rows` and `columns` hold one axis per layer."""

    preset: str
    layers: tuple[ConvLayer, ...]
    seed: int
    image: Tensor
    shapes: list[LayerShape]
    rows: list[Axis]
    columns: list[Axis]


def _edit(name: str) -> None:
    """Button callback: take over a preset's layers as one's own."""
    chosen = PRESETS[name].layers
    st.session_state[f"{PREFIX}preset"] = OWN
    _set("count", len(chosen), str(len(chosen)))
    for number, layer in enumerate(chosen, start=1):
        for field in ("filters", "kernel", "stride"):
            _set(f"{field}{number}", getattr(layer, field), str(getattr(layer, field)))
        _set(f"padding{number}", str(layer.padding), str(layer.padding))
        _set(f"activation{number}", layer.activation, TITLES[layer.activation])
    _set("source1", chosen[0].source, SOURCES[chosen[0].source])


def _set(name: str, value: object, linked: str) -> None:
    """Set a control that is not drawn yet; Streamlit writes only drawn ones into the address."""
    st.session_state[PREFIX + name] = value
    st.query_params[PREFIX + name] = linked


def _layer(number: int, side: int) -> ConvLayer:
    """Controls of one layer on maps whose shorter side is `side`; only what fits is offered."""
    start = START[number - 1]
    filters = whole(
        "Filters", 1, MOST_FILTERS, key=f"{PREFIX}filters{number}", default=start.filters, help="Output maps."
    )
    padding: Padding = layers_code.padding(
        choice("Padding", PADDINGS, key=f"{PREFIX}padding{number}", default="same")
    )
    most = geometry.largest_kernel(side, padding=padding, ceiling=MOST_KERNEL)
    source = "random"
    if number == 1 and most >= 3:
        source = choice(
            "Weights",
            list(SOURCES),
            key=f"{PREFIX}source{number}",
            default="random",
            titles=SOURCES.__getitem__,
            help="Hand-made: edges, colours, stripes. Only a layer that reads a picture can use them.",
        )
    least = 3 if source == "bank" else 1
    kernel = whole("Kernel", least, most, key=f"{PREFIX}kernel{number}", default=start.kernel)
    reach = geometry.largest_stride(side, kernel, padding=padding, ceiling=4)
    stride = whole("Stride", 1, reach, key=f"{PREFIX}stride{number}", default=start.stride)
    activation = choice(
        "Activation",
        list(ACTIVATIONS),
        key=f"{PREFIX}activation{number}",
        default="relu",
        titles=TITLES.__getitem__,
    )
    made = ConvLayer(filters, kernel, stride, padding, activation=activation)
    return replace(made, source="bank") if source == "bank" else made


def _own(height: int, width: int) -> tuple[ConvLayer, ...]:
    count = whole("Layers", 1, MOST_LAYERS, key=f"{PREFIX}count", default=2)
    chosen: list[ConvLayer] = []
    for number in range(1, count + 1):
        with st.popover(f"Layer {number}", icon=":material/tune:", width="stretch"):
            layer = _layer(number, min(height, width))
        rows, columns = layer.axes(height, width)
        height, width = rows.output, columns.output
        chosen.append(layer)
    return tuple(chosen)


def _controls(image: Tensor) -> Stack:
    preset = choice(
        "Stack",
        [*PRESETS, OWN],
        key=f"{PREFIX}preset",
        default="lecture_240",
        titles=lambda name: "Your own" if name == OWN else PRESETS[name].title,
    )
    if preset == OWN:
        chosen = _own(*image.shape[-2:])
    else:
        chosen = PRESETS[preset].layers
        st.button(
            "Change these layers",
            key=f"{PREFIX}edit",
            icon=":material/edit:",
            on_click=_edit,
            args=(preset,),
            width="stretch",
        )
    seed = whole("Seed", 0, 20, key=f"{PREFIX}seed", default=0, help="Another seed, other random weights.")
    pairs = _axes(chosen, image)
    shapes = layers.shapes((image.shape[1], image.shape[2], image.shape[3]), chosen)
    return Stack(
        preset, chosen, seed, image, shapes, [rows for rows, _ in pairs], [cols for _, cols in pairs]
    )


def _axes(chosen: tuple[ConvLayer, ...], image: Tensor) -> list[tuple[Axis, Axis]]:
    height, width = image.shape[-2:]
    found = []
    for layer in chosen:
        found.append(layer.axes(height, width))
        height, width = found[-1][0].output, found[-1][1].output
    return found


def _table(values: Tensor) -> pd.DataFrame:
    return pd.DataFrame({"v": values.detach().cpu().numpy().astype(np.float32).ravel()})


def _figure(stack: Stack, title: str) -> None:
    device = devices.pick()
    with torch.inference_mode():
        maps = layers.forward(stack.image.to(device), stack.layers, stack.seed)
    described, tables = [], {"input": _table(stack.image)}
    channels = stack.image.shape[1]
    for number, (layer, computed) in enumerate(zip(stack.layers, maps, strict=True)):
        rows, columns = stack.rows[number], stack.columns[number]
        tables[f"maps{number}"] = _table(computed.before)
        tables[f"weights{number}"] = _table(layers.weights(number, channels, layer, stack.seed)[0])
        described.append(
            {
                "channels": channels,
                "filters": layer.filters,
                "kernel": layer.kernel,
                "stride": layer.stride,
                "pads": [rows.before, rows.after, columns.before, columns.after],
                "bias": layer.bias,
                "activation": layer.activation,
                "activation_title": TITLES[layer.activation],
                "height": rows.output,
                "width": columns.output,
            }
        )
        channels = layer.filters
    across = zip(receptive_field.fields(stack.rows), receptive_field.fields(stack.columns), strict=True)
    assets.mount(
        "layers",
        {
            **tables,
            "layers": described,
            "fields": [{"rows": down.size, "columns": side.size} for down, side in across],
            "channels": stack.image.shape[1],
            "height": stack.image.shape[2],
            "width": stack.image.shape[3],
            "title": title,
            "shape": f"{title} {[(layer['channels'], layer['filters'], layer['height']) for layer in described]}",
        },
        key=f"{PREFIX}stack",
        provenance=PROVENANCE,
    )


def _facts(stack: Stack) -> list[Fact]:
    facts: list[Fact] = []
    channels, total, adds_total = stack.image.shape[1], 0, 0
    fields = receptive_field.fields(stack.rows)[1:]
    for number, (layer, shape) in enumerate(zip(stack.layers, stack.shapes, strict=True)):
        rows, columns, name = stack.rows[number], stack.columns[number], f"Layer {number + 1}"
        adds = multiply_adds(
            (1, channels, rows.size, columns.size),
            (layer.filters, channels, layer.kernel, layer.kernel),
            stride=layer.stride,
            padding=layer.padding,
        )
        size = f"{shape.height} {TIMES} {shape.width} {TIMES} {shape.channels}"
        weights, count = shape.formula.split(" = ")
        facts += [
            Fact(f"{name}: output", rows.formula(), size),
            Fact(f"{name}: weights", weights, count),
            Fact(f"{name}: biases", "one per filter", f"{shape.biases}"),
            Fact(
                f"{name}: receptive field",
                "pixels of the input one cell has seen",
                f"{fields[number].size} {TIMES} {receptive_field.fields(stack.columns)[number + 1].size}",
            ),
            Fact(
                f"{name}: multiply-adds", f"{shape.height} {TIMES} {shape.width} {TIMES} {count}", f"{adds:,}"
            ),
        ]
        total, adds_total, channels = total + shape.weights + shape.biases, adds_total + adds, layer.filters
    learned = " + ".join(f"{shape.weights} + {shape.biases}" for shape in stack.shapes)
    return [
        *facts,
        Fact("All parameters", learned, f"{total:,}"),
        Fact("All multiply-adds", "all layers", f"{adds_total:,}"),
    ]


def _notice(stack: Stack) -> list[str]:
    first, last = stack.layers[0], stack.shapes[-1]
    said = [
        f"**{PRESETS[stack.preset].title}.** {PRESETS[stack.preset].what}"
        if stack.preset != OWN
        else f"**Your own stack.** {len(stack.layers)} layers end in {last.channels} maps of"
        f" {last.height} {TIMES} {last.width}."
    ]
    if first.source == "bank":
        said.append("The first layer's filters are hand-made; trained networks arrive at much the same ones.")
    else:
        said.append("The weights are random, not trained: even so, each map answers to something else.")
    if len(stack.layers) > 1:
        field = receptive_field.fields(stack.rows)[-1].size
        said.append(
            f"One cell of the last layer has seen up to {field} pixels in each row. Point at one: the frames in the"
            " earlier layers are what it read. A deeper filter has one kernel per map of the layer before."
        )
    else:
        channels = stack.image.shape[1]
        said.append(
            f"Each filter has {channels} kernel{'s' * (channels > 1)}, one per input channel, but gives one map:"
            " click a map to see the parts that are added."
        )
    if any(layer.activation == "relu" for layer in stack.layers):
        said.append("After ReLU nothing is blue: what was negative is 0.")
    return said


def draw(page: PageEntry) -> None:
    """Component, controls, numbers, what to notice and code."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        picture = picture_input.choose(page, size=SIDE, numbers=False)
        image = picture_input.exact(images.fit(picture.image, SIDE))  # (1, C, h, w)
        stack = _controls(image)
    with left:
        _figure(stack, picture.title)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(stack), name="layers")
    with beside:
        frame.notice(_notice(stack))
    name = st.session_state.get(f"{page.prefix}picture")
    sample = name if name in samples.names() else None
    frame.code(
        layers_code.pytorch(
            stack.layers, stack.rows, stack.columns, stack.seed, image, sample or "", picture.title
        ),
        layers_code.keras(stack.layers),
    )
