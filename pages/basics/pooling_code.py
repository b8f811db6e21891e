"""The code panel and the lecture steps of the Pooling page."""

from __future__ import annotations

from engine.geometry import Axis
from pages.basics import convolution_code
from pages.shared.lessons import Step
from pages.shared.picture_input import Picture

STEPS = (
    Step(
        "Every group of 2 × 2",
        "The lecture's pooling: the largest of four values stays, then the window moves on by two.",
        {"map": "grid", "window": 2, "stride": 2},
    ),
    Step(
        "On a photograph",
        "Half the height, half the width, a quarter of the values.",
        {"picture": "cat", "window": 2, "stride": 2},
    ),
    Step(
        "After a convolution",
        "A network pools feature maps: max keeps the edge wherever in the window it was.",
        {"map": "relu", "kernel": "sobel_x", "window": 4, "stride": 4},
    ),
    Step(
        "Windows that overlap",
        "AlexNet pools 3 × 3 with stride 2: neighbours share a row or column.",
        {"map": "relu", "window": 3, "stride": 2},
    ),
    Step(
        "The camera moves a pixel",
        "Orange and blue: outputs that changed although the picture only moved by one pixel.",
        {"map": "relu", "window": 4, "stride": 4, "view": "shift"},
    ),
    Step(
        "The way back",
        "Max sends its whole gradient to one cell, average the same to all four.",
        {"map": "grid", "window": 2, "stride": 2, "view": "gradient"},
    ),
    Step("Global pooling", "One number for the whole map: where is gone, how much stays.", {"global": True}),
)

_POOL = {
    "max": "F.max_pool2d(image, window, stride, padding)",
    "average": "F.avg_pool2d(image, window, stride, padding)",
    "min": "-F.max_pool2d(-image, window, stride, padding)",
    "l2": "F.avg_pool2d(image.square(), window, stride, padding, divisor_override=1).sqrt()",
}


def _image(picture: Picture) -> str:
    return convolution_code._load(picture, True)  # noqa: SLF001 - the sister page of the same package


def _feature(kernel: list[list[float]], relu: bool) -> str:
    rows = ",\n    ".join("[" + ", ".join(f"{value:.7g}" for value in row) + "]" for row in kernel)
    before, after = (len(kernel) - 1) // 2, len(kernel) // 2
    text = f"kernel = torch.tensor([[[\n    {rows},\n]]], dtype=torch.float32)\n"
    pads = (before, after, before, after)
    text += f'padded = F.pad(image, {pads}, mode="replicate")\nimage = F.conv2d(padded, kernel)  # the feature map\n'
    return text + ("image = F.relu(image)\n" if relu else "")


def pytorch(
    picture: Picture,
    rows: Axis,
    columns: Axis,
    *,
    kernel: list[list[float]] | None = None,
    relu: bool = False,
) -> str:
    """Text that computes the four pooled maps of the page as `outputs`."""
    body = "import torch\nimport torch.nn.functional as F\n\n" + _image(picture)
    if kernel is not None:
        body += _feature(kernel, relu)
    body += f"window, stride = {(rows.kernel, columns.kernel)}, {(rows.stride, columns.stride)}\n"
    body += f"padding = {(rows.before, columns.before)}\noutputs = {{\n"
    body += "".join(f'    "{mode}": {call},\n' for mode, call in _POOL.items())
    return (
        body
        + "}\nfor mode, output in outputs.items():\n    print(mode, tuple(output.shape), output.mean().item())"
    )


def keras(rows: Axis, columns: Axis) -> str:
    """The lecture's layer."""
    if (rows.output, columns.output) == (1, 1) and rows.kernel == rows.size:
        return "tf.keras.layers.GlobalMaxPooling2D()\ntf.keras.layers.GlobalAveragePooling2D()"
    note = "" if not rows.before else "  # Keras has no padding by a number here"
    size = f"pool_size={(rows.kernel, columns.kernel)}, strides={(rows.stride, columns.stride)}"
    return f"tf.keras.layers.MaxPooling2D({size}){note}\ntf.keras.layers.AveragePooling2D({size}){note}"
