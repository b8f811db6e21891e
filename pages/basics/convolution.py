"""Convolution: a window slides, the dot product lands in the output."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine import geometry, kernels
from engine.convolution import ACTIVATIONS, activate, convolve, multiply_adds
from engine.geometry import Axis
from engine.images import grey
from engine.kernels import learned
from engine.kernels.lecture import LECTURE_NOTE
from pages.basics import convolution_code, layers_view
from pages.basics.convolution_code import Setting
from pages.basics.convolution_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared import assets, frame, picture_input, presenter
from pages.shared.controls import ahead, choice, real, whole
from pages.shared.frame import Fact
from pages.shared.picture_input import Picture
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["convolution"]
ONE, LAYERS = "One filter", "Layers"
EDITED = f"{PAGE.prefix}edited"  # session: (id of the chosen kernel, weights typed over it)
LINKED_WEIGHTS = "conv_w"  # the same in the address
LINKED_PLACE = "conv_at"
GREY, COLOUR = "Grey", "Colour"
PROVENANCE = Provenance("live", "Your browser computes the picture; torch computes the same for the numbers.")
TITLES = {"none": "None", "relu": "ReLU", "leaky_relu": "Leaky ReLU", "tanh": "tanh", "sigmoid": "Sigmoid"}
SCALES = {"auto": "Automatic", "photo": "Brightness", "signed": "Signed, zero in the middle"}
PADDINGS: tuple[str, ...] = ("valid", "same", "1", "2", "3")
SIDES = (64, 128, 256, 512)  # pixels
MOST_DILATION = 4


@dataclass(frozen=True, eq=False)
class State:
    """Everything the page shows follows from this."""

    picture: Picture
    inputs: Tensor
    family: kernels.KernelFamily
    preset: Tensor
    identity: str
    setting: Setting
    rows: Axis
    columns: Axis
    scale: str


def _kernel_controls(smallest_side: int) -> tuple[kernels.KernelFamily, Tensor]:
    """Choose a kernel, its size and its parameters; only sizes that some padding makes fit are offered.

    The kernel is (k, k), or (3, k, k) where it has a slice for every colour.
    """
    families = dict(kernels.FAMILIES)
    trained = learned.family()
    if trained is not None:
        families[trained.name] = trained
    name = choice(
        "Kernel",
        list(families),
        key="conv_kernel",
        default="sobel_x",
        titles=lambda value: families[value].title,
    )
    family = families[name]
    sizes = [size for size in family.sizes if size <= smallest_side + 2] or [family.sizes[0]]
    size = choice(
        "Size",
        sizes,
        key="conv_size",
        default=family.default_size,
        titles=lambda value: f"{value} × {value}",
    )
    values: dict[str, float] = {}
    for parameter in family.parameters:
        key = f"conv_{parameter.name}"
        if parameter.whole:
            steps = range(int(parameter.least), int(parameter.most) + 1, int(parameter.step))
            if len(steps) <= 8:
                values[parameter.name] = choice(
                    parameter.title, list(steps), key=key, default=int(parameter.default)
                )
            else:
                values[parameter.name] = whole(
                    parameter.title, steps[0], steps[-1], key=key, default=int(parameter.default)
                )
        else:
            values[parameter.name] = real(
                f"{parameter.title} ({parameter.unit})" if parameter.unit else parameter.title,
                parameter.least,
                parameter.most,
                parameter.step,
                key=key,
                default=parameter.default,
            )
    return family, family.build(size, device=None, **values)


def _controls() -> State:
    picture = picture_input.choose(PAGE, size=ahead("conv_side", SIDES, 256))
    colours = GREY
    if not picture.numbers:
        colours = choice("Colours", (GREY, COLOUR), key="conv_colours", default=GREY, segmented=True)
    inputs = grey(picture.image) if colours == GREY else picture.image
    height, width = inputs.shape[-2:]
    side = min(height, width)
    family, kernel = _kernel_controls(side)
    size = kernel.shape[-1]
    mode = ahead("conv_mode", geometry.PADDING_MODES, "zeros")
    dilation_now = ahead("conv_dilation", range(1, MOST_DILATION + 1), 1)
    paddings = [
        name
        for name in PADDINGS
        if geometry.fits(side, size, padding=_padding(name), padding_mode=mode, dilation=dilation_now)
    ] or ["same"]
    stride = whole("Stride", 1, 4, key="conv_stride", default=1, help="Cells the window moves each step.")
    padding = _padding(
        choice(
            "Padding",
            paddings,
            key="conv_padding",
            default="same" if not picture.numbers else "valid",
            help="valid: none. same: as much as keeps the size at stride 1. A number: on every side.",
        )
    )
    activation = choice(
        "Activation", list(ACTIVATIONS), key="conv_activation", default="none", titles=TITLES.__getitem__
    )
    with st.expander("More", icon=":material/tune:"):
        most = geometry.largest_dilation(
            side, size, padding=padding, padding_mode=mode, ceiling=MOST_DILATION
        )
        dilation = whole(
            "Dilation", 1, max(most, 1), key="conv_dilation", default=1, help="Gaps between the taps."
        )
        modes = [
            name
            for name in geometry.PADDING_MODES
            if geometry.fits(side, size, padding=padding, padding_mode=name, dilation=dilation)
        ]
        mode = choice("Padding filled with", modes, key="conv_mode", default="zeros")
        bias = real("Bias", -1.0, 1.0, 0.05, key="conv_bias", default=0.0)
        scale = choice(
            "Output drawn as",
            ("auto", "photo", "signed"),
            key="conv_scale",
            default="auto",
            titles=SCALES.__getitem__,
        )
        if not picture.numbers:
            choice("Picture side", SIDES, key="conv_side", default=256)
    rows, columns = geometry.axes(
        (height, width), (size, size), stride=stride, padding=padding, padding_mode=mode, dilation=dilation
    )
    channels = inputs.shape[1]
    preset = _preset(kernel, channels)
    identity = hashlib.blake2b(
        f"{family.name}{channels}{kernel.tolist()}".encode(), digest_size=8
    ).hexdigest()
    setting = Setting(size, stride, padding, mode, dilation, bias, activation)
    return State(picture, inputs, family, preset, identity, setting, rows, columns, scale)


def _preset(kernel: Tensor, channels: int) -> Tensor:
    """(k, k) or (3, k, k) -> (1, channels, k, k); on a grey picture the slices of the colours add up."""
    if kernel.ndim == 3:
        return (kernel if channels == len(kernel) else kernel.sum(0, keepdim=True))[None].contiguous()
    return (kernel / channels).expand(1, channels, *kernel.shape).contiguous()


def _padding(name: str) -> geometry.Padding:
    return int(name) if name.isdigit() else name  # type: ignore[return-value]  # PADDINGS holds the other two


def _weights(state: State) -> Tensor:
    """The kernel in force: what the user typed over the preset, from this session or the address."""
    component = st.session_state.get("conv_window") or {}
    edit = component.get("edit")
    if edit and edit.get("id") == state.identity:
        st.session_state[EDITED] = (state.identity, edit["weights"])
    elif EDITED not in st.session_state and LINKED_WEIGHTS in st.query_params:
        values = _parse(st.query_params[LINKED_WEIGHTS], state.preset.numel())
        if values is not None:
            st.session_state[EDITED] = (state.identity, values)
    identity, values = st.session_state.get(EDITED, (None, None))
    if identity != state.identity or values is None or len(values) != state.preset.numel():
        st.session_state.pop(EDITED, None)
        st.query_params.pop(LINKED_WEIGHTS, None)
        return state.preset
    weights = torch.tensor(values, dtype=torch.float32).reshape(state.preset.shape)
    if torch.allclose(weights, state.preset, atol=1e-6):
        st.query_params.pop(LINKED_WEIGHTS, None)
        return state.preset
    text = ",".join(f"{value:.5g}" for value in values)
    if st.query_params.get(LINKED_WEIGHTS) != text:
        st.query_params[LINKED_WEIGHTS] = text
    return weights


def _parse(text: str, count: int) -> list[float] | None:
    """Weights from an address, or None for anything that is not `count` ordinary numbers."""
    try:
        values = [float(part) for part in text[:4000].split(",")]
    except ValueError:
        return None
    ordinary = len(values) == count and all(abs(value) <= 1e4 for value in values)
    return values if ordinary else None


def _place() -> list[int] | None:
    """The pinned window, from the component or, on arrival, from the address."""
    component = st.session_state.get("conv_window")
    if component is not None and "at" in component:
        place = component["at"]
        if place is None:
            st.query_params.pop(LINKED_PLACE, None)
            return None
        st.query_params[LINKED_PLACE] = f"{int(place[0])},{int(place[1])}"
        return [int(place[0]), int(place[1])]
    numbers = st.query_params.get(LINKED_PLACE, "").split(",")
    return [int(n) for n in numbers] if len(numbers) == 2 and all(n.isdecimal() for n in numbers) else None


def _figure(state: State, weights: Tensor, place: list[int] | None) -> None:
    rows, columns, setting = state.rows, state.columns, state.setting
    assets.mount(
        "convolution",
        {
            "source": state.picture.source(grey=state.inputs.shape[1] == 1),
            "signed": state.picture.signed,
            "id": state.identity,
            "preset": state.preset.flatten().tolist(),
            "weights": weights.flatten().tolist(),
            "kernel": setting.kernel,
            "stride": setting.stride,
            "dilation": setting.dilation,
            "pads": [rows.before, rows.after, columns.before, columns.after],
            "mode": setting.padding_mode,
            "dropped": [rows.unread, columns.unread],
            "bias": setting.bias,
            "activation": setting.activation,
            "scale": state.scale,
            "at": place,
            "shape": f"{state.picture.title} {rows.output} {columns.output} {tuple(state.inputs.shape)}",
            "title": f"{state.picture.title}, {state.family.title}",
        },
        key="conv_window",
        provenance=PROVENANCE,
        states={"edit": None, "at": place},
    )


def _facts(state: State, weights: Tensor, output: Tensor) -> list[Fact]:
    setting, rows, columns = state.setting, state.rows, state.columns
    size, channels = setting.kernel, weights.shape[1]
    adds = multiply_adds(
        (1, channels, rows.size, columns.size),
        (1, channels, size, size),
        stride=setting.stride,
        padding=setting.padding,
        dilation=setting.dilation,
    )
    count = weights.numel()
    facts = [
        Fact("Output height", rows.formula(), f"{rows.output}"),
        Fact("Output width", columns.formula(), f"{columns.output}"),
        Fact("Weights", f"{size} × {size} × {channels}", f"{count}"),
        Fact(
            "Multiply-adds",
            f"{rows.output} × {columns.output} × {count}",
            f"{adds:,}",
        ),
        Fact(
            "Sum of the weights",
            "brightness kept if 1, edges only if 0",
            f"{round(weights.sum().item(), 4):g}",
        ),
        Fact(
            "Output from / to",
            f"mean {output.mean().item():.3f}",
            f"{output.min().item():.3f} / {output.max().item():.3f}",
        ),
        Fact(
            "Negative outputs",
            "share of all cells, after the activation",
            f"{100 * (output < 0).float().mean().item():.1f} %",
        ),
    ]
    if rows.dropped or columns.dropped:
        facts.append(
            Fact(
                "Dropped cells",
                "rows, columns at the end no window reads",
                f"{rows.dropped}, {columns.dropped}",
            )
        )
    return facts


def _notice(state: State, weights: Tensor) -> list[str]:
    setting = state.setting
    said = [f"**{state.family.title}.** {state.family.what}"]
    if weights is not state.preset:
        said[0] = "**Your own weights.** The result above follows each one as you type or drag it."
    turned = kernels.flip(weights)
    if torch.allclose(turned, weights, atol=1e-6):
        said.append(
            "This kernel looks the same turned by 180°, so correlation (what networks compute) and convolution"
            " (as mathematics defines it) give the same result."
        )
    else:
        said.append(
            "Networks slide the kernel as it stands, which mathematics calls correlation. Convolution turns it by"
            " 180° first: press *Turn 180°* and watch what changes. A network learns its weights, so it does not"
            " care."
        )
    if state.rows.dropped or state.columns.dropped:
        said.append("The hatched cells at the end are never read: the stride steps over the edge.")
    elif setting.stride > 1:
        said.append(
            f"A stride of {setting.stride} keeps one position in {setting.stride**2}: the output is smaller and"
            " cheaper, and says less about where."
        )
    elif setting.activation == "relu":
        said.append("ReLU turns every negative value into 0: half of what an edge kernel finds is gone.")
    elif setting.padding == "valid":
        said.append(
            "Without padding the window stays inside the picture, so the output is smaller by the kernel minus one."
        )
    else:
        said.append(
            "Look at the border: the padding is not picture, and what it holds leaks into the outermost outputs."
        )
    if state.picture.name == "lecture_2":
        said.append(LECTURE_NOTE)
    return said


def _one_filter() -> None:
    left, right = st.columns([3, 1], gap="medium")
    with right:
        state = _controls()
    weights = _weights(state)
    place = _place()
    device = devices.pick()
    setting = state.setting
    with torch.inference_mode():
        output = activate(
            convolve(
                state.inputs.to(device),
                weights.to(device),
                torch.tensor([setting.bias], device=device),
                stride=setting.stride,
                padding=setting.padding,
                padding_mode=setting.padding_mode,
                dilation=setting.dilation,
            ),
            setting.activation,
        ).cpu()
    with left:
        _figure(state, weights, place)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state, weights, output))
    with beside:
        frame.notice(_notice(state, weights))
    frame.code(
        convolution_code.pytorch(state.picture, weights, setting, state.rows, state.columns),
        convolution_code.keras(setting),
    )


def draw() -> None:
    """The page."""
    frame.header(
        PAGE,
        PROVENANCE,
        device=str(devices.pick()),
        data="one picture",
        steps=STEPS,
        parameters=(LINKED_WEIGHTS, LINKED_PLACE),
    )
    view = choice("View", (ONE, LAYERS), key="conv_view", default=ONE, segmented=True, label_hidden=True)
    if view == ONE:
        _one_filter()
    else:
        layers_view.draw(PAGE)
    if not presenter.presenting():
        frame.deeper(
            {
                "Dumoulin and Visin, A guide to convolution arithmetic": "https://arxiv.org/abs/1603.07285",
                "Practical Machine Learning for Computer Vision, chapter 3": "https://www.oreilly.com/library/"
                "view/practical-machine-learning/9781098102357/",
            },
            "What is a convolution? Convolutional layers. Stacking the convolutional layers. Parameters",
            "pooling",
        )


draw()
