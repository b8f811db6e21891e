"""The code panel of the Layers view: nn.Sequential that runs as pasted, and the lecture's Keras lines."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from engine.filter_bank import MOST_FILTERS
from engine.geometry import Axis, Padding
from engine.layers import MOST_LAYERS, ConvLayer

_TORCH = {
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU()",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
}


def padding(name: str) -> Padding:
    """The padding a control names: "same", "valid" or a number as text."""
    return "same" if name == "same" else int(name) if name.isdigit() else "valid"


def _load(image: Tensor, sample: str, title: str) -> str:
    height, width = image.shape[-2:]
    if sample:
        text = (
            f"image = samples.sample({sample!r}, {max(height, width)})  # (1, 3, {height}, {width}), 0 to 1\n"
        )
        return text + "image = (image * 255).round() / 255  # as in its PNG file\n"
    mode = "RGB" if image.shape[1] == 3 else "L"
    return (
        f"picture = Image.open({title!r}).convert({mode!r}).resize(({width}, {height}))  # your file\n"
        f"image = to_tensor(picture).unsqueeze(0)  # (1, {image.shape[1]}, {height}, {width}), 0 to 1\n"
    )


def _imports(stack: Sequence[ConvLayer], sample: str) -> str:
    lines = ["import torch", "from torch import nn"]
    if not sample:
        lines += ["from PIL import Image", "from torchvision.transforms.functional import to_tensor"]
    lines += ["from engine import samples"] if sample else []
    lines += ["from engine.filter_bank import filter_bank"] if stack[0].source == "bank" else []
    return "\n".join(lines) + "\n\n"


def _module(layer: ConvLayer, channels: int, rows: Axis, columns: Axis) -> list[str]:
    """The lines of one layer inside nn.Sequential."""
    pads = (columns.before, columns.after, rows.before, rows.after)
    stride = f", stride={layer.stride}" if layer.stride > 1 else ""
    lines, padded = [], ""
    if layer.padding == "same" and layer.stride == 1:
        padded = ', padding="same"'
    elif isinstance(layer.padding, int) and layer.padding:
        padded = f", padding={layer.padding}"
    elif any(pads):  # torch refuses "same" with a stride
        lines.append(f"nn.ZeroPad2d({pads}),  # left, right, top, bottom")
    lines.append(f"nn.Conv2d({channels}, {layer.filters}, {layer.kernel}{stride}{padded}),")
    if layer.activation != "none":
        lines.append(f"{_TORCH[layer.activation]},")
    return lines


def _fill(stack: Sequence[ConvLayer], seed: int) -> str:
    """The lines that give the layers the weights of this seed."""
    text = "layers = [module for module in model if isinstance(module, nn.Conv2d)]\nwith torch.no_grad():\n"
    text += (
        "    for number, layer in enumerate(layers):\n"
        f"        generator = torch.Generator().manual_seed({seed} * {MOST_LAYERS} + number)\n"
        f"        shape = ({MOST_FILTERS}, *layer.weight.shape[1:])  # (most filters, channels, k, k)\n"
        "        drawn = torch.randn(shape, generator=generator)[: layer.out_channels]\n"
        "        layer.weight.copy_(drawn * (2 / layer.weight[0].numel()) ** 0.5)  # He et al. 2015\n"
        f"        layer.bias.fill_({stack[0].bias})\n"
    )
    if stack[0].source == "bank":
        text += (
            "    first = layers[0]\n"
            f"    first.weight.copy_(filter_bank(first.in_channels, {stack[0].kernel})[: first.out_channels])\n"
        )
    return text


def pytorch(
    stack: Sequence[ConvLayer],
    rows: Sequence[Axis],
    columns: Sequence[Axis],
    seed: int,
    image: Tensor,
    sample: str,
    title: str,
) -> str:
    """Text that computes the maps of the last layer as `output`.

    Args:
        stack: The layers.
        rows: One axis per layer.
        columns: One axis per layer.
        seed: Of the random weights.
        image: The picture, (1, C, H, W).
        sample: Name of the sample photograph, "" for a picture of one's own.
        title: File name of a picture of one's own.
    """
    channels, lines = image.shape[1], []
    for layer, down, across in zip(stack, rows, columns, strict=True):
        lines += _module(layer, channels, down, across)
        channels = layer.filters
    model = "model = nn.Sequential(\n" + "".join(f"    {line}\n" for line in lines) + ")\n"
    run = "with torch.no_grad():\n    output = model(image)\n"
    shown = "print(output.shape, output.min().item(), output.max().item())"
    return _imports(stack, sample) + _load(image, sample, title) + model + _fill(stack, seed) + run + shown


def keras(stack: Sequence[ConvLayer]) -> str:
    """The same layers as the lecture writes them."""
    lines = []
    for layer in stack:
        activation = None if layer.activation == "none" else layer.activation
        named = layer.padding if isinstance(layer.padding, str) else "valid"
        if isinstance(layer.padding, int) and layer.padding:
            lines.append(f"tf.keras.layers.ZeroPadding2D({layer.padding}),")
        lines.append(
            f"tf.keras.layers.Conv2D(filters={layer.filters}, kernel_size={layer.kernel}, strides={layer.stride},"
            f" padding={named!r}, activation={activation!r}),"
        )
    return "\n".join(lines)
