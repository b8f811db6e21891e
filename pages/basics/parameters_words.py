"""How the Parameters page says layers, settings and sizes."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from engine.parameters.formulas import TIMES, shape_text
from engine.parameters.layers import (
    KINDS,
    Activation,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    TransposedConv,
)

MEASURES = {"parameters": "Parameters", "macs": "Multiply-adds", "memory": "Memory"}
WORDS = {
    **{name: name for name in ("max", "average", "same", "tanh")},
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "sigmoid": "Sigmoid",
    "gelu": "GELU",
    "silu": "SiLU",
    "elu": "ELU",
    "softmax": "Softmax",
}
SETTINGS = {
    "filters": "Filters",
    "kernel": "Kernel",
    "stride": "Stride",
    "padding": "Padding",
    "dilation": "Dilation",
    "groups": "Groups",
    "multiplier": "Outputs per channel",
    "output_padding": "Output padding",
    "bias": "Bias",
    "mode": "Kind",
    "window": "Window",
    "rate": "Share dropped",
    "units": "Units",
    "function": "Function",
    "source": "Adds layer",
}
NOTES = {
    "conv": "Filters slide over all channels",
    "depthwise": "One filter for each channel",
    "transposed": "Makes the picture larger",
    "pool": "Keeps the largest or the mean",
    "batch_norm": "Scales and shifts each channel",
    "dropout": "Drops values while training",
    "flatten": "A picture becomes a vector",
    "global_pool": "One value for each channel",
    "dense": "Every input to every unit",
    "activation": "Bends every value",
    "residual": "Adds an earlier output",
}
NEEDS = {
    **dict.fromkeys(("conv", "depthwise", "transposed", "pool", "global_pool"), 3),
    "dense": 1,
}  # number of axes that has to arrive


def catalogue() -> dict[str, Any]:
    """Every kind of layer for the component: title, a note, and its settings with their titles."""
    return {
        kind: {
            "title": layer.label,
            "note": NOTES[kind],
            "needs": NEEDS.get(kind, 0),
            "settings": [_setting(layer, item.name) for item in fields(layer)],
        }
        for kind, layer in KINDS.items()
    }


def _setting(layer: type[Layer], name: str) -> dict[str, Any]:
    rule = layer.rule(name)
    return {
        "name": name,
        "title": SETTINGS[name],
        "low": rule.low,
        "high": rule.high,
        "words": {word: WORDS[word] for word in rule.words},
        "step": 0.05 if rule.decimal else 1,
        "switch": rule.switch,
        "optional": "as the window" if rule.optional else "",
    }


def settings_text(layer: Layer) -> str:
    """The settings of a layer worth saying beside its name."""
    match layer:
        case Conv(filters, kernel, stride, padding, dilation, groups, bias):
            parts = [f"{filters:,} filters", _square(kernel), *_sliding(stride, padding)]
            parts += [f"dilation {dilation}"] if dilation > 1 else []
            parts += [f"{groups:,} groups"] if groups > 1 else []
        case DepthwiseConv(kernel, stride, padding, multiplier, bias):
            parts = [_square(kernel), *_sliding(stride, padding)]
            parts += [f"{multiplier} per channel"] if multiplier > 1 else []
        case TransposedConv(filters, kernel, stride, padding, extra, bias):
            parts = [f"{filters:,} filters", _square(kernel), *_sliding(stride, padding)]
            parts += [f"output padding {extra}"] if extra else []
        case Dense(units, bias):
            parts = [f"{units:,} units"]
        case _:
            return _plain(layer)
    return ", ".join(parts if bias else [*parts, "no bias"])


def _plain(layer: Layer) -> str:
    match layer:
        case Pool(mode, window, stride, padding):
            step = 1 if stride in (None, window) else stride
            return ", ".join([mode, _square(window), *_sliding(step or 1, padding)])
        case Dropout(rate):
            return f"{100 * rate:g} %"
        case GlobalPool(mode):
            return mode
        case Activation(function):
            return WORDS[function]
        case Residual(source):
            return f"adds layer {source}" if source else "adds the input"
    return ""


def _square(side: int) -> str:
    return f"{side} {TIMES} {side}"


def _sliding(stride: int, padding: int | str) -> list[str]:
    said = [f"stride {stride}"] if stride > 1 else []
    return said + ([f"padding {padding}"] if padding else [])


def shape(sizes: tuple[int, ...]) -> str:
    """An output shape, channels first; a vector is its length; a dash where there is none."""
    return shape_text(sizes) if sizes else "–"


def byte_text(count: float) -> str:
    """Bytes as people say them, with 1 KB = 1,024 bytes."""
    for unit in ("bytes", "KB", "MB", "GB"):
        if count < 1024 or unit == "GB":
            text = f"{count:,.0f}" if unit == "bytes" else f"{count:,.1f}"
            return f"{text}\N{NO-BREAK SPACE}{unit}"
        count /= 1024
    raise AssertionError("GB is the last unit")


def large(count: float) -> str:
    """A count in few digits: 15,120, 1.82 million, 4.09 billion."""
    for size, word in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:,.0f}"
